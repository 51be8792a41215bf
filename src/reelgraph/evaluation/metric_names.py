"""Names of the metrics, which of them a model can be asked for, and their labels in reports, such as ``ndcg@10``."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reelgraph.core import Feedback, Matrix, PredictsDistribution, PredictsRating, Scorer
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES

HITS = ("ndcg", "recall", "precision", "hit", "mrr", "map")
OF_POPULARITY = ("novelty", "popularity", "popularity_lift")  # need the number of ratings of each item
OF_CATALOGUE = ("coverage", "gini")  # of all lists together
OF_LIKING = ("ndcg_liked", "disliked")  # need the stars of the targets, and no prediction of them
RANKING = (*HITS, *OF_LIKING, *OF_POPULARITY, *OF_CATALOGUE)
ERRORS = ("rmse", "mse", "mae")
RATING = (*ERRORS, "precision_rated", "recall_rated")
DISTRIBUTION = ("crps", "log_loss", "coverage_80", "coverage_95", "ece")
LEVELS = ("levels_80",)  # of what people are shown, measured where asked for
ALL_METRICS = RANKING + OF_GENRES + RATING + DISTRIBUTION + LEVELS
LONGEST_LIST = 100_000
"""Movies in a list that is measured, at most: more than any catalogue of films that people rate."""
_DIGITS, _SHOWN = 9, 60  # of a number that is read, and characters of a label that an error shows


class MetricLabel(NamedTuple):
    """A metric of a report.

    Args:
        name: without ``@k``.
        k: length of the lists; None for a metric without one.
    """

    name: str
    k: int | None

    def __str__(self) -> str:
        return self.name if self.k is None else f"{self.name}@{self.k}"


def measurable(scorer: Scorer, genres: Matrix | None = None, feedback: Feedback = "explicit") -> tuple[str, ...]:
    """Names of the metrics that a scorer can be asked for, without ``@k``, in the order of display.

    Args:
        scorer: a fitted model.
        genres: ``(n_items, n_genres)``; without it, or without a genre in it, those of `OF_GENRES` are not among them.
        feedback: of the data; only explicit ones have stars to compare predictions with.
    """
    if feedback != "explicit" or not isinstance(scorer, PredictsRating):
        return of_lists(genres, feedback)
    return of_lists(genres, feedback) + RATING + (DISTRIBUTION if isinstance(scorer, PredictsDistribution) else ())


def with_levels(available: tuple[str, ...]) -> tuple[str, ...]:
    """The metrics that can be asked for by name, of those in ``available``: with `LEVELS` where a distribution is."""
    return available + LEVELS if set(DISTRIBUTION) <= set(available) else available


def of_lists(genres: Matrix | None = None, feedback: Feedback = "explicit") -> tuple[str, ...]:
    """Names of the metrics of lists alone; arguments as for `measurable`."""
    names = tuple(name for name in RANKING if feedback == "explicit" or name not in OF_LIKING)
    return names + (OF_GENRES if genres is not None and genres.shape[1] else ())


def has_length(name: str) -> bool:
    """Whether a metric depends on the length of the lists: ``ndcg`` does, ``rmse`` does not."""
    return name not in (*ERRORS, *DISTRIBUTION, *LEVELS)


def at_length(name: str, k: int) -> str:
    """The name of a metric in the reports: ``ndcg@10`` of ``ndcg``, while ``rmse`` has no length."""
    return str(MetricLabel(name, k if has_length(name) else None))


def list_lengths(k: int | Iterable[int]) -> tuple[int, ...]:
    """One or several lengths of lists, without repetition, in the order given.

    Raises:
        ConfigError: there is none, or one is not a whole number from 1 to `LONGEST_LIST`.
    """
    try:
        lengths = [operator.index(length) for length in (k if isinstance(k, Iterable) else [k])]
    except TypeError:
        raise ConfigError("k", f"{k!r} is not valid: expected a whole number, or several") from None
    if not lengths or min(lengths) < 1:
        raise ConfigError("k", f"{k} is not valid: expected 1 or more")
    if max(lengths) > LONGEST_LIST:
        raise ConfigError("k", f"{max(lengths):.3g} is too long for a list: expected {LONGEST_LIST:,} at most")
    return tuple(dict.fromkeys(lengths))


def metric_labels(
    metrics: Sequence[str] | None, lengths: Sequence[int], available: Sequence[str], source: str
) -> tuple[MetricLabel, ...]:
    """The metrics of a report, in the order of display.

    Args:
        metrics: names, alone for all ``lengths`` (``ndcg``) or with one length (``recall@20``); None for all.
        lengths: of the lists, for names without one.
        available: names that can be measured, see `measurable`.
        source: what is measured, for the message.

    Raises:
        ConfigError: a name is unknown, has a length where it takes none, or asks for genres that are not given.
        CapabilityError: ``source`` does not predict what the metric needs.
    """
    labels: list[MetricLabel] = []
    names = available if metrics is None else [metrics] if isinstance(metrics, str) else metrics
    for label in names:
        name, at, length = label.partition("@")
        if name not in ALL_METRICS:
            raise ConfigError.unknown(label, ALL_METRICS, "metric")
        require_available(name, available, source)
        if at and not has_length(name):
            raise ConfigError(label, f"{name} does not depend on the length of the lists", name)
        if at and not (length.isdecimal() and len(length) <= _DIGITS and 0 < int(length) <= LONGEST_LIST):
            raise ConfigError(label[:_SHOWN], f"expected a whole number from 1 to {LONGEST_LIST:,} after the @")
        if not has_length(name):
            labels.append(MetricLabel(name, None))
        else:
            labels += [MetricLabel(name, k) for k in ([int(length)] if at else lengths)]
    return tuple(dict.fromkeys(labels))


def require_feedback(metrics: Sequence[str] | None, feedback: Feedback) -> None:
    """Check that the data have what the named ``metrics`` measure.

    Raises:
        CapabilityError: a metric needs stars, and the data have none.
    """
    for label in [metrics] if isinstance(metrics, str) else metrics or ():
        name = label.partition("@")[0]
        if feedback != "explicit" and name in OF_LIKING + RATING + DISTRIBUTION + LEVELS:
            raise CapabilityError(f"these data have no stars ({feedback} feedback), so there is no {name}")


def require_available(name: str, available: Sequence[str], source: str) -> None:
    """Check that a metric is among those ``available`` of a ``source``, a kind of model or a table of lists.

    Raises:
        CapabilityError: the source predicts too little for it.
        ConfigError: it needs the genres of the items.
    """
    if name in available:
        return
    if name in OF_GENRES:
        raise ConfigError(name, "needs the genres of the items, and none are given")
    prediction = "stars" if name in RATING else "distribution of the stars"
    raise CapabilityError(f"{source} predicts no {prediction}, so it has no {name}")
