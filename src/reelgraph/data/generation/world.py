"""The movies of a generated world: genres, years, tastes, quality, and weights that give the wanted popularity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from reelgraph.core import BoolArray, FloatArray, IntArray, Progress, ProgressCallback
from reelgraph.data.generation import people_kernels as kernels
from reelgraph.data.generation.shapes import Shape

GENRES = (
    "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir",
    "Horror", "IMAX", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_GENRE_SHARE = np.array(
    [0.11, 0.06, 0.05, 0.05, 0.26, 0.08, 0.11, 0.38, 0.05, 0.01, 0.10, 0.003, 0.015, 0.05, 0.12, 0.055, 0.14, 0.03,
     0.02]
)  # fmt: skip
_NO_GENRE = 0.08  # of the movies outside the best known tenth
_TASTE_STRENGTH, _TASTE_DECAY, _GENRE_PART = 1.15, 0.85, 0.6
_STAR_STRENGTH, _STAR_DECAY = 0.30, 0.65
_QUALITY, _QUALITY_OF_FAME, _DRIFT = 0.28, 0.16, 0.012
_SEEN_AT_MOST = 0.65  # of the people who have come since it is out
_LEVEL = 2.93  # stars, before the people's choice of what they like
_NODES, _ROUNDS, _FIRST_STEPS, _CHUNK = 192, 7, 5, 8


@dataclass(frozen=True)
class World:
    """Movies, in the order of their ids, and what is planted in them.

    Args:
        shape: what it is like.
        seed: of all that is drawn.
        item_id: ``(n_movies,)`` int64, rising.
        year: ``(n_movies,)`` of release.
        has_genre: ``(n_movies, 19)`` bool, see `GENRES`.
        expected: ``(n_movies,)`` ratings that each would have at the full size.
        movies: what the compiled loops read.
        level: mean of what is felt, stars.
    """

    shape: Shape
    seed: int
    item_id: IntArray
    year: IntArray
    has_genre: BoolArray
    expected: FloatArray
    movies: kernels.Movies
    level: float = _LEVEL

    @classmethod
    def of(cls, shape: Shape, seed: int, progress: ProgressCallback | None = None) -> World:
        """Draw the movies of a world; the same world for every number of ratings.

        Args:
            shape: what it is like.
            seed: of all that is drawn.
            progress: called before, in and after the longest part of the work.

        Cost: about 10 s and 0.4 GiB for 87,585 movies.
        """
        rng = np.random.default_rng([seed, 1])
        n = shape.n_movies
        rank = rng.permutation(n)
        expected = shape.expected_counts()[rank]
        year = np.minimum(_years(rank / n, rng), _latest_year(shape, expected))
        release = (year - 1970 + rng.random(n)) * kernels.YEAR
        has_genre = _genres(rank / n, rng)
        taste, star_taste = _tastes(has_genre, rng)
        fame = np.log(expected)
        quality = _QUALITY * rng.standard_normal(n) + _QUALITY_OF_FAME * (fame - fame.mean()) / fame.std()
        drift = _DRIFT * rng.standard_normal(n)
        item_id = np.sort(rng.choice(shape.largest_id - 1, n, replace=False)) + 1
        log_weight = _calibrated(shape, seed, expected, taste, release, progress)
        keep, alias = _alias_table(log_weight)
        movies = kernels.Movies(log_weight, keep, alias, taste, star_taste, release, quality, drift)
        return cls(shape, seed, item_id, year, has_genre, expected, movies)

    def sizes(self, n_ratings: int) -> IntArray:
        """Ratings of each person, ``(n_users,)``, so many that they add up to ``n_ratings``.

        People come in the same order for every number: only the last has fewer or more ratings in a smaller set.
        """
        shape, sizes, total = self.shape, np.zeros(0, np.int64), 0
        while total < n_ratings:
            users = np.arange(len(sizes), len(sizes) + 65_536)
            chance = np.random.default_rng([self.seed, 2, len(sizes)]).random(len(users))
            sizes = np.concatenate([sizes, activity(shape, chance)])
            total = int(sizes.sum())
        last = int(np.searchsorted(np.cumsum(sizes), n_ratings))
        sizes = sizes[: last + 1]
        sizes[-1] -= int(sizes.sum()) - n_ratings
        if sizes[-1] < shape.fewest and len(sizes) > 1:
            sizes[-2] += sizes[-1]
            sizes = sizes[:-1]
        return sizes


def activity(shape: Shape, chance: FloatArray) -> IntArray:
    """Ratings of the person at each quantile, ``(n,)``: lognormal above the fewest."""
    above = (shape.median - shape.fewest) * np.exp(shape.spread * ndtri(chance))
    return np.minimum(shape.fewest + np.round(above), shape.most).astype(np.int64)


def _years(place: FloatArray, rng: np.random.Generator) -> IntArray:
    """Year of each movie; those best known are mostly of 1985 to 2015."""
    popular_years = 1999.0 + 11.0 * rng.standard_normal(len(place))
    recent_years = 2023.0 - rng.exponential(24.0, len(place))
    is_popular = rng.random(len(place)) < np.exp(-6.0 * place)
    return np.clip(np.where(is_popular, popular_years, recent_years), 1902, 2022).astype(np.int64)


def _latest_year(shape: Shape, expected: FloatArray) -> IntArray:
    """The last year from which on people enough have come, so that a movie can have its ratings."""
    n_users = shape.n_ratings / activity(shape, (np.arange(4096) + 0.5) / 4096).mean()
    share = np.minimum(expected / n_users / _SEEN_AT_MOST, 1.0)
    year: IntArray = np.floor(1970 + (shape.last - share * (shape.last - shape.first)) / kernels.YEAR).astype(np.int64)
    return year


def _genres(place: FloatArray, rng: np.random.Generator) -> BoolArray:
    """One to four genres of each movie, none of some little known ones."""
    n = len(place)
    key = np.log(_GENRE_SHARE) + rng.gumbel(size=(n, len(GENRES)))
    count = 1 + rng.binomial(3, np.where(place < 0.1, 0.45, 0.27))
    count[(place > 0.1) & (rng.random(n) < _NO_GENRE)] = 0
    order = np.argsort(np.argsort(-key, axis=1), axis=1)
    is_among: BoolArray = order < count[:, None]
    return is_among


def _tastes(has_genre: BoolArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Places of the movies in the space of tastes, for the choice and for the stars: part genre, part their own."""
    n, n_tastes = len(has_genre), kernels.TASTES
    of_genre = has_genre @ rng.standard_normal((len(GENRES), n_tastes))
    of_genre /= np.sqrt(np.maximum(has_genre.sum(1, keepdims=True), 1))
    own_part = rng.standard_normal((n, n_tastes))
    place = np.sqrt(_GENRE_PART) * of_genre + np.sqrt(1.0 - _GENRE_PART) * own_part
    return _scaled(place, _TASTE_STRENGTH, _TASTE_DECAY), _scaled(place, _STAR_STRENGTH, _STAR_DECAY)


def _scaled(place: FloatArray, strength: float, decay: float) -> FloatArray:
    """Dimensions of falling weight; a person's sum over them has the standard deviation ``strength``."""
    weight = decay ** np.arange(place.shape[1])
    scaled = place * (weight * strength / np.linalg.norm(weight))
    return scaled.astype(np.float32)


def _calibrated(
    shape: Shape,
    seed: int,
    expected: FloatArray,
    taste: FloatArray,
    release: FloatArray,
    progress: ProgressCallback | None,
) -> FloatArray:
    """Logarithms of weights under which people rate each movie as often as ``expected`` says, ``(n_movies,)``.

    A sample of people stands for all, more of the active ones than there are. In the race by which movies are
    drawn, a movie of weight w is among a person's with the chance 1 - exp(-w t), where t gives the person's number
    of ratings; weights are raised and lowered until the sums over people are right.
    """
    tastes, ends, sizes, share = _sample_of_people(shape, seed)
    age = (ends[:, None] - release) / (kernels.YEAR * kernels.AGE_SCALE)
    pull = np.exp(np.minimum(tastes @ taste.T, kernels.TASTE_CAP) - age) * (age >= 0)
    sizes = np.minimum(sizes, 0.5 * (age >= 0).sum(1))  # few movies are out when the first people come
    target = np.log(expected / expected.sum())
    log_weight, log_time = target.copy(), np.log(sizes)
    n_done, n_steps = 0, -(-len(sizes) // _CHUNK) * (_FIRST_STEPS + _ROUNDS - 1)
    for number in range(_ROUNDS):
        chance = np.zeros(len(expected))
        for begin in range(0, len(sizes), _CHUNK):
            rows = slice(begin, begin + _CHUNK)
            weight = pull[rows] * np.exp(log_weight)
            for _ in range(1 if number else _FIRST_STEPS):  # Newton's method for the logarithm of t
                if progress is not None:
                    progress(Progress("movies", n_done, n_steps, "steps"))
                rate = weight * np.exp(log_time[rows, None])
                missed = np.exp(-rate)
                slope = np.einsum("ij,ij->i", rate, missed)
                log_time[rows] += np.clip((sizes[rows] - (1.0 - missed).sum(1)) / slope, -2.0, 2.0)
                n_done += 1
            chance += share[rows] @ (1.0 - missed)
        log_weight += np.clip(target - np.log(chance / chance.sum()), -1.5, 1.5)
        log_weight -= log_weight.max()
    if progress is not None:
        progress(Progress("movies", n_done, n_steps, "steps"))
    # Rounded, so that the last digits of one processor's exponentials do not change the drawn movies of another.
    rounded: FloatArray = np.round(log_weight, 3)
    return rounded


def _sample_of_people(shape: Shape, seed: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Tastes, last seconds, numbers of ratings and shares of a sample of people that stands for all."""
    middle = (np.arange(_NODES) + 0.5) / _NODES
    sizes = np.minimum(activity(shape, 1.0 - (1.0 - middle) ** 2.5), shape.n_movies // 3)
    share = (1.0 - middle) ** 1.5
    tastes, ends = np.empty((_NODES, kernels.TASTES)), np.empty(_NODES)
    for node, size in enumerate(sizes.tolist()):
        state = kernels.person_stream(seed, 2**40 + node)
        kernels.draw_tastes(state, tastes[node])
        times = np.empty(size)
        kernels.draw_times(state, times, float(shape.first), float(shape.last))
        ends[node] = times[-1]
    return tastes, ends, sizes.astype(np.float64), share / share.sum()


def _alias_table(log_weight: FloatArray) -> tuple[FloatArray, IntArray]:
    """Chances and substitutes with which one draw of a movie costs the same for any number of them.

    Source: Walker 1977; Vose 1991.
    """
    weight = np.exp(log_weight)
    keep = weight * (len(weight) / weight.sum())
    alias = np.arange(len(weight), dtype=np.int32)
    small, large = np.flatnonzero(keep < 1.0).tolist(), np.flatnonzero(keep >= 1.0).tolist()
    while small and large:
        low, high = small.pop(), large[-1]
        alias[low] = high
        keep[high] -= 1.0 - keep[low]
        if keep[high] < 1.0:
            small.append(large.pop())
    return keep, alias
