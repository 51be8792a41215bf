"""`evaluate`: one fitted model on one part, every metric with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from reelgraph.core import (
    EvalPart,
    EvalReport,
    FloatArray,
    IntArray,
    Interactions,
    Matrix,
    Metric,
    PredictsDistribution,
    PredictsRating,
    RatingDistribution,
    Scorer,
    TopK,
    at_least,
)
from reelgraph.core.errors import CapabilityError, ConfigError, LeakError
from reelgraph.data.splitting.leak_checks import check_part, check_train
from reelgraph.evaluation.bootstrap import summarise, summarise_sums
from reelgraph.evaluation.full_ranking import MEMORY_BYTES, hits_in, rank_all
from reelgraph.evaluation.metrics import beyond_accuracy
from reelgraph.evaluation.metrics import distribution as d
from reelgraph.evaluation.metrics import ranking as m
from reelgraph.evaluation.metrics import rating as r
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES

_HIT_METRICS = {
    "ndcg": m.ndcg,
    "recall": m.recall,
    "precision": m.precision,
    "hit": m.hit,
    "mrr": m.mrr,
    "map": m.average_precision,
}
_ERRORS = {"rmse": r.rmse, "mse": r.mse, "mae": r.mae}
_DISTRIBUTION_METRICS: dict[str, Callable[[RatingDistribution, FloatArray], FloatArray]] = {
    "crps": d.crps,
    "log_loss": d.log_loss,
    "coverage_80": partial(d.covered, coverage=0.80),
    "coverage_95": partial(d.covered, coverage=0.95),
}
_POPULARITY_METRICS = ("novelty", "popularity", "popularity_lift")  # need the number of ratings of each item
_CATALOGUE_METRICS = ("coverage", "gini")
RANKING = (*_HIT_METRICS, *_POPULARITY_METRICS, *_CATALOGUE_METRICS)
RATING = (*_ERRORS, "precision_rated", "recall_rated")
DISTRIBUTION = (*_DISTRIBUTION_METRICS, "ece")


def evaluate(
    scorer: Scorer,
    part: EvalPart,
    k: int = 10,
    *,
    threshold: float = 3.5,
    relevant_from: float | None = None,
    liked_from: float = d.LIKED,
    metrics: Sequence[str] | None = None,
    train: Interactions | None = None,
    genres: Matrix | None = None,
    lists: TopK | None = None,
    seed: int = 0,
    protocol: str = "",
    memory_bytes: int = MEMORY_BYTES,
) -> EvalReport:
    """Measure a fitted model on the people of a part.

    Each person's list is the full ranking of all items they have not seen (of ``part.candidates`` where given), never
    a sample. Ranking metrics are means over the people with a relevant target item (those that ask nothing of the
    target, ``novelty``, ``popularity``, ``popularity_lift`` and those of `OF_GENRES`, see
    `metrics.beyond_accuracy`, over all);
    ``rmse``, ``mse`` and ``mae`` are means over ratings; ``coverage`` and ``gini`` belong to all lists together, so
    they have no value a person and no interval (low = high). ``precision_rated`` and ``recall_rated`` look at
    each person's own target items only. ``crps`` (stars), ``log_loss`` (nats), ``coverage_80`` and ``coverage_95``
    (shares, best at 0.80 and 0.95) are means over ratings too, of how good the predicted distribution is; ``ece``, the
    expected calibration error of P(stars >= ``liked_from``), belongs to all ratings together: no value a person, but an
    interval. ECE is biased upwards by sampling, and again in each resample, so its interval leans upwards and may lie
    above it.

    Args:
        scorer: a fitted model; the metrics of `RATING` need one that `PredictsRating`, those of `DISTRIBUTION` one that
            `PredictsDistribution` too.
        part: the people, what is folded in and what is held back.
        k: length of the lists.
        threshold: stars from which ``precision_rated`` and ``recall_rated`` call an item recommended and relevant.
        relevant_from: stars from which a target item is relevant to the ranking metrics; None for all.
        liked_from: stars whose probability of being reached ``ece`` looks at.
        metrics: names without ``@k`` from `RANKING`, `OF_GENRES`, `RATING` and `DISTRIBUTION`, in the order of display;
            None for all that can be asked for, see `measurable`, and that somebody has a value of.
        train: the training interactions: give the popularity of the items, and the scale that predictions are
            clipped to. None takes the popularity from ``part.history`` and trusts the scorer to clip.
        genres: ``(n_items, n_genres)`` 0/1 CSR, such as ``data.features.items(catalogue, ids)["genres"].matrix``, for
            the metrics of `OF_GENRES`.
        lists: ``(len(part), k)`` to measure in place of the scorer's own ranking, such as re-ranked ones.
        seed: seed of the bootstrap.
        protocol: name of the protocol, put in front of the text of the report.
        memory_bytes: bytes of scores at once.

    Returns:
        Row b of each per-user array belongs to ``part.users[b]``.

    Raises:
        LeakError: a target item is in ``seen``, in the history or in ``train``, or a given list shows what is seen.
        TrainingError: a score or a prediction is not a finite number, or a predicted distribution is none.
        CapabilityError: a metric was asked for and the scorer does not predict stars, or not their distribution.
        ConfigError: a metric is unknown or asks for genres that are not given, there is nobody to measure, or the
            lists or the genres are of another shape.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> interactions = rg.index(rg.from_frame(table).ratings)
        >>> parts = rg.split(interactions, rg.Random(valid=0.0, test=0.4), seed=0)
        >>> report = rg.evaluate(rg.Bias().fit(parts.train).scorer, parts.test, k=1)
        >>> sorted(report)[:4]
        ['coverage@1', 'gini@1', 'hit@1', 'mae']
    """
    names = _names(scorer, metrics, genres)
    if len(part) == 0:
        raise ConfigError("part", "the part has no people to evaluate")
    if k < 1:
        raise ConfigError("k", f"{k} is not valid: expected 1 or more")
    check_part(part)
    if train is not None:
        check_train(part, train)
    values: dict[str, FloatArray] = {}
    weight: dict[str, FloatArray] = {}
    overall: dict[str, Metric] = {}
    if any(name in RANKING + OF_GENRES for name in names):
        ranked = rank_all(scorer, part, k, memory_bytes) if lists is None else _validated(lists, part, k)
        values, overall = _ranking(ranked.items, part, relevant_from, train, genres, names)
        if metrics is None:  # for example, nobody has a history
            may_be_empty = {"popularity_lift", *OF_GENRES}
            names = tuple(n for n in names if n not in may_be_empty or not np.isnan(values[n]).all())
    if any(name in RATING + DISTRIBUTION for name in names) and isinstance(scorer, PredictsRating):
        scale = None if train is None else train.scale
        predicted = r.target_predictions(scorer, part, scale, memory_bytes)
        values |= _rating(predicted.stars, part, k, threshold)
        if predicted.distribution is not None:
            values |= _distribution_metrics(predicted.distribution, part, names)
            if "ece" in names:
                overall["ece"] = _ece(predicted.distribution, part, liked_from, seed)
        weight = dict.fromkeys((*_ERRORS, *_DISTRIBUTION_METRICS), np.diff(part.target.indptr).astype(np.float64))
    labels = {name: at_length(name, k) for name in names}
    per_user = {labels[name]: values[name] for name in names if name in values}
    weight = {labels[name]: weight[name] for name in names if name in weight}
    figures = summarise(per_user, weight, seed) | {labels[name]: overall[name] for name in names if name in overall}
    return EvalReport(
        per_user,
        weight,
        {label: figures[label] for label in labels.values()},
        _text(protocol, part, names, k, threshold, relevant_from, liked_from),
        seed,
        part.digest(),
    )


def measurable(scorer: Scorer, genres: Matrix | None = None) -> tuple[str, ...]:
    """Names of the metrics that a scorer can be asked for, without ``@k``, in the order of display.

    Args:
        scorer: a fitted model.
        genres: ``(n_items, n_genres)``; without it, or without a genre in it, those of `OF_GENRES` are not among them.
    """
    of_lists = RANKING + (OF_GENRES if genres is not None and genres.shape[1] else ())
    if not isinstance(scorer, PredictsRating):
        return of_lists
    return of_lists + RATING + (DISTRIBUTION if isinstance(scorer, PredictsDistribution) else ())


def _names(scorer: Scorer, metrics: Sequence[str] | None, genres: Matrix | None) -> tuple[str, ...]:
    available = measurable(scorer, genres)
    if genres is not None and genres.shape[0] != scorer.n_items:
        raise ConfigError("genres", f"of {genres.shape[0]} items, where the scorer ranks {scorer.n_items}")
    if metrics is None:
        return available
    all_names = RANKING + OF_GENRES + RATING + DISTRIBUTION
    for name in metrics:
        if name not in all_names:
            raise ConfigError.unknown(name, all_names)
        if name in OF_GENRES and name not in available:
            raise ConfigError(name, "needs the genres of the items, and none are given")
        if name not in available:
            what = "stars" if name in RATING else "distribution of the stars"
            raise CapabilityError(f"{scorer.kind} predicts no {what}, so it has no {name}")
    return tuple(metrics)


def at_length(name: str, k: int) -> str:
    """The name of a metric in the reports: ``ndcg@10`` of ``ndcg``, while ``rmse`` has no length."""
    return name if name in _ERRORS or name in DISTRIBUTION else f"{name}@{k}"


def _validated(lists: TopK, part: EvalPart, k: int) -> TopK:
    """The given lists, after a check that they have length k and hold no seen item."""
    if lists.items.shape != (len(part), k):
        raise ConfigError("lists", f"of shape {lists.items.shape}, expected {(len(part), k)}")
    n_items = part.target.shape[1]
    if lists.items.size and not -1 <= lists.items.min() <= lists.items.max() < n_items:
        raise ConfigError("lists", f"item rows are not all from -1 to {n_items - 1}")
    if hits_in(lists.items, part.seen).any():
        raise LeakError("a list shows an item that is in seen")
    return lists


def _ranking(
    lists: IntArray,
    part: EvalPart,
    relevant_from: float | None,
    train: Interactions | None,
    genres: Matrix | None,
    names: Sequence[str],
) -> tuple[dict[str, FloatArray], dict[str, Metric]]:
    relevant = part.target if relevant_from is None else _relevant_entries(part.target, relevant_from)
    n_relevant = np.diff(relevant.indptr)
    hits = hits_in(lists, relevant)
    values = {name: metric(hits, n_relevant) for name, metric in _HIT_METRICS.items() if name in names}
    n_items = part.target.shape[1]
    if any(name in _POPULARITY_METRICS + OF_GENRES for name in names):
        edges, n_users = (part.history.indices, len(part)) if train is None else (train.item_row, train.n_users)
        popularity = np.bincount(edges, minlength=n_items)
        values["novelty"] = m.mean_over_list(m.self_information(popularity, n_users), lists)
        values["popularity"] = m.mean_over_list(m.popularity_percentile(popularity), lists)
        values |= beyond_accuracy.of_lists(lists, part.history, popularity, genres)
    if not any(name in _CATALOGUE_METRICS for name in names):
        return values, {}
    times_shown = np.bincount(lists[lists >= 0], minlength=n_items)
    if part.candidates is not None:
        times_shown = times_shown[part.candidates]
    overall = {"coverage": m.coverage(times_shown), "gini": m.gini(times_shown)}
    return values, {name: Metric(figure, figure, figure) for name, figure in overall.items()}


def _relevant_entries(target: Matrix, stars: float) -> Matrix:
    is_relevant = at_least(target.data, stars)
    indptr = np.concatenate([[0], np.cumsum(is_relevant)])[target.indptr]
    return Matrix((target.data[is_relevant], target.indices[is_relevant], indptr), shape=target.shape)


def _person(target: Matrix) -> IntArray:
    return np.repeat(np.arange(target.shape[0]), np.diff(target.indptr))


def _rating(predicted: FloatArray, part: EvalPart, k: int, threshold: float) -> dict[str, FloatArray]:
    true, person, n = part.target.data.astype(np.float64), _person(part.target), len(part)
    values = {name: error(predicted, true, person, n) for name, error in _ERRORS.items()}
    values["precision_rated"], values["recall_rated"] = m.rated_precision_recall(
        predicted, true, person, n, k, threshold
    )
    return values


def _distribution_metrics(
    distribution: RatingDistribution, part: EvalPart, names: Sequence[str]
) -> dict[str, FloatArray]:
    true, person = part.target.data.astype(np.float64), _person(part.target)
    return {
        name: r.mean_by_person(score(distribution, true), person, len(part))
        for name, score in _DISTRIBUTION_METRICS.items()
        if name in names
    }


def _ece(distribution: RatingDistribution, part: EvalPart, liked_from: float, seed: int) -> Metric:
    if part.target.nnz == 0:
        raise ConfigError("ece", "no person of this part has anything to measure")
    true = part.target.data.astype(np.float64)
    sums = d.bin_sums(distribution, true, _person(part.target), len(part), liked_from)
    return summarise_sums(sums, d.expected_error, seed)


def _text(
    protocol: str,
    part: EvalPart,
    names: Sequence[str],
    k: int,
    threshold: float,
    relevant_from: float | None,
    liked_from: float,
) -> str:
    words = [protocol] if protocol else []
    if any(name in RANKING for name in names):
        pool = "all unseen items" if part.candidates is None else f"{len(part.candidates)} candidate items"
        what = "every target rating" if relevant_from is None else f"target ratings >= {relevant_from:g}"
        words.append(f"k = {k}, full ranking of {pool}, relevant: {what}, means over people with a relevant item")
    if any(name.endswith("_rated") for name in names):
        words.append(f"rated: among each person's own target items, threshold {threshold:g} stars")
    if "ece" in names:
        words.append(f"ece: of P(stars >= {liked_from:g}) in {d.BINS} bins")
    words.append(f"{len(part)} people, {len(part.target.data)} target ratings")
    return "; ".join(words)
