"""The smallest change of ratings: as an exhaustive search finds it, and as a fresh call sees it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale, Scorer
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Changes, Filters, Recommender
from reelgraph.scorers import BlendScorer, EmbeddingScorer, ItemFilterScorer, PopularityScorer

N = 9
DRAW = np.random.default_rng(21)
LINEAR = ItemFilterScorer(np.empty(0), DRAW.normal(size=(N, N)).astype(np.float32), 0, 0, 0, 0, 1, 0.5, 4)
COSINE = EmbeddingScorer(*(DRAW.normal(size=(N, 3)) for _ in range(2)), DRAW.normal(size=N), True, 0.5, 1.0, 4.0)  # type: ignore[arg-type]


def recommender(scorer: Scorer) -> Recommender:
    items = 10 * np.arange(N)
    ratings = Matrix(DRAW.integers(0, 6, (4, N)).astype(np.float32))
    users = IdIndex(np.arange(4), "user")
    return Recommender(
        Bundle(scorer, users, IdIndex(items, "item"), ratings, Catalogue.from_ids(items), RatingScale(1, 5, 1), {})
    )


RECOMMENDERS = {
    "linear": recommender(LINEAR),
    "blend": recommender(BlendScorer((LINEAR, COSINE), (1.0, 0.0))),
    "cosine": recommender(COSINE),
}
Ratings = dict[int | str, float]


def listed(rec: Recommender, person: Ratings, changes: Changes, k: int) -> list[int | str]:
    return [line.item_id for line in rec.recommend(person, k, changes=changes)]


def every_change(person: Ratings, size: int) -> Iterator[tuple[float, Changes]]:
    for members in itertools.combinations(person, size):
        for values in itertools.product([None, 1.0, 2.0, 3.0, 4.0, 5.0], repeat=size):
            pairs = list(zip(members, values, strict=True))
            if all(person[item] != value for item, value in pairs):
                cost = sum(abs(person[item] - (value or 0.0)) for item, value in pairs)
                stars = {item: value for item, value in pairs if value is not None}
                yield cost, Changes(stars=stars, mute=[item for item, value in pairs if value is None])


@pytest.mark.parametrize("name", RECOMMENDERS)
@given(
    person=st.dictionaries(
        st.sampled_from(list(range(0, 10 * N, 10))), st.sampled_from([1.0, 3.0, 5.0]), min_size=1, max_size=3
    ),
    k=st.integers(1, 4), data=st.data(),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_it_is_the_smallest_change_and_a_fresh_call_agrees(
    name: str, person: Ratings, k: int, data: st.DataObject
) -> None:
    rec = RECOMMENDERS[name]
    item = data.draw(st.sampled_from([item for item in range(0, 10 * N, 10) if item not in person]))
    result = rec.counterfactual(person, item, k, most=2)
    before = item in listed(rec, person, Changes(), k)
    assert before == (result.rank <= k)
    if result.alterations:
        assert (item in listed(rec, person, result.changes, k)) != before
        ranks = {line.item_id: line.rank for line in rec.recommend(person, N, changes=result.changes)}
        assert ranks[item] == result.after
    fewest = None
    for size in (1, 2):
        costs = [
            cost for cost, changes in every_change(person, size) if (item in listed(rec, person, changes, k)) != before
        ]
        if costs:
            fewest = (size, min(costs))
            break
    if result.smallest and result.alterations:
        assert fewest is not None
        assert len(result.alterations) == fewest[0]
        if name != "cosine" or fewest[0] == 1:  # two changes at once are more than their sum to a cosine
            changed = sum(abs((change.stars or 0.0) - (change.becomes or 0.0)) for change in result.alterations)
            assert changed == pytest.approx(fewest[1])
    elif result.smallest:
        assert fewest is None
    if name != "cosine":
        assert result.smallest or fewest is None  # only then more are changed than were searched


@pytest.mark.parametrize("name", RECOMMENDERS)
@given(
    seen=st.sets(st.sampled_from(list(range(0, 10 * N, 10))), min_size=1, max_size=3),
    rated=st.dictionaries(st.sampled_from(list(range(0, 10 * N, 10))), st.sampled_from([1.0, 3.0, 5.0]), max_size=2),
    k=st.integers(1, 4), data=st.data(),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_with_movies_seen_without_a_rating_a_fresh_call_agrees(
    name: str, seen: set[int], rated: Ratings, k: int, data: st.DataObject
) -> None:
    rec = RECOMMENDERS[name]
    item = data.draw(st.sampled_from([item for item in range(0, 10 * N, 10) if item not in {*rated, *seen}]))
    history = rec.history_for(rated, seen=[*seen], seen_weight=0.5)
    result = rec.counterfactual(history, item, k, most=2)
    ranks = {line.item_id: line.rank for line in rec.recommend(history, N)}
    assert result.rank == ranks[item]
    if result.alterations:
        ranks = {line.item_id: line.rank for line in rec.recommend(history, N, changes=result.changes)}
        assert ranks[item] == result.after
        assert (result.after <= k) != (result.rank <= k)
    for change in result.alterations:
        assert (change.stars is None) == (change.item_id in seen - set(rated))
        assert change.stars is not None or change.becomes is None


def test_where_two_do_not_do_more_are_taken_one_by_one() -> None:
    # Movie 0 gets 1 from each of movies 1 to 6, movie 7 has 3.5: four have to be given up.
    weights = np.zeros((9, 9), np.float32)
    weights[1:7, 0] = 1.0
    weights[8, 7] = 2.5
    rec = recommender(dataclasses.replace(LINEAR, extra=weights, rating_power=1.0))
    person: Ratings = dict.fromkeys(range(10, 70, 10), 4.0) | {80: 4.0}
    result = rec.counterfactual(person, 0, 1, Filters(include=[0, 70]), most=2)
    assert (result.rank, result.after, result.smallest) == (1, 2, False)
    assert len(result.alterations) == 4
    assert 0 not in listed(rec, person, result.changes, 1)
    assert rec.counterfactual(person, 0, 1, Filters(include=[0, 70]), most=4).smallest


def test_a_movie_that_cannot_move_and_one_that_may_not_be_listed() -> None:
    rec = recommender(PopularityScorer(np.arange(N)))
    result = rec.counterfactual({10: 5.0, 20: 1.0}, 80, 3, most=1)
    assert (result.alterations, result.rank, result.after, result.smallest) == ((), 1, 1, True)
    assert rec.counterfactual({}, 80, 3).alterations == ()
    with pytest.raises(ConfigError, match="may not be listed"):
        rec.counterfactual({10: 5.0}, 10)
    with pytest.raises(ConfigError, match="most: 0 is not at least 1"):
        rec.counterfactual({10: 5.0}, 80, most=0)


def test_where_all_ratings_are_too_many_to_keep_it_does_not_claim_to_be_the_smallest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Movie 0 is first by movie 1 alone, which is rated like the mean and so is not among the two that are changed.
    weights = np.zeros((9, 9), np.float32)
    weights[1, 0], weights[8, 7] = 1.0, 0.5
    rec = recommender(dataclasses.replace(LINEAR, extra=weights, rating_power=1.0))
    person: Ratings = {10: 3.0, 20: 1.0, 30: 5.0, 80: 3.0}
    only = Filters(include=[0, 70])
    assert [change.item_id for change in rec.counterfactual(person, 0, 1, only, most=1).alterations] == [10]
    monkeypatch.setattr(
        "reelgraph.recommend.explain.counterfactual_search._MAX_EFFECTS", 2 * 6 * 2
    )  # two ratings, six levels, two movies
    result = rec.counterfactual(person, 0, 1, only, most=1)
    assert (result.alterations, result.smallest) == ((), False)
