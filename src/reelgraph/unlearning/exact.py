"""Taking a person, or one of their ratings, out of what is kept and out of what was learnt."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import (
    BoolArray,
    IdIndex,
    IntArray,
    Matrix,
    Scorer,
    SupportsPartialFit,
    SupportsUnlearning,
    single_row,
)
from reelgraph.core.errors import CapabilityError, UnknownIdError
from reelgraph.scorers import BayesScorer, BlendScorer
from reelgraph.scorers.blend import single_models


@dataclass(frozen=True)
class PartRemoval:
    """What became of one fitted model.

    Args:
        kind: of its scorer.
        exactly: is it now what a fit without these ratings would give?
        how: in words.
    """

    kind: str
    exactly: bool
    how: str


@dataclass(frozen=True)
class RemovalReport:
    """What was taken out.

    Args:
        ratings: how many ratings are no longer kept.
        learnt: how many of them the model had been fitted on; None where the bundle does not say.
        parts: the fitted models.
    """

    ratings: int
    learnt: int | None
    parts: tuple[PartRemoval, ...]


def forget(bundle: Bundle, user: int | str, item: int | str | None = None) -> tuple[Bundle, RemovalReport]:
    """The bundle without a person, or without one rating of theirs.

    The stored ratings go at once. A fitted part that can be updated exactly becomes what a fit on the remaining ratings
    with the same settings would give; others still hold what they learnt until they are fitted anew, which the report
    says. Settings that were chosen on validation, and the figures of the bundle, stay as they are.

    Args:
        bundle: not changed.
        user: id of a known user.
        item: id of one movie that the user rated; None for all of the user.

    Raises:
        UnknownIdError: no such user, no such item, or no such rating.
    """
    row = bundle.users.row(user)
    history = bundle.history
    mine = slice(int(history.indptr[row]), int(history.indptr[row + 1]))
    gone = np.zeros(history.nnz, np.bool_)
    if item is None:
        gone[mine] = True
    else:
        gone[mine] = history.indices[mine] == bundle.items.row(item)
        if not gone.any():
            raise UnknownIdError(f"user {user!r} has no rating of item {item!r}", "nothing was changed")
    scorer, parts = _scorer_without(bundle, row, gone, whole=item is None)
    learnt = None if bundle.is_train is None else int(np.count_nonzero(bundle.is_train & gone))
    made = _without_rows(bundle, scorer, gone, row if item is None else None)
    return made, RemovalReport(int(np.count_nonzero(gone)), learnt, tuple(parts))


def _without_rows(bundle: Bundle, scorer: Scorer, gone: BoolArray, user: int | None) -> Bundle:
    """The bundle with another scorer, without some ratings and, where given, without a user row."""
    history, keep = bundle.history, ~gone
    indptr = np.concatenate([[0], np.cumsum(keep)])[history.indptr]
    users = bundle.users
    if user is not None:
        indptr = np.delete(indptr, user + 1)
        users = IdIndex(np.delete(users.ids, user), users.noun)
    kept = Matrix((history.data[keep], history.indices[keep], indptr), shape=(len(users), history.shape[1]))
    return dataclasses.replace(
        bundle,
        scorer=scorer,
        users=users,
        history=kept,
        times=None if bundle.times is None else bundle.times[keep],
        is_train=None if bundle.is_train is None else bundle.is_train[keep],
    )


def _scorer_without(bundle: Bundle, user: int, gone: BoolArray, *, whole: bool) -> tuple[Scorer, Sequence[PartRemoval]]:
    """The scorer without the ratings ``gone`` of the user, and what became of its parts."""
    scorer = bundle.scorer
    if whole:
        scorer = _without_profile(scorer, user)
    if bundle.is_train is None:
        why = "the bundle does not say which ratings it learnt from, so it forgets at the next fit; train it again"
        return scorer, [PartRemoval(part.kind, False, why) for part in single_models(scorer)]
    if not (bundle.is_train & gone).any():
        return scorer, [PartRemoval(part.kind, True, "it had not learnt from this") for part in single_models(scorer)]
    history = bundle.history
    mine = np.arange(history.indptr[user], history.indptr[user + 1])
    mine = mine[bundle.is_train[mine]]
    before, after = (_row(bundle, places) for places in (mine, mine[~gone[mine]]))
    return _updated(scorer, before, after)


def _row(bundle: Bundle, places: IntArray) -> tuple[Matrix, Matrix | None]:
    """Ratings and times at ``places`` of the kept ones, as one person, ``(1, n_items)`` CSR each."""
    items, n_items = bundle.history.indices[places], bundle.history.shape[1]
    stars = single_row(bundle.history.data[places], items, n_items)
    return stars, None if bundle.times is None else single_row(bundle.times[places], items, n_items)


def _updated(
    scorer: Scorer, before: tuple[Matrix, Matrix | None], after: tuple[Matrix, Matrix | None]
) -> tuple[Scorer, Sequence[PartRemoval]]:
    """The scorer with what a person had before replaced by what they have after."""
    if isinstance(scorer, BlendScorer):
        found = [_updated(part, before, after) for part in scorer.parts]
        blend: Scorer = dataclasses.replace(scorer, parts=tuple(part for part, _ in found))
        return blend, [told for _, parts in found for told in parts]
    if not isinstance(scorer, SupportsUnlearning):
        why = "it holds what it learnt until the next fit; the stored ratings are gone"
        return scorer, [PartRemoval(scorer.kind, False, why)]
    try:
        left = scorer.without(*before)
        if after[0].nnz:
            if not isinstance(left, SupportsPartialFit):
                raise CapabilityError("it can forget people, not single ratings")
            left = left.including(*after)
    except CapabilityError as error:
        return scorer, [PartRemoval(scorer.kind, False, f"at the next fit: {error}")]
    return left, [PartRemoval(scorer.kind, True, "it is what a fit without this would be, up to rounding")]


def _without_profile(scorer: Scorer, user: int) -> Scorer:
    """The scorer without what it keeps of a known user beside the ratings, by user row."""
    if isinstance(scorer, BlendScorer):
        blend: Scorer = dataclasses.replace(scorer, parts=tuple(_without_profile(part, user) for part in scorer.parts))
        return blend
    if not isinstance(scorer, BayesScorer) or user >= len(scorer.profile_indptr) - 1:
        return scorer
    first, end = scorer.profile_indptr[user : user + 2].tolist()
    lengths = np.delete(np.diff(scorer.profile_indptr), user)
    bare: Scorer = dataclasses.replace(
        scorer,
        profile_indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(scorer.profile_indptr.dtype),
        profile_indices=np.delete(scorer.profile_indices, slice(first, end)),
    )
    return bare
