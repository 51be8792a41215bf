"""What a person liked and what they disliked, in a list: worked out by hand."""

import dataclasses
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reelgraph.core import EvalPart, Matrix, TopK
from reelgraph.core.errors import CapabilityError
from reelgraph.evaluation import evaluate
from reelgraph.evaluation.list_metrics import disliked_targets, liked_targets

NAN = float("nan")


def csr(rows: list[list[float]]) -> Matrix:
    return Matrix(np.array(rows, dtype=np.float32))


# Means of the histories: 5, 3, none. So the first person liked nothing below 5 stars, the others nothing below 4.
HISTORY = csr([[5, 0, 0, 0, 0, 0], [3, 0, 3, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
TARGET = csr([[0, 5, 4, 2, 0, 0], [0, 4, 0, 1, 2, 5], [3, 1, 0, 0, 0, 0]])
PART = EvalPart(np.arange(3), HISTORY, TARGET, HISTORY)


class Ranks:
    """Ranks the items 5, 4, 3, 2, 1, 0; or all alike."""

    kind = "ranks"
    n_items = 6

    def __init__(self, *, tied: bool = False) -> None:
        self.row = np.zeros(6, np.float32) if tied else np.arange(6, dtype=np.float32)

    def score(self, history: Matrix) -> np.ndarray:
        return np.broadcast_to(self.row, history.shape)

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def test_liked_is_four_stars_and_ones_own_mean_or_more() -> None:
    assert_array_equal(liked_targets(PART, 4.0).toarray(), [[0, 5, 0, 0, 0, 0], [0, 4, 0, 0, 0, 5], [0] * 6])
    assert_array_equal(
        disliked_targets(PART, 2.0).toarray(), [[0, 0, 0, 2, 0, 0], [0, 0, 0, 1, 2, 0], [0, 1, 0, 0, 0, 0]]
    )


def test_both_metrics_by_hand() -> None:
    report = evaluate(Ranks(), PART, 4, metrics=["ndcg_liked", "disliked"])
    # lists: 5 4 3 2, 5 4 3 1, 5 4 3 2; liked: item 1 is not in the first, items 5 and 1 are first and fourth
    second = (1 + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    assert_allclose(report.per_user["ndcg_liked@4"], [0, second, NAN])
    assert_allclose(report.per_user["disliked@4"], [1, 2, 0])
    assert report["ndcg_liked@4"].mean == pytest.approx(second / 2)
    assert report["disliked@4"].mean == pytest.approx(1.0)
    assert "liked: target ratings >= 4" in report.protocol
    assert "disliked: target ratings <= 2" in report.protocol


def test_ties_count_by_their_expected_value() -> None:
    report = evaluate(Ranks(tied=True), PART, 2, metrics=["ndcg_liked", "disliked"])
    # 5, 4 and 6 items are tied: each place holds a given one with probability 1/5, 1/4, 1/6
    gain = 1 + 1 / math.log2(3)
    assert_allclose(report.per_user["ndcg_liked@2"], [gain / 5, 2 / 4, NAN])
    assert_allclose(report.per_user["disliked@2"], [2 / 5, 2 * 2 / 4, 2 / 6])


def test_given_lists_and_tables_are_measured_alike() -> None:
    lists = TopK(np.array([[5, 4, 3, 2], [5, 4, 3, 1], [5, 4, 3, 2]]), np.zeros((3, 4), np.float32))
    names = ["ndcg_liked", "disliked"]
    by_model, given = (evaluate(Ranks(), PART, 4, metrics=names, lists=given) for given in (None, lists))
    for label in by_model:
        assert_allclose(given.per_user[label], by_model.per_user[label])


def test_views_have_neither() -> None:
    views = dataclasses.replace(PART, feedback="implicit")
    assert not {"ndcg_liked@3", "disliked@3"} & set(evaluate(Ranks(), views, 3))
    with pytest.raises(CapabilityError, match="no stars.*no disliked"):
        evaluate(Ranks(), views, 3, metrics=["disliked"])
