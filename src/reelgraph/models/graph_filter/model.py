"""Closed-form filters on the item graph: ranking in seconds, without an epoch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from reelgraph.core import FitContext, FitResult, FloatArray, Interactions, Progress, config
from reelgraph.core.errors import ConfigError, TrainingError
from reelgraph.graph import BipartiteGraph
from reelgraph.models.graph_filter import closed_forms
from reelgraph.models.graph_filter.item_graph import Graph, Source
from reelgraph.models.graph_filter.settings_search import Choice, choose
from reelgraph.scorers import ItemFilterScorer, LowRankFilterScorer
from reelgraph.scorers import weight_matrix_kernels as kernels

_VECTORS = 64  # item vectors of the low-rank form


@dataclass(frozen=True)
class GraphFilter:
    r"""Ranks by one item-item matrix, the sum of a denoising autoencoder in closed form and of graph filters.

    X holds :math:`(r / r_1)^\rho` where a person u rated a movie, at the times t_u; r_1, four fifths of the highest
    rating, counts 1. The item graph is

    .. math::
        G = \sum_u w_u X_u' ((1 - s) 11' + s K_u) X_u + \gamma F F', \quad w_u = n_u^{-a}, \quad
        K_{ab} = e^{-|t_a - t_b| / \tau}

    (ratings of one sitting are more alike; F is one-hot genres and decades: each feature is one more person), and

    .. math::
        W = \omega (I - C \, diag(1 / diag \, C)) + \omega_s D^{-1/2} V V' D^{1/2} + \omega_c D^{-1/2} f(N) D^{1/2},
        \quad C = (G + \lambda I + \tfrac{p}{1 - p} diag \, G)^{-1}, \quad N = D^{-1/2} G D^{-1/2}

    with D the row sums of G, V the leading eigenvectors of N and f a Chebyshev polynomial. A part of weight 0 is not
    computed. Scores are a person's row of X times W, so a new person is folded in exactly and each rating's share of
    a score is exact; see `ItemFilterScorer` for exact forgetting. Where dense matrices would not fit, `factored
    <reelgraph.models.graph_filter.closed_forms.factored_autoencoder>` ones of low rank take their place.

    Weights of people and the time kernel help where held-back ratings were drawn at random, and may hurt where they
    come later in time. So by default settings are chosen on the validation part, when there is one.

    Args:
        user_weight: a; 0 weighs all ratings alike, 1 all people.
        ridge: :math:`\lambda`, in the unit of G, an absolute number: it must not hang on who is in the data. The
            default is 300 times the mean weight of a person on ML-1M.
        dropout: p.
        sitting: s, the share of the time kernel; 0 where the data have no times.
        time_scale: :math:`\tau`, seconds.
        feature_weight: :math:`\gamma`; 0 where nothing is known of the movies.
        rating_power: :math:`\rho`; 0 only asks which movies were rated.
        closed_form: :math:`\omega`.
        spectral_weight: :math:`\omega_s`.
        cutoff: columns of V, at most.
        chebyshev_weight: :math:`\omega_c`.
        degree: of f.
        flatness: of f, see `plateau <reelgraph.models.graph_filter.closed_forms.plateau>`.
        choose: climb from these settings to those best on the validation part, when there is one.
        exact_updates: the choice leaves ``spectral_weight`` as it is, for with it people can be forgotten by a new fit
            only.
        form: ``dense``, ``low-rank``, or ``auto``: low-rank where dense would pass the memory given.
        rank: eigenvectors of the low-rank form, at most.
        memory_gib: for the matrices of the dense form, GiB.

    Source: Steck 2020 (EDLAE); Shen et al. 2021 (GF-CF) for the ideal low-pass; Shuman et al. 2011 (Chebyshev
    polynomial approximation for distributed signal processing) for f. Departures: the weights of people, the time
    kernel, features as people, and D the row sums of the weighted graph (GF-CF's degrees when a = 1).

    Cost: dense O(sum of n_u^2 + n_items^3); low-rank O(rank ratings + n_items rank^2).
    """

    name: ClassVar[str] = "graph-filter"
    user_weight: Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)] = 0.5
    ridge: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 40.0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    sitting: Annotated[float, Field(ge=0, le=1)] = 0.8
    time_scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 3600.0
    feature_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.5
    rating_power: Annotated[float, Field(ge=0, le=4)] = 1.0
    closed_form: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    spectral_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    cutoff: Annotated[int, Field(ge=1)] = 128
    chebyshev_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    degree: Annotated[int, Field(ge=1, le=64)] = 8
    flatness: Annotated[int, Field(ge=1, le=64)] = 4
    choose: bool = True
    exact_updates: bool = True
    form: Literal["auto", "dense", "low-rank"] = "auto"
    rank: Annotated[int, Field(ge=1)] = 512
    memory_gib: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 4.0

    def __post_init__(self) -> None:
        config.check(self)
        if not (self.closed_form or self.spectral_weight or self.chebyshev_weight):
            raise ConfigError("closed_form", "0.0 is not valid: one of the three parts needs a weight above 0")

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The item-item matrix of ``train``, its settings chosen on the validation part.

        Raises:
            TrainingError: no ratings, or no positive definite matrix.
            LeakError: the graph holds an edge of the validation part.
        """
        started, context = time.perf_counter(), context or FitContext()
        if len(train) == 0:
            raise TrainingError("there are no ratings to train on")
        source = Source.of(train, context.catalogue)
        chosen = self._chosen(train, source, context)
        model = self if chosen is None else chosen.model
        graph = source.graph(
            user_weight=model.user_weight,
            rating_power=model.rating_power,
            sitting=model.sitting,
            time_scale=model.time_scale,
            feature_weight=model.feature_weight,
        )
        dense, why = model._form(train.n_items)
        if context.progress is not None:
            context.progress(Progress("fit", 0, 1, "matrices"))
        scorer = (_dense if dense else _low_rank)(model, graph, source.unit_stars, context.seed)
        if context.progress is not None:
            context.progress(Progress("fit", 1, 1, "matrices"))
        because = f"closed form; {why}" + ("" if chosen is None else f"; {chosen}")
        return FitResult(scorer, stopped_because=because, seconds=time.perf_counter() - started)

    def _chosen(self, train: Interactions, source: Source, context: FitContext) -> Choice | None:
        if context.valid is None or not self.choose:
            return None
        BipartiteGraph.build(train).require_without(context.valid.target, context.valid.users)

        def told(trial: int, best: float) -> None:
            if context.progress is not None:
                context.progress(Progress("choose", trial, None, "trials", {"ndcg@10": best}))

        return choose(self, source, context.valid, context.seed, told)

    def _form(self, n_items: int) -> tuple[bool, str]:
        """Whether the dense form is to be taken, and why."""
        # The matrix in float64, its triangle in float64, the weights in float32; filters work on copies.
        needed = n_items**2 * (32 if self.spectral_weight or self.chebyshev_weight else 16) / 2**30
        says = f"dense needs {needed:.2g} GiB for {n_items:,} movies"
        if self.form != "auto":
            return self.form == "dense", f"{self.form} as asked ({says})"
        if needed <= self.memory_gib:
            return True, f"dense ({says}, {self.memory_gib:g} given)"
        return False, f"low-rank, {min(self.rank, n_items):,} eigenvectors ({says}, only {self.memory_gib:g} given)"


def _dense(model: GraphFilter, graph: Graph, unit_stars: float, seed: int) -> ItemFilterScorer:
    gram, n_items = graph.dense(), graph.n_items
    extra = np.empty((0, 0), np.float32)
    if model.spectral_weight or model.chebyshev_weight:
        whole = closed_forms.mirrored(gram)
        extra = np.zeros((n_items, n_items), np.float32)
        if model.spectral_weight:
            extra += np.float32(model.spectral_weight) * closed_forms.spectral(whole, model.cutoff, seed)
        if model.chebyshev_weight:
            coefficients = closed_forms.plateau(model.degree, model.flatness)
            extra += np.float32(model.chebyshev_weight) * closed_forms.polynomial(whole, coefficients)
    packed = np.empty(n_items * (n_items + 1) // 2 if model.closed_form else 0)
    if model.closed_form:
        kernels.pack(closed_forms.inverse(gram, model.ridge, model.dropout), packed)
    return ItemFilterScorer(
        packed,
        extra,
        closed_form=model.closed_form,
        user_weight=model.user_weight,
        dropout=model.dropout,
        sitting=graph.sitting,
        time_scale=model.time_scale,
        rating_power=model.rating_power,
        unit_stars=unit_stars,
        ridge=model.ridge,
        feature_weight=graph.feature_weight,
    )


def _low_rank(model: GraphFilter, graph: Graph, unit_stars: float, seed: int) -> LowRankFilterScorer:
    spectrum = closed_forms.Spectrum.of(graph.product, graph.n_items, model.rank, seed)
    n_items, found = graph.n_items, len(spectrum.values)
    left: FloatArray = np.empty((n_items, 0))
    right, own = left, left.sum(axis=1)
    if model.closed_form:
        left, right, own = closed_forms.factored_autoencoder(graph, spectrum, model.ridge, model.dropout)
    response = model.spectral_weight * (np.arange(found) < model.cutoff)
    if model.chebyshev_weight:
        coefficients = closed_forms.plateau(model.degree, model.flatness)
        response = response + model.chebyshev_weight * np.polynomial.chebyshev.chebval(
            2.0 * spectrum.values - 1.0, coefficients
        )
    one, other = spectrum.filtered(response)
    first = slice(1, _VECTORS + 1) if found > 1 else slice(0, 1)
    vectors = (spectrum.vectors * np.sqrt(spectrum.values - spectrum.values[-1]))[:, first]
    return LowRankFilterScorer(
        np.hstack([model.closed_form * left, one]).astype(np.float32),
        np.hstack([right, other]).astype(np.float32),
        (model.closed_form * own).astype(np.float32),
        vectors.astype(np.float32),
        model.rating_power,
        unit_stars,
    )
