"""The Bayesian graph network: stars with their whole distribution, Gibbs-sampled."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from reelgraph.core import FitContext, FitResult, Interactions, config
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.errors import TrainingError
from reelgraph.core.memory import DataSize, FitMemory
from reelgraph.graph import BipartiteGraph
from reelgraph.models.bayes_gcn import posterior_draws
from reelgraph.models.bayes_gcn.convergence import DrawConvergence, SamplePeople
from reelgraph.models.bayes_gcn.gibbs_chain import Output
from reelgraph.models.bayes_gcn.problem import PreparedProblem, prepare
from reelgraph.models.bayes_gcn.sampler import run
from reelgraph.models.bayes_gcn.sampler_state import SamplingPlan
from reelgraph.models.bayes_gcn.similar_movies import with_similar_movies
from reelgraph.models.bayes_gcn.validation_monitor import ValidationMonitor

_FEWEST_DRAWS = 40
_PEOPLE_FOR_SIMILAR = 400  # people from whose ratings the weight of similar movies is learnt
_HIGH: dict[str, Any] = {"dim": 32, "chains": 2, "draws": 300, "keep": 80, "tolerance": 0.0, "dates": False}
_SHORT, _LONG, _RATINGS_FOR_LONG = 8, 32, 60  # lengths of embeddings; ratings for each person and movie
_SECONDS_A_RATING, _SECONDS_A_ROW = 0.8e-6, 6e-6  # of a sweep at dim 8: benchmarks/SCALE.md


@dataclass(frozen=True)
class BayesGCN:
    r"""Stars from a linear graph network whose weights are drawn from their posterior.

    A rating has fields k: the person, the movie, the date, and the moment (biases only). The embedding of a field is
    one graph convolution over its feature graph, and the rating is

    .. math::
        f = w_0 + \sum_k b_k + \sum_{k<l} E_k \cdot E_l, \quad [b_k, E_k] = F_k W_k, \quad
        r = \text{the level whose cut points enclose } f + \epsilon, \quad \epsilon \sim N(0, 1 / a_u)

    F joins each entity to its own id, to its neighbours in the graph of the training ratings (1 / sqrt(degree)), and
    to side information. Weights, group means and precisions, noise and cut points are drawn in turn (Gibbs); the
    prediction is the mean over the draws. The scorer keeps thinned draws of the movie side and folds people in.

    Args:
        quality: ``high`` takes longer embeddings, two chains of 300 draws each and no early end, in three to four
            times the time; of these settings, those that are not the defaults are kept.
        dim: length of the embeddings; 0 takes 8, or 32 where there are 60 ratings or more for each person and movie.
        draws: sweeps of each chain after the burn-in, at most.
        burn_in: sweeps of each chain that are discarded.
        chains: independent chains, run side by side on the threads.
        keep: draws kept for the scorer, over all chains.
        tolerance: the chains end when more draws would lower the RMSE by no more than this, stars; 0 for all ``draws``.
            That is estimated from how far the two halves of the draws are apart in what the scorer predicts for 64
            people of the validation part, or of the training part where there is none.
        output: ``ordinal`` (probit, any number of levels) or ``gaussian``.
        neighbours: the feature graphs of people and movies hold their neighbours in the rating graph.
        features: genres, decades, tags and profiles join the feature graphs, where the data set has them.
        dates: the day of the rating is a field, where the data set has times.
        session_effects: the second, minute, hour and day of a person's ratings have offsets of their own, where the
            data set has times: ratings of one session are similar.
        personal_noise: each person's ratings have a noise precision :math:`a_u` of their own, gamma-distributed.
        similar_movies: a person's ratings of similar movies count beyond what the vectors say, with a weight that is
            learnt at the end; see `BayesScorer`.
        point: the predicted stars: the ``mean`` of the distribution has the least squared error, the ``median``
            the least absolute one, and it is on the right side of a threshold more often.
        threads: at most; they change no digit of the result.
        checkpoint_every: sweeps between checkpoints, when there is a folder for them.

    Source: Rendle, Zhang and Koren 2019 (Bayesian factorisation machines with implicit sets and dates); Salakhutdinov
    and Mnih 2008, equations 11 to 14 (blockwise draws); Rendle 2013 (relation blocks); Albert and Chib 1993 (probit).
    Departures: whole weight rows are drawn at once for every feature, not only for ids; people's own noise, after
    Koren and Sill 2011 (OrdRec, people use the scale differently); nested offsets of time.

    Cost: a sweep is O((ratings + nnz(F)) dim^2 + features dim^3); memory O(entities dim^2).

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> scorer = rg.BayesGCN(dim=2, draws=4, burn_in=1, keep=2).fit(train).scorer
        >>> scorer.rate(train.matrix()).distribution.probability.shape
        (3, 3, 5)
    """

    name: ClassVar[str] = "bayes-gcn"
    requires_stars: ClassVar[bool] = True
    renamed_settings: ClassVar[dict[str, str]] = {"moments": "session_effects"}
    quality: Literal["standard", "high"] = "standard"
    dim: Annotated[int, Field(ge=0, le=256)] = 0
    draws: Annotated[int, Field(ge=1)] = 200
    burn_in: Annotated[int, Field(ge=0)] = 20
    chains: Annotated[int, Field(ge=1, le=64)] = 1
    keep: Annotated[int, Field(ge=1)] = 40
    tolerance: Annotated[float, Field(ge=0)] = 0.0005
    output: Output = "ordinal"
    neighbours: bool = True
    features: bool = True
    dates: bool = True
    session_effects: bool = True
    personal_noise: bool = True
    similar_movies: bool = True
    point: Literal["mean", "median"] = "mean"
    threads: Annotated[int, Field(ge=1, le=256)] = 2
    checkpoint_every: Annotated[int, Field(ge=1)] = 25

    def __post_init__(self) -> None:
        config.validate(self)

    def resolved(self, size: DataSize) -> BayesGCN:
        """The model whose settings are those of its ``quality``, with the length of its embeddings.

        Args:
            size: of the training data.
        """
        model = self
        if self.quality != "standard":
            defaults = {field.name: field.default for field in dataclasses.fields(self)}
            changes = {name: value for name, value in _HIGH.items() if getattr(self, name) == defaults[name]}
            model = dataclasses.replace(self, quality="standard", **changes)
        if model.dim:
            return model
        has_many = size.n_ratings >= _RATINGS_FOR_LONG * (size.n_users + size.n_items)
        return dataclasses.replace(model, dim=_LONG if has_many else _SHORT)

    def fit_memory(self, size: DataSize) -> FitMemory:
        """Columns and orders of the ratings for each field, and weights of people and movies for each chain."""
        model = self.resolved(size)
        n_weights = (size.n_users + size.n_items) * (model.dim + 1)
        n_kept = model.keep * size.n_items * (model.dim + 1)
        n_bytes = 80 * size.n_ratings + 8 * n_weights * model.chains + 2 * n_kept
        return FitMemory(n_bytes, f"set dim lower than {model.dim}")

    def fit_seconds(self, size: DataSize) -> float:
        """Seconds of one core for all sweeps; the chains usually end before."""
        model = self.resolved(size)
        return model.chains * (model.burn_in + model.draws) * model._sweep_seconds(size)

    def within_seconds(self, seconds: float, size: DataSize) -> BayesGCN:
        """The model with shorter embeddings, if it chooses them, or fewer draws, `_FEWEST_DRAWS` a chain at least."""
        if self.fit_seconds(size) <= seconds:
            return self
        model = self.resolved(size)
        if not self.dim and self.quality == "standard":
            model = dataclasses.replace(model, dim=_SHORT)
        sweeps = int(seconds / (model.chains * model._sweep_seconds(size)))
        return dataclasses.replace(model, draws=min(model.draws, max(sweeps - model.burn_in, _FEWEST_DRAWS)))

    def _sweep_seconds(self, size: DataSize) -> float:
        return _SECONDS_A_ROW * (size.n_users + size.n_items) + _SECONDS_A_RATING * size.n_ratings * (self.dim + 8) / 16

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Draw from the posterior given ``train``; the validation part is only monitored, nothing is chosen on it.

        Raises:
            CapabilityError: the data have no stars.
            TrainingError: no ratings, or a chain diverged.
            LeakError: the graph holds an edge of the validation part.
        """
        require_fit_arguments(self.name, train, context)
        model = self.resolved(DataSize(train.n_users, train.n_items, len(train)))
        if model != self:
            return model.fit(train, context)
        started, context = time.perf_counter(), context or FitContext()
        if len(train) == 0:
            raise TrainingError("there are no ratings to train on")
        graph = BipartiteGraph.build(train)
        if context.valid is not None:
            graph.require_without(context.valid.target, context.valid.users)
        setup = prepare(train, context, self)
        monitor = ValidationMonitor(setup, context.valid, graph.user_degree)
        plan = SamplingPlan(
            self.chains,
            self.burn_in,
            self.draws,
            self.keep,
            self.tolerance,
            self.threads,
            self.checkpoint_every,
            {} if context.checkpoint_dir is None else _fingerprint(self, setup, monitor, context.seed),
        )
        state = run(setup, monitor, DrawConvergence(setup, SamplePeople.of(setup, context.valid)), plan, context)
        scorer = posterior_draws.scorer(state.draws.chosen(self.chains), setup, self.point)
        people = SamplePeople.of_training(setup, _PEOPLE_FOR_SIMILAR)
        return FitResult(
            with_similar_movies(scorer, people) if self.similar_movies else scorer,
            tuple(state.history),
            len(state.history),
            state.reason(plan),
            time.perf_counter() - started,
        )


def _fingerprint(model: BayesGCN, setup: PreparedProblem, monitor: ValidationMonitor, seed: int) -> dict[str, Any]:
    """What must be equal for a checkpoint to be resumed: settings, ratings, graphs, times, validation ratings."""
    digest = hashlib.sha256()
    arrays = [setup.problem.level, setup.problem.target, setup.problem.codes, setup.time, setup.days, monitor.ratings()]
    for field in setup.problem.fields:
        digest.update(field.name.encode())
        for group in field.groups:
            digest.update(group.name.encode())
            arrays += [group.indptr, group.entity, group.value]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    settings = dataclasses.asdict(model)
    for name in ("threads", "checkpoint_every", "point", "similar_movies"):
        del settings[name]  # they change no draw
    return {"model": model.name, "settings": settings, "data_sha256": digest.hexdigest(), "seed": seed}
