"""Weights in 8 bits: what rounding costs, and the dense form of a larger catalogue in little room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reelgraph.core import FitContext, Interactions, Matrix
from reelgraph.core.errors import CapabilityError
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.scorers import CompactFilterScorer, ItemFilterScorer
from reelgraph.scorers.item_filter.compact_weights import HeadWeights, compact_weights
from reelgraph.scorers.quantised import QuantisedVectors
from tests.conftest import make_interactions

N_ITEMS = 520  # above what is kept whole
WHOLE: dict[str, Any] = {"choose": False, "form": "dense", "compact": False, "ridge": 2.0}
ALL_KEPT: dict[str, Any] = {**WHOLE, "compact": True, "factors": 20, "weights_per_item": N_ITEMS}


def ratings() -> Interactions:
    draw = np.random.default_rng(0)
    edges = [
        (user, int(item), float(draw.integers(1, 6)))
        for user in range(150)
        for item in np.flatnonzero(draw.random(N_ITEMS) < 0.1 * (1 + np.arange(N_ITEMS) % 3))
    ]
    return make_interactions(edges, 150, N_ITEMS)


def scores_of_one_rating(scorer: Any) -> NDArray[np.float32]:
    """W, from the scores of people who rated one movie with the stars that count 1."""
    scores: NDArray[np.float32] = scorer.score(Matrix(np.eye(N_ITEMS, dtype=np.float32) * scorer.unit_stars))
    return scores


def test_eight_bits_by_hand() -> None:
    quantised = QuantisedVectors.of(np.array([[127.0, -63.6, 0.4], [0.0, 0.0, 0.0], [-2.54, 1.28, 0.011]]))
    assert quantised.codes.tolist() == [[127, -64, 0], [0, 0, 0], [-127, 64, 1]]
    np.testing.assert_allclose(quantised.vectors(), [[127, -64, 0], [0, 0, 0], [-2.54, 1.28, 0.02]], rtol=1e-6)


def test_the_product_and_the_rest_by_hand() -> None:
    # W = diag(200, 20, 2, 1) off a permutation: with one factor the largest goes there, the next largest are kept.
    matrix = np.zeros((4, 4), np.float32)
    matrix[0, 1], matrix[1, 2], matrix[2, 3], matrix[3, 0] = 200.0, 20.0, 2.0, 1.0
    head = np.array([1, 2, 4, 5], np.int32)
    weights = compact_weights(6, head, HeadWeights(4, None, 0.0, polynomial=matrix), (), rank=1, n_kept=1)
    assert weights.left.shape == (4, 1)
    assert weights.right.shape == (6, 1)
    product = (weights.left * weights.left_scale[:, None]) @ (weights.right * weights.right_scale[:, None]).T
    np.testing.assert_allclose(product[0], [0, 0, 200, 0, 0, 0], atol=1e-3)
    assert weights.indptr.tolist()[-1] >= 3
    dense = np.zeros((6, 6))
    for row in range(6):
        entries = slice(weights.indptr[row], weights.indptr[row + 1])
        dense[row, weights.indices[entries]] = weights.data[entries] * weights.data_scale[row]
    dense[head] += product
    expected = np.zeros((6, 6))
    expected[np.ix_(head, head)] = matrix
    np.testing.assert_allclose(dense, expected, atol=1e-3)
    assert weights.indices.dtype == np.uint16
    many = compact_weights(65_537, head, HeadWeights(4, None, 0.0, polynomial=matrix), (), rank=1, n_kept=1)
    assert many.indices.dtype == np.int32


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"low_pass_weight": 0.3, "low_pass_cutoff": 8},
        {"spectral_weight": 0.3, "cutoff": 8},
        {"chebyshev_weight": 0.5},
    ],
)
def test_with_all_weights_kept_only_their_rounding_is_lost(parts: dict[str, Any]) -> None:
    train = ratings()
    whole = GraphFilter(**WHOLE, **parts).fit(train).scorer
    assert isinstance(whole, ItemFilterScorer)
    compact = GraphFilter(**ALL_KEPT, **parts).fit(train).scorer
    assert isinstance(compact, CompactFilterScorer)
    rounding = np.abs(whole.weights).max() / 127
    np.testing.assert_allclose(scores_of_one_rating(compact), whole.weights, atol=float(rounding))
    cosines = [_cosines(scorer.item_vectors()) for scorer in (whole, compact)]
    np.testing.assert_allclose(cosines[1], cosines[0], atol=5e-3)


def _cosines(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def test_the_size_decides_and_can_be_overruled() -> None:
    assert FilterSettings().is_written_out(512)
    assert not FilterSettings().is_written_out(513)
    assert FilterSettings(compact=False).is_written_out(513)


def test_nothing_for_forgetting_is_kept_unless_asked_for() -> None:
    train = ratings()
    scorer = GraphFilter(choose=False).fit(train).scorer
    assert isinstance(scorer, CompactFilterScorer)
    assert not any(scorer.arrays()[name].size for name in scorer.forgetting_arrays)
    with pytest.raises(CapabilityError, match="--keep-forgetting"):
        scorer.without(train.matrix()[[0]], train.times())
    for fit in (
        GraphFilter(choose=False).fit(train, FitContext(keep_forgetting=True)),
        GraphFilter(choose=False, exact_updates=True).fit(train),
    ):
        kept = fit.scorer
        assert isinstance(kept, CompactFilterScorer)
        assert kept.inverse.shape == (N_ITEMS * (N_ITEMS + 1) // 2,)
        assert kept.inverse.dtype == np.float64
        # What is not kept is computed in single precision, which may swap the last of the weights that are kept.
        difference = kept.score(train.matrix()[:3]) - scorer.score(train.matrix()[:3])
        assert np.abs(difference).mean() < 1e-3 * np.abs(scorer.score(train.matrix()[:3])).mean()
        bare = kept.without_forgetting().arrays()
        assert {name: array.shape for name, array in scorer.arrays().items()} == {
            name: array.shape for name, array in bare.items()
        }


@pytest.mark.parametrize("low_pass_weight", [0.0, 0.3])
@pytest.mark.parametrize("form", ["dense", "head"])
def test_forgetting_equals_a_refit(form: Any, low_pass_weight: float) -> None:
    train = ratings()
    model = GraphFilter(
        choose=False, form=form, head_items=N_ITEMS, ridge=2.0, low_pass_weight=low_pass_weight, low_pass_cutoff=8,
        factors=20, weights_per_item=N_ITEMS, exact_updates=True,
    )  # fmt: skip
    scorer = model.fit(train).scorer
    assert isinstance(scorer, CompactFilterScorer)
    people = np.array([3, 50, 117])
    refit = model.fit(train.take(~np.isin(train.user_row, people))).scorer
    assert isinstance(refit, CompactFilterScorer)
    times = train.times()
    forgot = scorer.without(train.matrix()[people], None if times is None else times[people])
    largest = float(np.abs(refit.inverse).max())
    np.testing.assert_allclose(forgot.inverse, refit.inverse, rtol=0, atol=1e-5 * largest)
    before, after, expected = (scores_of_one_rating(one) for one in (scorer, forgot, refit))
    rounding = 2 * np.abs(expected).max() / 127
    np.testing.assert_allclose(after, expected, atol=float(rounding))
    assert np.abs(before - expected).max() > 2 * rounding
    assert forgot.kept_until_next_fit == ""


def test_a_new_movie_has_the_mean_of_the_columns_of_those_like_it() -> None:
    train = ratings()
    scorer = GraphFilter(**ALL_KEPT).fit(train).scorer
    assert isinstance(scorer, CompactFilterScorer)
    similarity = np.zeros((3, N_ITEMS), np.float32)
    similarity[0, [4, 9]] = 0.25, 0.75
    similarity[2, 7] = 1.0
    more = scorer.with_new_items(Matrix(similarity), 0)
    assert more.n_items == N_ITEMS + 3
    people = train.matrix()[:20]
    wider = Matrix((people.data, people.indices, people.indptr), shape=(20, N_ITEMS + 3))
    before, after = scorer.score(people), more.score(wider)
    np.testing.assert_allclose(after[:, :N_ITEMS], before, atol=1e-6)
    rounding = 10 * float(np.abs(before).max()) / 127
    np.testing.assert_allclose(after[:, N_ITEMS:], before @ similarity.T, atol=rounding)
    assert not after[:, N_ITEMS + 1].any()
    shares = more.contributions(wider[[3]], np.arange(N_ITEMS + 3))
    np.testing.assert_allclose(shares.total(), after[3], atol=1e-5)
    assert more.item_vectors().shape[0] == N_ITEMS + 3
