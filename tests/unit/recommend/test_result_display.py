"""What explanations, comparisons and lists for several people look like."""

from __future__ import annotations

from reelgraph.core import Recommendation, Recommendations
from reelgraph.recommend import Compatibility, Counterfactual, Explanation, GroupList, Reason, WhatIf
from reelgraph.recommend.explain.counterfactual import RatingChange
from reelgraph.recommend.group.group_list import GroupItem, MemberLoss, MemberOpinion
from reelgraph.recommend.group.taste_similarity import ItemShare
from reelgraph.tuning import TrialRecord, TuningResult


def test_explanation_adds_up() -> None:
    reasons = tuple(Reason(n, f"Film {n}", 4.5, 0.5 / 2**n, viewers=n) for n in range(12))
    explanation = Explanation(99, "Brazil (1985)", 1.25, "score", 4.0, reasons, {"popularity": 0.25}, "sum", "a note")
    lines = repr(explanation).splitlines()
    assert lines[0] == "Brazil (1985): score 1.2500, predicted stars 4.00"
    assert lines[1] == "because of       stars     adds"
    assert lines[2] == "Film 0             4.5  +0.5000"
    assert lines[11] == "Film 9             4.5  +0.0010"
    assert lines[12:] == [
        "2 other ratings         +0.0007",
        "popularity              +0.2500",
        "the score               +1.2498",
        "a note",
    ]
    frame = explanation.to_polars()
    assert frame.columns == ["item_id", "title", "year", "stars", "share", "viewers"]
    assert frame["share"].to_list() == [0.5 / 2**n for n in range(12)]


def test_explanation_that_is_no_sum_or_has_no_reason() -> None:
    item = Explanation(9, "Heat", 3.5, "stars", None, (Reason(1, "Alien", 5.0, -0.5),), {}, "leave-one-out")
    assert repr(item) == "Heat: stars 3.5000\nbecause of  stars     adds\nAlien           5  -0.5000"
    none = Explanation(9, "Heat", 3.5, "stars", None, (), {}, "leave-one-out", "nothing rated")
    assert repr(none) == "Heat: stars 3.5000\nbecause of  stars  adds\nnothing rated"


def test_counterfactual_in_words() -> None:
    changes = (RatingChange(1, "Alien", 5.0, None), RatingChange(2, "Heat", 2.0, 4.5))
    assert repr(Counterfactual(9, "Brazil", 10, 12, 3, changes, smallest=False)) == (
        "Brazil is number 12, not in the list of 10; it would be number 3 with: Alien not counted (you gave 5); "
        "Heat with 4.5 in place of 2 stars (fewer changes may do too)"
    )
    assert repr(Counterfactual(9, "Brazil", 10, 2, 2, (), smallest=True)) == (
        "Brazil is number 2, in the list of 10; no change of a few ratings would take it out"
    )


def test_what_if() -> None:
    alien, heat, brazil = (Recommendation(n, title, 1.0, 1) for n, title in enumerate(("Alien", "Heat", "Brazil")))
    before = Recommendations((alien, Recommendation(1, "Heat", 0.5, 2)), "toy")
    after = Recommendations((heat, Recommendation(2, brazil.title, 0.5, 2)), "toy")
    comparison = WhatIf.of(before, after)
    assert repr(comparison) == (
        "WhatIf: 3 movies change their rank\n"
        "item_id  title   before  after\n"
        "      1  Heat         2      1\n"
        "      2  Brazil              2\n"
        "      0  Alien        1"
    )
    assert comparison.to_polars().rows() == [(1, "Heat", 2, 1), (2, "Brazil", None, 2), (0, "Alien", 1, None)]


def test_list_for_several_people() -> None:
    opinions = (MemberOpinion("ann", 0.5, 3, None), MemberOpinion("rank", 0.25, 7, None))
    people = (MemberLoss("ann", 1.0, 0.75, 1), MemberLoss("rank", 1.0, 0.5, 0))
    both = GroupList((GroupItem(5, "Heat", 1, 0.375, opinions),), people, "stars", 0.25, "a note")
    assert repr(both) == (
        "GroupList: 1 movie for 2 people\n"
        "rank  item_id  title   value  rank for ann  rank for rank\n"
        "   1        5  Heat   0.3750             3              7\n"
        "given up (stars): ann 0.2500, rank 0.5000; a note"
    )
    assert both.to_polars().row(0, named=True) == {
        "rank": 1, "item_id": 5, "title": "Heat", "value": 0.375, "rank for ann": 3, "rank for rank": 7,
    }  # fmt: skip


def test_compatibility() -> None:
    items = (ItemShare(5, "Heat", 4.0, None, 0.25), ItemShare(6, "Alien", 4.0, 4.5, -0.125))
    assert repr(Compatibility(0.5, 0.75, items, 0.375, 1, 1)) == (
        "Compatibility: likeness +0.5000, more than 75% of the pairs of users\n"
        "item_id  title     one   other    share\n"
        "      5  Heat   4.0000           0.2500\n"
        "      6  Alien  4.0000  4.5000  -0.1250\n"
        "1 movie rated by both, 1 of them at most one star apart"
    )
    assert repr(Compatibility(0.5, float("nan"), (), 0.5, 0, 0)).startswith("Compatibility: likeness +0.5000\nitem_id")


def test_search_of_settings() -> None:
    trials = (
        TrialRecord(1, "complete", 0.25, {"dim": 8, "loss": "mse"}, 2.0),
        TrialRecord(2, "failed", None, {"dim": 16}, 1.0, "diverged"),
    )
    result = TuningResult(
        "gcn", "strong", "ndcg@10", False, trials[0], {"epochs": 5, "dim": 8}, trials, {}, 0, "00", "all trials done"
    )
    assert repr(result) == (
        "TuningResult of gcn: 2 trials, best ndcg@10 0.2500\n"
        "setting  value\nepochs       5\ndim          8\nall trials done"
    )
    assert result.to_polars().rows() == [
        (1, "complete", 0.25, 2.0, 8, "mse"),
        (2, "failed", None, 1.0, 16, None),
    ]
