"""`hetero`: movies and people known by their features, in closed form."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from reelgraph.core import EvalPart, FitContext, FitResult, FloatArray, Interactions, config, liked_threshold
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.display import counted
from reelgraph.core.errors import TrainingError
from reelgraph.core.memory import DataSize, FitMemory
from reelgraph.graph import BipartiteGraph
from reelgraph.models.content_based import OVERVIEW_WEIGHT
from reelgraph.models.hetero.alignment import AlignmentSettings
from reelgraph.models.hetero.closed_forms import ClosedForms
from reelgraph.models.hetero.cold_start_selection import (
    PLAIN,
    ColdForm,
    best_form,
    forms,
    hidden_movies,
    measured,
    with_other_overview_weights,
)
from reelgraph.models.hetero.side_features import SideFeatures
from reelgraph.models.hetero.teacher_vectors import TeacherVectors
from reelgraph.train.random_streams import generator


@dataclass(frozen=True)
class Hetero:
    r"""Movies from their genres, years, tags, title words, people and overviews; people from their movies and traits.

    A closed form gives each rated movie a vector from its ratings: a low-pass filter of the user-item graph for
    ranking, factors of the stars for stars. A movie without ratings gets its vectors from its features, by ridge
    regression and by the rated movies nearest in features; it is ranked by the person's ratings of the rated movies
    most like it in features and in that vector, and by the popularity that its features lead to expect. See
    `FeatureEstimates` for the formulas, `HeteroScorer` for the scores.

    Args:
        dim: length of the vectors that rank.
        taste_dim: length of the vectors of stars.
        neighbours: rated movies nearest to a movie without ratings that speak for it.
        alignment: weight of its predicted vector in what is near, beside its features.
        popularity: power of its expected popularity over that of its neighbours.
        tags: the tags that people gave movies count.
        overview_weight: an overview counts as much as so many other features in what is near; 0 leaves overviews out.
        choose: choose the four settings before this one on new movies: the validation part where it is about
            such, else a tenth of the movies with at least five ratings, hidden for this. Another value must rank better
            by more than a standard error, and all of it so much better than the neighbours of `FeatureKNN`; else
            those are taken, as they are.
        rating_power: a rating counts ``(stars / four fifths of the highest) ** rating_power``; all count 1 where
            the data have no stars.
        damping: of the biases of people and movies, in ratings.
        ridge: penalty on the vectors of stars, in ratings.
        noise: variance of the stars around their prediction, stars squared, when people are folded in.
        feature_ridge: penalty of the regression of the vectors on the features, in movies.
        width: length of the network's messages.
        steps: of the network's training; 0 for closed forms alone, as where torch is not installed.
        cold_share: share of the movies with at least five ratings that are hidden in a step.
        dropout: share of the network's messages that are hidden in a step.
        learning_rate: of AdamW.
        min_tag_movies: a tag is a feature when at least this many movies have it.
        min_title_movies: a title word is a feature when at least this many titles have it.

    Source: Gantner et al. 2010 (attribute-to-latent mapping) for learning given vectors. Departures: the vectors are
    those of a linear filter, and the mapping chooses neighbours, who vote with the person's own ratings.

    Cost: O(edges * dim + movies * features^2 + features^3 + new movies * rated movies), twice where movies are hidden
    for the choice; a sweep of the factors is O(edges * taste_dim^2 + (users + items) * taste_dim^3).

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> rg.Hetero(dim=2).fit(train).scorer.n_items
        3
    """

    name: ClassVar[str] = "hetero"
    supports_cold_items: ClassVar[bool] = True
    #: Those of the layers that were learned until 0.2; TOML files that have them are read with a warning.
    removed_settings: ClassVar[tuple[str, ...]] = (
        *("layers", "conv", "feature_dropout", "stars_weight", "epochs"),
        *("optimiser", "schedule", "weight_decay", "patience"),
    )
    dim: Annotated[int, Field(ge=1, le=4096)] = 64
    taste_dim: Annotated[int, Field(ge=1, le=512)] = 8
    neighbours: Annotated[int, Field(ge=1)] = 300
    alignment: Annotated[float, Field(ge=0, le=1)] = 0.25
    popularity: Annotated[float, Field(ge=0, le=4)] = 0.5
    tags: bool = True
    overview_weight: Annotated[float, Field(ge=0, le=1000)] = OVERVIEW_WEIGHT
    choose: bool = True
    rating_power: Annotated[float, Field(ge=0, le=4)] = 2.0
    damping: Annotated[float, Field(ge=0)] = 5.0
    ridge: Annotated[float, Field(gt=0)] = 10.0
    noise: Annotated[float, Field(gt=0)] = 0.8
    feature_ridge: Annotated[float, Field(gt=0)] = 15.0
    width: Annotated[int, Field(ge=1, le=4096)] = 64
    steps: Annotated[int, Field(ge=0)] = 20
    cold_share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    learning_rate: Annotated[float, Field(gt=0)] = 0.003
    min_tag_movies: Annotated[int, Field(ge=1)] = 2
    min_title_movies: Annotated[int, Field(ge=1)] = 3

    def __post_init__(self) -> None:
        config.validate(self)

    def fit_memory(self, size: DataSize) -> FitMemory:
        """The ratings and their weights, and the vectors of movies and people with the solver's copies."""
        n_bytes = 8 * 3 * self.dim * (size.n_items + size.n_users) + 32 * size.n_ratings
        return FitMemory(n_bytes, f"set dim lower than {self.dim}")

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Fit the closed forms, then choose what speaks for new movies.

        Raises:
            TrainingError: no ratings.
            LeakError: the graph holds an edge of the validation part.
        """
        require_fit_arguments(self.name, train, context)
        started, context = time.perf_counter(), context or FitContext()
        if len(train) == 0:
            raise TrainingError("there are no ratings to train on")
        if context.valid is not None:
            BipartiteGraph.build(train).require_without(context.valid.target, context.valid.users)
        side = SideFeatures.of(
            train, context, min_tag_movies=self.min_tag_movies, min_title_movies=self.min_title_movies
        )
        fitted = self._fitted(train, context, side)
        learned = self.steps > 0 and importlib.util.find_spec("torch") is not None
        overview_weight = self.overview_weight if side.overviews.shape[1] else 0.0
        form = ColdForm(self.tags, self.alignment, self.popularity, learned and bool(side.movies), overview_weight)
        note = "as set"
        if self.choose and side.movies:
            form, note = self._choose(form, fitted, context.valid)
        reason = f"closed form; movies without ratings by {form} ({note})"
        return FitResult(fitted.scorer(form), stopped_because=reason, seconds=time.perf_counter() - started)

    def _fitted(self, train: Interactions, context: FitContext, side: SideFeatures) -> ClosedForms:
        teacher = TeacherVectors.of(
            train,
            generator(context.seed, "teacher"),
            dim=self.dim,
            taste_dim=self.taste_dim,
            rating_power=self.rating_power,
            damping=self.damping,
            ridge=self.ridge,
        )
        return ClosedForms(
            train,
            context,
            side,
            teacher,
            neighbours=self.neighbours,
            feature_ridge=self.feature_ridge,
            rating_power=self.rating_power,
            damping=self.damping,
            noise=self.noise,
            network=AlignmentSettings(self.width, self.steps, self.cold_share, self.dropout, self.learning_rate),
        )

    def _choose(self, first: ColdForm, fitted: ClosedForms, valid: EvalPart | None) -> tuple[ColdForm, str]:
        """The form that ranks new movies best, and on what it was chosen."""
        part, movie_set = valid, "validation"
        if part is None or part.candidates is None or not np.isin(part.candidates, fitted.new).all():
            hidden = hidden_movies(fitted.train, generator(fitted.context.seed, "hidden movies"))
            if hidden is None:
                return first, "as set: too few movies to choose on"
            reduced, part = hidden
            fitted, movie_set = self._fitted(reduced, fitted.context, fitted.side), "hidden"
        assert part.candidates is not None
        rows = part.candidates
        tried = [*forms(first, has_tags="tag" in fitted.side.movies), PLAIN]
        liked_from = liked_threshold(fitted.train.scale)

        def score(form: ColdForm, people: EvalPart) -> FloatArray:
            return fitted.scores(form, rows, people.history)

        values = measured(part, liked_from, tried, score)
        n_people = len(values[PLAIN])
        if n_people == 0:
            return first, "as set: nobody likes one of the new movies"
        if fitted.side.overviews.shape[1]:
            best = max(tried[:-1], key=lambda form: values[form].mean())
            values |= measured(part, liked_from, with_other_overview_weights(best), score)
        chosen = best_form(values)
        return (
            chosen,
            f"NDCG@10 {values[chosen].mean():.4f} of {counted(n_people, 'person')} "
            f"on {counted(len(rows), movie_set + ' movie')}",
        )
