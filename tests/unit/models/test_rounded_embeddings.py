"""Embeddings of one byte a number: the error of a score is bounded, a save changes nothing, rounding twice neither."""

from __future__ import annotations

import numpy as np

from reelgraph.core import Matrix
from reelgraph.scorers import EmbeddingScorer, rebuild

RNG = np.random.default_rng(4)
N, DIM = 50, 6


def scorer() -> EmbeddingScorer:
    source, target = (RNG.normal(size=(N, DIM)).astype(np.float32) for _ in range(2))
    return EmbeddingScorer(source, target, RNG.normal(size=N).astype(np.float32), False, 0.0, 1.0, 4.0)


def histories() -> Matrix:
    stars = RNG.integers(1, 6, (5, N)) * (RNG.random((5, N)) < 0.2)
    return Matrix(stars.astype(np.float32))


def test_rounded_vectors_are_half_a_step_off_at_most() -> None:
    exact = scorer()
    rounded = exact.rounded()
    assert rounded.source.dtype == rounded.target.dtype == np.int8
    for table, step, vectors in (
        (exact.source, rounded.source_step, rounded.source_vectors),
        (exact.target, rounded.target_step, rounded.target_vectors),
    ):
        np.testing.assert_array_equal(step, np.abs(table).max(axis=1) / np.float32(127))
        assert (np.abs(vectors - table) <= step[:, None] * 0.5001).all()


def test_scores_are_near_the_exact_ones_and_sums_of_contributions() -> None:
    exact, history = scorer(), histories()
    rounded = exact.rounded()
    difference = np.abs(rounded.score(history) - exact.score(history))
    assert 0 < difference.max() < 0.02 * exact.score(history).std()
    items = np.arange(N)
    for row in range(5):
        parts = rounded.contributions(history[[row]], items)
        np.testing.assert_allclose(parts.total(), rounded.score(history[[row]])[0], rtol=1e-4, atol=1e-4)


def test_rounding_again_and_saving_change_nothing() -> None:
    rounded, history = scorer().rounded(), histories()
    again = rounded.rounded()
    np.testing.assert_array_equal(again.source, rounded.source)
    np.testing.assert_array_equal(again.target, rounded.target)
    restored = rebuild(rounded.kind, rounded.arrays(), rounded.settings())
    np.testing.assert_array_equal(restored.score(history), rounded.score(history))
    assert sum(array.nbytes for array in rounded.arrays().values()) < 0.5 * sum(
        array.nbytes for array in scorer().arrays().values()
    )


def test_new_items_are_rounded_as_well() -> None:
    similarity = Matrix(np.eye(2, N, dtype=np.float32))
    wider = scorer().rounded().with_new_items(similarity, 0)
    assert wider.source.shape == (N + 2, DIM)
    assert wider.source.dtype == np.int8
    np.testing.assert_allclose(wider.source_vectors[N:], wider.source_vectors[:2], atol=1e-6)
