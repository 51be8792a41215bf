"""What comes out: lists, figures with their intervals, and lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from reelgraph.core.arrays import FloatArray, IntArray, freeze


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
    """A figure with its interval.

    Args:
        mean: the figure.
        low: lower end of the 95 % interval.
        high: upper end of the 95 % interval.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        interval = f" [{self.low:.4f}, {self.high:.4f}]" if self.low < self.high else ""
        return f"{self.mean:.4f}{interval}"


@dataclass(frozen=True)
class EvalReport:
    """Measured quality: one value a user for each metric, and their means with intervals.

    Args:
        per_user: metric name -> ``(n_users,)`` float64, NaN where a metric has no meaning for that user. Metrics that
            belong to all users together are not in it.
        weight: metric name -> ``(n_users,)`` float64 weights of the mean, for metrics averaged over ratings.
        summary: metric name -> `Metric`; insertion order is the order of display.
        protocol: what was measured, for people: split, mask, history, k.
        seed: seed of the bootstrap.
        asked: digest of who was asked and what was held back, see `EvalPart.digest`; "" where it is not known.
    """

    per_user: Mapping[str, FloatArray]
    weight: Mapping[str, FloatArray]
    summary: Mapping[str, Metric]
    protocol: str
    seed: int
    asked: str = ""

    def __getitem__(self, name: str) -> Metric:
        return self.summary[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.summary)


@dataclass(frozen=True)
class Recommendation:
    """One line of a list for people.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        score: what the list is ordered by.
        rank: counted from 1.
        year: 0 where unknown.
        genres: genre names.
        stars: predicted stars, or None when the model predicts none.
        low: lower end of the interval that holds the person's stars with a probability of 80 %, on the scale; None
            when the model predicts no distribution.
        high: its upper end.
        liked: probability of four fifths of the highest rating or more, such as four of five stars; None likewise.
        new: no rating of it was learnt from: it is listed for what is known of it.
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


@dataclass(frozen=True)
class Recommendations(Sequence[Recommendation]):
    """A served list and how it came about.

    Args:
        items: best first.
        answered_by: kind of the scorer that ordered it.
        note: something the person should know ("no ratings yet, so these are the most popular"), or "".
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
