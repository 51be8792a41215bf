"""Results: ranked lists, metrics with their intervals, and recommendations for display."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from reelgraph.core.arrays import FloatArray, IntArray, freeze
from reelgraph.core.display import Table, Tabular, counted


@dataclass(frozen=True)
class TopK:
    """The best k items for each of a batch.

    Args:
        items: ``(batch, k)`` int64 item rows, best first, -1 where fewer than k exist; ties by item row.
        scores: ``(batch, k)`` float32, ``-inf`` where items is -1.
    """

    items: IntArray
    scores: FloatArray

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True)
class Metric:
    """A metric with its confidence interval.

    Args:
        mean: the value.
        low: lower end of the 95 % interval.
        high: upper end of the 95 % interval.

    Examples:
        >>> from reelgraph import Metric
        >>> print(Metric(mean=0.28, low=0.26, high=0.3))
        0.2800 [0.2600, 0.3000]
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        interval = f" [{self.low:.4f}, {self.high:.4f}]" if self.low < self.high else ""
        return f"{self.mean:.4f}{interval}"


@dataclass(frozen=True, repr=False)
class EvalReport(Tabular):
    """The result of an evaluation: per-user values of each metric, and their means with intervals.

    ``report["ndcg@10"]`` is the `Metric` of that name, and so is ``report["ndcg"]``.

    Args:
        per_user: metric name -> ``(n_users,)`` float64, NaN where a metric is undefined for that user. Metrics
            over all users together are not included.
        weight: metric name -> ``(n_users,)`` float64 weights of the mean, for metrics averaged over ratings.
        summary: metric name -> `Metric`; insertion order is the order of display.
        protocol: what was measured, for display: split, mask, history, k.
        seed: seed of the bootstrap.
        part_digest: of the people and their targets, see `EvalPart.digest`; "" where unknown.
        notes: what was ignored or counts as a miss in lists from elsewhere, one line each with the number.
    """

    per_user: Mapping[str, FloatArray]
    weight: Mapping[str, FloatArray]
    summary: Mapping[str, Metric]
    protocol: str
    seed: int
    part_digest: str = ""
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Metric:
        without_k = [full.split("@")[0] for full in self.summary]
        names = [full for full, base in zip(self.summary, without_k, strict=True) if name in (full, base)]
        if len(names) != 1:
            similar = names or difflib.get_close_matches(name, [*self.summary, *without_k], n=1)
            hint = f"did you mean {' or '.join(map(repr, similar))}? " if similar else ""
            raise KeyError(f"no metric {name!r} in the report; {hint}it holds {', '.join(self.summary)}")
        return self.summary[names[0]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.summary)

    def to_dict(self) -> dict[str, Any]:
        """One row a metric: ``metric``, ``mean``, ``low`` and ``high`` (ends of the 95 % interval)."""
        return {
            "metric": list(self.summary),
            "mean": [metric.mean for metric in self.summary.values()],
            "low": [metric.low for metric in self.summary.values()],
            "high": [metric.high for metric in self.summary.values()],
        }

    def _display(self) -> Table:
        return Table("EvalReport: means with 95 % intervals", self.to_dict(), "; ".join([self.protocol, *self.notes]))


@dataclass(frozen=True)
class Recommendation:
    """One entry of a recommendation list.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        score: the list is in descending order of it.
        rank: counted from 1.
        year: 0 where unknown.
        genres: genre names.
        stars: predicted stars, or None when the model predicts none.
        low: the person's stars are from ``low`` to ``high``, levels of the scale, with a probability of 80 % or more;
            None when the model predicts no distribution.
        high: see ``low``.
        liked: probability of a rating of at least `RatingScale.liked_from`; None when the model predicts no
            distribution.
        new: the item has no training ratings; it is ranked by its metadata.
    """

    item_id: int | str
    title: str
    score: float
    rank: int
    year: int = 0
    genres: tuple[str, ...] = ()
    stars: float | None = None
    low: float | None = None
    high: float | None = None
    liked: float | None = None
    new: bool = False


@dataclass(frozen=True, repr=False)
class Recommendations(Tabular, Sequence[Recommendation]):
    """A recommendation list.

    Args:
        items: best first.
        answered_by: kind of the scorer that ranked the items.
        note: a message for the person ("no ratings yet, so these are the most popular"), or "".
    """

    items: tuple[Recommendation, ...]
    answered_by: str
    note: str = ""

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Recommendation: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Recommendation, ...]: ...

    def __getitem__(self, index: int | slice) -> Recommendation | tuple[Recommendation, ...]:
        return self.items[index]

    def to_dict(self) -> dict[str, Any]:
        """One row a movie, one column for each field of `Recommendation`."""
        names = [field.name for field in dataclasses.fields(Recommendation)]
        return {name: [getattr(line, name) for line in self.items] for name in names}

    def _display(self) -> Table:
        columns: dict[str, Sequence[object]] = {
            "rank": [line.rank for line in self.items],
            "item_id": [line.item_id for line in self.items],
            "title": [line.title for line in self.items],
            "score": [line.score for line in self.items],
        }
        if any(line.stars is not None for line in self.items):
            columns["stars"] = ["" if line.stars is None else f"{line.stars:.2f}" for line in self.items]
        if any(line.low is not None for line in self.items):
            columns["80 % within"] = [
                "" if line.low is None or line.high is None else f"{line.low:.1f} to {line.high:.1f}"
                for line in self.items
            ]
            columns["likes it"] = ["" if line.liked is None else f"{line.liked:.0%}" for line in self.items]
        title = f"Recommendations: {counted(len(self), 'movie')}, ordered by {self.answered_by}"
        return Table(title, columns, self.note)
