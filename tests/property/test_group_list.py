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
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.scorers import BlendScorer
from tests.property.small_models import cosine, linear, stars

N, PEOPLE = 14, 12
DRAW = np.random.default_rng(33)
LINEAR, COSINE, STARS = (make(DRAW, N) for make in (linear, cosine, stars))
KEPT = Matrix(np.where(DRAW.random((PEOPLE, N)) < 0.5, DRAW.integers(1, 6, (PEOPLE, N)), 0).astype(np.float32))
SCORERS: dict[str, Scorer] = {"linear": LINEAR, "blend": BlendScorer((LINEAR, COSINE), (0.5, 0.5)), "stars": STARS}


SERIES = ("", "X", "", "X", "Y", "", "Y") * (N // 7)


def recommender(scorer: Scorer) -> Recommender:
    items = 10 * np.arange(N)
    catalogue = dataclasses.replace(Catalogue.from_ids(items), genres=(("A",), ("B",)) * (N // 2), series=SERIES)
    users = IdIndex(1 + np.arange(PEOPLE), "user")
    return Recommender(Bundle(scorer, users, IdIndex(items, "item"), KEPT, catalogue, RatingScale(1, 5, 1), {}))


RECOMMENDERS = {name: recommender(scorer) for name, scorer in SCORERS.items()}
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
    rec, filters = RECOMMENDERS[name], Filters(genres=genre)
    group_list = recommend_for_group(rec, {"me": person}, k, filters, how=how)
    alone = rec.recommend(person, k, filters)
    assert [line.item_id for line in group_list.lines] == [line.item_id for line in alone]
    assert [line.opinions[0].rank for line in group_list.lines] == list(range(1, len(alone) + 1))
    assert group_list.envy == 0
    (me,) = group_list.people
    assert (me.loss, me.kept) == (0, len(alone))


@given(people=st.lists(ratings, min_size=2, max_size=4), k=st.integers(1, 6), bound=st.sampled_from([0.0, 0.2, 1.0]))
@settings(max_examples=60, deadline=None)
def test_lists_for_several(people: list[dict[int | str, float]], k: int, bound: float) -> None:
    rec, named = RECOMMENDERS["linear"], {f"p{n}": person for n, person in enumerate(people)}
    rated = {item for person in people for item in person}
    lists = {
        how: recommend_for_group(rec, named, k, Filters(whole_series=True), how=how, envy=bound)
        for how in ("mean", "least-misery", "envy-bounded")
    }  # type: ignore[arg-type]
    values = np.array([_value(rec, person) for person in people])
    free = [row for row in range(N) if 10 * row not in rated]
    if not free:
        assert all((group_list.lines, group_list.envy) == ((), 0.0) for group_list in lists.values())
        return
    for how, group_list in lists.items():
        listed = [int(line.item_id) // 10 for line in group_list.lines]
        assert len(set(listed)) == len(listed) == min(k, len(free))
        assert not {10 * row for row in listed} & rated
        for row, member in enumerate(group_list.people):
            assert member.together == pytest.approx(values[row, listed].mean(), abs=1e-5)
            assert member.alone == pytest.approx(np.sort(values[row, free])[::-1][: len(listed)].mean(), abs=1e-5)
            assert member.loss >= -1e-9
        losses = [member.loss for member in group_list.people]
        assert group_list.envy == pytest.approx(max(losses) - min(losses))
        if how == "envy-bounded":
            assert group_list.envy <= bound + 1e-6 or "no list kept" in group_list.note
            assert group_list.envy <= max(lists["mean"].envy, bound) + 1e-6
    best = sorted(free, key=lambda row: -values[:, row].mean())[:k]
    assert sum(values[:, best].mean(axis=0)) == pytest.approx(
        sum(member.value for member in lists["mean"].lines), abs=1e-4
    )
    first = {row for row in free if not SERIES[row] or SERIES[row] not in {SERIES[n] for n in free if n < row}}
    one_each = {int(line.item_id) // 10 for line in recommend_for_group(rec, named, k, how="envy-bounded").lines}
    assert (one_each <= first) if len(first) >= k else (first <= one_each and len(one_each) == min(k, len(free)))
    least = sorted((values[:, row].min() for row in free), reverse=True)[:k]
    assert [member.value for member in lists["least-misery"].lines] == pytest.approx(least, abs=1e-5)


def _value(rec: Recommender, person: dict[int | str, float]) -> np.ndarray:
    history = rec.history_for(person)
    scores = score_histories([history], rec.scorer_for(history, "liked"))[0].astype(np.float64)
    centred: np.ndarray = scores - scores.mean()
    return centred / scores.std() if scores.std() else centred


@pytest.mark.parametrize("name", SCORERS)
@given(first=ratings, second=ratings)
@settings(max_examples=40, deadline=None)
def test_likeness_is_symmetric_bounded_and_adds_up(
    name: str, first: dict[int | str, float], second: dict[int | str, float]
) -> None:
    rec = RECOMMENDERS[name]
    result, swapped = (
        compatibility(rec, first, second),
        compatibility(rec, second, first),
    )
    assert -1 - 1e-9 <= result.likeness <= 1 + 1e-9
    assert result.likeness == pytest.approx(swapped.likeness, abs=1e-9)
    assert sum(item.share for item in result.items) + result.baseline == pytest.approx(result.likeness, abs=1e-5)
    assert {item.item_id for item in result.items} in (set(), first.keys() | second.keys())
    assert result.both == len(first.keys() & second.keys())
    assert result.agree <= result.both
    if first and np.any(rec.taste_baseline.directions(SCORERS[name].score(rec.rating_row(first)).astype(np.float64))):
        assert compatibility(rec, first, first).likeness == pytest.approx(1)


def test_what_all_have_in_common_says_nothing() -> None:
    """Scores that are the mean taste of the kept users, scaled and shifted, are like nobody's in particular."""
    rec = RECOMMENDERS["linear"]
    tastes = np.array([_value(rec, {}) if not row.nnz else (lambda s: (s - s.mean()) / s.std())(
        LINEAR.score(row)[0].astype(np.float64)) for row in (KEPT[[n]] for n in range(PEOPLE))])  # fmt: skip
    np.testing.assert_allclose(rec.taste_baseline.directions(3 * tastes.mean(axis=0)[None] + 7), 0, atol=1e-6)
    assert np.linalg.norm(rec.taste_baseline.directions(tastes[:1])) == pytest.approx(1)
    assert rec.taste_baseline.percentile(-2) == 0
    assert rec.taste_baseline.percentile(2) == 1


def test_stars_can_be_compared_too_and_what_is_refused() -> None:
    group_list = recommend_for_group(RECOMMENDERS["stars"], {"a": {0: 5.0}, "b": {10: 1.0}}, 3, unit="stars")
    assert all(1 <= opinion.value <= 5 for line in group_list.lines for opinion in line.opinions)
    with pytest.raises(CapabilityError, match="predicts no stars"):
        recommend_for_group(RECOMMENDERS["linear"], {"a": {0: 5.0}}, unit="stars")
    with pytest.raises(ConfigError, match="nobody"):
        recommend_for_group(RECOMMENDERS["linear"], {})
    with pytest.raises(ConfigError, match="how=median"):
        recommend_for_group(RECOMMENDERS["linear"], {"a": 1}, how="median")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="envy: nan"):
        recommend_for_group(RECOMMENDERS["linear"], {"a": 1}, envy=float("nan"))
    with pytest.raises(ConfigError, match="k: 0"):
        recommend_for_group(RECOMMENDERS["linear"], {"a": 1}, 0)


@pytest.mark.parametrize("how", get_args(Aggregation))
def test_people_who_rated_everything_get_an_empty_list(how: Aggregation) -> None:
    everything: dict[int | str, float] = {10 * row: 3.0 for row in range(N)}
    group_list = recommend_for_group(RECOMMENDERS["linear"], {"a": everything, "b": {0: 5.0}}, 3, how=how)
    assert (group_list.lines, group_list.envy, group_list.note) == (
        (),
        0.0,
        f"no movie fits among those not seen yet: {N} with those seen",
    )
    assert [(member.alone, member.together, member.kept) for member in group_list.people] == [(0.0, 0.0, 0)] * 2
