"""The weights of the two parts, chosen on the validation part."""

from __future__ import annotations

import dataclasses

import numpy as np

from reelgraph._util.subsample import subsample
from reelgraph.core import EvalPart
from reelgraph.evaluation.full_ranking import top_k_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.scorers.next_item.scorer import NextItemScorer

_K = 10
_MAX_PEOPLE = 4000
_BATCH = 256
#: Of the closed form and of the vectors; of equal ones the first is taken.
_CANDIDATES = ((1.0, 1.0), (0.5, 1.0), (2.0, 1.0), (4.0, 1.0), (1.0, 0.0), (0.0, 1.0))


def choose_part_weights(scorer: NextItemScorer, valid: EvalPart, seed: int) -> tuple[NextItemScorer, str]:
    """The scorer with the weights of the highest NDCG@10, and what was chosen.

    Args:
        scorer: with both parts.
        valid: validation people; 4,000 of those with targets are drawn where there are more.
        seed: of the draw.
    """
    with_targets = np.flatnonzero(np.diff(valid.target.indptr))
    rng = np.random.default_rng(np.random.SeedSequence([seed, len(with_targets)]))
    valid = valid.take(subsample(with_targets, _MAX_PEOPLE, rng))
    gains = np.zeros((len(_CANDIDATES), len(valid)))
    for start in range(0, len(valid), _BATCH):
        rows = slice(start, start + _BATCH)
        order = None if valid.history_order is None else valid.history_order[rows]
        of_chance, logits = scorer.parts(valid.history[rows], order)
        target, seen = valid.target[rows], valid.seen[rows]
        for values, (closed_form, factors) in zip(gains, _CANDIDATES, strict=True):
            scores = np.float32(closed_form) * of_chance + np.float32(factors) * logits
            hits = top_k_hits(scores, seen, target, _K, valid.candidates).hits
            values[rows] = ndcg(hits, np.diff(target.indptr))
    means = np.mean(gains, axis=1)
    best_ndcg = float(means.max())
    closed_form, factors = _CANDIDATES[int(means.argmax())]
    best = dataclasses.replace(scorer, closed_form=closed_form, factors=factors)
    return best, (
        f"weights {best.closed_form:g} of the closed form and {best.factors:g} of the vectors "
        f"(validation NDCG@10 {best_ndcg:.4f})"
    )
