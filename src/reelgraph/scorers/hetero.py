"""Scores of movies known by their ratings or by their features, for people known by ratings or by traits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix, RatingPrediction
from reelgraph.core.errors import ConfigError
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.serialisable import Stored

_PRIOR = 5.0  # ratings after which what is known beside them counts half


@dataclass(frozen=True)
class HeteroScorer(Stored):
    r"""A person's vector is the sum of their movies' vectors; movies without a rating have vectors like the others.

    .. math:: z_u = n_u^{-1/2} \sum_j (r_{uj} / r_1)^\rho v_j, \quad s_{ui} = z_u \cdot v_i

    .. math:: \hat r_{ui} = \mu + b_u + m_i + y_u \cdot q_i, \quad
        y_u = (I \sigma^2 + Q_u'Q_u)^{-1} Q_u' (r_u - \mu - b_u - m)

    :math:`b_u` is the damped mean of the person's stars above :math:`\mu`. Someone without ratings has the mean vector
    of all people, moved by their traits and favourite genres.

    Args:
        vectors: ``(n_items, dim)`` float32, v.
        strength: ``(dim,)`` float32, how much of the ratings each direction of v carries.
        middle: ``(n_items,)`` float32 stars, m: above each person's own mean.
        taste: ``(n_items, taste_dim)`` float32, q.
        anyone: ``(dim,)`` float32, mean of the people's vectors.
        profile: ``(n_traits, dim)`` float32, what each trait adds to a person's vector.
        genre: ``(n_genres, dim)`` float32, what each favourite genre adds.
        mean: :math:`\mu`, stars.
        damping: of b_u, in ratings.
        noise: :math:`\sigma^2`, stars squared; the people's y spread with variance 1.
        rating_power: :math:`\rho`.
        unit_stars: :math:`r_1`, stars that count 1.
        low: smallest rating, stars.
        high: largest rating, stars.
        traits: kind and name of each trait, such as ``("age_band", "25-34")``.
        genres: names of the genres.
    """

    kind: ClassVar[str] = "hetero"
    supports_cold_items: ClassVar[bool] = True
    vectors: FloatArray
    strength: FloatArray
    middle: FloatArray
    taste: FloatArray
    anyone: FloatArray
    profile: FloatArray
    genre: FloatArray
    mean: float
    damping: float
    noise: float
    rating_power: float
    unit_stars: float
    low: float
    high: float
    traits: Sequence[Sequence[str]]
    genres: Sequence[str]

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.vectors)

    def people(self, history: Matrix) -> FloatArray:
        """The people's vectors z, ``(batch, dim)`` float64; the mean one for someone without ratings."""
        values = entries(history.data, self.rating_power, self.unit_stars) * person_scale(history)
        known = sparse.csr_array((values, history.indices, history.indptr), shape=history.shape)
        people: FloatArray = np.asarray(known @ self.vectors.astype(np.float64))
        people[np.diff(history.indptr) == 0] = self.anyone
        return people

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32."""
        scores: FloatArray = self.people(history).astype(np.float32) @ self.vectors.T
        return scores

    def score_person(
        self, history: Matrix, profile: Mapping[str, str] | None = None, genres: Sequence[str] = ()
    ) -> FloatArray:
        """Scores for someone of whom more, or nothing but more, is known than ratings.

        What is known beside the ratings counts like five of them.

        Args:
            history: ``(1, n_items)`` CSR, stars; may be empty.
            profile: kind -> name, such as ``{"age_band": "25-34", "gender": "F"}``.
            genres: favourite genres.

        Returns:
            ``(1, n_items)`` float32.

        Raises:
            ConfigError: the model knows no such kind, name or genre.
        """
        rows = [self._trait(kind, name) for kind, name in (profile or {}).items()]
        liked = [_place(self.genres, name, "genre") for name in genres]
        person = self.people(history)
        if rows or liked:
            trust = history.nnz / (history.nnz + _PRIOR)
            expected = self.anyone + self.profile[rows].sum(axis=0) + self.genre[liked].sum(axis=0) / max(len(liked), 1)
            person = trust * person + (1.0 - trust) * expected
        scores: FloatArray = person.astype(np.float32) @ self.vectors.T
        return scores

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)`` float32, clipped to the scale. Cost: O(ratings * taste_dim^2 + batch * taste_dim^3)."""
        chosen = slice(None) if items is None else items
        above, offset = above_own_mean(history, self.mean, self.damping)
        residual = above - self.middle[history.indices]
        tastes = np.zeros((history.shape[0], self.taste.shape[1]))
        for row in range(len(tastes)):
            part = slice(int(history.indptr[row]), int(history.indptr[row + 1]))
            q = self.taste[history.indices[part]].astype(np.float64)
            tastes[row] = np.linalg.solve(q.T @ q + self.noise * np.eye(q.shape[1]), q.T @ residual[part])
        stars = tastes @ self.taste[chosen].T.astype(np.float64) + self.middle[chosen]
        stars += self.mean + offset[:, None]
        return RatingPrediction(np.clip(stars, self.low, self.high).astype(np.float32))

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating adds to the scores of ``items``, the number of ratings held."""
        values = entries(history.data, self.rating_power, self.unit_stars) * person_scale(history)
        brought = self.vectors[history.indices] * values[:, None]
        wanted = self.vectors[items].astype(np.float64)
        fixed = {"what people like on average": wanted @ self.anyone} if history.nnz == 0 else {}
        return Contributions(wanted @ brought.T, fixed, "the number of ratings")

    def item_vectors(self) -> FloatArray:
        """``(n_items, dim)`` float32: v by strength, less their mean, which all have in common."""
        vectors: FloatArray = self.vectors * self.strength
        centred: FloatArray = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
        return centred

    def _trait(self, kind: str, name: str) -> int:
        kinds = sorted({trait[0] for trait in self.traits})
        if not kinds:
            raise ConfigError(kind, "the model knows nobody by a profile: its data tells nothing about people")
        kind = kinds[_place(kinds, kind, "kind of profile")]
        first = next(row for row, trait in enumerate(self.traits) if trait[0] == kind)
        return first + _place([trait[1] for trait in self.traits if trait[0] == kind], name, kind)


def above_own_mean(history: Matrix, mean: float, damping: float) -> tuple[FloatArray, FloatArray]:
    """Stars above the person's own damped mean, and how far that is above the mean of all.

    Args:
        history: ``(batch, n_items)`` CSR, stars.
        mean: of all ratings, stars.
        damping: in ratings.

    Returns:
        ``(nnz,)`` and ``(batch,)`` float64.
    """
    count = np.diff(history.indptr)
    person = np.repeat(np.arange(len(count)), count)
    above = history.data.astype(np.float64) - mean
    offset = np.bincount(person, above, minlength=len(count)) / np.maximum(count + damping, 1e-12)
    return above - offset[person], offset


def person_scale(history: Matrix) -> FloatArray:
    """One over the root of the number of the person's ratings, ``(nnz,)`` float64."""
    count = np.diff(history.indptr)
    scale: FloatArray = np.repeat(np.maximum(count, 1) ** -0.5, count)
    return scale


def _place(known: Sequence[str], name: str, what: str) -> int:
    """The place of a name, upper or lower case."""
    folded = [one.casefold() for one in known]
    if name.casefold() not in folded:
        raise ConfigError.unknown(name, known, what)
    return folded.index(name.casefold())
