"""What the models of movies without ratings have in common: features side by side, and who is alike by them."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from reelgraph.core import FitContext, IntArray, Interactions, Matrix
from reelgraph.data import features

_ROWS = 1024  # movies whose neighbours are found at once


def known_features(train: Interactions, context: FitContext, kinds: tuple[str, ...]) -> Matrix:
    """Features of the movies side by side, ``(n_items, n)`` 0/1 CSR float32; without columns where nothing is known.

    Args:
        train: gives the movies.
        context: gives the catalogue.
        kinds: of `data.features.items` ("year" is the decade), ``single year`` or ``words``.
    """
    if context.catalogue is None:
        return features.joined((), train.n_items)
    ids = train.items.ids
    known = features.items(context.catalogue, ids, min_tag_movies=2)
    known["words"] = features.title_words(context.catalogue, ids)
    known["single year"] = features.items(context.catalogue, ids, year_span=1)["year"]
    return features.joined((known[kind] for kind in kinds), train.n_items)


def likeness(features: Matrix, known: IntArray, neighbours: int, power: float) -> Matrix:
    """Powers of the cosines of features with the nearest known movies, a movie itself left out.

    Args:
        features: ``(n, n_features)`` 0/1 CSR.
        known: ``(m,)`` rows of the movies that may be neighbours.
        neighbours: how many are kept, at most; equals at the edge by item row.
        power: of the cosine.

    Returns:
        ``(n, n)`` CSR float64.
    """
    n, length = features.shape[0], np.sqrt(np.diff(features.indptr))
    units = Matrix(sparse.diags_array(1.0 / np.maximum(length, 1.0)) @ features.astype(np.float64))
    back = Matrix(units[known].T)
    blocks = [
        _nearest(units, back, known, slice(start, min(start + _ROWS, n)), neighbours) for start in range(0, n, _ROWS)
    ]
    found = Matrix(sparse.vstack(blocks, format="csr"))
    found.data **= power
    return found


def _nearest(units: Matrix, back: Matrix, known: IntArray, rows: slice, neighbours: int) -> sparse.csr_array:
    cosine = (units[rows] @ back).toarray()
    mine = np.arange(rows.start, rows.stop)
    cosine[mine[:, None] == known[None, :]] = 0.0
    width = min(neighbours, len(known))
    best = np.argsort(-cosine, axis=1, kind="stable")[:, :width]
    row = np.repeat(np.arange(len(mine)), width)
    values = np.take_along_axis(cosine, best, axis=1).ravel()
    found = sparse.csr_array((values, (row, known[best.ravel()])), shape=(len(mine), units.shape[0]))
    found.eliminate_zeros()
    return found
