"""A group of one is that person; nobody's list holds what somebody rated; losses and likeness add up."""

from __future__ import annotations

import dataclasses
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale, Scorer
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend import Filters, Recommender, compatibility, recommend_for_group
from reelgraph.recommend.group.group_list import Aggregation
from reelgraph.scorers import BlendScorer
from tests.property.small_models import cosine, linear, stars

N, PEOPLE = 14, 12
DRAW = np.random.default_rng(33)
LINEAR, COSINE, STARS = (make(DRAW, N) for make in (linear, cosine, stars))
KEPT = Matrix(np.where(DRAW.random((PEOPLE, N)) < 0.5, DRAW.integers(1, 6, (PEOPLE, N)), 0).astype(np.float32))
SCORERS: dict[str, Scorer] = {"linear": LINEAR, "blend": BlendScorer((LINEAR, COSINE), (0.5, 0.5)), "stars": STARS}


def recommender(scorer: Scorer) -> Recommender:
    items = 10 * np.arange(N)
    catalogue = dataclasses.replace(Catalogue.from_ids(items), genres=(("A",), ("B",)) * (N // 2))
    users = IdIndex(1 + np.arange(PEOPLE), "user")
    return Recommender(Bundle(scorer, users, IdIndex(items, "item"), KEPT, catalogue, RatingScale(1, 5, 1), {}))


ASKED = {name: recommender(scorer) for name, scorer in SCORERS.items()}
ratings = st.dictionaries(
    st.sampled_from(list(range(0, 10 * N, 10))), st.sampled_from([1.0, 2.0, 4.0, 5.0]), max_size=5
)
hows = st.sampled_from(["mean", "least-misery", "envy-bounded"])


@pytest.mark.parametrize("name", SCORERS)
@given(person=ratings, k=st.integers(1, N), how=hows, genre=st.sampled_from([(), ("A",)]))
@settings(max_examples=40, deadline=None)
def test_a_group_of_one_is_the_person(
    name: str, person: dict[int | str, float], k: int, how: Aggregation, genre: tuple[str, ...]
) -> None:
    asked, filters = ASKED[name], Filters(genres=genre)
    found = recommend_for_group(asked, {"me": person}, k, filters, how=how)
    alone = asked.recommend(person, k, filters)
    assert [line.item_id for line in found.lines] == [line.item_id for line in alone]
    assert [line.opinions[0].rank for line in found.lines] == list(range(1, len(alone) + 1))
    assert found.envy == 0
    (me,) = found.people
    assert (me.loss, me.kept) == (0, len(alone))


@given(people=st.lists(ratings, min_size=2, max_size=4), k=st.integers(1, 6), bound=st.sampled_from([0.0, 0.2, 1.0]))
@settings(max_examples=60, deadline=None)
def test_lists_for_several(people: list[dict[int | str, float]], k: int, bound: float) -> None:
    asked, named = ASKED["linear"], {f"p{n}": person for n, person in enumerate(people)}
    rated = {item for person in people for item in person}
    lists = {
        how: recommend_for_group(asked, named, k, how=how, envy=bound)
        for how in ("mean", "least-misery", "envy-bounded")
    }  # type: ignore[arg-type]
    values = np.array([_value(asked, person) for person in people])
    free = [row for row in range(N) if 10 * row not in rated]
    if not free:
        assert all((answer.lines, answer.envy) == ((), 0.0) for answer in lists.values())
        return
    for how, found in lists.items():
        listed = [int(line.item_id) // 10 for line in found.lines]
        assert len(set(listed)) == len(listed) == min(k, len(free))
        assert not {10 * row for row in listed} & rated
        for row, one in enumerate(found.people):
            assert one.together == pytest.approx(values[row, listed].mean(), abs=1e-5)
            assert one.alone == pytest.approx(np.sort(values[row, free])[::-1][: len(listed)].mean(), abs=1e-5)
            assert one.loss >= -1e-9
        losses = [one.loss for one in found.people]
        assert found.envy == pytest.approx(max(losses) - min(losses))
        if how == "envy-bounded":
            assert found.envy <= bound + 1e-6 or "no list kept" in found.note
            assert found.envy <= max(lists["mean"].envy, bound) + 1e-6
    best = sorted(free, key=lambda row: -values[:, row].mean())[:k]
    assert sum(values[:, best].mean(axis=0)) == pytest.approx(sum(one.value for one in lists["mean"].lines), abs=1e-4)
    least = sorted((values[:, row].min() for row in free), reverse=True)[:k]
    assert [one.value for one in lists["least-misery"].lines] == pytest.approx(least, abs=1e-5)


def _value(asked: Recommender, person: dict[int | str, float]) -> np.ndarray:
    history = asked.rating_row(person)
    scores = (LINEAR if person else asked.popularity).score(history)[0].astype(np.float64)
    centred: np.ndarray = scores - scores.mean()
    return centred / scores.std() if scores.std() else centred


@pytest.mark.parametrize("name", SCORERS)
@given(one=ratings, other=ratings)
@settings(max_examples=40, deadline=None)
def test_likeness_is_symmetric_bounded_and_adds_up(
    name: str, one: dict[int | str, float], other: dict[int | str, float]
) -> None:
    asked = ASKED[name]
    found, back = compatibility(asked, one, other), compatibility(asked, other, one)
    assert -1 - 1e-9 <= found.likeness <= 1 + 1e-9
    assert found.likeness == pytest.approx(back.likeness, abs=1e-9)
    assert sum(film.share for film in found.items) + found.baseline == pytest.approx(found.likeness, abs=1e-5)
    assert {film.item_id for film in found.items} in (set(), one.keys() | other.keys())
    assert found.both == len(one.keys() & other.keys())
    assert found.agree <= found.both
    if one and np.any(asked.taste_baseline.directions(SCORERS[name].score(asked.rating_row(one)).astype(np.float64))):
        assert compatibility(asked, one, one).likeness == pytest.approx(1)


def test_what_all_have_in_common_says_nothing() -> None:
    """Scores that are the mean taste of the kept users, scaled and shifted, are like nobody's in particular."""
    asked = ASKED["linear"]
    tastes = np.array([_value(asked, {}) if not row.nnz else (lambda s: (s - s.mean()) / s.std())(
        LINEAR.score(row)[0].astype(np.float64)) for row in (KEPT[[n]] for n in range(PEOPLE))])  # fmt: skip
    np.testing.assert_allclose(asked.taste_baseline.directions(3 * tastes.mean(axis=0)[None] + 7), 0, atol=1e-6)
    assert np.linalg.norm(asked.taste_baseline.directions(tastes[:1])) == pytest.approx(1)
    assert asked.taste_baseline.percentile(-2) == 0
    assert asked.taste_baseline.percentile(2) == 1


def test_stars_can_be_compared_too_and_what_is_refused() -> None:
    found = recommend_for_group(ASKED["stars"], {"a": {0: 5.0}, "b": {10: 1.0}}, 3, unit="stars")
    assert all(1 <= one.value <= 5 for line in found.lines for one in line.opinions)
    with pytest.raises(CapabilityError, match="predicts no stars"):
        recommend_for_group(ASKED["linear"], {"a": {0: 5.0}}, unit="stars")
    with pytest.raises(ConfigError, match="nobody"):
        recommend_for_group(ASKED["linear"], {})
    with pytest.raises(ConfigError, match="how=median"):
        recommend_for_group(ASKED["linear"], {"a": 1}, how="median")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="envy: nan"):
        recommend_for_group(ASKED["linear"], {"a": 1}, envy=float("nan"))
    with pytest.raises(ConfigError, match="k: 0"):
        recommend_for_group(ASKED["linear"], {"a": 1}, 0)


@pytest.mark.parametrize("how", get_args(Aggregation))
def test_people_who_rated_everything_get_an_empty_list(how: Aggregation) -> None:
    everything: dict[int | str, float] = {10 * row: 3.0 for row in range(N)}
    answer = recommend_for_group(ASKED["linear"], {"a": everything, "b": {0: 5.0}}, 3, how=how)
    assert (answer.lines, answer.envy, answer.note) == ((), 0.0, "")
    assert [(member.alone, member.together, member.kept) for member in answer.people] == [(0.0, 0.0, 0)] * 2
