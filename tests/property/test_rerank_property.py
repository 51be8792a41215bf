"""Whatever the pool: what re-rankers promise, and a slow loop that does the same."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reelgraph.core import Matrix, TopK
from reelgraph.evaluation.metrics.beyond_accuracy import as_pattern, genre_shares, miscalibration
from reelgraph.recommend.rerank.rerankers import calibrated, mmr

N_ITEMS, N_GENRES, ALPHA = 8, 3, 0.01
WEIGHTS = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.8, 1.0])


@st.composite
def pools(draw: st.DrawFn) -> tuple[TopK, Matrix, Matrix]:
    """Up to three people with up to seven candidates, few different scores, their histories, and genres."""
    n, width = draw(st.integers(1, 3)), draw(st.integers(1, 7))
    items = np.array([draw(st.permutations(range(N_ITEMS)))[:width] for _ in range(n)], np.int64)
    scores = -np.sort(-draw(hnp.arrays(np.float32, (n, width), elements=st.sampled_from([-3.0, 0.0, 0.5, 1.0, 7.0]))))
    for row in range(n):
        length = draw(st.integers(0, width))
        items[row, length:], scores[row, length:] = -1, -np.inf
    bits = st.integers(0, 1)
    genres = Matrix(draw(hnp.arrays(np.int8, (N_ITEMS, N_GENRES), elements=bits)).astype(np.float32))
    history = Matrix(draw(hnp.arrays(np.int8, (n, N_ITEMS), elements=bits)).astype(np.float32))
    return TopK(items, scores), genres, history


def listed(row: np.ndarray) -> list[int]:
    return [item for item in row.tolist() if item >= 0]


@settings(max_examples=100, deadline=None)
@given(pools(), st.integers(1, 9), WEIGHTS)
def test_a_list_is_k_of_the_candidates_with_their_scores(
    case: tuple[TopK, Matrix, Matrix], k: int, weight: float
) -> None:
    pool, genres, history = case
    for reranked in (mmr(pool, k, genres, weight), calibrated(pool, k, history, genres, weight)):
        assert reranked.items.shape == reranked.scores.shape == (len(pool.items), k)
        for row in range(len(pool.items)):
            candidates, chosen = listed(pool.items[row]), listed(reranked.items[row])
            assert len(chosen) == len(set(chosen)) == min(k, len(candidates))
            assert reranked.items[row, len(chosen) :].tolist() == [-1] * (k - len(chosen))
            score = dict(zip(pool.items[row].tolist(), pool.scores[row].tolist(), strict=True))
            assert set(chosen) <= set(candidates)
            assert reranked.scores[row].tolist() == [score[item] for item in chosen] + [-math.inf] * (k - len(chosen))
            if weight == 0:
                assert chosen == candidates[:k]


def likeness(candidate: np.ndarray, above: np.ndarray) -> float:
    length = math.sqrt(candidate.sum() * above.sum())
    return float(candidate @ above) / length if length else float(not candidate.any())


def scaled(scores: list[float]) -> list[float]:
    low, high = min(scores), max(scores)
    return [(s - low) / (high - low) if high > low else 0.0 for s in scores]


@settings(max_examples=150, deadline=None)
@given(pools(), st.integers(1, 7), WEIGHTS)
def test_mmr_equals_a_slow_loop(case: tuple[TopK, Matrix, Matrix], k: int, weight: float) -> None:
    pool, matrix, _ = case
    genres, reranked = matrix.toarray().astype(np.float64), mmr(pool, k, matrix, weight)
    for row in range(len(pool.items)):
        remaining = listed(pool.items[row])
        relevance = (
            dict(zip(remaining, scaled(pool.scores[row, : len(remaining)].tolist()), strict=True)) if remaining else {}
        )
        for item in listed(reranked.items[row]):
            above = listed(reranked.items[row])[: len(relevance) - len(remaining)]
            value = {
                item_left: (1 - weight) * relevance[item_left]
                - weight * max((likeness(genres[item_left], genres[j]) for j in above), default=0.0)
                for item_left in remaining
            }
            best = max(value.values())
            assert item == next(item_left for item_left in remaining if value[item_left] > best - 1e-9)
            remaining.remove(item)


@settings(max_examples=50, deadline=None)
@given(pools())
def test_mmr_at_one_begins_with_the_best_and_takes_the_least_alike(case: tuple[TopK, Matrix, Matrix]) -> None:
    pool, matrix, _ = case
    genres, reranked = matrix.toarray().astype(np.float64), mmr(pool, 2, matrix, 1.0)
    for row in range(len(pool.items)):
        candidates, chosen = listed(pool.items[row]), listed(reranked.items[row])
        if len(candidates) > 1:
            assert chosen[0] == candidates[0]
            least = min(likeness(genres[candidate], genres[chosen[0]]) for candidate in candidates[1:])
            assert likeness(genres[chosen[1]], genres[chosen[0]]) <= least + 1e-9


def kl(history_genres: np.ndarray, items: tuple[int, ...], item_genres: np.ndarray) -> float:
    list_genres = item_genres[list(items)]
    list_shares = list_genres.sum(axis=0) / max(int(list_genres.any(axis=1).sum()), 1)
    return sum(
        p * math.log(p / ((1 - ALPHA) * q + ALPHA * p))
        for p, q in zip(history_genres, list_shares, strict=True)
        if p > 0
    )


@settings(max_examples=150, deadline=None)
@given(pools(), st.integers(1, 5), WEIGHTS)
def test_calibrated_equals_a_slow_greedy_loop_that_may_keep_the_plain_list(
    case: tuple[TopK, Matrix, Matrix], k: int, weight: float
) -> None:
    pool, genres, history = case
    dense = genres.toarray().astype(np.float64)
    item_genres = dense / np.maximum(dense.sum(axis=1, keepdims=True), 1)
    reranked = calibrated(pool, k, history, genres, weight)
    for row in range(len(pool.items)):
        candidates = listed(pool.items[row])
        if not candidates:
            continue
        rated_genres = item_genres[history[[row]].indices]
        history_genres = rated_genres.sum(axis=0) / max(int(rated_genres.any(axis=1).sum()), 1)
        relevance = dict(zip(candidates, scaled(pool.scores[row, : len(candidates)].tolist()), strict=True))

        def value(items: tuple[int, ...]) -> float:
            return (1 - weight) * sum(relevance[i] for i in items) - weight * kl(history_genres, items, item_genres)  # noqa: B023

        greedy: tuple[int, ...] = ()
        while len(greedy) < min(k, len(candidates)):
            remaining = [item for item in candidates if item not in greedy]
            best = max(value((*greedy, item)) for item in remaining)
            greedy = (*greedy, next(item for item in remaining if value((*greedy, item)) > best - 1e-9))
        chosen = tuple(listed(reranked.items[row]))
        plain = tuple(candidates[:k])
        assert chosen == (plain if value(plain) >= value(greedy) - 1e-9 else greedy)
        if k == 1:
            assert value(chosen) >= max(value(order) for order in permutations(candidates, 1)) - 1e-9


@settings(max_examples=150, deadline=None)
@given(pools(), st.integers(1, 7), WEIGHTS)
def test_calibrated_lists_are_never_further_from_the_history(
    case: tuple[TopK, Matrix, Matrix], k: int, weight: float
) -> None:
    pool, genres, history = case
    history_genres = genre_shares(history, genres)
    plain, reranked = (
        miscalibration(history_genres, genre_shares(as_pattern(lists, N_ITEMS), genres))
        for lists in (pool.items[:, :k], calibrated(pool, k, history, genres, weight).items)
    )
    measured = ~np.isnan(plain) & (weight > 0)
    assert (reranked[measured] <= plain[measured] + 1e-9).all()
