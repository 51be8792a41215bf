"""What a fit and a measurement know besides the ratings: validation part, catalogue, profiles, genres."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from reelgraph.core import Catalogue, Dataset, FitContext, Matrix, Split
from reelgraph.data import features


def fit_context(data: Dataset, parts: Split, **settings: Any) -> FitContext:
    """The `FitContext` of a fit on ``parts.train``: the validation part and what is known of movies and users.

    Args:
        data: the cleaned data set.
        parts: its split.
        **settings: further fields of `FitContext`.
    """
    valid = parts.valid if len(parts.valid) else None
    catalogue = _with_known_tags(data.catalogue, parts)
    return FitContext(valid=valid, catalogue=catalogue, profiles=data.profiles, **settings)


def _with_known_tags(catalogue: Catalogue, parts: Split) -> Catalogue:
    """The catalogue with the tags that could be known when the training ratings were: tags are people's words too."""
    if parts.spec.kind in ("temporal", "successive"):  # they carry no time here, and many were given after the cut
        keeps_tags = np.zeros(len(catalogue), np.bool_)
    elif parts.spec.kind == "cold-items" and not parts.spec.settings["tags"]:  # who tags a movie has seen it
        keeps_tags = np.isin(catalogue.item_id, parts.train.items.ids[np.unique(parts.train.item_row)])
    else:
        return catalogue
    tags = tuple(tags if is_kept else () for tags, is_kept in zip(catalogue.tags, keeps_tags.tolist(), strict=True))
    return dataclasses.replace(catalogue, tags=tags)


def genres_of(data: Dataset, parts: Split) -> Matrix:
    """Genres of the items of a split, ``(n_items, n_genres)`` 0/1 CSR; without columns where no genre is known."""
    return features.items(data.catalogue, parts.train.items.ids)["genres"].matrix
