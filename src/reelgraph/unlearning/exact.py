"""Removing a person, or one of their ratings, from the stored ratings and from the fitted model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import (
    BoolArray,
    CombinesScorers,
    IdIndex,
    IntArray,
    Matrix,
    Scorer,
    StoresUserFeatures,
    SupportsPartialFit,
    SupportsReplacement,
    SupportsUnlearning,
    UpdatesInPart,
    single_row,
)
from reelgraph.core.abilities import TimedRatings, held_fixed, with_held_fixed
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import CapabilityError, UnknownIdError
from reelgraph.scorers.blend import single_models
from reelgraph.unlearning.plan import NOT_KEPT


@dataclass(frozen=True)
class PartRemoval:
    """The result for one fitted model.

    Args:
        kind: kind of its scorer.
        exactly: True when it is now what a fit with the same settings without these ratings would give.
        how: the same in words, with ``held_fixed``.
        held_fixed: what it keeps that a new fit would measure or choose again, see `HoldsFixed`; "" for nothing.
    """

    kind: str
    exactly: bool
    how: str
    held_fixed: str = ""


@dataclass(frozen=True)
class RemovalReport:
    """What was removed.

    Args:
        ratings: number of ratings no longer stored.
        learnt: how many of them the model was fitted on; None when the bundle does not say.
        parts: the fitted models.
    """

    ratings: int
    learnt: int | None
    parts: tuple[PartRemoval, ...]


def forget(bundle: Bundle, user: int | str, item: int | str | None = None) -> tuple[Bundle, RemovalReport]:
    """The bundle without a person, or without one of their ratings.

    The stored ratings are removed in any case. A fitted part that supports exact updates becomes what a fit on the
    remaining ratings with the same settings would give; other parts keep what they learnt until the next fit, and the
    report says so. Settings that were chosen on validation, and the metrics of the bundle, stay as they are; so does
    what the report calls held fixed.

    Args:
        bundle: not changed.
        user: id of a known user.
        item: id of one item that the user rated; None for everything of the user.

    Raises:
        UnknownIdError: no such user, item or rating.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> data = rg.from_frame(table)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> fit = rg.GraphFilter(choose=False).fit(split.train)
        >>> smaller, report = rg.forget(rg.Bundle.create(fit, data, split), user=3)
        >>> len(smaller.users), report.ratings
        (2, 1)
    """
    require_type("forget", "bundle", bundle, Bundle)
    user_row = bundle.users.row(user)
    history = bundle.history
    user_ratings = slice(int(history.indptr[user_row]), int(history.indptr[user_row + 1]))
    is_removed = np.zeros(history.nnz, np.bool_)
    if item is None:
        is_removed[user_ratings] = True
    else:
        is_removed[user_ratings] = history.indices[user_ratings] == bundle.items.row(item)
        if not is_removed.any():
            raise UnknownIdError(f"user {user!r} has no rating of item {item!r}", "nothing was changed")
    scorer, parts = _scorer_without(bundle, user_row, is_removed, whole_user=item is None)
    n_learnt = None if bundle.is_train is None else int(np.count_nonzero(bundle.is_train & is_removed))
    reduced = _without_ratings(bundle, scorer, is_removed, user_row if item is None else None)
    return reduced, RemovalReport(int(np.count_nonzero(is_removed)), n_learnt, tuple(parts))


def _without_ratings(bundle: Bundle, scorer: Scorer, is_removed: BoolArray, user_row: int | None) -> Bundle:
    """The bundle with another scorer, without some ratings and, if given, without a user row."""
    history, is_kept, users = bundle.history, ~is_removed, bundle.users
    indptr = np.concatenate([[0], np.cumsum(is_kept)])[history.indptr]
    if user_row is not None:
        indptr = np.delete(indptr, user_row + 1)
        users = IdIndex(np.delete(users.ids, user_row), users.noun)
    shape = (len(users), history.shape[1])
    return dataclasses.replace(
        bundle,
        scorer=scorer,
        users=users,
        history=Matrix((history.data[is_kept], history.indices[is_kept], indptr), shape=shape),
        times=None if bundle.times is None else bundle.times[is_kept],
        is_train=None if bundle.is_train is None else bundle.is_train[is_kept],
    )


def _scorer_without(
    bundle: Bundle, user_row: int, is_removed: BoolArray, *, whole_user: bool
) -> tuple[Scorer, Sequence[PartRemoval]]:
    """The scorer without the removed ratings of the user, and the result for each of its parts."""
    scorer = bundle.scorer
    if whole_user:
        scorer = _without_features(scorer, user_row)
    if bundle.is_train is None:
        reason = "the bundle does not say which ratings it was fitted on, so it forgets at the next fit; train it again"
        return scorer, [PartRemoval(part.kind, False, reason) for part in single_models(scorer)]
    if not (bundle.is_train & is_removed).any():
        return scorer, [
            PartRemoval(part.kind, True, "it was not fitted on these ratings") for part in single_models(scorer)
        ]
    history = bundle.history
    positions = np.arange(history.indptr[user_row], history.indptr[user_row + 1])
    positions = positions[bundle.is_train[positions]]
    before, after = (_timed_ratings(bundle, part) for part in (positions, positions[~is_removed[positions]]))
    return _updated(scorer, before, after)


def _timed_ratings(bundle: Bundle, positions: IntArray) -> TimedRatings:
    """The stored ratings at ``positions`` as one person."""
    item_rows, n_items = bundle.history.indices[positions], bundle.history.shape[1]
    stars = single_row(bundle.history.data[positions], item_rows, n_items)
    return stars, None if bundle.times is None else single_row(bundle.times[positions], item_rows, n_items)


def _updated(scorer: Scorer, before: TimedRatings, after: TimedRatings) -> tuple[Scorer, Sequence[PartRemoval]]:
    """The scorer with the ratings a person had before replaced by those they have after."""
    if isinstance(scorer, CombinesScorers):
        updates = [_updated(part, before, after) for part in scorer.parts]
        combined = scorer.with_parts([part for part, _ in updates])
        return combined, [removal for _, removals in updates for removal in removals]
    if not isinstance(scorer, SupportsUnlearning):
        return scorer, [PartRemoval(scorer.kind, False, NOT_KEPT)]
    try:
        updated = _replaced(scorer, before, after)
    except CapabilityError as error:
        return scorer, [PartRemoval(scorer.kind, False, f"at the next fit: {error}")]
    deferred_part = updated.kept_until_next_fit if isinstance(updated, UpdatesInPart) else ""
    if deferred_part:
        how = f"{deferred_part} changes at the next fit; all else is as after one"
    else:
        how = "it is what a fit without this would be, up to rounding"
    how = with_held_fixed(how, updated)
    return updated, [PartRemoval(scorer.kind, not deferred_part, how, held_fixed(updated))]


def _replaced(scorer: SupportsUnlearning, before: TimedRatings, after: TimedRatings) -> Scorer:
    if isinstance(scorer, SupportsReplacement):
        return scorer.replacing(before, after)
    without = scorer.without(*before)
    if not after[0].nnz:
        return without
    if not isinstance(without, SupportsPartialFit):
        raise CapabilityError("it can forget people, not single ratings")
    return without.including(*after)


def _without_features(scorer: Scorer, user_row: int) -> Scorer:
    """The scorer without the features it stores of a known user."""
    if isinstance(scorer, CombinesScorers):
        return scorer.with_parts([_without_features(part, user_row) for part in scorer.parts])
    return scorer.drop_user(user_row) if isinstance(scorer, StoresUserFeatures) else scorer
