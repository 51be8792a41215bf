"""`evaluate`: one fitted model, or lists from elsewhere, on one part, every metric with its interval."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

import numpy as np

from reelgraph.core import (
    EvalPart,
    EvalReport,
    FloatArray,
    IntArray,
    Interactions,
    Matrix,
    PredictsRating,
    RatingDistribution,
    RatingScale,
    Scorer,
    TopK,
)
from reelgraph.core.argument_checks import require_scorer_or_lists, require_type
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.leak_checks import check_part, check_train
from reelgraph.evaluation.bootstrap import summarise, summarise_sums
from reelgraph.evaluation.external_lists import external_hits
from reelgraph.evaluation.full_ranking import MEMORY_BYTES, RankedHits
from reelgraph.evaluation.list_metrics import DISLIKED, relevant_targets
from reelgraph.evaluation.list_values import (
    ListRequest,
    MetricValues,
    has_row_for_each_target,
    measure_people,
    measure_targets,
)
from reelgraph.evaluation.metric_names import (
    DISTRIBUTION,
    ERRORS,
    LEVELS,
    RANKING,
    RATING,
    MetricLabel,
    list_lengths,
    measurable,
    metric_labels,
    of_lists,
    require_feedback,
    with_levels,
)
from reelgraph.evaluation.metrics import distribution as d
from reelgraph.evaluation.metrics import ranking as m
from reelgraph.evaluation.metrics import rating as r
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES

_NO_STARS = "the data have no stars ({} feedback): only lists are measured, and every view is relevant"
_ERRORS = dict(zip(ERRORS, (r.rmse, r.mse, r.mae), strict=True))
_THRESHOLD = 3.5  # of five stars
_DISTRIBUTION_METRICS: dict[str, Callable[[RatingDistribution, FloatArray], FloatArray]] = {
    "crps": d.crps,
    "log_loss": d.log_loss,
    "coverage_80": partial(d.covered, coverage=0.80),
    "coverage_95": partial(d.covered, coverage=0.95),
    "levels_80": partial(d.within_likely_levels, coverage=0.80),
}


def evaluate(
    scorer: Scorer | Any,
    part: EvalPart,
    k: int | Sequence[int] = 10,
    *,
    threshold: float | None = None,
    relevant_from: float | None = None,
    liked_from: float | None = None,
    metrics: Sequence[str] | None = None,
    train: Interactions | None = None,
    genres: Matrix | None = None,
    lists: TopK | RankedHits | None = None,
    seed: int = 0,
    protocol: str = "",
    memory_bytes: int = MEMORY_BYTES,
    only_with_values: bool = False,
) -> EvalReport:
    """Measure a fitted model, or lists of another library, on the people of a part.

    A person's list is the full ranking of all items they have not seen (of ``part.candidates`` where given), never
    a sample. Ranking metrics are means over the people with a relevant target item (``disliked`` and those that ask
    nothing of the target, ``novelty``, ``popularity``, ``popularity_lift`` and those of `OF_GENRES`, see
    `metrics.beyond_accuracy`, over all);
    ``ndcg_liked`` counts only what a person liked: target items of at least ``liked_from`` stars and at least the mean
    of their history; it is a mean over the people who have one. ``disliked`` is the number of items in the list that
    the person gave two of five stars or fewer. Both need the stars of the target, and no prediction of them.
    ``rmse``, ``mse`` and ``mae`` are means over ratings; ``coverage`` and ``gini`` belong to all lists together, so
    they have no value a person and no interval (low = high). ``precision_rated`` and ``recall_rated`` look at
    each person's own target items only. ``crps`` (stars), ``log_loss`` (nats), ``coverage_80`` and ``coverage_95``
    (shares, best at 0.80 and 0.95) are means over ratings too, of how good the predicted distribution is; ``ece``, the
    expected calibration error of P(stars >= ``liked_from``), belongs to all ratings together: no value a person, but an
    interval. ECE is biased upwards by sampling, and again in each resample, so its interval leans upwards and may lie
    above it. ``levels_80`` is the share of ratings within the levels that people are shown for 80 %, the fewest that
    hold as much; levels are whole, so they hold more, and so should the share. It is measured where it is asked for.

    Items with equal scores (the same 32-bit float) have no order: metrics of hits, and the ``_rated`` ones, are
    expectations over all orders of them, and those of the lists themselves take a random one, see `TieOrder`. So no
    figure hangs on the numbering of the items. Given ``lists`` have the order that they have.

    Where the part has a row for each target, or grows (`EvalPart.grows`), only lists are measured: one for each target,
    from the history before it. Figures are means over these targets, and the intervals resample people.

    Args:
        scorer: a fitted model; the metrics of `RATING` need one that `PredictsRating`, those of `DISTRIBUTION` one that
            `PredictsDistribution` too. Or the lists of another library: a table (polars, pandas, Arrow or a dictionary
            of columns) ``user_id, item_id`` and ``rank`` or ``score``, one row an item, in the ids of the data set; see
            `align_lists`. Lists have no stars, so only the metrics of `RANKING` and `OF_GENRES` are measured.
        part: the people, what is folded in and what is held back.
        k: length of the lists, or several, such as ``[5, 10, 20]``: people are ranked once, for the largest.
        threshold: stars from which ``precision_rated`` and ``recall_rated`` call an item recommended and relevant; None
            for 3.5 of five stars, and what corresponds to it on the scale of ``train``.
        relevant_from: stars from which a target item is relevant to the ranking metrics; None for all, as is always
            done where the data have no stars.
        liked_from: stars from which ``ndcg_liked`` calls a target item liked, and whose probability of being reached
            ``ece`` looks at; None for four of five, as for ``threshold``.
        metrics: names from `RANKING`, `OF_GENRES`, `RATING`, `DISTRIBUTION` and ``levels_80``, in the order of display:
            alone, for every ``k``, or with a length of their own, such as ``recall@20``. None for all of `measurable`
            that somebody has a value of.
        train: the training interactions: give the popularity of the items, and the scale that predictions are
            clipped to and thresholds are on. None takes the popularity from ``part.history`` and trusts the scorer to
            clip.
        genres: ``(n_items, n_genres)`` 0/1 CSR, such as ``data.features.items(catalogue, ids)["genres"].matrix``, for
            the metrics of `OF_GENRES`.
        lists: ``(len(part), k)`` to measure in place of the scorer's own ranking, such as re-ranked ones; with
            several lengths, k is the largest. Or what `rank_hits` gave for this part, of that length or longer. Of a
            part that grows, a row for each target in the order of `one_by_one`.
        seed: seed of the bootstrap, and of the order of equal scores.
        protocol: name of the protocol, put in front of the text of the report.
        memory_bytes: bytes of scores at once.
        only_with_values: leave out those of ``metrics`` that nobody has a value of, unless they are all; the notes of
            the report name them. It is always done for None.

    Returns:
        Row b of each per-user array belongs to ``part.users[b]``, without their repetitions.

    Raises:
        LeakError: a target item is in ``seen``, in the history or in ``train``, or a given list shows what is seen.
        TrainingError: a score or a prediction is not a finite number, or a predicted distribution is none.
        CapabilityError: a metric was asked for and the scorer does not predict stars, or not their distribution, or the
            data have no stars.
        ConfigError: a metric is unknown or asks for genres that are not given, there is nobody to measure, or the
            lists or the genres are of another shape.
        DataFormatError: a table of lists lacks a column, has rows without a value, or none of its ids is in the data.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> interactions = rg.index(rg.from_frame(table).ratings)
        >>> parts = rg.split(interactions, rg.Random(valid=0.0, test=0.4), seed=0)
        >>> report = rg.evaluate(rg.Bias().fit(parts.train).scorer, parts.test, k=1)
        >>> sorted(report)[:4]
        ['coverage@1', 'disliked@1', 'gini@1', 'hit@1']
        >>> people = interactions.users.ids[parts.test.users]
        >>> lists = {"user_id": people, "item_id": [30] * len(people), "rank": [1] * len(people)}
        >>> list(rg.evaluate(lists, parts.test, k=[1, 2], metrics=["ndcg", "recall@2"]))
        ['ndcg@1', 'ndcg@2', 'recall@2']
    """
    require_scorer_or_lists("evaluate", scorer)
    require_type("evaluate", "part", part, EvalPart)
    require_type("evaluate", "train", train, Interactions, optional=True)
    lengths, (threshold, liked_from, disliked_to) = list_lengths(k), _thresholds(threshold, liked_from, train)
    is_scorer = callable(getattr(scorer, "score", None))  # a table may have a column of that name
    require_feedback(metrics, part.feedback)
    if part.feedback != "explicit":
        relevant_from = None
    by_target = has_row_for_each_target(part)
    if by_target and not is_scorer:
        raise ConfigError("lists", "a table has one list for each person, and the part asks for one for each target")
    has_stars = is_scorer and not by_target
    available = measurable(scorer, genres, part.feedback) if has_stars else of_lists(genres, part.feedback)
    available = available if metrics is None else with_levels(available)
    labels = metric_labels(metrics, lengths, available, scorer.kind if is_scorer else "a table of lists")
    n_items = part.target.shape[1]
    if genres is not None and genres.shape[0] != n_items:
        raise ConfigError("genres", f"of {genres.shape[0]} items, where the scorer ranks {n_items}")
    if len(part) == 0:
        raise ConfigError("part", "the part has no people to evaluate")
    check_part(part)
    if train is not None:
        check_train(part, train)
    values, notes = MetricValues(), tuple[str, ...]()
    without_stars = () if part.feedback == "explicit" else (_NO_STARS.format(part.feedback),)
    request = ListRequest(labels, relevant_from, liked_from, disliked_to, train, genres, seed)
    if not request.is_empty:
        if by_target:
            measure_targets(values, request, scorer, part, lists, memory_bytes)
        else:
            if not is_scorer:
                relevant, order = relevant_targets(part, relevant_from), request.tie_order(part)
                ranked, notes = external_hits(scorer, part, relevant, request.longest, order, request.named(part))
            elif lists is None:
                ranked = request.ranked(scorer, part, memory_bytes)
            else:
                ranked = request.checked(lists, part)
            measure_people(values, request, ranked, part)
        if metrics is None or only_with_values:
            empty = _empty(labels, values)
            labels = tuple(label for label in labels if label not in empty) or labels
            if metrics is not None and empty:
                notes += (f"nobody has a value of {', '.join(map(str, empty))}",)
    if any(label.name in (*RATING, *DISTRIBUTION, *LEVELS) for label in labels) and isinstance(scorer, PredictsRating):
        scale = None if train is None else train.scale
        predicted = r.target_predictions(scorer, part, scale, memory_bytes)
        _measure_stars(values, predicted.stars, part, labels, threshold)
        if predicted.distribution is not None:
            _measure_distribution(values, predicted.distribution, part, labels, liked_from, seed)
    per_user, weight = values.by_text(labels)
    figures = summarise(per_user, weight, seed) | {str(label): metric for label, metric in values.overall.items()}
    text = _text(
        protocol, part, labels, threshold, relevant_from, liked_from, disliked_to,
        is_table=not is_scorer, by_target=by_target,
    )  # fmt: skip
    summary = {str(label): figures[str(label)] for label in labels}
    return EvalReport(per_user, weight, summary, text, seed, part.digest(), without_stars + notes)


def _thresholds(
    threshold: float | None, liked_from: float | None, train: Interactions | None
) -> tuple[float, float, float]:
    """The thresholds of stars; those that are not given correspond to 3.5 and 4 of five stars, the last one to 2."""
    scale = RatingScale(1.0, 5.0, 1.0) if train is None or train.scale is None else train.scale
    return (
        scale.of_five(_THRESHOLD) if threshold is None else threshold,
        scale.of_five(d.LIKED) if liked_from is None else liked_from,
        scale.of_five(DISLIKED),
    )


def _empty(labels: Sequence[MetricLabel], values: MetricValues) -> tuple[MetricLabel, ...]:
    """The metrics that nobody has a value of, for example because nobody has a history."""
    may_be_empty = {"popularity_lift", "ndcg_liked", *OF_GENRES}
    return tuple(label for label in labels if label.name in may_be_empty and np.isnan(values.per_user[label]).all())


def _person(target: Matrix) -> IntArray:
    return np.repeat(np.arange(target.shape[0]), np.diff(target.indptr))


def _measure_stars(
    values: MetricValues, predicted: FloatArray, part: EvalPart, labels: Collection[MetricLabel], threshold: float
) -> None:
    """Add the metrics of predicted stars, ``(part.target.nnz,)``."""
    true, person, n = part.target.data.astype(np.float64), _person(part.target), len(part)
    for name, error in _ERRORS.items():
        values.per_user[MetricLabel(name, None)] = error(predicted, true, person, n)
        values.weight[MetricLabel(name, None)] = _n_targets(part)
    for k in dict.fromkeys(label.k for label in labels if label.name.endswith("_rated") and label.k is not None):
        precision, recall = m.rated_precision_recall(predicted, true, person, n, k, threshold)
        values.per_user |= {MetricLabel("precision_rated", k): precision, MetricLabel("recall_rated", k): recall}


def _measure_distribution(
    values: MetricValues,
    distribution: RatingDistribution,
    part: EvalPart,
    labels: Collection[MetricLabel],
    liked_from: float,
    seed: int,
) -> None:
    """Add the metrics of predicted distributions of ``part.target.nnz`` ratings."""
    true, person = part.target.data.astype(np.float64), _person(part.target)
    for name, score in _DISTRIBUTION_METRICS.items():
        label = MetricLabel(name, None)
        if label in labels:
            values.per_user[label] = r.mean_by_person(score(distribution, true), person, len(part))
            values.weight[label] = _n_targets(part)
    if MetricLabel("ece", None) not in labels:
        return
    if part.target.nnz == 0:
        raise ConfigError("ece", "no person of this part has anything to measure")
    sums = d.bin_sums(distribution, true, person, len(part), liked_from)
    values.overall[MetricLabel("ece", None)] = summarise_sums(sums, d.expected_error, seed)


def _n_targets(part: EvalPart) -> FloatArray:
    return np.diff(part.target.indptr).astype(np.float64)


def _text(
    protocol: str,
    part: EvalPart,
    labels: Sequence[MetricLabel],
    threshold: float,
    relevant_from: float | None,
    liked_from: float,
    disliked_to: float,
    *,
    is_table: bool,
    by_target: bool,
) -> str:
    words = [protocol] if protocol else []
    if any(label.name in RANKING for label in labels):
        pool = "all unseen items" if part.candidates is None else counted(len(part.candidates), "candidate item")
        relevance = "every target rating" if relevant_from is None else f"target ratings >= {relevant_from:g}"
        lengths = ", ".join(str(k) for k in dict.fromkeys(label.k for label in labels if label.k is not None))
        source = "lists of a table" if is_table else f"full ranking of {pool}"
        means = "targets, intervals over people" if by_target else "people with a relevant item"
        words.append(f"k = {lengths}, {source}, relevant: {relevance}, means over {means}")
    if any(label.name.endswith("_rated") for label in labels):
        words.append(f"rated: among each person's own target items, threshold {threshold:g} stars")
    if any(label.name == "ece" for label in labels):
        words.append(f"ece: of P(stars >= {liked_from:g}) in {d.BINS} bins")
    if any(label.name == "ndcg_liked" for label in labels):
        words.append(f"liked: target ratings >= {liked_from:g} and >= the person's mean in their history")
    if any(label.name == "disliked" for label in labels):
        of_all = "targets" if by_target else "people"
        words.append(f"disliked: target ratings <= {disliked_to:g}, a mean over all {of_all}")
    n_people = len(np.unique(part.users))  # a person may have a row for each target
    words.append(f"{counted(n_people, 'person')}, {counted(len(part.target.data), 'target rating')}")
    return "; ".join(words)
