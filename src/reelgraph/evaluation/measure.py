"""`evaluate`: one fitted model on one part, every metric with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from reelgraph.data.parts import check_part
from reelgraph.errors import CapabilityError, ConfigError
from reelgraph.evaluation import distribution as d
from reelgraph.evaluation import metrics as m
from reelgraph.evaluation import rating as r
from reelgraph.evaluation.bootstrap import summarise, summarise_sums
from reelgraph.evaluation.ranking import MEMORY_BYTES, rank_all
from reelgraph.types import (
    BoolArray,
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
)

_BY_HITS = {
    "ndcg": m.ndcg,
    "recall": m.recall,
    "precision": m.precision,
    "hit": m.hit,
    "mrr": m.mrr,
    "map": m.average_precision,
}
_ERRORS = {"rmse": r.rmse, "mse": r.mse, "mae": r.mae}
_OF_CHANCES: dict[str, Callable[[RatingDistribution, FloatArray], FloatArray]] = {
    "crps": d.crps,
    "log_loss": d.log_loss,
    "coverage_80": partial(d.covered, coverage=0.80),
    "coverage_95": partial(d.covered, coverage=0.95),
}
RANKING = (*_BY_HITS, "novelty", "popularity", "coverage", "gini")
RATING = (*_ERRORS, "precision_rated", "recall_rated")
DISTRIBUTION = (*_OF_CHANCES, "ece")


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
    seed: int = 0,
    protocol: str = "",
    memory_bytes: int = MEMORY_BYTES,
) -> EvalReport:
    """Measure a fitted model on the people of a part.

    Each person's list is the full ranking of all items they have not seen (of ``part.candidates`` where given), never
    a sample. Ranking metrics are means over the people with a relevant target item (``novelty`` and ``popularity``,
    which ask nothing of the target, over all); ``rmse``, ``mse`` and ``mae`` are means over ratings; ``coverage`` and
    ``gini`` belong to all lists together, so they have no value a person and no interval (low = high).
    ``precision_rated`` and ``recall_rated`` look at each person's own target items only. ``crps`` (stars), ``log_loss``
    (nats), ``coverage_80`` and ``coverage_95`` (shares, best at 0.80 and 0.95) are means over ratings too, of how good
    the predicted distribution is; ``ece``, the expected calibration error of P(stars >= ``liked_from``), belongs to
    all ratings together: no value a person, but an interval. Chance alone makes an ``ece`` larger, in each resample
    once more, so its interval leans upwards and may lie above it.

    Args:
        scorer: a fitted model; the metrics of `RATING` need one that `PredictsRating`, those of `DISTRIBUTION` one that
            `PredictsDistribution` too.
        part: the people, what is folded in and what is held back.
        k: length of the lists.
        threshold: stars from which ``precision_rated`` and ``recall_rated`` call an item recommended and relevant.
        relevant_from: stars from which a target item is relevant to the ranking metrics; None for all.
        liked_from: stars whose probability of being reached ``ece`` looks at.
        metrics: names without ``@k`` from `RANKING`, `RATING` and `DISTRIBUTION`, in the order of display; None for all
            that the scorer can be asked for, see `measurable`.
        train: what the scorer learnt from: gives the popularity of the items, and the scale that predictions are
            clipped to. None takes the popularity from ``part.history`` and trusts the scorer to clip.
        seed: seed of the bootstrap.
        protocol: what is measured, in front of the text in the report.
        memory_bytes: bytes of scores at once.

    Returns:
        Row b of each per-user array belongs to ``part.users[b]``.

    Raises:
        LeakError: a target item is in ``seen`` or in the history.
        TrainingError: a score or a prediction is not a finite number, or a predicted distribution is none.
        CapabilityError: a metric was asked for and the scorer does not predict stars, or not their distribution.
        ConfigError: a metric is unknown, or there is nobody to measure.
    """
    names = _names(scorer, metrics)
    if len(part) == 0:
        raise ConfigError("part", "there is nobody to evaluate: the part has no people")
    if k < 1:
        raise ConfigError("k", f"{k} is not valid: expected 1 or more")
    check_part(part)
    values: dict[str, FloatArray] = {}
    weight: dict[str, FloatArray] = {}
    whole: dict[str, Metric] = {}
    if any(name in RANKING for name in names):
        values, whole = _ranking(scorer, part, k, relevant_from, train, memory_bytes)
    if any(name in RATING + DISTRIBUTION for name in names) and isinstance(scorer, PredictsRating):
        scale = None if train is None else train.scale
        predicted = r.target_predictions(scorer, part, scale, memory_bytes)
        values |= _rating(predicted.stars, part, k, threshold)
        if predicted.distribution is not None:
            values |= _of_chances(predicted.distribution, part, names)
            if "ece" in names:
                whole["ece"] = _ece(predicted.distribution, part, liked_from, seed)
        weight = dict.fromkeys((*_ERRORS, *_OF_CHANCES), np.diff(part.target.indptr).astype(np.float64))
    shown = {name: _at(name, k) for name in names}
    per_user = {shown[name]: values[name] for name in names if name in values}
    weight = {shown[name]: weight[name] for name in names if name in weight}
    figures = summarise(per_user, weight, seed) | {shown[name]: whole[name] for name in names if name in whole}
    return EvalReport(
        per_user,
        weight,
        {label: figures[label] for label in shown.values()},
        _text(protocol, part, names, k, threshold, relevant_from, liked_from),
        seed,
    )


def measurable(scorer: Scorer) -> tuple[str, ...]:
    """Names of the metrics that a scorer can be asked for, without ``@k``, in the order of display."""
    if not isinstance(scorer, PredictsRating):
        return RANKING
    return RANKING + RATING + (DISTRIBUTION if isinstance(scorer, PredictsDistribution) else ())


def _names(scorer: Scorer, metrics: Sequence[str] | None) -> tuple[str, ...]:
    able = measurable(scorer)
    if metrics is None:
        return able
    for name in metrics:
        if name not in RANKING + RATING + DISTRIBUTION:
            raise ConfigError.unknown(name, RANKING + RATING + DISTRIBUTION)
        if name not in able:
            what = "stars" if name in RATING else "distribution of the stars"
            raise CapabilityError(f"{scorer.kind} predicts no {what}, so it has no {name}")
    return tuple(metrics)


def _at(name: str, k: int) -> str:
    return name if name in _ERRORS or name in DISTRIBUTION else f"{name}@{k}"


def _ranking(
    scorer: Scorer, part: EvalPart, k: int, relevant_from: float | None, train: Interactions | None, memory_bytes: int
) -> tuple[dict[str, FloatArray], dict[str, Metric]]:
    lists = rank_all(scorer, part, k, memory_bytes).items
    relevant = np.ones(len(part.target.data), np.bool_) if relevant_from is None else part.target.data >= relevant_from
    person = _person(part.target)
    n_relevant = np.bincount(person[relevant], minlength=len(part))
    hits = _hits(lists, person[relevant], part.target.indices[relevant], part.target.shape[1])
    values = {name: metric(hits, n_relevant) for name, metric in _BY_HITS.items()}
    n_items = part.target.shape[1]
    edges, n_users = (part.history.indices, len(part)) if train is None else (train.item_row, train.n_users)
    known = np.bincount(edges, minlength=n_items)
    values["novelty"] = m.mean_over_list(m.self_information(known, n_users), lists)
    values["popularity"] = m.mean_over_list(m.popularity_percentile(known), lists)
    times_shown = np.bincount(lists[lists >= 0], minlength=n_items)
    if part.candidates is not None:
        times_shown = times_shown[part.candidates]
    whole = {"coverage": m.coverage(times_shown), "gini": m.gini(times_shown)}
    return values, {name: Metric(figure, figure, figure) for name, figure in whole.items()}


def _hits(lists: IntArray, person: IntArray, item: IntArray, n_items: int) -> BoolArray:
    """True where a listed item is among the relevant (person, item) pairs, which come in ascending order."""
    relevant = person * n_items + item
    if len(relevant) == 0:
        return np.zeros(lists.shape, np.bool_)
    asked = np.arange(len(lists))[:, None] * n_items + lists
    place = np.minimum(np.searchsorted(relevant, asked), len(relevant) - 1)
    found: BoolArray = (relevant[place] == asked) & (lists >= 0)
    return found


def _person(target: Matrix) -> IntArray:
    return np.repeat(np.arange(target.shape[0]), np.diff(target.indptr))


def _rating(predicted: FloatArray, part: EvalPart, k: int, threshold: float) -> dict[str, FloatArray]:
    true, person, n = part.target.data.astype(np.float64), _person(part.target), len(part)
    values = {name: error(predicted, true, person, n) for name, error in _ERRORS.items()}
    values["precision_rated"], values["recall_rated"] = m.rated_precision_recall(
        predicted, true, person, n, k, threshold
    )
    return values


def _of_chances(distribution: RatingDistribution, part: EvalPart, names: Sequence[str]) -> dict[str, FloatArray]:
    true, person = part.target.data.astype(np.float64), _person(part.target)
    return {
        name: r.mean_by_person(score(distribution, true), person, len(part))
        for name, score in _OF_CHANCES.items()
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
