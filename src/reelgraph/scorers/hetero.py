"""Scores of movies with ratings or features only, for people with ratings or traits only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
from scipy import sparse

from reelgraph.core import Contributions, FloatArray, IntArray, Matrix, RatingPrediction, at_least
from reelgraph.core.errors import ConfigError
from reelgraph.scorers.graph_entries import entries
from reelgraph.scorers.serialisable import SerialisableScorer

_PRIOR_RATINGS = 5.0  # ratings that traits and favourite genres count as


@dataclass(frozen=True)
class HeteroRankingScorer(SerialisableScorer):
    r"""A person's vector is the sum of their movies' vectors; for movies without a rating the rated ones vote.

    .. math:: z_u = n_u^{-1/2} \sum_j (r_{uj} / r_1)^\rho v_j, \quad s_{ui} = z_u \cdot v_i, \quad
        s_{ui} = n_u^{-1/2} \sum_j (r_{uj} / r_1)^\rho P_{ij} \text{ for new movies } i

    Someone without ratings has the mean vector of all people, moved by their traits and favourite genres. For them new
    movies have vectors like the others.

    Args:
        vectors: ``(n_items, dim)`` float32, v; of movies without ratings as their features predict it.
        strength: ``(dim,)`` float32, how much of the ratings each direction of v carries.
        mean_user_vector: ``(dim,)`` float32, mean of the people's vectors.
        trait_effects: ``(n_traits, dim)`` float32, what each trait adds to a person's vector.
        genre_effects: ``(n_genres, dim)`` float32, what each favourite genre adds.
        rating_power: :math:`\rho`.
        unit_stars: :math:`r_1`, stars that count 1.
        traits: kind and name of each trait, such as ``("age_band", "25-34")``.
        genres: names of the genres.
        new_items: ``(n_new,)`` int32 item rows of the movies without ratings; none where they have vectors only.
        vote_items: ``(nnz,)`` int32 columns of P, the rated movies that vote: a CSR matrix with ``votes`` and
            ``vote_indptr``, ``(n_new, n_items)``.
        votes: ``(nnz,)`` float32.
        vote_indptr: ``(n_new + 1,)`` int64.
        liked_from: stars from which a rating counts 1 in the votes, and otherwise 0; None for the weights of z.
    """

    kind: ClassVar[str] = "hetero-ranking"
    renamed_settings: ClassVar[Mapping[str, str]] = {
        "middle": "item_bias",
        "anyone": "mean_user_vector",
        "profile": "trait_effects",
        "genre": "genre_effects",
    }
    supports_cold_items: ClassVar[bool] = True
    vectors: FloatArray
    strength: FloatArray
    mean_user_vector: FloatArray
    trait_effects: FloatArray
    genre_effects: FloatArray
    rating_power: float
    unit_stars: float
    traits: Sequence[Sequence[str]]
    genres: Sequence[str]
    new_items: IntArray = field(default_factory=lambda: np.zeros(0, np.int32), kw_only=True)
    vote_items: IntArray = field(default_factory=lambda: np.zeros(0, np.int32), kw_only=True)
    votes: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32), kw_only=True)
    vote_indptr: IntArray = field(default_factory=lambda: np.zeros(1, np.int64), kw_only=True)
    liked_from: float | None = field(default=None, kw_only=True)

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.vectors)

    def user_vectors(self, history: Matrix) -> FloatArray:
        """The people's vectors z, ``(batch, dim)`` float64; the mean one for someone without ratings."""
        weighted = sparse.csr_array((self._weights(history), history.indices, history.indptr), shape=history.shape)
        vectors: FloatArray = np.asarray(weighted @ self.vectors.astype(np.float64))
        vectors[np.diff(history.indptr) == 0] = self.mean_user_vector
        return vectors

    @cached_property
    def _votes(self) -> Matrix:
        """P, ``(n_new, n_items)`` float64."""
        values = self.votes.astype(np.float64)
        return Matrix((values, self.vote_items, self.vote_indptr), shape=(len(self.new_items), self.n_items))

    def _vote_weights(self, history: Matrix) -> FloatArray:
        """What each rating counts in the votes, ``(nnz,)`` float64."""
        if self.liked_from is None:
            return self._weights(history)
        weights: FloatArray = at_least(history.data, self.liked_from) * user_scale(history)
        return weights

    def _weights(self, history: Matrix) -> FloatArray:
        weights: FloatArray = entries(history.data, self.rating_power, self.unit_stars) * user_scale(history)
        return weights

    def new_item_scores(self, history: Matrix) -> FloatArray:
        """The votes of the person's ratings for the movies without ratings, ``(batch, n_new)`` float32."""
        weighted = sparse.csr_array((self._vote_weights(history), history.indices, history.indptr), history.shape)
        scores: FloatArray = (weighted @ self._votes.T).toarray().astype(np.float32)
        return scores

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n_items)`` float32."""
        scores: FloatArray = self.user_vectors(history).astype(np.float32) @ self.vectors.T
        return self._with_votes(scores, history, 1.0, 0.0)

    def _with_votes(self, scores: FloatArray, history: Matrix, share: float, offset: FloatArray | float) -> FloatArray:
        """``scores``; of people with ratings those of new movies are ``share`` times the votes, plus ``offset``."""
        has_ratings = np.flatnonzero(np.diff(history.indptr))
        if len(self.new_items) and len(has_ratings):
            votes = np.float32(share) * self.new_item_scores(Matrix(history[has_ratings])) + offset
            scores[np.ix_(has_ratings, self.new_items)] = votes
        return scores

    def score_person(
        self, history: Matrix, profile: Mapping[str, str] | None = None, genres: Sequence[str] = ()
    ) -> FloatArray:
        """Scores for someone with traits or favourite genres besides their ratings, or without any rating.

        Traits and genres together count as much as five ratings.

        Args:
            history: ``(1, n_items)`` CSR, stars; may be empty.
            profile: kind -> name, such as ``{"age_band": "25-34", "gender": "F"}``.
            genres: favourite genres.

        Returns:
            ``(1, n_items)`` float32.

        Raises:
            ConfigError: the model knows no such kind, name or genre.
        """
        trait_rows = [self._trait_row(kind, name) for kind, name in (profile or {}).items()]
        genre_rows = [_index_of(self.genres, name, "genre") for name in genres]
        if not trait_rows and not genre_rows:
            return self.score(history)
        weight = history.nnz / (history.nnz + _PRIOR_RATINGS)
        prior = (
            self.mean_user_vector
            + self.trait_effects[trait_rows].sum(axis=0)
            + self.genre_effects[genre_rows].sum(axis=0) / max(len(genre_rows), 1)
        )
        prior_part = ((1.0 - weight) * prior).astype(np.float32)
        scores: FloatArray = (weight * self.user_vectors(history) + prior_part).astype(np.float32) @ self.vectors.T
        return self._with_votes(scores, history, weight, self.vectors[self.new_items] @ prior_part)

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating adds to the scores of ``items``, the number of ratings held."""
        messages = self.vectors[history.indices] * self._weights(history)[:, None]
        item_vectors = self.vectors[items].astype(np.float64)
        fixed = {"what people like on average": item_vectors @ self.mean_user_vector} if history.nnz == 0 else {}
        parts: FloatArray = item_vectors @ messages.T
        is_new = np.isin(items, self.new_items)
        if history.nnz and is_new.any():
            votes = self._votes[np.searchsorted(self.new_items, items[is_new])][:, history.indices].toarray()
            parts[is_new] = votes * self._vote_weights(history)
        return Contributions(parts, fixed, "the number of ratings")

    def item_vectors(self) -> FloatArray:
        """``(n_items, dim)`` float32: v by strength, less their mean, which all have in common."""
        vectors: FloatArray = self.vectors * self.strength
        centred: FloatArray = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
        return centred

    def _trait_row(self, kind: str, name: str) -> int:
        kinds = sorted({trait[0] for trait in self.traits})
        if not kinds:
            raise ConfigError(kind, "the model was trained without profiles of people")
        kind = kinds[_index_of(kinds, kind, "kind of profile")]
        first = next(row for row, trait in enumerate(self.traits) if trait[0] == kind)
        return first + _index_of([trait[1] for trait in self.traits if trait[0] == kind], name, kind)


@dataclass(frozen=True)
class HeteroScorer(HeteroRankingScorer):
    r"""Ranks as `HeteroRankingScorer`, and predicts stars.

    .. math:: \hat r_{ui} = \mu + b_u + m_i + y_u \cdot q_i, \quad
        y_u = (I \sigma^2 + Q_u'Q_u)^{-1} Q_u' (r_u - \mu - b_u - m)

    :math:`b_u` is the damped mean of the person's stars above :math:`\mu`.

    Args:
        item_bias: ``(n_items,)`` float32 stars, m: above each person's own mean.
        taste: ``(n_items, taste_dim)`` float32, q.
        mean: :math:`\mu`, stars.
        damping: of b_u, in ratings.
        noise: :math:`\sigma^2`, stars squared; the people's y spread with variance 1.
        low: smallest rating, stars.
        high: largest rating, stars.
    """

    kind: ClassVar[str] = "hetero"
    item_bias: FloatArray
    taste: FloatArray
    mean: float
    damping: float
    noise: float
    low: float
    high: float

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Stars ``(batch, n)`` float32, clipped to the scale. Cost: O(ratings * taste_dim^2 + batch * taste_dim^3)."""
        item_rows = slice(None) if items is None else items
        above, offset = above_user_mean(history, self.mean, self.damping)
        residual = above - self.item_bias[history.indices]
        tastes = np.zeros((history.shape[0], self.taste.shape[1]))
        for row in range(len(tastes)):
            part = slice(int(history.indptr[row]), int(history.indptr[row + 1]))
            q = self.taste[history.indices[part]].astype(np.float64)
            tastes[row] = np.linalg.solve(q.T @ q + self.noise * np.eye(q.shape[1]), q.T @ residual[part])
        stars = tastes @ self.taste[item_rows].T.astype(np.float64) + self.item_bias[item_rows]
        stars += self.mean + offset[:, None]
        return RatingPrediction(np.clip(stars, self.low, self.high).astype(np.float32))


def above_user_mean(history: Matrix, mean: float, damping: float) -> tuple[FloatArray, FloatArray]:
    """Stars above each person's damped mean, and that mean's offset from the mean of all ratings.

    Args:
        history: ``(batch, n_items)`` CSR, stars.
        mean: of all ratings, stars.
        damping: in ratings.

    Returns:
        ``(nnz,)`` and ``(batch,)`` float64.
    """
    count = np.diff(history.indptr)
    user = np.repeat(np.arange(len(count)), count)
    above = history.data.astype(np.float64) - mean
    offset = np.bincount(user, above, minlength=len(count)) / np.maximum(count + damping, 1e-12)
    return above - offset[user], offset


def user_scale(history: Matrix) -> FloatArray:
    """One over the root of the number of the person's ratings, ``(nnz,)`` float64."""
    count = np.diff(history.indptr)
    scale: FloatArray = np.repeat(np.maximum(count, 1) ** -0.5, count)
    return scale


def _index_of(names: Sequence[str], name: str, noun: str) -> int:
    """Case-insensitive index of a name."""
    folded = [candidate.casefold() for candidate in names]
    if name.casefold() not in folded:
        raise ConfigError.unknown(name, names, noun)
    return folded.index(name.casefold())
