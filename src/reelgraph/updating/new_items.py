"""Movies that came after the fit: scored by what the model knows of movies like them."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import sparse

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, IntArray, Matrix, SupportsNewItems, whole_number
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.models.content_based import catalogue_features, nearest_by_features

_NEIGHBOURS = 20  # rated movies that a new one is scored by
_POWER = 3.0  # of the cosine of features, as in feature-knn
_MIN_RATINGS = 5  # of a neighbour, where there are enough such movies: what is known of the others is noise


def with_new_items(bundle: Bundle, catalogue: Catalogue, seed: int = 0) -> Bundle:
    """The bundle with the movies of a catalogue that it does not have yet, after its own ones.

    The model scores a new movie by its `_NEIGHBOURS` nearest rated movies by genres, year, decade, tags and words of
    the title; see `SupportsNewItems`. Nothing that it gave for the other movies changes, but the scores of models that
    standardise them, by very little.

    Args:
        bundle: not changed.
        catalogue: movies by id; those that the bundle has are left as they are.
        seed: of what is drawn.

    Returns:
        The same bundle if there is no new movie.

    Raises:
        ConfigError: an id is text where those of the bundle are numbers.
        CapabilityError: the model cannot score movies that it was not fitted on.

    Cost: O(new movies x movies), and a copy of the item arrays.
    """
    require_type("with_new_items", "bundle", bundle, Bundle)
    require_type("with_new_items", "catalogue", catalogue, Catalogue)
    added = new_movies(bundle, catalogue)
    if not len(added):
        return bundle
    if not isinstance(bundle.scorer, SupportsNewItems):
        raise CapabilityError(
            f"the model {bundle.scorer.kind!r} cannot score movies that it was not fitted on",
            "train it again with their ratings, or train blend, graph-filter, lightgcn or bayes-gcn",
        )
    whole = bundle.catalogue.append(added)
    similarity = neighbours_of_new(whole, len(added), bundle)
    n_added = len(added) + bundle.n_added_items
    history = bundle.history
    return dataclasses.replace(
        bundle,
        scorer=bundle.scorer.with_new_items(similarity, seed),
        items=IdIndex(whole.item_id, bundle.items.noun),
        history=Matrix((history.data, history.indices, history.indptr), shape=(history.shape[0], len(whole))),
        catalogue=whole,
        info={**bundle.info, "added_items": n_added},
        statistics=None if bundle.statistics is None else bundle.statistics.with_unrated(len(added)).without_few(),
    )


def new_movies(bundle: Bundle, catalogue: Catalogue) -> Catalogue:
    """The movies of a catalogue that a bundle does not have, with ids of the kind that the bundle has.

    Raises:
        ConfigError: an id is text where those of the bundle are numbers.
    """
    item_ids = ids_like(bundle.items, catalogue.item_id)
    is_new = ~np.isin(item_ids, bundle.items.ids)
    catalogue = dataclasses.replace(catalogue, item_id=item_ids)
    return catalogue.aligned(item_ids[is_new])


def ids_like(index: IdIndex, ids: IntArray) -> IntArray:
    """Ids ``(n,)`` as numbers or text, whichever those of an index are.

    Raises:
        ConfigError: one is no number where those of the index are, or is written in another way, as "007" is.
    """
    if index.ids.dtype.kind == ids.dtype.kind:
        return ids
    if index.ids.dtype.kind == "U":
        return ids.astype(np.str_)
    numbers = [whole_number(key) for key in ids.tolist()]
    for key, number in zip(ids.tolist(), numbers, strict=True):
        if number is None:
            is_padded = key.removeprefix("-").isdecimal()
            problem = "not written as a number of 64 bits is" if is_padded else "not a number"
            raise ConfigError(f"{index.noun}_id", f"{key!r} is {problem}, as the ids of this bundle are")
    return np.array(numbers, np.int64)


def neighbours_of_new(catalogue: Catalogue, n_new: int, bundle: Bundle) -> Matrix:
    """Likeness of the last ``n_new`` movies of a catalogue to the others, ``(n_new, n_items)`` CSR, rows of sum 1.

    The row of a movie that nothing is known of, or that is like no other, is empty.
    """
    n_items = len(catalogue) - n_new
    statistics = bundle.item_statistics
    counts = statistics.train_counts if len(statistics.train_counts) else statistics.counts
    neighbour_rows = np.flatnonzero(counts >= _MIN_RATINGS)
    if len(neighbour_rows) < _NEIGHBOURS:
        neighbour_rows = np.flatnonzero(counts > 0)
    features = catalogue_features(catalogue)
    cosine = nearest_by_features(features, neighbour_rows, _NEIGHBOURS, _POWER, first_row=n_items)
    total = np.asarray(cosine.sum(axis=1)).ravel()
    similarity = Matrix(sparse.diags_array(1.0 / np.where(total > 0, total, 1.0)) @ cosine[:, :n_items])
    similarity.sort_indices()
    return similarity
