"""The weights of the rankers of a blend, chosen on the validation part."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from reelgraph._util.subsample import subsample
from reelgraph.core import EvalPart, FloatArray, IntArray, Scorer
from reelgraph.evaluation.full_ranking import batches, part_scores, top_k_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models.validation_gain import counted_people, is_gain
from reelgraph.scorers.standardise import standardised

_MAX_USERS = 2000  # validation users on whom the weights are chosen
_STEPS = 10  # weights are tenths
_BYTES_PER_SCORE = 24  # of each part, with its working copies


def choose_weights(
    names: Sequence[str], scorers: Sequence[Scorer], valid: EvalPart | None, seed: int
) -> tuple[tuple[float, ...], str]:
    """Weights of the rankers, and how they were found.

    Those of the best NDCG@10 among all tenths that add up to 1, the first above 0; the first ranker alone if it is
    worse by no more than a standard error over the people; equal ones without a validation part.

    Args:
        names: of the rankers, for the words.
        scorers: the rankers, fitted.
        valid: the validation part; of its people with a held-back rating 2,000 are drawn where there are more.
        seed: of the draw.

    Cost: one ranking of these people for every mixture.
    """
    equal = (1.0 / len(scorers),) * len(scorers)
    if len(scorers) == 1:
        return equal, ""
    if valid is None or valid.target.nnz == 0:
        return equal, "equal weights"
    user_positions = drawn_people(valid, seed)
    user_ndcg = {mix: np.zeros(len(user_positions)) for mix in mixtures(len(scorers))}
    for rows in batches(len(user_positions), valid.target.shape[1] * _BYTES_PER_SCORE * (len(scorers) + 1)):
        batch = valid.take(user_positions[rows])
        scores = [standardised(part_scores(scorer, batch, slice(None))) for scorer in scorers]
        for mix, values in user_ndcg.items():
            values[rows] = _ndcg(mix, scores, valid, user_positions[rows])
    chosen = best_mixture(user_ndcg)
    shares = ", ".join(f"{name} {weight:g}" for name, weight in zip(names, chosen, strict=True))
    ndcg_of_chosen = float(user_ndcg[chosen].mean())
    return (
        chosen,
        f"weights by NDCG@10 of {counted_people(valid.users[user_positions])} ({ndcg_of_chosen:.4f}): {shares}",
    )


def drawn_people(valid: EvalPart, seed: int, most: int = _MAX_USERS) -> IntArray:
    """Positions of people with a held-back rating, ascending: all, or ``most`` of them drawn by ``seed``."""
    positions = np.flatnonzero(np.diff(valid.target.indptr))
    return subsample(positions, most, np.random.default_rng(np.random.SeedSequence([seed, len(positions)])))


def mixtures(parts: int) -> Iterator[tuple[float, ...]]:
    """All tuples of tenths that add up to 1."""
    for tenths in itertools.product(range(_STEPS + 1), repeat=parts - 1):
        if sum(tenths) <= _STEPS:
            yield tuple(share / _STEPS for share in (*tenths, _STEPS - sum(tenths)))


def best_mixture(user_ndcg: Mapping[tuple[float, ...], FloatArray]) -> tuple[float, ...]:
    """The weights of the best mean in which the first ranker counts; it alone if its gain is within a standard error.

    Args:
        user_ndcg: weights -> ``(n_people,)`` NDCG@10.
    """
    best = max((mix for mix in user_ndcg if mix[0] > 0), key=lambda mix: user_ndcg[mix].mean())
    alone = next(mix for mix in user_ndcg if mix[0] == 1.0)
    gain = user_ndcg[best] - user_ndcg[alone]
    return best if is_gain(gain) else alone


def _ndcg(mix: Sequence[float], scores: Sequence[FloatArray], valid: EvalPart, user_positions: IntArray) -> FloatArray:
    """NDCG@10 of each person, ``(n_people,)``."""
    blended = np.zeros_like(scores[0])
    for weight, of_part in zip(mix, scores, strict=True):
        blended += np.float32(weight) * of_part
    target = valid.target[user_positions]
    ranked = top_k_hits(blended, valid.seen[user_positions], target, 10, valid.candidates)
    return ndcg(ranked.hits, np.diff(target.indptr))
