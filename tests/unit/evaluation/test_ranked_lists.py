"""Lists from bounds are those of all scores, and only the scores of few items are computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgraph.core import BoundsScores, EvalPart, FloatArray, IntArray, Matrix, single_row
from reelgraph.core.errors import TrainingError
from reelgraph.evaluation import rank_all, top_k
from reelgraph.evaluation.ranked_lists import pruned_top_k


@dataclass
class _Bounded:
    """Scores that are some numbers less what a row of penalties says; it counts the items that were scored."""

    kind: ClassVar[str] = "bounded"
    values: FloatArray
    penalties: FloatArray
    scored: list[int] = field(default_factory=list)

    @property
    def n_items(self) -> int:
        return len(self.values)

    def score(self, history: Matrix) -> FloatArray:
        return np.tile(self.values - self.penalties, (history.shape[0], 1)).astype(np.float32)

    def score_bounds(self, history: Matrix) -> FloatArray:
        return np.tile(self.values, (history.shape[0], 1))

    def score_items(self, history: Matrix, items: IntArray, bounds: FloatArray) -> FloatArray:
        self.scored += items.tolist()
        np.testing.assert_array_equal(bounds, self.values[items])
        return (bounds - self.penalties[items]).astype(np.float32)

    def arrays(self) -> dict[str, FloatArray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def _nobody(n_items: int) -> Matrix:
    return single_row(np.empty(0, np.float32), np.empty(0, np.int32), n_items)


def test_by_hand() -> None:
    # Bounds 9, 8, ..., 0; item 0 loses 5 and item 1 loses 3, so the best three are 2, 3 and 4 with 7, 6 and 5 (item 1
    # has 5, too, and comes first).
    scorer = _Bounded(np.arange(9.0, -1.0, -1.0), np.array([5.0, 3.0] + [0.0] * 8))
    best = pruned_top_k(scorer, _nobody(10), None, 3)
    assert best.items.tolist() == [[2, 3, 1]]
    assert best.scores.tolist() == [[7.0, 6.0, 5.0]]


def test_most_items_are_never_scored() -> None:
    values = np.linspace(100.0, 0.0, 5_000)
    scorer = _Bounded(values, np.full(5_000, 0.01))
    assert pruned_top_k(scorer, _nobody(5_000), None, 10).items[0].tolist() == list(range(10))
    assert scorer.scored == list(range(40))


def test_each_item_is_scored_once_even_where_the_bounds_say_nothing() -> None:
    n = 1_000
    scorer = _Bounded(np.zeros(n), np.arange(n, 0, -1).astype(np.float64))
    assert pruned_top_k(scorer, _nobody(n), None, 5).items[0].tolist() == [999, 998, 997, 996, 995]
    assert sorted(scorer.scored) == list(range(n))


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 60), st.sampled_from([0.0, 0.5, 3.0]))
def test_lists_are_those_of_all_scores(seed: int, k: int, n: int, spread: float) -> None:
    draw = np.random.default_rng(seed)
    # Few different numbers, so that scores and bounds are often equal.
    scorer = _Bounded(draw.integers(0, 6, n).astype(np.float64), spread * draw.integers(0, 4, n))
    seen = np.flatnonzero(draw.random(n) < 0.3).astype(np.int32)
    excluded = single_row(np.ones(len(seen), np.float32), seen, n)
    candidates = draw.random(n) < 0.8
    history = _nobody(n)
    expected = top_k(scorer.score(history), excluded, k, candidates)
    listed = pruned_top_k(scorer, history, excluded, k, candidates)
    np.testing.assert_array_equal(listed.items, expected.items)
    np.testing.assert_array_equal(listed.scores, expected.scores)


def test_rank_all_takes_the_bounds_if_asked() -> None:
    values = np.linspace(10.0, 0.0, 400)
    scorer = _Bounded(values, np.zeros(400))
    assert isinstance(scorer, BoundsScores)
    history = Matrix((np.ones(2, np.float32), np.array([0, 5]), np.array([0, 1, 2])), shape=(2, 400))
    empty = Matrix(np.zeros((2, 400), np.float32))
    part = EvalPart(np.arange(2), history, empty, history)
    assert rank_all(scorer, part, 2).items.tolist() == [[1, 2], [0, 1]]
    assert not scorer.scored
    best = rank_all(scorer, part, 2, prune=True)
    assert best.items.tolist() == [[1, 2], [0, 1]]
    assert max(scorer.scored) < 20


@pytest.mark.parametrize("bad", ["bound", "score"])
def test_numbers_that_are_not_finite(bad: str) -> None:
    values, penalties = np.arange(5.0), np.zeros(5)
    (values if bad == "bound" else penalties)[2] = np.nan
    with np.errstate(invalid="ignore"), pytest.raises(TrainingError, match="bounded: score nan .* is not a finite"):
        scorer = _Bounded(values, penalties)
        scorer.score_items = lambda history, items, bounds: (bounds - penalties[items]).astype(np.float32)  # type: ignore[method-assign]
        pruned_top_k(scorer, _nobody(5), None, 2)
