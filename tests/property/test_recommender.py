"""Whatever the ratings, the scores and the filters: what a list promises."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.recommend import Filters, Recommender
from reelgraph.recommend.series_order import LATER_PARTS_NOTE
from reelgraph.scorers import BiasScorer, FoldInScorer

GENRES = ("Comedy", "Drama", "Film-Noir")
DETAILS = {
    "directors": ("Agnès Varda", "Jia Zhangke"),
    "cast": ("Setsuko Hara", "Toshirô Mifune", "Agnès Varda"),
    "languages": ("fr", "ja", "esperanto"),
    "countries": ("FR", "JP"),
}


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    """Up to 12 movies and 5 people; few different scores, so that ties are common."""
    n_items, n_users = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    items = np.array(draw(st.lists(st.integers(-5, 10**12), min_size=n_items, max_size=n_items, unique=True)))
    stars = st.sampled_from([0.0, 0.0, 1.0, 3.0, 5.0])
    ratings = [draw(st.lists(stars, min_size=n_items, max_size=n_items)) for _ in range(n_users)]
    offsets = np.array(draw(st.lists(st.sampled_from([-1.0, 0.0, 0.25, 2.0]), min_size=n_items, max_size=n_items)))
    catalogue = dataclasses.replace(
        Catalogue.from_ids(items),
        year=np.array(draw(st.lists(st.sampled_from([0, 1950, 1999, 2020]), min_size=n_items, max_size=n_items))),
        genres=tuple(
            draw(
                st.lists(st.lists(st.sampled_from(GENRES), unique=True).map(tuple), min_size=n_items, max_size=n_items)
            )
        ),
    )
    runtime = draw(st.lists(st.sampled_from([0, 80, 120]), min_size=n_items, max_size=n_items))
    pick = np.random.default_rng(draw(st.integers(0, 99)))
    details = {
        name: tuple(tuple(pick.permutation(values)[: pick.integers(3)].tolist()) for _ in range(n_items))
        for name, values in DETAILS.items()
    }
    series = draw(
        st.lists(st.sampled_from(["", "", "Dollars", "dollars", "Zatoichi"]), min_size=n_items, max_size=n_items)
    )
    catalogue = dataclasses.replace(catalogue, runtime=np.array(runtime), series=tuple(series), **details)
    vectors = np.random.default_rng(n_items).integers(-1, 2, (n_items, 2)).astype(np.float32)
    scorer: Any = BiasScorer(offsets, 3.0, draw(st.sampled_from([0.0, 5.0])), 1.0, 5.0)
    if draw(st.booleans()):
        counts = np.arange(n_items)
        scorer = FoldInScorer(
            vectors.astype(float), 3 + offsets, vectors, counts, np.zeros(2), np.eye(2), 1.0, 2.0, 1.0, 5.0
        )
    return Bundle(
        scorer, IdIndex(1 + np.arange(n_users), "user"), IdIndex(items, "item"),
        Matrix(np.array(ratings, np.float32)), catalogue, RatingScale(1, 5, 1), {},
    )  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> tuple[Bundle, int, int, Filters]:
    bundle = draw(bundles())
    ids = bundle.items.ids.tolist()
    present = sorted({genre for genres in bundle.catalogue.genres for genre in genres})
    written = draw(st.sampled_from([str.lower, str.upper, str]))
    some_ids = st.lists(st.sampled_from(ids), unique=True)
    filters = Filters(
        genres=tuple(written(genre) for genre in draw(st.lists(st.sampled_from(present), max_size=2)))
        if present
        else (),
        year_from=draw(st.none() | st.integers(1940, 2030)),
        year_to=draw(st.none() | st.integers(1940, 2030)),
        not_genres=tuple(written(genre) for genre in draw(st.lists(st.sampled_from(present), max_size=1)))
        if present
        else (),
        runtime_from=draw(st.none() | st.sampled_from([0, 100])),
        runtime_to=draw(st.none() | st.just(100)),
        min_viewers=draw(st.sampled_from([0, 0, 1, 2])),
        seen=draw(st.sampled_from(["hidden", "hidden", "also", "only"])),
        **{
            name: tuple(map(written, draw(st.lists(st.sampled_from(known), max_size=2, unique=True))))
            for name in DETAILS
            if draw(st.booleans())
            and (known := sorted({entry for entries in getattr(bundle.catalogue, name) for entry in entries}))
        },
        exclude=tuple(draw(some_ids)) if draw(st.booleans()) else (),
        include=tuple(draw(some_ids)) if draw(st.booleans()) else None,
        whole_series=draw(st.sampled_from([False, False, True])),
    )
    return bundle, draw(st.integers(1, len(bundle.users))), draw(st.integers(1, 15)), filters


def may_be_listed(bundle: Bundle, user: int, filters: Filters) -> set[int]:
    """Item rows by the words of the promise, one movie at a time."""
    rows = set()
    included_genres, excluded_genres = (
        {genre.lower() for genre in names} for names in (filters.genres, filters.not_genres)
    )
    catalogue = bundle.catalogue
    columns = (bundle.items.ids.tolist(), catalogue.year.tolist(), catalogue.runtime.tolist(), catalogue.genres)
    ratings = bundle.history.toarray()
    for row, (item, year, minutes, genres) in enumerate(zip(*columns, strict=True)):
        rated = ratings[user - 1, row] > 0
        fits = (
            {"hidden": not rated, "also": True, "only": rated}[filters.seen]
            and not any(genre.lower() in excluded_genres for genre in genres)
            and (filters.runtime_from is None or minutes >= max(filters.runtime_from, 1))
            and (filters.runtime_to is None or 0 < minutes <= filters.runtime_to)
            and np.count_nonzero(ratings[:, row]) >= filters.min_viewers
            and (not included_genres or any(genre.lower() in included_genres for genre in genres))
            and (filters.year_from is None or year >= filters.year_from)
            and (filters.year_to is None or 0 < year <= filters.year_to)
            and has_details(bundle.catalogue, row, filters)
            and item not in filters.exclude
            and (filters.include is None or item in filters.include)
        )
        if fits:
            rows.add(row)
    return rows


def places(bundle: Bundle, user: int, filters: Filters) -> dict[int, int]:
    """How many films of its series that the person has not seen came out before each item that may be listed."""
    catalogue, rated = bundle.catalogue, set(bundle.history[[user - 1]].indices.tolist())
    unseen = may_be_listed(bundle, user, dataclasses.replace(filters, exclude=(), seen="also")) - rated

    def came_out(row: int) -> tuple[int, int]:
        return int(catalogue.year[row]) or 9999, row

    def before(row: int) -> int:
        name = catalogue.series[row].lower()
        if not name or filters.whole_series or row in rated:
            return 0
        return sum(catalogue.series[other].lower() == name and came_out(other) < came_out(row) for other in unseen)

    return {row: before(row) for row in may_be_listed(bundle, user, filters)}


def has_details(catalogue: Catalogue, row: int, filters: Filters) -> bool:
    """Whether an item has one of the directors, languages and countries, and all of the cast."""
    own = {name: {entry.lower() for entry in getattr(catalogue, name)[row]} for name in DETAILS}
    wanted = {name: {entry.lower() for entry in getattr(filters, name)} for name in DETAILS}
    one_of = all(not wanted[name] or wanted[name] & own[name] for name in ("directors", "languages", "countries"))
    return one_of and wanted["cast"] <= own["cast"]


@given(questions())
@settings(max_examples=150, deadline=None)
def test_a_list_is_exactly_the_best_of_what_may_be_listed(question: tuple[Bundle, int, int, Filters]) -> None:
    bundle, user, k, filters = question
    recommendations = Recommender(bundle).recommend(user, k, filters)
    history = bundle.history[[user - 1]]
    if history.nnz == 0:
        scores = np.bincount(bundle.history.indices, minlength=len(bundle.items)).astype(np.float32)
        assert recommendations.note
    else:
        scores = bundle.scorer.score(history)[0]
        notes = recommendations.note.split("; ") if recommendations.note else []
        assert {note for note in notes if not note.startswith("no movie")} <= {LATER_PARTS_NOTE}
        assert any(note.startswith("no movie") for note in notes) == (not len(recommendations))
    place = places(bundle, user, filters)
    best = sorted(place, key=lambda row: (place[row], -scores[row], row))[:k]
    assert [line.item_id for line in recommendations] == bundle.items.ids[best].tolist()
    assert [line.score for line in recommendations] == scores[best].tolist()
    assert [line.rank for line in recommendations] == list(range(1, len(best) + 1))
    assert all(line.stars is not None and 1 <= line.stars <= 5 for line in recommendations)


weights = st.sampled_from([0.0, 0.3, 1.0])


@given(questions(), weights, weights, st.sampled_from([-1.0, -0.4, 0.0, 0.6, 1.0]))
@settings(max_examples=100, deadline=None)
def test_no_dial_lists_what_may_not_be_or_less_than_there_is(
    question: tuple[Bundle, int, int, Filters], diversity: float, calibration: float, niche: float
) -> None:
    bundle, user, k, filters = question
    if not any(bundle.catalogue.genres):
        diversity = calibration = 0.0
    recommendations = Recommender(bundle).recommend(
        user, k, filters, diversity=diversity, calibration=calibration, niche=niche
    )
    allowed = set(bundle.items.ids[sorted(may_be_listed(bundle, user, filters))].tolist())
    listed = [line.item_id for line in recommendations]
    assert len(set(listed)) == len(listed) == min(k, len(allowed))
    assert set(listed) <= allowed
    place = places(bundle, user, filters)
    listed_places = [place[row] for row in bundle.items.rows(listed).tolist()]
    assert listed_places == sorted(place.values())[:k]  # no second film of a series while another is left


@given(questions())
@settings(max_examples=50, deadline=None)
def test_ratings_handed_in_are_the_known_user(question: tuple[Bundle, int, int, Filters]) -> None:
    bundle, user, k, filters = question
    row = bundle.history[[user - 1]]
    person = dict(zip(bundle.items.ids[row.indices].tolist(), row.data.tolist(), strict=True))
    recommender = Recommender(bundle)
    assert recommender.recommend(person, k, filters) == recommender.recommend(user, k, filters)


@given(questions())
@settings(max_examples=50, deadline=None)
def test_a_shorter_list_is_the_beginning_of_a_longer_one(question: tuple[Bundle, int, int, Filters]) -> None:
    bundle, user, k, filters = question
    recommender = Recommender(bundle)
    longer = recommender.recommend(user, k + 3, filters)
    assert tuple(recommender.recommend(user, k, filters)) == longer[:k]


@given(bundles())
@settings(max_examples=50, deadline=None)
def test_similar_never_names_the_movie_itself_and_falls(bundle: Bundle) -> None:
    if not isinstance(bundle.scorer, FoldInScorer):
        bundle = dataclasses.replace(
            bundle,
            scorer=FoldInScorer(
                np.ones((len(bundle.items), 1)), np.zeros(len(bundle.items)),
                np.random.default_rng(0).normal(size=(len(bundle.items), 3)).astype(np.float32),
                np.ones(len(bundle.items), np.int64), np.zeros(1), np.eye(1), 1.0, 0, 1, 5,
            ),
        )  # fmt: skip
    recommender = Recommender(bundle)
    for item in bundle.items.ids.tolist():
        recommendations = recommender.similar(item, k=20)
        assert sorted([item, *(line.item_id for line in recommendations)]) == sorted(bundle.items.ids.tolist())
        scores = [line.score for line in recommendations]
        assert scores == sorted(scores, reverse=True)
        assert all(-1.0001 <= score <= 1.0001 for score in scores)
