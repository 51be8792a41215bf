"""Newer metadata of movies that came after the fit; those that a model was fitted on keep theirs."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, Catalogue

_TOGETHER = {"title_languages": "translated_titles"}  # a field that is taken with another one


def with_newer_metadata(bundle: Bundle, catalogue: Catalogue, whole: Collection[str] = ()) -> tuple[Bundle, int]:
    """The bundle with what a catalogue says of the movies that were added after the fit, and how many changed by it.

    What was learnt of them stays: they are scored by the movies that were like them when they were added.

    Args:
        bundle: not changed.
        catalogue: movies by id, as numbers or text; those that the bundle does not have or was fitted on do not count.
        whole: fields that are taken also where the catalogue does not know them; of the others only what it knows is.

    Returns:
        The same bundle and 0 if nothing is newer.
    """
    n_fitted = len(bundle.items) - bundle.n_added_items
    ids = bundle.items.ids[n_fitted:]
    given_ids = catalogue.item_id.astype(np.str_)
    is_given = np.isin(ids.astype(np.str_), given_ids)
    if not is_given.any():
        return bundle, 0
    before = bundle.catalogue.aligned(ids)
    given = dataclasses.replace(catalogue, item_id=given_ids).aligned(ids.astype(np.str_))
    is_changed = np.zeros(len(ids), np.bool_)
    fields: dict[str, Any] = {}
    for name in (field.name for field in dataclasses.fields(Catalogue) if field.name != "item_id"):
        is_taken = is_given if name in whole else is_given & _is_known(given, _TOGETHER.get(name, name))
        old, new = getattr(before, name), getattr(given, name)
        if isinstance(old, np.ndarray):
            fields[name] = np.where(is_taken, new, old)
            is_changed |= fields[name] != old
        else:
            fields[name] = tuple(new[n] if is_taken[n] else old[n] for n in range(len(ids)))
            is_changed |= np.array([value != other for value, other in zip(fields[name], old, strict=True)])
    if not is_changed.any():
        return bundle, 0
    fitted = bundle.catalogue.aligned(bundle.items.ids[:n_fitted])
    whole_catalogue = fitted.append(dataclasses.replace(before, **fields))
    return dataclasses.replace(bundle, catalogue=whole_catalogue), int(is_changed.sum())


def _is_known(catalogue: Catalogue, name: str) -> BoolArray:
    """Whether a field of each movie of a catalogue is known, ``(n,)``."""
    if name == "title":
        return np.asarray(catalogue.title != catalogue.item_id.astype(np.str_))
    return np.array([bool(value) for value in getattr(catalogue, name)], np.bool_)
