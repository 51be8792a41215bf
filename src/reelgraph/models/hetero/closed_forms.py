"""The fitted parts of `hetero`, and the scorer that they make under a form."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from reelgraph.core import (
    FitContext,
    FloatArray,
    IntArray,
    Interactions,
    Matrix,
    at_least,
    liked_threshold,
    unit_rating,
)
from reelgraph.models.content_based import ALL_KINDS, FeatureKNN, item_features
from reelgraph.models.hetero.alignment import AlignmentSettings, MovieGraph
from reelgraph.models.hetero.cold_start_selection import ColdForm
from reelgraph.models.hetero.feature_estimates import FeatureEstimates, FeatureRegression
from reelgraph.models.hetero.rated_neighbours import nearest_rated, unit_rows
from reelgraph.models.hetero.side_features import SideFeatures
from reelgraph.models.hetero.teacher_vectors import TeacherVectors, favourite_genre_effects, trait_effects
from reelgraph.scorers import HeteroRankingScorer, HeteroScorer
from reelgraph.train.random_streams import generator

_FittedScorer = TypeVar("_FittedScorer", bound=HeteroRankingScorer)


@dataclass(frozen=True)
class ClosedForms:
    """What is fitted once, whatever form is chosen for movies without ratings.

    Args:
        train: the ratings.
        context: gives the catalogue and the seed.
        side: features of movies and users.
        teacher: vectors of the rated movies.
        neighbours: as for `Hetero`, like the rest.
        feature_ridge: penalty of the regressions on features.
        rating_power: of a rating.
        damping: of the means of people and movies.
        noise: of the stars.
        network: of the learned part.
    """

    train: Interactions
    context: FitContext
    side: SideFeatures
    teacher: TeacherVectors
    neighbours: int
    feature_ridge: float
    rating_power: float
    damping: float
    noise: float
    network: AlignmentSettings
    _fitted: dict[tuple[bool, bool, float], FeatureEstimates] = field(default_factory=dict, init=False, repr=False)
    _regressions: dict[bool, FeatureRegression] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def new(self) -> IntArray:
        """Rows of the movies without ratings."""
        rows: IntArray = np.flatnonzero(self.teacher.count == 0)
        return rows

    def _side_of(self, form: ColdForm) -> SideFeatures:
        return self.side if form.tags else self.side.without_tags()

    def _estimates_of(self, form: ColdForm) -> FeatureEstimates:
        """The closed forms' estimates, with the network's directions where the form is learned; fitted once each."""
        has_tags = form.tags and "tag" in self.side.movies
        learned = form.learned and form.alignment > 0
        key = (has_tags, learned, form.overview_weight)
        if key not in self._fitted:
            if learned:
                closed = self._estimates_of(dataclasses.replace(form, learned=False))
                self._fitted[key] = self._corrected(closed, self._side_of(form))
            else:
                side = self._side_of(form)
                if has_tags not in self._regressions:
                    rng = generator(self.context.seed, "feature estimates")
                    self._regressions[has_tags] = FeatureRegression.of(self.teacher, side, self.feature_ridge, rng)
                self._fitted[key] = FeatureEstimates.of(
                    self.teacher, self._regressions[has_tags], side.weighted(form.overview_weight), self.neighbours
                )
        return self._fitted[key]

    def _corrected(self, closed: FeatureEstimates, side: SideFeatures) -> FeatureEstimates:
        """The estimates with the directions of the trained network for movies without ratings."""
        from reelgraph.models.hetero.network import corrected_directions  # torch, which may be missing

        rows = np.concatenate([closed.sample, closed.new])
        own_directions = np.zeros((len(rows), closed.directions.shape[1]))
        own_directions[: len(closed.sample)] = closed.rated_directions[np.searchsorted(closed.rated, closed.sample)]
        graph = MovieGraph(
            {kind: block.matrix[rows] for kind, block in side.movies.items()},
            side.numbers()[rows],
            np.concatenate([closed.sample_directions, closed.directions]),
            own_directions,
            self.teacher.count[rows],
        )
        directions = corrected_directions(graph, self.network, self.context.seed)
        return dataclasses.replace(closed, directions=directions[len(closed.sample) :])

    def votes(self, form: ColdForm, rows: IntArray) -> Matrix:
        """How much each rated movie speaks for those of ``rows``, all without ratings: ``(len(rows), n_items)``."""
        if form.plain:
            plain, units = FeatureKNN(), unit_rows(item_features(self.train, self.context, ALL_KINDS))
            return nearest_rated(units, np.flatnonzero(self.teacher.count), rows, plain.neighbours, power=plain.power)
        positions = np.searchsorted(self.new, rows)
        return self._estimates_of(form).votes(positions, form.alignment, form.popularity)

    def scores(self, form: ColdForm, rows: IntArray, history: Matrix) -> FloatArray:
        """What the ratings of people say of movies of ``rows``, all without ratings: ``(n_people, len(rows))``."""
        return self._ranking(form, rows).new_item_scores(history)

    def scorer(self, form: ColdForm) -> HeteroRankingScorer:
        """The scorer; the movies without ratings get votes."""
        teacher, scale, estimates = self.teacher, self.train.scale, self._estimates_of(form)
        ranking = self._ranking(form, self.new)
        if scale is None:
            return self._with_user_effects(ranking)
        scorer = HeteroScorer(
            **vars(ranking),
            item_bias=self._filled(teacher.item_bias, estimates.item_bias),
            taste=self._filled(teacher.taste, estimates.taste),
            mean=teacher.mean,
            damping=self.damping,
            noise=self.noise,
            low=scale.low,
            high=scale.high,
        )
        return self._with_user_effects(scorer)

    def _ranking(self, form: ColdForm, rows: IntArray) -> HeteroRankingScorer:
        """The scorer without what is known of people besides ratings; movies of ``rows`` get votes."""
        teacher, scale, estimates = self.teacher, self.train.scale, self._estimates_of(form)
        dim = teacher.rank.shape[1]
        votes = self.votes(form, rows)
        no_effects = np.zeros((0, dim), np.float32)
        return HeteroRankingScorer(
            vectors=self._filled(teacher.rank, estimates.vectors),
            strength=teacher.strength,
            mean_user_vector=np.zeros(dim, np.float32),
            trait_effects=no_effects,
            genre_effects=no_effects,
            rating_power=self.rating_power if scale is not None else 0.0,
            unit_stars=unit_rating(scale),
            traits=(),
            genres=(),
            new_items=rows.astype(np.int32),
            vote_items=votes.indices.astype(np.int32),
            votes=votes.data.astype(np.float32),
            vote_indptr=votes.indptr.astype(np.int64),
            liked_from=liked_threshold(scale) if form.plain else None,
        )

    def _filled(self, of_rated: FloatArray, of_new: FloatArray) -> FloatArray:
        """The rows of the rated movies with those of the new ones in their place, float32."""
        filled: FloatArray = of_rated.astype(np.float32)
        filled[self.new] = of_new
        return filled

    def _with_user_effects(self, scorer: _FittedScorer) -> _FittedScorer:
        """The scorer with the mean user vector and the effects of traits and favourite genres."""
        rated = self.train.matrix()
        has_ratings = np.diff(rated.indptr) > 0
        histories = rated[has_ratings]
        user_vectors = scorer.user_vectors(rated)[has_ratings]
        mean_vector = user_vectors.mean(axis=0)
        effects: dict[str, Any] = {"mean_user_vector": mean_vector.astype(np.float32)}
        traits = self.side.traits_of_users()
        if traits is not None:
            effects["trait_effects"] = trait_effects(user_vectors - mean_vector, traits[has_ratings])
            effects["traits"] = [list(trait) for trait in self.side.traits()]
        if "genre" in self.side.movies:
            genres = self.side.movies["genre"]
            likes = at_least(histories.data, liked_threshold(self.train.scale)).astype(np.float32)
            liked = Matrix((likes, histories.indices, histories.indptr), shape=histories.shape)
            effects["genre_effects"] = favourite_genre_effects(user_vectors - mean_vector, liked, genres.matrix)
            effects["genres"] = list(genres.names)
        return dataclasses.replace(scorer, **effects)
