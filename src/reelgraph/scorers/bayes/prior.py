"""What is known of a person before their stars are looked at: which movies they rated, who they are, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix

# Both are numbers of ratings, chosen on validation (experiments/log.md).
_TRUSTED = 5.0  # from so many neighbours on, their sum counts for more than half
_HALF_KNOWN = 30.0  # so many ratings tell half of what a whole history would of a person's neighbours
_NOISE, _DATE = 0.7548776662466927, 0.5698402909980532  # 1/p and 1/p^2, p the plastic number


@dataclass(frozen=True)
class Prior:
    """A person's row given each draw, normal with precision W' diag(gain) W.

    Args:
        mean: ``(draws, d)`` float64.
        whiten: ``(draws, d, d)`` float64, W.
        gain: ``(draws, d)`` float64.
    """

    mean: FloatArray
    whiten: FloatArray
    gain: FloatArray

    @classmethod
    def diagonal(cls, mean: FloatArray, precision: FloatArray) -> Prior:
        """Independent entries: mean and precision ``(draws, d)``."""
        width = mean.shape[1]
        return cls(mean.astype(np.float64), np.tile(np.eye(width), (len(mean), 1, 1)), precision.astype(np.float64))


@dataclass(frozen=True)
class Spread:
    """How people differ who have not been seen whole: the covariance B + t C for any t from 0 to 1, solved once.

    Args:
        whiten: ``(draws, d, d)`` float64, W with W B W' = 1 and W C W' = diag(extra).
        extra: ``(draws, d)`` float64.
    """

    whiten: FloatArray
    extra: FloatArray

    @classmethod
    def of(cls, base: FloatArray, more: FloatArray) -> Spread:
        """From B, positive definite, and C, positive semidefinite, both ``(draws, d, d)``."""
        half = np.linalg.inv(np.linalg.cholesky(base.astype(np.float64)))
        extra, turn = np.linalg.eigh(half @ more @ half.transpose(0, 2, 1))
        return cls(turn.transpose(0, 2, 1) @ half, np.maximum(extra, 0.0))

    def prior(self, mean: FloatArray, unseen: float) -> Prior:
        """The prior around ``mean``, ``(draws, d)``, where the share ``unseen`` of C is open."""
        return Prior(mean.astype(np.float64), self.whiten, 1.0 / (1.0 + unseen * self.extra))


@dataclass(frozen=True, repr=False)
class People:
    """What the draws say of people in general: arrays of `BayesScorer`, ``mean`` and ``precision`` are its prior's."""

    neighbour: FloatArray
    neighbour_mean: FloatArray
    neighbour_spread: FloatArray
    mean: FloatArray
    precision: FloatArray
    profile: FloatArray
    indptr: IntArray
    indices: IntArray

    def prior(self, items: IntArray, user: int | None) -> Prior:
        """A person's row before their stars are looked at.

        The movies rated count as the beginning of a history whose rest is an average person's, and a profile that is
        not told as anybody's. What is open adds to the covariance, as much as it differs between people.

        Args:
            items: ``(n,)`` movies rated.
            user: row of a known user, whose profile is then used; None, or a row that is not known, for a new person.
        """
        known = user is not None and 0 <= user < len(self.indptr) - 1
        seen = share_seen(len(items))
        mean = self.mean + np.float32(1.0 - seen) * self.neighbour_mean
        if self.neighbour.shape[1] and len(items):
            weight = np.float32(seen * neighbour_weight(np.array(len(items))))
            mean = mean + self.neighbour[:, items].sum(axis=1) * weight
        if known and user is not None:
            own = self.indices[self.indptr[user] : self.indptr[user + 1]]
            mean = mean + self.profile[:, own].sum(axis=1)
        else:
            mean = mean + self._anybody[0]
        return (self._known if known else self._unknown).prior(mean, 1.0 - seen)

    @cached_property
    def _anybody(self) -> tuple[FloatArray, FloatArray]:
        """Mean ``(draws, d)`` and covariance ``(draws, d, d)`` over the known people of what their profiles say."""
        people, features = len(self.indptr) - 1, self.profile.shape[1]
        has = Matrix((np.ones(len(self.indices)), self.indices, self.indptr), shape=(people, features))
        share = np.asarray(has.sum(axis=0)) / max(people, 1)
        together = (has.T @ has).toarray() / max(people, 1) - np.outer(share, share)
        spread: FloatArray = self.profile.transpose(0, 2, 1) @ together @ self.profile
        return (share @ self.profile).astype(np.float32), spread

    @cached_property
    def _known(self) -> Spread:
        """How people with the same profile differ."""
        return Spread.of(np.eye(self.precision.shape[1]) / self.precision[:, None, :], self.neighbour_spread)

    @cached_property
    def _unknown(self) -> Spread:
        """How people differ whose profile is not told."""
        own = np.eye(self.precision.shape[1]) / self.precision[:, None, :]
        return Spread.of(own + self._anybody[1], self.neighbour_spread)


def neighbour_weight(degree: IntArray) -> FloatArray:
    """Weight of each neighbour in the feature graph of an entity with so many: sqrt(n) / (n + 5), float64.

    Far above five it is 1 / sqrt(n); an entity with few neighbours hears less of each, since so few say little. The
    sampler and the fold-in both take it from here.
    """
    degree = np.maximum(degree, 1)
    weight: FloatArray = np.sqrt(degree) / (degree + _TRUSTED)
    return weight


def share_seen(ratings: int) -> float:
    """How much ratings tell of what a whole history would: n / (n + 30).

    The neighbours' weights are learnt from histories of dozens to hundreds of ratings. A few ratings are the
    beginning of such a history, and the rest is taken to be an average person's.

    Source: Kelley 1947, the regression of a true score on an observed one.
    """
    return ratings / (ratings + _HALF_KNOWN)


def spaced(draws: int, step: float = _NOISE) -> FloatArray:
    """Numbers ``(draws,)`` in (0, 1), one for each draw, spread as evenly as can be whatever part of them is taken.

    In the place of random numbers: the same person gets the same answer.

    Source: Niederreiter 1992, section 3.1 (Kronecker sequences).
    """
    out: FloatArray = ((np.arange(draws) + 0.5) * step) % 1.0
    return out


def spread_over(share: AnyArray, draws: int) -> IntArray:
    """Places in ``share``, one a draw, that come up as often as their share of the sum says: ``(draws,)`` int64."""
    total = np.cumsum(share, dtype=np.float64)
    place: IntArray = np.searchsorted(total / total[-1], spaced(draws, _DATE), side="right")
    return np.minimum(place, len(share) - 1)
