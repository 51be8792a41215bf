"""What if: other stars, ratings that count less or not at all, movies of no interest; nothing is fitted anew."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from reelgraph.core import (
    FloatArray,
    IdIndex,
    IntArray,
    Matrix,
    PredictsMeanStars,
    PredictsRating,
    RatingDistribution,
    RatingPrediction,
    Recommendations,
    Scorer,
    single_row,
)
from reelgraph.core.errors import ConfigError


@dataclass(frozen=True)
class Changes:
    """Changes of what a person says, for one question.

    Args:
        stars: item id -> stars: a rating given another value, or a new one.
        mute: rated items that are not learnt from; they stay seen, so they are not listed.
        damp: rated item -> what its rating counts, from 0 (muted) to 1 (as it is), see `Heard`.
        remove: rated items taken back whole: neither learnt from nor seen.
        not_interested: items never listed; those rated are learnt from as before.
    """

    stars: Mapping[int | str, float] = field(default_factory=dict)
    mute: Collection[int | str] = ()
    damp: Mapping[int | str, float] = field(default_factory=dict)
    remove: Collection[int | str] = ()
    not_interested: Collection[int | str] = ()

    def __bool__(self) -> bool:
        return bool(self.stars or self.mute or self.damp or self.remove or self.not_interested)


@dataclass(frozen=True)
class Heard:
    r"""A person as a model hears them: ratings, each with a weight, and what is not to be listed.

    A model that only knows whether a rating is there is asked several times, and its answers are added up:

    .. math:: s(w) = \int_0^1 s(\{j : w_j > t\}) \, dt

    For scores that are sums over the ratings this is the sum with each rating's share times its weight, exactly; for
    others it lies between the answers with and without.

    Args:
        rated: ``(1, n_items)`` CSR, stars.
        weight: ``(nnz,)`` float64 from 0 to 1, in the order of ``rated.indices``.
        hidden: ``(m,)`` item rows never to be listed, beside what ``Filters.seen`` says of the rated ones.
        user: row of the known user whom this is; None for somebody new.
    """

    rated: Matrix
    weight: FloatArray
    hidden: IntArray
    user: int | None = None

    @classmethod
    def plainly(cls, rated: Matrix, hidden: IntArray | None = None, user: int | None = None) -> Heard:
        """Everything counts in full."""
        return cls(rated, np.ones(rated.nnz), np.empty(0, np.int64) if hidden is None else hidden, user)

    def under(self, changes: Changes, items: IdIndex) -> Heard:
        """The person under changes whose stars are known to be on the scale; what counted less before counts in full.

        Raises:
            UnknownIdError: no such item.
            ConfigError: something muted, damped or taken back was not rated, or a weight is not in [0, 1].
        """
        rated = self.rated
        stars = dict(zip(rated.indices.tolist(), rated.data.tolist(), strict=True))
        stars.update({items.row(item): float(value) for item, value in changes.stars.items()})
        weight = dict.fromkeys(stars, 1.0)
        damped = [("mute", item, 0.0) for item in changes.mute]
        for name, item, value in [*damped, *(("damp", item, value) for item, value in changes.damp.items())]:
            if not 0 <= value <= 1:
                raise ConfigError(name, f"{value} is not valid for item {item}: expected a number from 0 to 1")
            weight[_rated(name, item, items, stars)] = float(value)
        for item in changes.remove:
            del stars[_rated("remove", item, items, stars)]
        rows = np.array(sorted(stars), dtype=np.int64)
        values = np.array([stars[row] for row in rows.tolist()], dtype=np.float32)
        made = single_row(values, rows.astype(np.int32), rated.shape[1])
        hidden = np.union1d(items.rows(list(changes.not_interested)), self.hidden)
        return Heard(made, np.array([weight[row] for row in rows.tolist()]), hidden, self.user)

    @property
    def silent(self) -> bool:
        """Is there nothing to learn from?"""
        return not self.weight.any()

    def layers(self) -> Sequence[tuple[float, IntArray]]:
        """Shares, which sum to 1, and the places within ``rated`` that count in each."""
        if (self.weight == 1.0).all():  # nearly always
            return [(1.0, np.arange(len(self.weight)))]
        levels = np.unique(np.concatenate([[0.0], self.weight, [1.0]])).tolist()
        return [(high - low, np.flatnonzero(self.weight > low)) for low, high in itertools.pairwise(levels)]

    def only(self, places: IntArray) -> Matrix:
        """The ratings at ``places`` alone, ``(1, n_items)`` CSR."""
        if len(places) == self.rated.nnz:
            return self.rated
        return single_row(self.rated.data[places], self.rated.indices[places], self.rated.shape[1])

    def histories(self) -> Sequence[tuple[float, Matrix]]:
        """The shares of `layers` with their ratings, ``(1, n_items)`` CSR each."""
        return [(share, self.only(places)) for share, places in self.layers()]

    def score(self, scorer: Scorer) -> FloatArray:
        """Scores of all items, ``(1, n_items)`` float32."""
        parts = self.histories()
        if len(parts) == 1:
            return scorer.score(parts[0][1])
        total: FloatArray = sum(share * scorer.score(history).astype(np.float64) for share, history in parts)  # type: ignore[assignment]
        return total.astype(np.float32)

    def rate(self, scorer: Scorer, items: IntArray) -> RatingPrediction | None:
        """Prediction for ``items``, item rows, ``(1, n)``; None where the scorer predicts no stars."""
        if not isinstance(scorer, PredictsRating) or not len(items):
            return None
        parts = [(share, scorer.rate(history, items)) for share, history in self.histories()]
        if len(parts) == 1:
            return parts[0][1]
        stars: FloatArray = np.sum([share * one.stars for share, one in parts], axis=0)
        known = [(share, one.distribution) for share, one in parts if one.distribution is not None]
        if len(known) < len(parts):
            return RatingPrediction(stars)
        chances = np.sum([share * one.probability for share, one in known], axis=0)
        return RatingPrediction(stars, RatingDistribution(known[0][1].levels.copy(), chances))

    def stars(self, scorer: Scorer, items: IntArray) -> FloatArray | None:
        """Predicted stars of ``items``, item rows, ``(n,)``; None where the scorer predicts none."""
        found = self.rate(scorer, items)
        return None if found is None else found.stars[0]

    def all_stars(self, scorer: Scorer) -> FloatArray | None:
        """Expected stars of all items, ``(n_items,)``, to compare them by; None where the scorer predicts none.

        The quick ones where the scorer has them, which may be some hundredths off those of `stars`.
        """
        if not isinstance(scorer, PredictsMeanStars):
            return self.stars(scorer, np.arange(scorer.n_items))
        parts = [share * scorer.mean_stars(history)[0] for share, history in self.histories()]
        total: FloatArray = np.sum(parts, axis=0)
        return total


def _rated(name: str, item: int | str, items: IdIndex, stars: Mapping[int, float]) -> int:
    row = items.row(item)
    if row not in stars:
        raise ConfigError(name, f"item {item} is not among the person's ratings")
    return row


@dataclass(frozen=True)
class Move:
    """A movie whose place changed.

    Args:
        item_id: the movie.
        title: its title.
        before: rank before, from 1; None where it was not listed.
        after: rank after, likewise.
    """

    item_id: int | str
    title: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class WhatIf:
    """A list before and after changes.

    Args:
        before: the list as it was.
        after: the list under the changes.
        moves: movies listed before or after at another place: in the order of the new list, then those that left.
    """

    before: Recommendations
    after: Recommendations
    moves: tuple[Move, ...]

    @classmethod
    def of(cls, before: Recommendations, after: Recommendations) -> WhatIf:
        """Both lists compared."""
        ranks = [{line.item_id: line.rank for line in answer} for answer in (before, after)]
        titles = {line.item_id: line.title for line in (*after, *before)}
        moves = [Move(item, title, ranks[0].get(item), ranks[1].get(item)) for item, title in titles.items()]
        return cls(before, after, tuple(move for move in moves if move.before != move.after))
