"""The prior of a person's row before their stars are used: from the movies they rated, their profile, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix

# Both are numbers of ratings, chosen on validation (experiments/log.md).
_HALF_NEIGHBOURS = 5.0  # neighbours at which their sum has half of its full weight
_HALF_HISTORY = 30.0  # ratings that carry half of the information of a whole history about neighbours
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
class VarianceFactors:
    """The covariance B + t C between people for any t from 0 to 1, factored once.

    Args:
        whiten: ``(draws, d, d)`` float64, W with W B W' = 1 and W C W' = diag(extra).
        extra: ``(draws, d)`` float64.
    """

    whiten: FloatArray
    extra: FloatArray

    @classmethod
    def of(cls, base: FloatArray, extra: FloatArray) -> VarianceFactors:
        """From B, positive definite, and C, positive semidefinite, both ``(draws, d, d)``."""
        half = np.linalg.inv(np.linalg.cholesky(base.astype(np.float64)))
        values, vectors = np.linalg.eigh(half @ extra @ half.transpose(0, 2, 1))
        return cls(vectors.transpose(0, 2, 1) @ half, np.maximum(values, 0.0))

    def prior(self, mean: FloatArray, unseen: float) -> Prior:
        """The prior around ``mean``, ``(draws, d)``, with the share ``unseen`` of C."""
        return Prior(mean.astype(np.float64), self.whiten, 1.0 / (1.0 + unseen * self.extra))


@dataclass(frozen=True, repr=False)
class PopulationPrior:
    """The distribution of people in the draws: arrays of `BayesScorer`; ``mean`` and ``precision`` are its prior's.

    ``given_average`` are mean and covariance of the profile terms, where they are not to be made from the users.
    """

    neighbour: FloatArray
    neighbour_mean: FloatArray
    neighbour_covariance: FloatArray
    mean: FloatArray
    precision: FloatArray
    profile: FloatArray
    indptr: IntArray
    indices: IntArray
    given_average: tuple[FloatArray, FloatArray] | None = None

    def prior(self, items: IntArray, user: int | None) -> Prior:
        """The prior of a person's row before their stars are used.

        The movies rated count as the beginning of a history whose rest is an average person's, and an unknown profile
        as an average one. What is not observed adds to the covariance as much as it differs between people.

        Args:
            items: ``(n,)`` movies rated.
            user: row of a training user, whose profile is then used; None, or another row, for a new person.
        """
        has_profile = user is not None and 0 <= user < len(self.indptr) - 1
        seen = share_seen(len(items))
        mean = self.mean + np.float32(1.0 - seen) * self.neighbour_mean
        if self.neighbour.shape[1] and len(items):
            weight = np.float32(seen * neighbour_weight(np.array(len(items))))
            rated = self.neighbour.take(items, axis=1).astype(np.float32, copy=False)
            mean = mean + rated.sum(axis=1) * weight
        if has_profile and user is not None:
            profile_features = self.indices[self.indptr[user] : self.indptr[user + 1]]
            mean = mean + self.profile[:, profile_features].sum(axis=1, dtype=np.float32)
        else:
            mean = mean + self.average_profile[0]
        return (self._with_profile if has_profile else self._without_profile).prior(mean, 1.0 - seen)

    @cached_property
    def average_profile(self) -> tuple[FloatArray, FloatArray]:
        """Mean ``(draws, d)`` and covariance ``(draws, d, d)`` of the profile terms over the training people."""
        if self.given_average is not None:
            return self.given_average
        n_users, n_features = len(self.indptr) - 1, self.profile.shape[1]
        has = Matrix((np.ones(len(self.indices)), self.indices, self.indptr), shape=(n_users, n_features))
        share = np.asarray(has.sum(axis=0)) / max(n_users, 1)
        joint = (has.T @ has).toarray() / max(n_users, 1) - np.outer(share, share)
        profile = self.profile.astype(np.float32, copy=False)
        covariance: FloatArray = profile.transpose(0, 2, 1) @ joint @ profile
        return (share @ profile).astype(np.float32), covariance

    @cached_property
    def _with_profile(self) -> VarianceFactors:
        """Variance between people with the same profile."""
        return VarianceFactors.of(
            np.eye(self.precision.shape[1]) / self.precision[:, None, :], self.neighbour_covariance
        )

    @cached_property
    def _without_profile(self) -> VarianceFactors:
        """Variance between people whose profile is unknown."""
        within = np.eye(self.precision.shape[1]) / self.precision[:, None, :]
        return VarianceFactors.of(within + self.average_profile[1], self.neighbour_covariance)


def neighbour_weight(degree: IntArray) -> FloatArray:
    """Weight of each neighbour in the feature graph of an entity with so many: sqrt(n) / (n + 5), float64.

    Far above five it is 1 / sqrt(n); for an entity with few neighbours the weight is
    smaller, because few neighbours carry little information. Used by the sampler and the fold-in.
    """
    degree = np.maximum(degree, 1)
    weight: FloatArray = np.sqrt(degree) / (degree + _HALF_NEIGHBOURS)
    return weight


def share_seen(ratings: int) -> float:
    """The share of a whole history's information that ratings carry: n / (n + 30).

    The neighbours' weights are learnt from histories of dozens to hundreds of ratings. A few ratings are the
    beginning of such a history, and the rest is taken to be an average person's.

    Source: Kelley 1947, the regression of a true score on an observed one.
    """
    return ratings / (ratings + _HALF_HISTORY)


def spaced(draws: int, step: float = _NOISE) -> FloatArray:
    """Quasi-random numbers ``(draws,)`` in (0, 1), one for each draw, evenly spread in every part of the sequence.

    Used in place of random numbers, so that the same person gets the same answer.

    Source: Niederreiter 1992, section 3.1 (Kronecker sequences).
    """
    out: FloatArray = ((np.arange(draws) + 0.5) * step) % 1.0
    return out


def allocate(share: AnyArray, draws: int) -> IntArray:
    """Indices into ``share``, one a draw, each as often as its share of the sum: ``(draws,)`` int64."""
    total = np.cumsum(share, dtype=np.float64)
    index: IntArray = np.searchsorted(total / total[-1], spaced(draws, _DATE), side="right")
    return np.minimum(index, len(share) - 1)
