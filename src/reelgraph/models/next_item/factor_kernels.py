"""Compiled loops of the trained part: fading histories of vectors forwards and backwards, and a sampled softmax."""

from __future__ import annotations

import numpy as np

from reelgraph._util.numba_jit import jit
from reelgraph.core import FloatArray, IntArray


@jit
def histories(
    starts: IntArray,
    items: IntArray,
    keep: FloatArray,
    vectors: FloatArray,
    decays: FloatArray,
    scale: FloatArray,
    out: FloatArray,
) -> None:
    """``out_t``: sums over histories k and ratings q < t of ``scale_k decay_k^(t - 1 - q) keep_q vectors[k, i_q]``.

    Args:
        starts: ``(people + 1,)``, where the ratings of each person begin.
        items: ``(n,)`` item rows in order of time.
        keep: ``(n,)`` float32, the weight of each rating.
        vectors: ``(h, n_items, dim)`` float32.
        decays: ``(h,)`` float32.
        scale: ``(h,)`` float32.
        out: ``(n, dim)`` float32, overwritten.
    """
    n_heads, _, dim = vectors.shape
    state = np.empty((n_heads, dim), np.float32)
    for person in range(starts.shape[0] - 1):
        state[:] = 0.0
        for t in range(starts[person], starts[person + 1]):
            row = out[t]
            row[:] = 0.0
            for k in range(n_heads):
                fading, vector = state[k], vectors[k, items[t]]
                for c in range(dim):
                    row[c] += scale[k] * fading[c]
                    fading[c] = decays[k] * fading[c] + keep[t] * vector[c]


@jit
def add_history_gradients(
    starts: IntArray,
    items: IntArray,
    keep: FloatArray,
    gradient: FloatArray,
    decays: FloatArray,
    scale: FloatArray,
    out: FloatArray,
) -> None:
    """Add the gradients of `histories` by the vectors to ``out``, given those by the sums, ``(n, dim)``."""
    n_heads, _, dim = out.shape
    state = np.empty((n_heads, dim), np.float32)
    for person in range(starts.shape[0] - 1):
        state[:] = 0.0
        for t in range(starts[person + 1] - 1, starts[person] - 1, -1):
            for k in range(n_heads):
                coming, vector = state[k], out[k, items[t]]
                for c in range(dim):
                    vector[c] += keep[t] * coming[c]
                    coming[c] = decays[k] * coming[c] + scale[k] * gradient[t, c]


@jit
def sampled_softmax(
    starts: IntArray,
    items: IntArray,
    slot: IntArray,
    log_weight: FloatArray,
    logits: FloatArray,
    target_logits: FloatArray,
) -> float:
    """Cross-entropy of the next item among a sample of the others, summed over all ratings; logits become gradients.

    What a person has rated before cannot come next, and is left out.

    Args:
        starts: ``(people + 1,)``, where the ratings of each person begin.
        items: ``(n,)`` item rows in order of time, the next ones.
        slot: ``(n_items,)``, the column of each item in ``logits``; -1 for those not drawn.
        log_weight: ``(drawn,)`` float32, the logarithm of one over the chance to be drawn.
        logits: ``(n, drawn)`` float32, replaced by the gradients.
        target_logits: ``(n,)`` float32, logits of the next items, likewise.
    """
    n_drawn, loss = logits.shape[1], 0.0
    for person in range(starts.shape[0] - 1):
        first = starts[person]
        for t in range(first, starts[person + 1]):
            row, highest = logits[t], target_logits[t]
            for j in range(n_drawn):
                row[j] += log_weight[j]
            for q in range(first, t + 1):
                if slot[items[q]] >= 0:
                    row[slot[items[q]]] = -1e30
            for j in range(n_drawn):  # of those left: beside a large one that is left out the others would vanish
                highest = max(highest, row[j])
            target_part = np.exp(target_logits[t] - highest)
            total = target_part
            for j in range(n_drawn):
                row[j] = np.exp(row[j] - highest)
                total += row[j]
            loss += np.log(total) - (target_logits[t] - highest)
            share = np.float32(1.0) / total
            for j in range(n_drawn):
                row[j] *= share
            target_logits[t] = target_part * share - np.float32(1.0)
    return loss


@jit
def add_outer(rows: IntArray, values: FloatArray, vectors: FloatArray, out: FloatArray) -> None:
    """``out[rows_t] += values_t vectors_t``, for ``(n, dim)`` vectors."""
    for t in range(rows.shape[0]):
        row = out[rows[t]]
        for c in range(vectors.shape[1]):
            row[c] += values[t] * vectors[t, c]


@jit
def adam(
    rows: IntArray,
    values: FloatArray,
    gradient: FloatArray,
    mean: FloatArray,
    square: FloatArray,
    rate: float,
    step: int,
) -> None:
    """One step of Adam for some rows of ``(n, dim)`` values; their gradients are set to 0.

    The moments of a row fade only when it is in a step, as in torch's ``SparseAdam``.
    """
    first, second = np.float32(1.0 - 0.9**step), np.float32(1.0 - 0.99**step)
    for at in range(rows.shape[0]):
        r = rows[at]
        for c in range(values.shape[1]):
            slope = gradient[r, c]
            mean[r, c] += np.float32(0.1) * (slope - mean[r, c])
            square[r, c] += np.float32(0.01) * (slope * slope - square[r, c])
            spread = np.sqrt(square[r, c] / second) + np.float32(1e-8)
            values[r, c] -= np.float32(rate) * (mean[r, c] / first) / spread
            gradient[r, c] = 0.0
