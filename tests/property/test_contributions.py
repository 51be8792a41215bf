"""Whatever the ratings: the contributions of every model that is a sum add up to its scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgraph.core import Explains, Matrix, Scorer
from reelgraph.scorers import (
    BiasScorer,
    BlendScorer,
    ConstantScorer,
    EmbeddingScorer,
    FoldInScorer,
    ItemFilterScorer,
    LowRankFilterScorer,
    PopularityScorer,
)

N = 9
DRAW = np.random.default_rng(5)


def normal(*shape: int) -> np.ndarray:
    return DRAW.normal(size=shape)


ITEM_FILTER = ItemFilterScorer(np.empty(0), normal(N, N).astype(np.float32), 0, 0, 0, 0, 1, 1, 4)
LOW_RANK = LowRankFilterScorer(*(normal(N, 3).astype(np.float32) for _ in range(2)), *normal(2, N), 1.0, 4.0)  # type: ignore[arg-type]
COSINE, PLAIN = (
    EmbeddingScorer(normal(N, 4), normal(N, 4), normal(N), cosine, 0.5, 1.0, 4.0) for cosine in (True, False)
)
FOLD_IN = FoldInScorer(
    normal(N, 2), 3 + normal(N), normal(N, 2), np.arange(N), normal(2), np.eye(2) + 0.2, 0.5, 3.0, 1.0, 5.0
)
BIAS, POPULAR = BiasScorer(normal(N), 3.1, 5.0, 1.0, 5.0), PopularityScorer(np.arange(N) ** 2)
SCORERS: dict[str, Scorer] = {
    "item-filter": ITEM_FILTER,
    "low-rank": LOW_RANK,
    "cosine": COSINE,
    "product": PLAIN,
    "fold-in": FOLD_IN,
    "bias": BIAS,
    "popularity": POPULAR,
    "constant": ConstantScorer(3.5, N),
    "blend": BlendScorer((ITEM_FILTER, COSINE, POPULAR, FOLD_IN), (0.3, 0.5, 0.2, 0.0)),
    "blend of one with stars": BlendScorer((ITEM_FILTER, FOLD_IN), (1.0, 0.4)),
    "blend of a blend": BlendScorer((BlendScorer((BIAS, LOW_RANK), (0.5, 0.5)), PLAIN), (2.0, 1.0)),
}


@pytest.mark.parametrize("name", SCORERS)
@given(stars=st.lists(st.sampled_from([0.0, 0.0, 0.5, 1.0, 3.0, 4.5, 5.0]), min_size=N, max_size=N))
@settings(max_examples=40, deadline=None)
def test_contributions_add_up(name: str, stars: list[float]) -> None:
    scorer, history = SCORERS[name], Matrix(np.array([stars], np.float32))
    assert isinstance(scorer, Explains)
    items = np.arange(N)[::-1].copy()
    contributions = scorer.contributions(history, items)
    assert contributions.ratings.shape == (N, history.nnz)
    np.testing.assert_allclose(contributions.total(), scorer.score(history)[0, items], rtol=1e-6, atol=1e-6)


def test_a_blend_by_hand() -> None:
    # Scores of the one part: 2 stars of 4 times (1, 3, 2) = (0.5, 1.5, 1), mean 1, spread root of 1/6.
    matrix = np.zeros((3, 3), np.float32)
    matrix[1] = [1, 3, 2]
    blend = BlendScorer((ItemFilterScorer(np.empty(0), matrix, 0, 0, 0, 0, 1, 1, 4),), (0.5,))
    contributions = blend.contributions(Matrix(np.array([[0, 2, 0]], np.float32)), np.array([1, 0]))
    scale = 0.5 * np.sqrt(6)
    np.testing.assert_allclose(contributions.ratings, [[1.5 * scale], [0.5 * scale]], rtol=1e-6)
    np.testing.assert_allclose(contributions.baseline_terms["average of all movies"], [-scale, -scale], rtol=1e-6)
    assert "spread" in contributions.conditioned_on


def test_a_part_that_is_no_sum_counts_as_a_whole() -> None:
    class Stranger:
        kind = "stranger"
        n_items = N

        def score(self, history: Matrix) -> np.ndarray:
            return np.tile(np.arange(N, dtype=np.float32) ** 3, (history.shape[0], 1))

        def arrays(self) -> dict[str, np.ndarray]:
            return {}

        def settings(self) -> dict[str, object]:
            return {}

    blend = BlendScorer((ITEM_FILTER, Stranger()), (0.5, 0.5))  # type: ignore[arg-type]
    history = Matrix(np.array([[0, 5, 0, 1, 0, 0, 3, 0, 0]], np.float32))
    contributions = blend.contributions(history, np.arange(N))
    assert set(contributions.baseline_terms) == {"stranger as a whole", "average of all movies"}
    np.testing.assert_allclose(contributions.total(), blend.score(history)[0], rtol=1e-6, atol=1e-6)


def test_which_shares_stand_alone_is_said() -> None:
    history = Matrix(np.array([[0, 5, 0, 1, 0, 0, 3, 0, 0]], np.float32))
    held = {name: scorer.contributions(history, np.arange(2)).conditioned_on for name, scorer in SCORERS.items()}  # type: ignore[attr-defined]
    assert {name for name, text in held.items() if not text} == {"item-filter", "low-rank", "popularity", "constant"}
