"""Closed-form filters on the item graph: ranking in seconds, without an epoch."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelgraph.core import FitContext, FitResult, FloatArray, IntArray, Interactions, Progress, Scorer
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.errors import ConfigError, TrainingError
from reelgraph.graph import BipartiteGraph
from reelgraph.models.graph_filter import closed_forms
from reelgraph.models.graph_filter.head_form import (
    KeptForUpdates,
    compact_scorer,
    fit_head,
    graph_fields,
    inverted_graph,
    most_rated,
)
from reelgraph.models.graph_filter.item_graph import GraphSource, ItemGraph
from reelgraph.models.graph_filter.later import with_later_part
from reelgraph.models.graph_filter.settings import FilterSettings
from reelgraph.models.graph_filter.settings_search import QUICK_LIMITS, SettingsSearchResult, search_settings
from reelgraph.scorers import CompactFilterScorer, ItemFilterScorer, LowRankFilterScorer
from reelgraph.scorers import weight_matrix_kernels as kernels
from reelgraph.scorers.item_filter.compact_weights import HeadWeights
from reelgraph.scorers.item_filter.recent import with_recency

_VECTORS = 64  # item vectors of the low-rank form


@dataclass(frozen=True)
class GraphFilter(FilterSettings):
    r"""Ranks by one item-item matrix, the sum of a denoising autoencoder in closed form and of graph filters.

    X holds :math:`(r / r_1)^\rho` where a person u rated a movie, at the times t_u; r_1, four fifths of the highest
    rating, counts 1, and so does every view where the data have no stars. The item graph is

    .. math::
        G = \sum_u w_u X_u' ((1 - s) 11' + s K_u) X_u + \gamma F F', \quad w_u = n_u^{-a}, \quad
        K_{ab} = e^{-|t_a - t_b| / \tau}

    (ratings of one session count as more alike; F is one-hot genres and decades, each of which counts as one more
    person), and

    .. math::
        W = \omega (I - C \, diag(1 / diag \, C)) + \omega_l E^{1/2} U g(s) U' E^{-1/2}
        + \beta C T + \omega_s D^{-1/2} V V' D^{1/2} + \omega_c D^{-1/2} f(N) D^{1/2},
        \quad C = (G + \lambda I + \tfrac{p}{1 - p} diag \, G)^{-1}, \quad N = D^{-1/2} G D^{-1/2}

    with D the row sums of G, V the leading eigenvectors of N and f a Chebyshev polynomial; E is the diagonal of C, U
    and s the eigenvectors and eigenvalues of :math:`E^{-1/2} C E^{-1/2}` and g a low pass (`low_pass
    <reelgraph.scorers.item_filter.low_pass.low_pass>`). C T is what people rate later: the movies rated after a break,
    regressed on what was rated before it (`rated_later <reelgraph.models.graph_filter.later.rated_later>`). A part of
    weight 0 is not computed. Scores are a person's row
    of X times W, so a new person is folded in exactly and each rating's share of a score is exact; see
    `ItemFilterScorer` for exact forgetting. Where dense matrices would not fit, those of the most rated movies take
    their place.

    Weights of people and the time kernel help where held-back ratings were drawn at random, and may hurt where they
    come later in time. So by default settings are chosen on the validation part, when there is one.

    Args:
        user_weight: a; 0 weighs all ratings alike, 1 all people.
        ridge: :math:`\lambda`, in the unit of G, an absolute number: it must not depend on who is in the data. The
            default is 300 times the mean weight of a person on ML-1M.
        dropout: p.
        session_weight: s, the weight of the time kernel, by which ratings of one session count as more alike; 0 where
            the data have no times.
        time_scale: :math:`\tau`, seconds.
        feature_weight: :math:`\gamma`; 0 where nothing is known of the movies.
        rating_power: :math:`\rho`; 0 only asks which movies were rated, as is always done where the data have views or
            counts in place of stars.
        closed_form: :math:`\omega`.
        low_pass_weight: :math:`\omega_l`. Like the closed form it depends on C alone, so people are forgotten at once.
        low_pass_cutoff: columns of U, at most.
        later_weight: the weight of what is rated later, in units of ``later_scale``; 0 where the data have no times.
            People are forgotten at once.
        later_scale: :math:`\beta` is ``later_weight`` times it; 0 for the ratio of the standard deviations of
            people's scores by all other parts and by C T, which stays when people are forgotten or added.
        spectral_weight: :math:`\omega_s`; it changes only by a new fit.
        cutoff: columns of V, at most.
        chebyshev_weight: :math:`\omega_c`.
        degree: of f.
        flatness: of f, see `plateau <reelgraph.models.graph_filter.closed_forms.plateau>`.
        recency: a rating given a ratings ago counts :math:`0.02 + (1 - q)^a`, divided by the mean of that over the
            person's ratings, where their order is known; q, 0 counts all alike. It changes nothing that is fitted. The
            search tries it only where the validation ratings come later in time than the histories.
        choose: search, from these settings on, for those that rank best on the validation part, when there is one.
        quick_search: search on fewer people and movies, in a fifth of the time.
        exact_updates: keep what single people can be forgotten with at once, as ``FitContext(keep_forgetting=True)``.
        form: ``dense``, ``head`` (the closed form of the most rated movies, see `fit_head
            <reelgraph.models.graph_filter.head_form.fit_head>`), ``low-rank``, or ``auto``: the head where the dense
            form would exceed ``memory_gib``, or low-rank where the parts asked for have no form of the head; the head
            of the movies with three ratings or more, too, where a third of 4,000 movies or more have fewer, unless
            people shall be forgotten at once.
        head_items: movies of the form ``head``; 0 for as many as the dense form has room for in
            ``memory_gib``, 16,384 in 4 GiB.
        compact: keep the weights of more than 512 movies as two thin matrices and the largest entries of the rest, in 8
            bits; False for all weights of the form ``dense``.
        factors: columns of the two thin matrices, at most.
        weights_per_item: weights that are kept of each movie beside them, the largest ones.
        rank: eigenvectors of the low-rank form, at most.
        memory_gib: for the matrices of the dense form or of the head, GiB.

    Source: Steck 2020 (EDLAE); Shen et al. 2021 (GF-CF) for the ideal low-pass; Shuman et al. 2011 (Chebyshev
    polynomial approximation for distributed signal processing) for f. Departures: the weights of people, the time
    kernel, features as people, and D the row sums of the weighted graph (GF-CF's degrees when a = 1).

    Cost: dense O(sum of n_u^2 + n_items^3); head the same with the items of the head; low-rank
    O(rank ratings + n_items rank^2).

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> scorer = rg.GraphFilter(ridge=1.0).fit(train).scorer
        >>> int(scorer.score(train.matrix()[[0]]).argmax())
        1
    """

    name: ClassVar[str] = "graph-filter"

    def with_exact_updates(self) -> GraphFilter:
        """The closed form alone, with what updates need.

        Raises:
            ConfigError: there is no closed form, or the form is the low-rank one.
        """
        if self.form == "low-rank" or not self.closed_form:
            raise ConfigError(
                "--exact-forgetting", "this graph-filter has no closed form that people can be taken out of"
            )
        return dataclasses.replace(self, exact_updates=True, spectral_weight=0.0, chebyshev_weight=0.0)

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The item-item matrix of ``train``, its settings chosen on the validation part.

        Raises:
            TrainingError: no ratings, or no positive definite matrix.
            LeakError: the graph holds an edge of the validation part.
        """
        return self._fit(train, context, None)

    def fit_like(self, scorer: Scorer, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The fit on the movies that an updated scorer has in its matrix, for comparison; errors as :meth:`fit`.

        A fit takes in new movies, and the movies of the head by their numbers of ratings, which updates do not.

        Args:
            scorer: fitted with these settings, and updated since.
            train: the ratings, of the movies of ``scorer``.
            context: as for :meth:`fit`.
        """
        if isinstance(scorer, ItemFilterScorer | CompactFilterScorer):
            return self._fit(train, context, scorer.fitted_items)
        return self._fit(train, context, None)

    def _fit(self, train: Interactions, context: FitContext | None, item_rows: IntArray | None) -> FitResult:
        """The fit, with the movies of ``item_rows`` in the matrix where they are given."""
        require_fit_arguments(self.name, train, context)
        started, context = time.perf_counter(), context or FitContext()
        if len(train) == 0:
            raise TrainingError("there are no ratings to train on")
        source = GraphSource.of(train, context.catalogue)
        start = self if train.scale is not None else dataclasses.replace(self, rating_power=0.0)
        search_result = start._search_settings(train, source, context)
        settings = start if search_result is None else search_result.settings
        keep_forgetting = settings.exact_updates or context.keep_forgetting
        counts = np.bincount(train.item_row, minlength=train.n_items)
        form, n_head, reason = settings.form_for(counts, keep_forgetting=keep_forgetting)
        if context.progress is not None:
            context.progress(Progress("fit", 0, 1, "matrices"))
        scorer: Scorer
        if form == "head":
            head = most_rated(counts, n_head) if item_rows is None else item_rows
            scorer = fit_head(settings, source, head, context.seed, keep_forgetting=keep_forgetting)
        elif form == "low-rank":
            scorer = _fit_low_rank(settings, source.graph_of(settings), source.unit_stars, context.seed)
        else:
            source = source if item_rows is None else source.within(item_rows)
            scorer = _fit_dense(settings, source, context.seed, keep_forgetting=keep_forgetting)
        scorer = with_recency(scorer, settings.recency)
        if context.progress is not None:
            context.progress(Progress("fit", 1, 1, "matrices"))
        left_out = "" if source.times is not None else "; no times, so without the part of what is rated later"
        chosen = "" if search_result is None else f"; {search_result}"
        stopped_because = f"closed form; {reason}{chosen}{left_out}"
        return FitResult(scorer, stopped_because=stopped_because, seconds=time.perf_counter() - started)

    def _search_settings(
        self, train: Interactions, source: GraphSource, context: FitContext
    ) -> SettingsSearchResult | None:
        if context.valid is None or not self.choose:
            return None
        BipartiteGraph.build(train).require_without(context.valid.target, context.valid.users)

        def report_trial(trial: int, best_ndcg: float) -> None:
            if context.progress is not None:
                context.progress(Progress("choose", trial, None, "trials", {"ndcg@10": best_ndcg}))

        limits = QUICK_LIMITS if self.quick_search else None
        return search_settings(self, source, context.valid, context.seed, report_trial, limits)


def _fit_dense(
    settings: FilterSettings, source: GraphSource, seed: int, *, keep_forgetting: bool
) -> ItemFilterScorer | CompactFilterScorer:
    """The dense form: its weights whole, or in little room where they would take much."""
    graph = source.graph_of(settings)
    n_items = graph.n_items
    keeps_inverse = keep_forgetting or settings.is_written_out(n_items)
    gram = graph.dense(np.float64 if keeps_inverse else np.float32)
    factors = polynomial = None
    if settings.spectral_weight or settings.chebyshev_weight:
        full_gram = closed_forms.mirrored(gram)
        if settings.spectral_weight:
            factors = closed_forms.low_pass(full_gram, settings.cutoff, settings.spectral_weight, seed)
        if settings.chebyshev_weight:
            coefficients = closed_forms.plateau(settings.degree, settings.flatness)
            polynomial = np.float32(settings.chebyshev_weight) * closed_forms.polynomial(full_gram, coefficients)
        del full_gram
    inverse, kept = None, KeptForUpdates(np.empty(0, gram.dtype))
    if settings.closed_form:
        keeps = keep_forgetting and not settings.is_written_out(n_items)
        inverse, kept = inverted_graph(settings, gram, keep_forgetting=keeps)
        if settings.low_pass_weight:
            factors = kept.low_pass(inverse, settings)
    weights = HeadWeights(n_items, inverse, settings.closed_form, factors, polynomial)
    weights = with_later_part(weights, settings, source, seed)
    if settings.is_written_out(n_items):
        return _written_out(settings, graph, source.unit_stars, weights)
    all_items = np.arange(n_items, dtype=np.int32)
    return compact_scorer(settings, graph, source, all_items, weights, (), kept, with_vectors=True)


def _written_out(
    settings: FilterSettings, graph: ItemGraph, unit_stars: float, weights: HeadWeights
) -> ItemFilterScorer:
    """The scorer of weights that are kept whole."""
    n_items = weights.n_items
    packed = np.empty(0 if weights.inverse is None else n_items * (n_items + 1) // 2)
    if weights.inverse is not None:
        kernels.pack(weights.inverse, packed)
    extra = np.empty((0, 0), np.float32)
    if settings.parts_until_next_fit:
        extra = dataclasses.replace(weights, inverse=None, later=None).rows(0, n_items)
    return ItemFilterScorer(
        packed,
        extra,
        **graph_fields(settings, graph, unit_stars),
        later_weight=weights.later_weight,
        later=np.empty((0, 0)) if weights.later is None else weights.later,
    )


def _fit_low_rank(settings: FilterSettings, graph: ItemGraph, unit_stars: float, seed: int) -> LowRankFilterScorer:
    spectrum = closed_forms.Spectrum.of(graph.product, graph.n_items, settings.rank, seed)
    n_items, rank = graph.n_items, len(spectrum.values)
    left: FloatArray = np.empty((n_items, 0))
    right, diagonal = left, left.sum(axis=1)
    if settings.closed_form:
        left, right, diagonal = closed_forms.factored_autoencoder(graph, spectrum, settings.ridge, settings.dropout)
    response = settings.spectral_weight * (np.arange(rank) < settings.cutoff)
    if settings.chebyshev_weight:
        coefficients = closed_forms.plateau(settings.degree, settings.flatness)
        response = response + settings.chebyshev_weight * np.polynomial.chebyshev.chebval(
            2.0 * spectrum.values - 1.0, coefficients
        )
    filter_left, filter_right = spectrum.filtered(response)
    columns = slice(1, _VECTORS + 1) if rank > 1 else slice(0, 1)
    vectors = (spectrum.vectors * np.sqrt(spectrum.values - spectrum.values[-1]))[:, columns]
    return LowRankFilterScorer(
        np.hstack([settings.closed_form * left, filter_left]).astype(np.float32),
        np.hstack([right, filter_right]).astype(np.float32),
        (settings.closed_form * diagonal).astype(np.float32),
        vectors.astype(np.float32),
        settings.rating_power,
        unit_stars,
    )
