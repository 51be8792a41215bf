"""Expected metrics of tied scores against the mean over all orders of the items, in exact fractions."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from reelgraph.core import Matrix
from reelgraph.evaluation.full_ranking import top_k_hits
from reelgraph.evaluation.metrics import ranking as m

N_ITEMS = 6


def figures(found: list[bool], n_relevant: int, k: int) -> dict[str, Fraction]:
    """The metrics of one list by their definitions; NDCG without its discounts, which are no fractions."""
    hits = [place for place, is_hit in enumerate(found) if is_hit]
    return {
        "recall": Fraction(len(hits), n_relevant),
        "precision": Fraction(len(hits), k),
        "hit": Fraction(bool(hits)),
        "mrr": Fraction(1, hits[0] + 1) if hits else Fraction(0),
        "map": sum((Fraction(n + 1, place + 1) for n, place in enumerate(hits)), Fraction(0)) / min(k, n_relevant),
        **{f"place {place}": Fraction(place in hits) for place in range(k)},
    }


def mean_over_orders(scores: list[int], seen: set[int], relevant: set[int], k: int) -> dict[str, Fraction]:
    total: dict[str, Fraction] = {}
    for order in itertools.permutations(range(N_ITEMS)):
        ranked = sorted((i for i in order if i not in seen), key=lambda item: -scores[item])  # stable
        found = [item in relevant for item in ranked[:k]] + [False] * (k - len(ranked))
        for name, value in figures(found, len(relevant), k).items():
            total[name] = total.get(name, Fraction(0)) + value
    return {name: value / math.factorial(N_ITEMS) for name, value in total.items()}


def cases() -> list[tuple[list[int], set[int], set[int]]]:
    draw = np.random.default_rng(14)
    tables = [([0] * N_ITEMS, set(), {0}), ([0] * N_ITEMS, {1}, {0, 3, 4}), ([1, 1, 1, 0, 0, 0], set(), {0, 3, 4})]
    for _ in range(9):
        scores = draw.integers(0, int(draw.integers(2, 5)), N_ITEMS).tolist()
        roles = draw.integers(0, 3, N_ITEMS)  # 1: seen, 2: relevant
        roles[int(draw.integers(N_ITEMS))] = 2
        tables.append((scores, set(np.flatnonzero(roles == 1).tolist()), set(np.flatnonzero(roles == 2).tolist())))
    return tables


@pytest.mark.parametrize("k", [1, 2, 4])
def test_metrics_equal_the_mean_over_all_orders(k: int) -> None:
    for scores, seen, relevant in cases():
        masks = [np.isin(np.arange(N_ITEMS), list(items))[None, :] for items in (seen, relevant)]
        hits = top_k_hits(np.array([scores], np.float32), Matrix(masks[0]), Matrix(masks[1]), k).hits
        expected, n_relevant = mean_over_orders(scores, seen, relevant, k), np.array([len(relevant)])
        metrics = {"recall": m.recall, "precision": m.precision, "hit": m.hit, "mrr": m.mrr, "map": m.average_precision}
        for name, metric in metrics.items():
            assert metric(hits, n_relevant)[0] == pytest.approx(float(expected[name]), abs=1e-14), (name, scores)
        discount = [1 / math.log2(place + 2) for place in range(k)]
        gain = sum(float(expected[f"place {place}"]) * discount[place] for place in range(k))
        assert m.ndcg(hits, n_relevant)[0] == pytest.approx(gain / sum(discount[: len(relevant)]), abs=1e-14)
