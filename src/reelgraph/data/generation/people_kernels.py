"""Compiled loops that draw people: when they are there, which movies they rate, and how.

A person rates movies without repetition, each next one with a chance proportional to its weight for that person
(Plackett and Luce): its popularity, its age when the person was last there, and the person's taste for it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from reelgraph._util.numba_jit import strict_jit
from reelgraph.core import AnyArray, FloatArray, IntArray
from reelgraph.data.generation.random_kernels import below, exponential, mixed, normal, uniform

TASTES = 16
TASTE_CAP = 3.0  # no taste multiplies the chance of a movie by more than e^3
YEAR = 31_556_952.0  # seconds
AGE_SCALE = 25.0  # years in which the chance that a movie is rated falls to 1 / e
_SITTING = 60  # ratings, on average
_SECONDS = 9.0  # between two ratings of a sitting, on average
_GAP = 40 * 86_400.0  # between two sittings: the median of the people's means
_RACED_FROM = 600  # ratings of a person from which all movies are weighed at once
_TOP = 10
_BISECTIONS = 200  # at most: only equal keys need as many
MOST_YEARS = 3.0  # after which a person's stars no longer drift
USER_BIAS, USER_DRIFT, MIDDLE = 0.42, 0.08, 1.4e9  # stars, stars a year, Unix seconds
_PERSON = np.uint64(0xD1342543DE82EF95)
_UNRELEASED, _NOWHERE = -1e6, -1e30


class Movies(NamedTuple):
    """What the loops know of the movies, one entry a movie in the order of the ids.

    Args:
        log_weight: ``(n,)`` float64.
        keep: ``(n,)`` float64, chance that a draw of this entry stands (alias method).
        alias: ``(n,)`` int32, the movie that takes its place.
        taste: ``(n, TASTES)`` float32, added up with a person's tastes for the chance to be rated.
        star_taste: ``(n, TASTES)`` float32, the same for the stars.
        release: ``(n,)`` float64, Unix seconds.
        quality: ``(n,)`` float64, stars.
        drift: ``(n,)`` float64, stars a year.
    """

    log_weight: FloatArray
    keep: FloatArray
    alias: IntArray
    taste: FloatArray
    star_taste: FloatArray
    release: FloatArray
    quality: FloatArray
    drift: FloatArray


class GeneratedRatings(NamedTuple):
    """Where the ratings of a block of people go, ``(n_ratings,)`` each, and the sums that the ceilings come from.

    Args:
        item: int32 row of the movie, rising within a person.
        half_stars: int8, stars times two.
        time: int64 Unix seconds.
        sums: ``(6,)`` float64: variance of the published stars, square error of the expected stars, NDCG@10 of the
            oracle, its square, people ranked, ratings.
    """

    item: IntArray
    half_stars: IntArray
    time: IntArray
    sums: FloatArray


@strict_jit
def person_stream(seed: int, user: int) -> AnyArray:
    """The stream of one person, ``(1,)`` uint64."""
    state = np.empty(1, np.uint64)
    state[0] = mixed(np.uint64(seed) * _PERSON + np.uint64(user))
    state[0] = mixed(state[0] + _PERSON)
    return state


@strict_jit
def draw_tastes(state: AnyArray, tastes: FloatArray) -> None:
    """Fill ``tastes``, ``(TASTES,)``."""
    for k in range(TASTES):
        tastes[k] = normal(state)


@strict_jit
def draw_times(state: AnyArray, times: FloatArray, first: float, last: float) -> None:
    """Fill ``times`` with rising seconds: sittings of about 60 ratings, days to months apart."""
    gap = _GAP * math.exp(normal(state))
    time, n_remaining = 0.0, 0
    for place in range(len(times)):
        if n_remaining == 0:
            if place > 0:
                time += gap * exponential(state)
            n_remaining = 5 + int(exponential(state) * (_SITTING - 5))
        time += 1.0 + math.floor(exponential(state) * _SECONDS)
        times[place] = time
        n_remaining -= 1
    span = min(time, last - first)
    start = first + uniform(state) * (last - first - span)
    for place in range(len(times)):
        times[place] = math.floor(start + times[place] * (span / time))


@strict_jit
def affinity(tastes: FloatArray, movie: FloatArray) -> float:
    """Sum of products of two rows, ``(TASTES,)``."""
    total = 0.0
    for k in range(TASTES):
        total += tastes[k] * movie[k]
    return total


@strict_jit
def log_preferences(movies: Movies, tastes: FloatArray, end: float, out: FloatArray) -> None:
    """Logarithm of each movie's weight for a person whose last rating is at ``end``, ``(n,)``."""
    for item in range(len(out)):
        age = (end - movies.release[item]) / (YEAR * AGE_SCALE)
        out[item] = movies.log_weight[item] + min(affinity(tastes, movies.taste[item]), TASTE_CAP) - age
        if movies.release[item] > end:  # rated only by those who have rated everything else
            out[item] += _UNRELEASED


@strict_jit
def _draw_one_by_one(
    state: AnyArray, movies: Movies, tastes: FloatArray, end: float, is_rated: AnyArray, items: IntArray
) -> None:
    """Draw movies by popularity and accept them by taste and age, until all places of ``items`` are filled."""
    n, count = len(movies.keep), 0
    while count < len(items):
        item = below(state, n)
        if uniform(state) >= movies.keep[item]:
            item = movies.alias[item]
        if is_rated[item] or movies.release[item] > end:
            continue
        age = (end - movies.release[item]) / (YEAR * AGE_SCALE)
        taste = min(affinity(tastes, movies.taste[item]), TASTE_CAP)
        if math.log(uniform(state)) < taste - TASTE_CAP - age:
            is_rated[item] = True
            items[count] = item
            count += 1


@strict_jit
def _draw_at_once(state: AnyArray, preferences: FloatArray, is_rated: AnyArray, items: IntArray) -> None:
    """The same law as `_draw_one_by_one`: an exponential race, the first ``len(items)`` of all movies."""
    n, count = len(preferences), len(items)
    key, of_drawn = np.empty(n, np.float64), np.empty(count, np.float64)
    for item in range(n):
        key[item] = math.log(exponential(state)) - preferences[item]
    bound = _bound(key, count)
    place = 0
    for item in range(n):
        if key[item] <= bound and place < count:
            items[place], of_drawn[place] = item, key[item]
            is_rated[item] = True
            place += 1
    by_item = items.copy()
    for place, position in enumerate(np.argsort(of_drawn)):
        items[place] = by_item[position]


@strict_jit
def _bound(key: FloatArray, count: int) -> float:
    """A number that ``count`` entries do not exceed, by bisection: NumPy's partition takes ten seconds to compile."""
    low, high = key.min(), key.max()
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        below_it = 0
        for value in key:
            below_it += value <= middle
        if below_it == count:
            return float(middle)
        if below_it < count:
            low = middle
        else:
            high = middle
    return float(high)


@strict_jit
def _place_in_time(state: AnyArray, movies: Movies, items: IntArray, times: FloatArray, slot_of: IntArray) -> None:
    """Give each movie a rating time after its release where there is room; favourites tend to come first."""
    n = len(items)
    is_taken = np.zeros(n, np.bool_)
    key = np.empty(n, np.float64)
    for place in range(n):
        slot_of[place] = -1
        key[place] = place + 0.7 * n * uniform(state)
        release = movies.release[items[place]]
        if release > times[0]:
            first = min(np.searchsorted(times, release), n - 1)
            slot = first + below(state, n - first)
            for _ in range(n - first):
                if not is_taken[slot]:
                    break
                slot = slot + 1 if slot + 1 < n else first
            if not is_taken[slot]:
                is_taken[slot] = True
                slot_of[place] = slot
    slot = 0
    for place in np.argsort(key):
        if slot_of[place] < 0:
            while is_taken[slot]:
                slot += 1
            is_taken[slot] = True
            slot_of[place] = slot


@strict_jit
def _oracle_ndcg(state: AnyArray, preferences: FloatArray, items: IntArray, is_rated: AnyArray) -> float:
    """NDCG@10 of the movies in the order of the person's true weights, a random tenth of the rated ones held out."""
    n = len(items)
    n_test = max(1, math.floor(0.1 * n + 1e-9))
    shuffled = items.copy()
    for place in range(n_test):
        swap_place = place + below(state, n - place)
        shuffled[place], shuffled[swap_place] = shuffled[swap_place], shuffled[place]
        is_rated[shuffled[place]] = False
    best = np.full(_TOP, _NOWHERE)
    top = np.full(_TOP, -1)
    for item in range(len(preferences)):
        value = preferences[item]
        if value > best[_TOP - 1] and not is_rated[item]:
            place = _TOP - 1
            while place > 0 and best[place - 1] < value:
                best[place], top[place] = best[place - 1], top[place - 1]
                place -= 1
            best[place], top[place] = value, item
    gain, ideal = 0.0, 0.0
    for place in range(_TOP):
        discount = 1.0 / math.log2(place + 2.0)
        if place < n_test:
            ideal += discount
        for test in range(n_test):
            if shuffled[test] == top[place]:
                gain += discount
    for place in range(n_test):
        is_rated[shuffled[place]] = True
    return float(gain / ideal)


@strict_jit
def _felt(movies: Movies, tastes: FloatArray, profile: FloatArray, item: int, time: float) -> float:
    """What a person feels about a movie at a time, stars; without noise, rounding and limits."""
    years = max(-MOST_YEARS, min(MOST_YEARS, (time - profile[2]) / YEAR))
    person = profile[0] + profile[1] * years
    movie = movies.quality[item] + movies.drift[item] * (time - MIDDLE) / YEAR
    return float(person + movie + affinity(tastes, movies.star_taste[item]))


@strict_jit
def draw_person(
    seed: int,
    user: int,
    level: float,
    first: float,
    last: float,
    tastes: FloatArray,
    times: FloatArray,
    profile: FloatArray,
) -> AnyArray:
    """Draw what one person is like, before any movie: fill the last three arrays, and return the stream.

    Args:
        seed: of the world.
        user: number of the person.
        level: mean of what is felt, stars.
        first: first second.
        last: last second.
        tastes: ``(TASTES,)``.
        times: ``(n,)`` rising seconds of the person's ratings.
        profile: ``(3,)`` stars above all movies' in the middle of their time, the change a year, and that middle.
    """
    state = person_stream(seed, user)
    draw_tastes(state, tastes)
    draw_times(state, times, first, last)
    profile[0] = level + USER_BIAS * normal(state)
    profile[1] = USER_DRIFT * normal(state)
    profile[2] = 0.5 * (times[0] + times[-1])
    return state


@strict_jit
def draw_people(
    seed: int,
    first_user: int,
    sizes: IntArray,
    every: int,
    movies: Movies,
    level: float,
    noise: float,
    low: float,
    step: float,
    means: FloatArray,
    variances: FloatArray,
    first: float,
    last: float,
    drawn: GeneratedRatings,
) -> None:
    """Draw a block of people, one after the other, each from a stream of their own.

    Args:
        seed: of the world.
        first_user: number of the first person, from 0.
        sizes: ``(n_users,)`` ratings of each.
        every: each so manieth person is ranked for the ceiling.
        movies: the world.
        level: mean of what is felt, stars.
        noise: standard deviation of a rating around it.
        low: first entry of ``means``, stars.
        step: between its entries.
        means: expected published stars, see `star_moments`.
        variances: their variance.
        first: first second.
        last: last second.
        drawn: filled.
    """  # fmt: skip
    n = len(movies.keep)
    is_rated = np.zeros(n, np.bool_)
    preferences = np.empty(n, np.float64)
    tastes, profile = np.empty(TASTES, np.float64), np.empty(3, np.float64)
    begin = 0
    for number in range(len(sizes)):
        user, size = first_user + number, sizes[number]
        times, slot_of = np.empty(size, np.float64), np.empty(size, np.int64)
        items = np.empty(size, np.int64)
        state = draw_person(seed, user, level, first, last, tastes, times, profile)
        end = times[size - 1]
        is_ranked = user % every == 0
        if is_ranked or size >= _RACED_FROM:
            log_preferences(movies, tastes, end, preferences)
        if size >= _RACED_FROM:
            _draw_at_once(state, preferences, is_rated, items)
        else:
            _draw_one_by_one(state, movies, tastes, end, is_rated, items)
        _place_in_time(state, movies, items, times, slot_of)
        order = np.argsort(items)
        for place in range(size):
            item = items[order[place]]
            time = times[slot_of[order[place]]]
            felt = _felt(movies, tastes, profile, item, time)
            rated = max(1, min(10, math.floor(2.0 * (felt + noise * normal(state)) + 0.5)))
            position = (felt - low) / step
            entry = max(0, min(int(position), len(means) - 2))
            part = position - entry
            expected = means[entry] + part * (means[entry + 1] - means[entry])
            drawn.item[begin + place] = item
            drawn.half_stars[begin + place] = rated
            drawn.time[begin + place] = int(time)
            drawn.sums[0] += variances[entry] + part * (variances[entry + 1] - variances[entry])
            drawn.sums[1] += (0.5 * rated - expected) ** 2
        if is_ranked:
            ndcg = _oracle_ndcg(state, preferences, items, is_rated)
            drawn.sums[2] += ndcg
            drawn.sums[3] += ndcg * ndcg
            drawn.sums[4] += 1.0
        drawn.sums[5] += size
        for place in range(size):
            is_rated[items[place]] = False
        begin += size
