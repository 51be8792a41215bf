"""The compiled item graph against sums of exponentials written out, in both precisions and on any number of threads."""

from __future__ import annotations

import dataclasses
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import linalg, sparse

from reelgraph.models.graph_filter import closed_forms
from reelgraph.models.graph_filter.item_graph import ItemGraph
from reelgraph.scorers.graph_kernels import Targets, add_gram

N_USERS, N_ITEMS = 40, 70
Dense = NDArray[np.float64]


def graph(seed: int = 0, **changed: Any) -> ItemGraph:
    """People whose times lie close together on both sides of where segments end, or far apart."""
    draw = np.random.default_rng(seed)
    rated = sparse.random_array((N_USERS, N_ITEMS), density=0.4, rng=draw, format="csr")
    rated.sort_indices()
    near_ends = draw.choice([40, 80, 120, 300, 320, 600, 900], rated.nnz) + draw.integers(-3, 4, rated.nnz)
    times = 1_200_000_000 + np.where(draw.random(rated.nnz) < 0.8, near_ends, draw.integers(0, 10**8, rated.nnz))
    settings = {"session_weight": 0.7, "time_scale": 1.0, "feature_weight": 0.0} | changed
    return ItemGraph(rated, times, draw.random(N_USERS), item_features=sparse.csr_array((N_ITEMS, 0)), **settings)


def written_out(graph: ItemGraph) -> Dense:
    total = np.zeros((N_ITEMS, N_ITEMS))
    for user in range(N_USERS):
        mine = slice(graph.rated.indptr[user], graph.rated.indptr[user + 1])
        entries = np.zeros((mine.stop - mine.start, N_ITEMS))
        entries[np.arange(len(entries)), graph.rated.indices[mine]] = graph.rated.data[mine]
        kernel = np.exp(-np.abs(np.subtract.outer(graph.times[mine], graph.times[mine])) / graph.time_scale)
        mixed = (1 - graph.session_weight) + graph.session_weight * kernel
        total += graph.weight[user] * entries.T @ mixed @ entries
    return total


@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-13), (np.float32, 1e-6)])
@pytest.mark.parametrize("session_weight", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("time_scale", [1.0, 7.5, 1e-4, 1e9])
def test_the_graph_is_the_sum_over_pairs(dtype: Any, bound: float, session_weight: float, time_scale: float) -> None:
    graph_ = graph(session_weight=session_weight, time_scale=time_scale)
    expected = written_out(graph_)
    lower = graph_.dense(dtype)
    assert lower.dtype == dtype
    np.testing.assert_allclose(lower, np.tril(expected), rtol=0, atol=bound * expected.max())


def test_the_graph_between_items_and_others_counts_all_pairs() -> None:
    graph_ = graph()
    tail, head = np.arange(50, N_ITEMS), np.arange(50)
    in_tail = np.isin(graph_.rated.indices, tail)
    parts = []
    for items, is_in in ((tail, in_tail), (head, ~in_tail)):
        indptr = np.concatenate([[0], np.cumsum(is_in)])[graph_.rated.indptr]
        columns = graph_.rated.indices[is_in] - items[0]
        rated = sparse.csr_array((graph_.rated.data[is_in], columns, indptr), shape=(N_USERS, len(items)))
        parts.append(dataclasses.replace(graph_, rated=rated, times=graph_.times[is_in]))
    of_tail, of_head = parts
    factors = of_head.time_factors(np.float64)
    targets = Targets.of(of_tail.rated, of_tail.time_factors(np.float64), of_head.rated.indptr[1:])
    cross = np.zeros((20, 50))
    add_gram(cross, targets, of_head.rated, factors, graph_.weight, 0.7, is_lower=False)
    expected = written_out(graph_)[50:, :50]
    np.testing.assert_allclose(cross, expected, rtol=0, atol=1e-13 * expected.max())
    some = np.zeros((7, 50))
    add_gram(some, targets.part(5, 12), of_head.rated, factors, graph_.weight, 0.7, is_lower=False)
    np.testing.assert_array_equal(some, cross[5:12])


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = []
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", n_threads)
        graphs.append(graph().dense(np.float32))
    np.testing.assert_array_equal(graphs[0], graphs[1])
    np.testing.assert_array_equal(graphs[0], graphs[2])


def test_products_take_many_vectors_at_once() -> None:
    graph_ = graph(time_scale=50.0)
    block = np.random.default_rng(1).normal(size=(N_ITEMS, 6))
    np.testing.assert_allclose(graph_.product(block), written_out(graph_) @ block, rtol=1e-11)


def test_leading_eigenpairs_of_part_of_a_graph() -> None:
    draw = np.random.default_rng(2)
    # Ten tastes of falling strength over 300 items: the eigenvalues fall off as those of real graphs do.
    tastes = draw.gamma(1.0, size=(300, 10)) * 0.7 ** np.arange(10)
    gram = tastes @ tastes.T + np.diag(draw.random(300))
    root = np.sqrt(gram.sum(axis=1))
    values, vectors = linalg.eigh(gram / np.outer(root, root))
    spectrum = closed_forms.Spectrum.of(lambda block: gram @ block, 300, 10, seed=0)
    np.testing.assert_allclose(spectrum.values, values[:-11:-1], rtol=1e-4)
    np.testing.assert_allclose(spectrum.vectors.T @ spectrum.vectors, np.eye(10), atol=1e-10)
    leading = vectors[:, -5:]
    np.testing.assert_allclose(leading.T @ spectrum.vectors @ spectrum.vectors.T @ leading, np.eye(5), atol=1e-6)
    again = closed_forms.Spectrum.of(lambda block: gram @ block, 300, 10, seed=0)
    np.testing.assert_array_equal(again.vectors, spectrum.vectors)
