"""Ratings that came after the fit: put into the history, and into what was learnt where that can be done exactly."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import (
    NO_TIME,
    AnyArray,
    BoolArray,
    Catalogue,
    CombinesScorers,
    Dataset,
    FloatArray,
    IdIndex,
    IntArray,
    Matrix,
    Ratings,
    Scorer,
    SupportsPartialFit,
    SupportsReplacement,
    SupportsUnlearning,
    UpdatesInPart,
)
from reelgraph.core.abilities import TimedRatings, with_held_fixed
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.scorers.blend import single_models
from reelgraph.updating.new_items import ids_like, new_movies, with_new_items
from reelgraph.updating.newer_metadata import with_newer_metadata

_EXAMPLES = 5


@dataclass(frozen=True)
class PartUpdate:
    """What became of one fitted model.

    Args:
        kind: kind of its scorer.
        exactly: True when it is now what a fit with the same settings and the new ratings would give.
        how: the same in words.
    """

    kind: str
    exactly: bool
    how: str


@dataclass(frozen=True)
class UpdateReport:
    """What was added to a bundle.

    ``ratings + replaced + repeated + unknown`` is the number of ratings given.

    Args:
        ratings: new ratings.
        replaced: ratings that take the place of another one of the same person and movie.
        repeated: ratings that the bundle had already.
        unknown: ratings left out because neither the bundle nor the new movies have the movie.
        users: people new to the bundle.
        items: movies new to the bundle.
        unknown_items: up to five ids of movies that were not known.
        parts: the fitted models; none where no rating was added.
        corrected: movies that were added after the fit and have newer metadata now.
    """

    ratings: int
    replaced: int
    repeated: int
    unknown: int
    users: int
    items: int
    unknown_items: tuple[str, ...]
    parts: tuple[PartUpdate, ...]
    corrected: int = 0


def update(
    bundle: Bundle, data: Dataset | None = None, items: Catalogue | None = None, *, seed: int = 0
) -> tuple[Bundle, UpdateReport]:
    """The bundle with ratings, people and movies that came after its fit.

    New movies get scores from movies like them (`with_new_items`). New people are folded in like everybody. Fitted
    parts that support exact updates become what a fit on all ratings with the same settings would give; others keep
    what they learnt until the next fit, and the report says so. Chosen settings and the metrics of the bundle stay.

    Args:
        bundle: not changed.
        data: clean ratings of the bundle's scale; a rating of a movie that the bundle has rated by the same person
            replaces it. The movies of its catalogue that its ratings name are added, too.
        items: movies to add; those that were added after the fit take what it knows of them, and those that the model
            was fitted on stay as they are.
        seed: of what is drawn for new movies.

    Raises:
        ConfigError: the ratings are of another feedback or scale, a person has two of one movie, or an id is text where
            the bundle has numbers.
        CapabilityError: the model cannot score new movies; or there are ratings, and the bundle was saved without
            people.

    Cost: that of `with_new_items`, a copy of the history, and for a graph filter O(n_items^2 n) for n ratings of the
    people that have new ones, at most two inversions.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> data = rg.from_frame(table)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> bundle = rg.Bundle.create(rg.Bias().fit(split.train), data, split)
        >>> more = rg.from_frame({"user": [3, 4], "item": [10, 30], "rating": [4, 5]})
        >>> larger, report = rg.update(bundle, more)
        >>> len(larger.users), report.ratings, report.users
        (4, 2, 1)
    """
    require_type("update", "bundle", bundle, Bundle)
    require_type("update", "data", data, Dataset, optional=True)
    require_type("update", "items", items, Catalogue, optional=True)
    n_items, n_corrected = len(bundle.items), 0
    if data is not None and not bundle.has_people:
        raise CapabilityError(
            "the bundle was saved without people, so no ratings can be added to it",
            "add them to the bundle with people, and save that without people again",
        )
    if items is not None:
        bundle, n_corrected = with_newer_metadata(bundle, items)
        bundle = with_new_items(bundle, items, seed)
    if data is None:
        return bundle, UpdateReport(0, 0, 0, 0, 0, len(bundle.items) - n_items, (), (), n_corrected)
    _require_same_scale(bundle, data.ratings)
    bundle = with_new_items(bundle, _rated_new_movies(bundle, data), seed)
    merged = _MergedHistory.of(bundle, data.ratings)
    scorer, parts = _updated_scorer(bundle, merged)
    larger = dataclasses.replace(
        bundle,
        scorer=scorer,
        users=merged.users,
        history=merged.history,
        times=merged.times,
        is_train=merged.is_train,
    )
    report = UpdateReport(
        merged.n_new,
        merged.n_replaced,
        merged.n_repeated,
        len(merged.unknown_items),
        len(merged.users) - len(bundle.users),
        len(bundle.items) - n_items,
        tuple(dict.fromkeys(merged.unknown_items))[:_EXAMPLES],
        parts,
        n_corrected,
    )
    return larger, report


def with_ids_as_text(bundle: Bundle, data: Dataset) -> Bundle:
    """The bundle with its ids of people, or of movies, as text where those of a data set are text.

    Args:
        bundle: not changed.
        data: such as the ratings of a store, of which some ids are no numbers.
    """
    if data.ratings.user_id.dtype.kind == "U" and bundle.users.ids.dtype.kind != "U":
        bundle = dataclasses.replace(bundle, users=IdIndex(bundle.users.ids.astype(np.str_), bundle.users.noun))
    if data.catalogue.item_id.dtype.kind == "U" and bundle.items.ids.dtype.kind != "U":
        ids = bundle.items.ids.astype(np.str_)
        bundle = dataclasses.replace(
            bundle,
            items=IdIndex(ids, bundle.items.noun),
            catalogue=dataclasses.replace(bundle.catalogue, item_id=ids),
        )
    return bundle


def _require_same_scale(bundle: Bundle, ratings: Ratings) -> None:
    if ratings.feedback != bundle.feedback:
        raise ConfigError("feedback", f"the ratings are {ratings.feedback}, those of the bundle {bundle.feedback}")
    scale, ratings_scale = bundle.scale, ratings.scale
    if scale is not None and ratings_scale is not None and not scale.contains(ratings.rating).all():
        raise ConfigError("scale", f"there are ratings that are not on the scale of the bundle, {scale}")


def _rated_new_movies(bundle: Bundle, data: Dataset) -> Catalogue:
    """The movies of a data set that its ratings name, that it has metadata of, and that the bundle does not have."""
    catalogue = new_movies(bundle, data.catalogue)
    has_title = catalogue.title != catalogue.item_id.astype(np.str_)
    is_rated = np.isin(catalogue.item_id, ids_like(bundle.items, data.ratings.item_id))
    return catalogue.aligned(catalogue.item_id[has_title & is_rated])


@dataclass(frozen=True)
class _MergedHistory:
    """The ratings of a bundle and new ones.

    Args:
        users: people of the bundle, then new ones.
        history: ``(n_users, n_items)`` CSR, stars.
        times: ``(nnz,)`` int64; None where the bundle has none.
        is_train: ``(nnz,)``, those that the model learns from: as before, and all that are new; None as before.
        changed_users: ``(n,)`` rows of the people whose ratings changed, ascending.
        n_new: number of ratings added.
        n_replaced: number of ratings that replaced another one.
        n_repeated: number of ratings that were there.
        unknown_items: the movie of each rating that was left out.
    """

    users: IdIndex
    history: Matrix
    times: IntArray | None
    is_train: BoolArray | None
    changed_users: IntArray
    n_new: int
    n_replaced: int
    n_repeated: int
    unknown_items: tuple[str, ...]

    @classmethod
    def of(cls, bundle: Bundle, ratings: Ratings) -> _MergedHistory:
        """Merge the ratings into those of a bundle that has the new movies already."""
        item_ids = ids_like(bundle.items, ratings.item_id)
        is_known = np.isin(item_ids, bundle.items.ids)
        unknown_items = tuple(str(item) for item in item_ids[~is_known].tolist())
        user_ids, item_rows = ids_like(bundle.users, ratings.user_id)[is_known], _rows(bundle.items, item_ids[is_known])
        new_users = np.setdiff1d(user_ids, bundle.users.ids)
        users = IdIndex(np.concatenate([bundle.users.ids, new_users]), bundle.users.noun)
        n_items, history = len(bundle.items), bundle.history
        keys = _rows(users, user_ids) * n_items + item_rows
        order = np.argsort(keys, kind="stable")
        keys, stars = keys[order], ratings.rating[is_known][order].astype(np.float32)
        _require_unique(keys, users, bundle.items)
        times = None
        if bundle.times is not None:
            timestamps = ratings.timestamp
            times = np.full(len(keys), NO_TIME) if timestamps is None else timestamps[is_known][order]
        user_rows = np.repeat(np.arange(history.shape[0], dtype=np.int64), np.diff(history.indptr))
        old_keys = user_rows * n_items + history.indices
        place = np.searchsorted(old_keys, keys)
        is_there = np.zeros(len(keys), np.bool_)
        within = place < len(old_keys)
        is_there[within] = old_keys[place[within]] == keys[within]
        is_same = is_there.copy()
        is_same[is_there] = history.data[place[is_there]] == stars[is_there]
        return cls._assembled(bundle, users, old_keys, keys, stars, times, place, is_there, is_same, unknown_items)

    @classmethod
    def _assembled(
        cls,
        bundle: Bundle,
        users: IdIndex,
        old_keys: IntArray,
        keys: IntArray,
        stars: FloatArray,
        times: IntArray | None,
        place: IntArray,
        is_there: BoolArray,
        is_same: BoolArray,
        unknown_items: tuple[str, ...],
    ) -> _MergedHistory:
        n_items, is_new, is_changed = len(bundle.items), ~is_there, is_there & ~is_same

        def merged(old: AnyArray, new: AnyArray) -> AnyArray:
            values = old.copy()
            values[place[is_changed]] = new[is_changed]
            return np.insert(values, place[is_new], new[is_new])

        all_keys = np.insert(old_keys, place[is_new], keys[is_new])
        indptr = np.searchsorted(all_keys, np.arange(len(users) + 1, dtype=np.int64) * n_items)
        data, indices = merged(bundle.history.data, stars), (all_keys % n_items).astype(bundle.history.indices.dtype)
        learns = np.ones(len(keys), np.bool_)
        return cls(
            users,
            Matrix((data, indices, indptr.astype(bundle.history.indptr.dtype)), shape=(len(users), n_items)),
            None if bundle.times is None or times is None else merged(bundle.times, times),
            None if bundle.is_train is None else merged(bundle.is_train, learns),
            np.unique(keys[is_new | is_changed] // n_items),
            int(is_new.sum()),
            int(is_changed.sum()),
            int(is_same.sum()),
            unknown_items,
        )


def _require_unique(keys: IntArray, users: IdIndex, items: IdIndex) -> None:
    """Check that no person has two ratings of one movie; ``keys`` are ascending, ``user row * n_items + item row``."""
    repeated = np.flatnonzero(keys[1:] == keys[:-1])
    if len(repeated):
        user_row, item_row = divmod(int(keys[repeated[0]]), len(items))
        who, what = users.id(user_row), items.id(item_row)
        raise ConfigError("data", f"user {who!r} has more than one rating of movie {what!r}: clean them first")


def _rows(index: IdIndex, ids: AnyArray) -> IntArray:
    """Rows of ids ``(n,)``, all of them known."""
    order = np.argsort(index.ids, kind="stable")
    rows: IntArray = order[np.searchsorted(index.ids, ids, sorter=order)].astype(np.int64)
    return rows


def _updated_scorer(bundle: Bundle, merged: _MergedHistory) -> tuple[Scorer, tuple[PartUpdate, ...]]:
    """The scorer with the training ratings of the changed people replaced, and what became of each part."""
    scorer, changed = bundle.scorer, merged.changed_users
    if not len(changed):
        return scorer, ()
    if bundle.is_train is None or merged.is_train is None:
        reason = "the bundle does not say which ratings it was fitted on, so it learns at the next fit; train it again"
        return scorer, tuple(PartUpdate(part.kind, False, reason) for part in single_models(scorer))
    before = _train_rows(bundle.history, bundle.times, bundle.is_train, changed[changed < len(bundle.users)])
    after = _train_rows(merged.history, merged.times, merged.is_train, changed)
    return _updated(scorer, before, after)


def _train_rows(history: Matrix, times: IntArray | None, is_train: BoolArray, user_rows: IntArray) -> TimedRatings:
    """The ratings of some people that the model learns from, without the people who have none."""
    lengths = np.diff(history.indptr)[user_rows]
    starts = history.indptr[user_rows]
    positions = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
    people = np.repeat(np.arange(len(user_rows)), lengths)
    learnt = is_train[positions]
    positions, people = positions[learnt], people[learnt]
    counts = np.bincount(people, minlength=len(user_rows))
    indptr = np.concatenate([[0], np.cumsum(counts[counts > 0])])
    shape = (len(indptr) - 1, history.shape[1])
    items = history.indices[positions]
    stars = Matrix((history.data[positions], items, indptr), shape=shape)
    return stars, None if times is None else Matrix((times[positions], items, indptr), shape=shape)


def _updated(scorer: Scorer, before: TimedRatings, after: TimedRatings) -> tuple[Scorer, tuple[PartUpdate, ...]]:
    if isinstance(scorer, CombinesScorers):
        updates = [_updated(part, before, after) for part in scorer.parts]
        combined = scorer.with_parts([part for part, _ in updates])
        return combined, tuple(update for _, part_updates in updates for update in part_updates)
    if not (isinstance(scorer, SupportsUnlearning) and isinstance(scorer, SupportsPartialFit)):
        return scorer, (PartUpdate(scorer.kind, False, "it learns from the new ratings at the next fit"),)
    try:
        if isinstance(scorer, SupportsReplacement):
            updated = scorer.replacing(before, after)
        else:
            without = scorer.without(*before) if before[0].nnz else scorer
            assert isinstance(without, SupportsPartialFit)
            updated = without.including(*after)
    except CapabilityError as error:
        return scorer, (PartUpdate(scorer.kind, False, f"at the next fit: {error}"),)
    deferred_part = updated.kept_until_next_fit if isinstance(updated, UpdatesInPart) else ""
    if deferred_part:
        how = f"{deferred_part} changes at the next fit; all else is as after one"
    else:
        how = "it is what a fit with the new ratings would be, up to rounding"
    return updated, (PartUpdate(scorer.kind, not deferred_part, with_held_fixed(how, updated)),)
