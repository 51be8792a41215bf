"""Scores of movies known by their features, by their ratings, or by both; people likewise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from reelgraph.errors import ConfigError
from reelgraph.types import AnyArray, BoolArray, Contributions, FloatArray, IntArray, Matrix, RatingPrediction


@dataclass(frozen=True)
class HeteroScorer:
    r"""A person's vector is the sum of what their movies bring; movies without a rating have vectors like the others.

    .. math:: g_{uj} = r_{uj} - \mu - b_u - m_j, \quad G_u = n_u^{-1/2} \sum_j g_{uj} p_j, \quad
        z_u = n_u^{-1/2} \sum_j s_j + G_u + \text{profile}

    .. math:: \text{score}_{ui} = b_i + z_u \cdot t_i, \quad \hat r_{ui} = \mu + b_u + c_i + G_u \cdot q_i

    Here :math:`b_u` is the damped mean of the person's stars above :math:`\mu + m_j`.

    Args:
        target: ``(n_items, dim)`` float32, t.
        bias: ``(n_items,)`` float32, b.
        taste: ``(n_items, dim)`` float32, q.
        level: ``(n_items,)`` float32 stars, c: predicted, above the mean.
        middle: ``(n_items,)`` float32 stars, m: the damped mean of the ratings above the mean; c where there are none.
        seen: ``(n_items, dim)`` float32, s.
        judged: ``(n_items, dim)`` float32, p.
        profile: ``(n_traits, dim)`` float32, what each trait in ``traits`` adds to a person's vector.
        genre: ``(n_genres, dim)`` float32, what a favourite genre brings: as a movie of which only that is known.
        mean: :math:`\mu`, stars.
        damping: of b_u, in ratings.
        low: smallest rating, stars.
        high: largest rating, stars.
        traits: kind and name of each trait, such as ``("age_band", "25-34")``.
        genres: names of the genres.
    """

    kind: ClassVar[str] = "hetero"
    embeds_new: ClassVar[bool] = True
    target: FloatArray
    bias: FloatArray
    taste: FloatArray
    level: FloatArray
    middle: FloatArray
    seen: FloatArray
    judged: FloatArray
    profile: FloatArray
    genre: FloatArray
    mean: float
    damping: float
    low: float
    high: float
    traits: Sequence[Sequence[str]]
    genres: Sequence[str]

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.target)

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32."""
        people = self._seen(history) + self._opinions(history)[0]
        return self._ranked(people)

    def score_person(
        self, history: Matrix, profile: Mapping[str, str] | None = None, genres: Sequence[str] = ()
    ) -> FloatArray:
        """Scores for someone of whom more, or nothing but more, is known than ratings.

        Args:
            history: ``(1, n_items)`` CSR, stars; may be empty.
            profile: kind -> name, such as ``{"age_band": "25-34", "gender": "F"}``.
            genres: favourite genres; each counts as a movie seen of which only the genre is known.

        Returns:
            ``(1, n_items)`` float32.

        Raises:
            ConfigError: the model knows no such kind, name or genre.
        """
        liked = [_place(self.genres, name, "genre") for name in genres]
        n = history.nnz + len(liked)
        people = self._seen(history) * (max(history.nnz, 1) / max(n, 1)) ** 0.5 + self._opinions(history)[0]
        people += self.genre[liked].sum(axis=0, dtype=np.float64) * max(n, 1) ** -0.5
        for kind, name in (profile or {}).items():
            known = [trait[1] if trait[0] == kind else None for trait in self.traits]
            if kind not in {trait[0] for trait in self.traits}:
                raise ConfigError.unknown(kind, sorted({trait[0] for trait in self.traits}))
            people += self.profile[_place(known, name, kind)]
        return self._ranked(people)

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)`` float32, clipped to the scale."""
        chosen = slice(None) if items is None else items
        opinions, offset = self._opinions(history)
        stars = opinions.astype(np.float32) @ self.taste[chosen].T + self.level[chosen]
        stars += (self.mean + offset).astype(np.float32)[:, None]
        return RatingPrediction(np.clip(stars, self.low, self.high))

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating adds to the scores of ``items``, the person's middle held, and the biases."""
        stars, _ = self._above(history)
        brought = self.seen[history.indices] + stars[:, None] * self.judged[history.indices]
        shares = self.target[items].astype(np.float64) @ brought.T.astype(np.float64) * max(history.nnz, 1) ** -0.5
        held = "the number of ratings and the person's middle"
        return Contributions(shares, {"bias of the movie": self.bias[items].astype(np.float64)}, held)

    def item_vectors(self) -> FloatArray:
        """``(n_items, dim)`` float32: the movies' vectors less their mean, which all have in common."""
        vectors: FloatArray = self.target - self.target.mean(axis=0, dtype=np.float64).astype(np.float32)
        return vectors

    def arrays(self) -> dict[str, AnyArray]:
        """What was fitted."""
        names = ("target", "bias", "taste", "level", "middle", "seen", "judged", "profile", "genre")
        return {name: getattr(self, name) for name in names}

    def settings(self) -> dict[str, Any]:
        """The numbers and names beside the arrays."""
        names = ("mean", "damping", "low", "high")
        given = {name: getattr(self, name) for name in names}
        return {**given, "traits": [list(trait) for trait in self.traits], "genres": list(self.genres)}

    def _ranked(self, people: FloatArray) -> FloatArray:
        scores: FloatArray = people.astype(np.float32) @ self.target.T
        scores += self.bias
        return scores

    def _seen(self, history: Matrix) -> FloatArray:
        """The part of a person's vectors that asks for no opinion, ``(batch, dim)`` float64."""
        return _summed(history, np.ones(history.nnz), self.seen)

    def _opinions(self, history: Matrix) -> tuple[FloatArray, FloatArray]:
        """G, ``(batch, dim)`` float64, and b, ``(batch,)`` stars."""
        stars, offset = self._above(history)
        return _summed(history, stars, self.judged), offset

    def _above(self, history: Matrix) -> tuple[FloatArray, FloatArray]:
        """Stars above the middle of the person and the movie ``(nnz,)``, and the middles of people ``(batch,)``."""
        return above_middle(history, self.mean, self.middle.astype(np.float64), self.damping)


def above_middle(history: Matrix, mean: float, middle: FloatArray, damping: float) -> tuple[FloatArray, FloatArray]:
    """Stars above mean, movie and person, and the persons' damped offsets.

    Args:
        history: ``(batch, n_items)`` CSR, stars.
        mean: stars.
        middle: ``(n_items,)`` stars above the mean.
        damping: in ratings.

    Returns:
        ``(nnz,)`` and ``(batch,)`` float64.
    """
    count = np.diff(history.indptr)
    person = np.repeat(np.arange(len(count)), count)
    above = history.data - mean - middle[history.indices]
    offset = np.bincount(person, above, minlength=len(count)) / np.maximum(count + damping, 1e-12)
    return above - offset[person], offset


def _summed(history: Matrix, values: FloatArray, vectors: FloatArray) -> FloatArray:
    """Sums of the movies' vectors times ``values``, divided by the root of their number, ``(batch, dim)`` float64."""
    rated, place = np.unique(history.indices, return_inverse=True)
    known = sparse.csr_array((values, place, history.indptr), shape=(history.shape[0], len(rated)))
    total: FloatArray = np.asarray(known @ vectors[rated].astype(np.float64))
    return total * np.maximum(np.diff(history.indptr), 1)[:, None] ** -0.5


def _place(known: Sequence[str | None], name: str, kind: str) -> int:
    folded = [None if one is None else one.casefold() for one in known]
    if name.casefold() not in folded:
        raise ConfigError.unknown(name, [one for one in known if one is not None])
    return folded.index(name.casefold())
