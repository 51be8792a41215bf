"""What a person is promised: reasons add up, what-if is a fresh call, and nothing hidden is ever listed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, FloatArray, IdIndex, Matrix, RatingScale, Scorer
from reelgraph.recommend import Changes, Filters, Recommender
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.scorers import BlendScorer, PopularityScorer
from reelgraph.scorers.standardise import standardised
from tests.property.small_models import cosine, linear, stars

N, PEOPLE = 12, 6
DRAW = np.random.default_rng(8)
ITEM_FILTER, COSINE, STARS = (make(DRAW, N) for make in (linear, cosine, stars))
SCORERS: dict[str, Scorer] = {
    "linear": ITEM_FILTER,
    "cosine": COSINE,
    "stars": STARS,
    "blend": BlendScorer((ITEM_FILTER, COSINE, PopularityScorer(np.arange(N))), (0.4, 0.4, 0.2)),
}
GENRES = [("Comedy",), ("Drama", "War"), (), ("War",)] * 3

Ratings = dict[int | str, float]


def recommender(name: str) -> Recommender:
    items = 10 * np.arange(N)
    ratings = np.where(DRAW.random((PEOPLE, N)) < 0.5, DRAW.integers(1, 6, (PEOPLE, N)), 0).astype(np.float32)
    catalogue = dataclasses.replace(
        Catalogue.from_ids(items), genres=tuple(GENRES), year=np.array([0, 1954, 1999, 2020] * 3)
    )
    return Recommender(
        Bundle(SCORERS[name], IdIndex(1 + np.arange(PEOPLE), "user"), IdIndex(items, "item"), Matrix(ratings),
               catalogue, RatingScale(0.5, 5, 0.5), {})
    )  # fmt: skip


RECOMMENDERS = {name: recommender(name) for name in SCORERS}
people = st.dictionaries(
    st.sampled_from(list(range(0, 10 * N, 10))), st.sampled_from([0.5, 2.0, 3.5, 5.0]), max_size=N - 2
)
items = st.sampled_from(list(range(0, 10 * N, 10)))
names = pytest.mark.parametrize("name", SCORERS)
quick = settings(max_examples=40, deadline=None)


def rows_of(recommendations: Any) -> list[tuple[Any, ...]]:
    """Items, ranks and scores; the last sums of float32 may differ by rounding."""
    return [(line.item_id, line.rank, pytest.approx(line.score, rel=1e-5, abs=1e-6)) for line in recommendations]


@names
@given(person=people, item=items)
@quick
def test_reasons_and_terms_apart_sum_to_the_score(name: str, person: Ratings, item: int) -> None:
    rec = RECOMMENDERS[name]
    explanation = rec.explain(person, item, method="sum")
    assert explanation.total == pytest.approx(explanation.score, rel=1e-6, abs=1e-6)
    assert {reason.item_id: reason.stars for reason in explanation.reasons} == person
    line = [line for line in rec.recommend(person, N) if line.item_id == item]
    assert item in person or line[0].score == pytest.approx(explanation.total, rel=1e-6, abs=1e-6)
    for by in ("genres", "decade"):
        groups = explanation.grouped(by)  # type: ignore[arg-type]
        assert not groups or sum(groups.values()) == pytest.approx(
            sum(reason.share for reason in explanation.reasons), abs=1e-9
        )


@names
@given(person=people, changed=st.dictionaries(items, st.sampled_from([1.0, 4.0]), max_size=3), data=st.data())
@quick
def test_what_if_is_a_fresh_call_with_the_changed_ratings(
    name: str, person: Ratings, changed: Ratings, data: st.DataObject
) -> None:
    rec, rated = RECOMMENDERS[name], sorted({**person, **changed})
    some_rated = st.lists(st.sampled_from(rated), unique=True) if rated else st.just([])
    muted, removed, unwanted = data.draw(some_rated), data.draw(some_rated), data.draw(st.lists(items, max_size=3))
    changes = Changes(stars=changed, mute=muted, remove=removed, not_interested=unwanted)
    what_if = rec.what_if(person, changes, N)
    now = {item: stars for item, stars in {**person, **changed}.items() if item not in removed}
    visible = {item: stars for item, stars in now.items() if item not in muted}
    hidden = Filters(exclude=[*unwanted, *now])
    assert rows_of(what_if.after) == rows_of(rec.recommend(visible, N, hidden))
    assert what_if.before == rec.recommend(person, N)
    ranks = [
        {line.item_id: line.rank for line in recommendations} for recommendations in (what_if.before, what_if.after)
    ]
    for move in what_if.moves:
        assert (move.before, move.after) == (ranks[0].get(move.item_id), ranks[1].get(move.item_id))
    moved = {move.item_id for move in what_if.moves}
    assert all(ranks[0].get(item) == ranks[1].get(item) for item in {*ranks[0], *ranks[1]} - moved)


@given(
    person=people,
    weight=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    second_weight=st.sampled_from([0.1, 0.5, 0.9]),
    item=items,
)
@quick
def test_damping_a_sum_is_the_sum_of_damped_shares(
    person: Ratings, weight: float, second_weight: float, item: int
) -> None:
    assume(len(person) >= 2)
    rec, (first, second) = RECOMMENDERS["linear"], list(person)[:2]
    whole = {reason.item_id: reason.share for reason in rec.explain(person, item, order="watch").reasons}
    damped = Changes(damp={first: weight, second: second_weight})
    explanation = rec.explain(person, item, changes=damped, order="watch")
    expected = sum(share * {first: weight, second: second_weight}.get(of, 1.0) for of, share in whole.items())
    assert explanation.score == pytest.approx(expected, abs=1e-5)
    assert explanation.total == pytest.approx(explanation.score, abs=1e-5)
    listed = {line.item_id: line.score for line in rec.recommend(person, N, changes=damped, order="watch")}
    assert item in person or listed[item] == pytest.approx(expected, abs=1e-5)


@names
@given(person=people, weight=st.sampled_from([0.25, 0.5]))
@quick
def test_damping_lies_between_with_and_without(name: str, person: Ratings, weight: float) -> None:
    assume(len(person) >= 2)
    rec, item, scorer = RECOMMENDERS[name], next(iter(person)), SCORERS[name]
    with_it, without, between = (
        rec.history_for(person, changes) for changes in (None, Changes(mute=[item]), Changes(damp={item: weight}))
    )

    def average(part: Scorer) -> FloatArray:
        return weight * score_histories([with_it], part) + (1 - weight) * score_histories([without], part)

    if isinstance(scorer, BlendScorer):  # of the averages of its parts
        parts = zip(scorer.parts, scorer.weights, strict=True)
        expected = sum(share * standardised(average(part), np.float64) for part, share in parts)
    else:
        expected = average(scorer)
    np.testing.assert_allclose(score_histories([between], scorer), expected, rtol=1e-5, atol=1e-5)


@names
@given(person=people, seen=st.sets(items, max_size=4), weight=st.sampled_from([0.25, 0.5, 1.0]), item=items)
@quick
def test_reasons_add_up_with_movies_seen_without_a_rating(
    name: str, person: Ratings, seen: set[int | str], weight: float, item: int
) -> None:
    rec = RECOMMENDERS[name]
    history = rec.history_for(person, seen=seen, seen_weight=weight)
    explanation = rec.explain(history, item, method="sum")
    assert explanation.total == pytest.approx(explanation.score, abs=1e-4)
    rated = set(person)
    assert {reason.item_id for reason in explanation.reasons} == rated | seen
    assert {reason.item_id for reason in explanation.reasons if reason.stars is None} == seen - rated
    listed = rec.recommend(person, N, seen=seen, seen_weight=weight)
    assert not {line.item_id for line in listed} & (rated | seen)
    scores = {line.item_id: line.score for line in listed}
    assert item in rated | seen or scores[item] == pytest.approx(explanation.score, abs=1e-4)
    hidden = rec.recommend(person, N, Filters(exclude=seen))
    assert rec.recommend(person, N, seen=seen, seen_weight=0.0).items == hidden.items
    if name == "stars":
        assert [line.item_id for line in listed] == [line.item_id for line in hidden]


@given(person=people, item=items)
@quick
def test_leave_one_out_is_the_difference_of_two_fresh_calls(person: Ratings, item: int) -> None:
    assume(person)
    rec = RECOMMENDERS["stars"]
    explanation = rec.explain(person, item, method="leave-one-out")
    assert (explanation.unit, explanation.baseline_terms) == ("stars", {})
    assert explanation.score == pytest.approx(explanation.stars)
    row = rec.items.row(item)
    for reason in explanation.reasons:
        rest = {rated: stars for rated, stars in person.items() if rated != reason.item_id}
        without = STARS.rate(rec.rating_row(rest), np.array([row])).stars[0, 0]
        assert reason.share == pytest.approx(explanation.score - without, abs=1e-5)
