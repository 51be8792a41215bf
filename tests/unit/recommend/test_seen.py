"""Movies seen without a rating: hand-worked sums, and what they do to lists, reasons and changes."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale, Scorer
from reelgraph.core.errors import ConfigError, DataFormatError, UnknownIdError, WrongTypeError
from reelgraph.recommend import (
    Changes,
    Filters,
    Recommender,
    compatibility,
    next_questions,
    recommend_for_group,
)
from reelgraph.scorers import BiasScorer, ItemFilterScorer, PopularityScorer
from reelgraph.scorers.blend import BlendScorer, StarredBlendScorer
from reelgraph.scorers.standardise import standardised

#: What movie i adds to movie j: movie 0 speaks for 3 and a little for 4, movie 1 for 4, movie 2 against 3.
WEIGHTS = np.zeros((6, 6), np.float32)
WEIGHTS[0, 3], WEIGHTS[0, 4], WEIGHTS[1, 4], WEIGHTS[2, 3], WEIGHTS[2, 5] = 0.8, 0.2, 0.5, -0.4, 0.3
ITEMS = np.array([10, 20, 30, 40, 50, 60])
#: A rating of 4 of 5 stars counts 1.
FILTER = ItemFilterScorer(np.empty(0), WEIGHTS, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 4.0)
STARS = BiasScorer(np.array([0.5, 0.0, -0.5, 0.25, 1.0, -1.0]), 3.0, 1.0, 1.0, 5.0)
HISTORY = np.array([[5, 4, 0, 0, 0, 0], [0, 0, 3, 0, 0, 4], [0, 5, 0, 0, 2, 0]], np.float32)


def recommender(scorer: Scorer = FILTER, **settings: Any) -> Recommender:
    titles = np.array(["A", "B", "C", "D", "E", "F"])
    catalogue = dataclasses.replace(Catalogue.from_ids(ITEMS), title=titles)
    users = IdIndex(np.array([1, 2, 3]), "user")
    bundle = Bundle(
        scorer, users, IdIndex(ITEMS, "item"), Matrix(HISTORY), catalogue, RatingScale(1.0, 5.0, 1.0), {}
    )  # fmt: skip
    return Recommender(bundle, **settings)


def views_only() -> Recommender:
    """The same movies in a bundle of views."""
    bundle = recommender().bundle
    history = Matrix((HISTORY > 0).astype(np.float32))
    scorer = dataclasses.replace(FILTER, unit_stars=1.0)
    return Recommender(dataclasses.replace(bundle, scorer=scorer, history=history, scale=None, feedback="implicit"))


def scores_of(recommendations: Any) -> dict[Any, float]:
    return {line.item_id: line.score for line in recommendations}


def ids(recommendations: Any) -> list[Any]:
    return [line.item_id for line in recommendations]


@pytest.mark.parametrize("weight", [0.1, 0.25, 0.5, 1.0])
def test_a_seen_movie_adds_its_weight_times_a_liked_rating(weight: float) -> None:
    # Movie 20 with 2 stars counts 2/4; movie 10, seen, counts the weight.
    listed = recommender().recommend({20: 2.0}, seen=[10], seen_weight=weight, order="watch")
    expected = {40: 0.8 * weight, 50: 0.5 * 0.5 + 0.2 * weight, 30: 0.0, 60: 0.0}
    assert scores_of(listed) == pytest.approx(expected)
    assert listed.note == ""


def test_weight_0_hides_the_movie_and_changes_nothing_else() -> None:
    rec = recommender()
    with_seen = rec.recommend({20: 2.0}, seen=[10, 30], seen_weight=0.0, order="watch")
    without = rec.recommend({20: 2.0}, filters=Filters(exclude=[10, 30]), order="watch")
    assert with_seen.items == without.items
    nothing = rec.recommend([], seen=[10], seen_weight=0.0)
    assert nothing.items == rec.recommend({}, filters=Filters(exclude=[10])).items
    assert (nothing.answered_by, nothing.note) == ("popularity", "no ratings yet: these are the most rated movies")


def test_ids_alone_give_a_personal_list_that_says_what_it_is_from() -> None:
    rec = recommender()
    listed = rec.recommend([10, 30])
    assert ids(listed)[0] == 40
    assert listed.answered_by == "item-filter"
    assert listed.note == "from 2 movies you watched"
    for person in ({30, 10}, (10, 30), np.array([10, 30])):
        assert rec.recommend(person).items == listed.items
    assert rec.recommend({}, seen=[10, 30]).items == listed.items
    assert not {10, 30} & set(ids(listed))
    assert ids(listed) != ids(rec.recommend({}, filters=Filters(exclude=[10, 30])))


def test_a_rated_movie_is_not_seen_without_a_rating() -> None:
    rec = recommender()
    assert rec.recommend({20: 2.0}, seen=[20]).items == rec.recommend({20: 2.0}).items


def test_the_weight_comes_from_the_call_the_recommender_or_the_manifest() -> None:
    bundle = recommender().bundle
    recorded = dataclasses.replace(bundle, info={"seen_weight": 0.25})
    assert Recommender(recorded).seen_weight == 0.25
    assert Recommender(recorded, seen_weight=0.75).seen_weight == 0.75
    assert views_only().seen_weight == 1.0
    assert scores_of(Recommender(recorded).recommend([10]))[40] == pytest.approx(0.2)
    with pytest.raises(ConfigError, match="seen_weight: 1.5 is not valid: expected a number from 0 to 1"):
        Recommender(bundle, seen_weight=1.5)
    with pytest.raises(ConfigError, match="seen_weight: nan"):
        recommender().recommend([10], seen_weight=float("nan"))
    with pytest.raises(UnknownIdError, match="unknown item 77"):
        recommender().recommend([77])


def test_reasons_add_up_and_say_what_was_seen() -> None:
    explanation = recommender().explain({20: 2.0}, 50, seen=[10], seen_weight=0.5, order="watch")
    assert [(reason.item_id, reason.stars) for reason in explanation.reasons] == [(20, 2.0), (10, None)]
    assert [reason.share for reason in explanation.reasons] == pytest.approx([0.25, 0.1])
    assert explanation.total == pytest.approx(explanation.score) == pytest.approx(0.35)
    assert repr(explanation).splitlines()[1:4] == [
        "because of  stars     adds", "B               2  +0.2500", "A                  +0.1000",
    ]  # fmt: skip


def test_stars_are_predicted_from_the_ratings_alone() -> None:
    blend = StarredBlendScorer((FILTER, STARS), (0.7, 0.3))
    rec = recommender(blend)
    rated_only = {line.item_id: line.stars for line in rec.recommend({20: 5.0}, filters=Filters(exclude=[10]))}
    with_seen = rec.recommend({20: 5.0}, seen=[10])
    assert {line.item_id: line.stars for line in with_seen} == rated_only
    # The person's offset is (5 - 3 - 0) / (1 + 1) = 1, so movie 40 gets 3 + 0.25 + 1 stars.
    assert rated_only[40] == pytest.approx(4.25)


def test_a_blend_counts_a_view_in_the_parts_that_rank_by_views() -> None:
    blend = BlendScorer((FILTER, STARS), (0.7, 0.3))
    rec, weight = recommender(blend), 0.25
    ranked = standardised((5 / 4 * WEIGHTS[1] + weight * WEIGHTS[0])[None], np.float64)
    stars = standardised(3.0 + STARS.item_offset[None] + 1.0, np.float64)
    listed = rec.recommend({20: 5.0}, seen=[10], seen_weight=weight, filters=Filters(seen="also"), order="watch")
    expected = (0.7 * ranked + 0.3 * stars)[0]
    assert scores_of(listed) == pytest.approx(dict(zip(ITEMS.tolist(), expected.tolist(), strict=True)), rel=1e-5)
    for item in (40, 50):
        explanation = rec.explain({20: 5.0}, item, seen=[10], seen_weight=weight, order="watch")
        assert explanation.total == pytest.approx(explanation.score, rel=1e-5)
        assert explanation.score == pytest.approx(scores_of(listed)[item], rel=1e-5)
    assert rec.explain({20: 5.0}, 40, seen=[10]).reasons[0].item_id == 10


def test_a_model_of_stars_cannot_use_views_and_says_so() -> None:
    rec = recommender(STARS)
    listed = rec.recommend([10])
    assert listed.answered_by == "popularity"
    assert 10 not in ids(listed)
    assert listed.note == "the model 'bias' learns from ratings only: these are the most rated movies"
    both = rec.recommend({20: 5.0}, seen=[10])
    assert both.items == rec.recommend({20: 5.0}, filters=Filters(exclude=[10])).items
    explanation = rec.explain({20: 5.0}, 40, seen=[10], method="sum")
    assert {reason.item_id: reason.share for reason in explanation.reasons}[10] == 0.0
    assert explanation.total == pytest.approx(explanation.score)


def test_what_if_mutes_damps_removes_and_rates_a_seen_movie() -> None:
    rec = recommender(seen_weight=0.5)
    history = rec.history_for({20: 2.0}, seen=[10])

    def score_of_40(changes: Changes) -> float:
        return scores_of(rec.recommend(history, changes=changes, order="watch"))[40]

    assert score_of_40(Changes(mute=[20])) == pytest.approx(0.4)
    assert score_of_40(Changes(mute=[10])) == 0.0
    assert score_of_40(Changes(damp={10: 0.5})) == pytest.approx(0.2)
    assert score_of_40(Changes(stars={10: 5.0})) == pytest.approx(0.8 * 5 / 4)
    assert 10 in ids(rec.recommend(history, changes=Changes(remove=[10])))
    assert 10 not in ids(rec.recommend(history, changes=Changes(mute=[10])))
    what_if = rec.what_if({20: 2.0}, Changes(mute=[10]), seen=[10], order="watch")
    moves = {move.item_id: (move.before, move.after) for move in what_if.moves}
    assert moves[40] == (1, 3)  # 0.4 for 40 and 0.35 for 50 become 0 and 0.25; 30 stands before 40


def test_the_smallest_change_may_be_not_to_count_a_seen_movie() -> None:
    rec = recommender(seen_weight=1.0)
    result = rec.counterfactual([10, 20], 40, k=1, order="watch")
    (change,) = result.alterations
    assert (change.item_id, change.stars, change.becomes, result.rank, result.after) == (10, None, None, 1, 3)
    assert "A not counted (you have seen it)" in str(result)
    rerun = rec.recommend([10, 20], changes=result.changes, order="watch")
    assert ids(rerun).index(40) + 1 == result.after


def test_groups_questions_and_likeness_take_people_who_only_saw_movies() -> None:
    rec = recommender(seen_weight=0.5)
    group = recommend_for_group(rec, {"Ann": [10], "Bo": {20: 5.0}})
    assert group.note == ""
    assert not {10, 20} & {line.item_id for line in group.lines}
    (ann, bo) = group.lines[0].opinions
    assert ann.because is not None
    assert (ann.because.item_id, ann.because.stars) == (10, None)
    assert bo.because is not None
    assert bo.because.stars == 5.0
    likeness = compatibility(rec, [10, 20], {20: 4.0, 10: 5.0})
    assert likeness.both == 0
    assert likeness.likeness > 0.9
    assert {item.item_id: (item.one, item.other) for item in likeness.items} == {10: (None, 5.0), 20: (None, 4.0)}
    asked = next_questions(rec, [10], k=6)
    assert {question.item_id: question.chance for question in asked}[10] == 1.0  # how many stars would they give?


@pytest.mark.parametrize(
    ("weight", "worth"), [(0.0, 0.8**2 + 0.2**2), (0.5, 0.8**2 + 0.2**2 - 0.4**2 - 0.1**2), (1.0, 0.0)]
)
def test_the_stars_of_a_seen_movie_tell_what_its_view_has_not_told(weight: float, worth: float) -> None:
    # The expected hits are the sum of the squares of the scores, here of movies 40 and 50.
    questions = {question.item_id: question for question in next_questions(recommender(seen_weight=weight), [10], k=6)}
    assert questions[10].worth == pytest.approx(worth, abs=1e-6)


def test_a_view_in_a_bundle_of_views_is_one_that_the_model_was_fitted_on() -> None:
    rec = views_only()
    listed = rec.recommend([10, 20])  # what the known user 1 has seen
    assert listed.items == rec.recommend(1).items == rec.recommend({10: 1.0, 20: 1.0}).items
    assert scores_of(listed) == pytest.approx({40: 0.8, 50: 0.7, 30: 0.0, 60: 0.0})
    assert listed.note == ""
    assert all(line.stars is None and line.liked is None for line in listed)
    assert rec.recommend([10, 20], seen_weight=0.1).items == listed.items  # always 1 there
    explanation = rec.explain([10, 20], 50)
    assert [reason.stars for reason in explanation.reasons] == [None, None]
    assert "stars" not in repr(explanation)
    assert rec.counterfactual([10, 20], 40, k=1, order="watch").alterations[0].stars is None
    assert rec.recommend([]).note == "nothing seen yet: these are the most watched movies"
    with pytest.raises(DataFormatError, match="expected 1 for each movie seen, or a list of ids"):
        rec.recommend({10: 5.0})
    both = compatibility(rec, [10, 20], 1)
    assert (both.both, both.agree, both.likeness) == (2, 0, pytest.approx(1.0))
    assert "star" not in repr(both)
    assert "2 movies seen by both" in repr(both)
    assert recommend_for_group(rec, {"Ann": [], "Bo": [10]}).note == (
        "Ann has seen nothing, so stands for the most watched movies"
    )
    assert 10 not in [question.item_id for question in next_questions(rec, [10], k=6)]


def test_popular_movies_for_a_model_without_any_person() -> None:
    assert recommender(PopularityScorer(np.arange(6))).recommend([60]).note == "from 1 movie you watched"


def test_what_an_import_gave_is_a_person() -> None:
    rec = recommender()
    expected = rec.recommend({20: 2.0}, seen=[10]).items
    assert rec.recommend(SimpleNamespace(ratings={20: 2.0}, seen=(10,))).items == expected
    assert rec.recommend({20: 2.0}, seen=(item for item in [10])).items == expected
    assert rec.recommend({"B": 2.0}, seen=["A"]).items == expected  # titles do as well


@pytest.mark.parametrize("person", [None, 1.5, (item for item in [10])])
def test_what_is_no_person_is_refused(person: Any) -> None:
    with pytest.raises(WrongTypeError, match="expected ratings {item id: stars}, a list of ids of movies seen"):
        recommender().recommend(person)


@pytest.mark.parametrize("seen", ["10", 10])
def test_movies_seen_are_a_list_of_ids(seen: Any) -> None:
    with pytest.raises(WrongTypeError, match="expected a list of ids of movies seen"):
        recommender().recommend({}, seen=seen)


def test_a_blend_of_one_ranking_model_lists_movies_as_that_model_does() -> None:
    blend = recommender(StarredBlendScorer((FILTER, STARS), (1.0, 0.0)))
    for person, seen in (({20: 2.0}, [10]), ({20: 5.0, 30: 1.0}, [10]), ({}, [10, 30])):
        listed = ids(blend.recommend(person, seen=seen, seen_weight=0.3, order="watch"))
        assert listed == ids(recommender().recommend(person, seen=seen, seen_weight=0.3, order="watch"))
