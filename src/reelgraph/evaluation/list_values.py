"""The lists of a part ranked, checked and measured, for `evaluate`: with a row for each person, or for each target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from reelgraph.core import EvalPart, FloatArray, IntArray, Interactions, Matrix, Metric, Scorer, TopK
from reelgraph.data import check_part, one_by_one
from reelgraph.data.splitting.leak_checks import check_order
from reelgraph.data.splitting.successive import people_of
from reelgraph.evaluation.full_ranking import RankedHits, rank_hits
from reelgraph.evaluation.list_metrics import (
    checked_lists,
    disliked_targets,
    item_popularity,
    liked_targets,
    list_metrics,
    of_catalogue,
    relevant_targets,
    times_shown,
)
from reelgraph.evaluation.metric_names import OF_CATALOGUE, OF_POPULARITY, RANKING, MetricLabel
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES
from reelgraph.evaluation.tie_order import TieOrder


@dataclass
class MetricValues:
    """What is measured: for each person, with weights of the mean, and of all people together."""

    per_user: dict[MetricLabel, FloatArray] = field(default_factory=dict)
    weight: dict[MetricLabel, FloatArray] = field(default_factory=dict)
    overall: dict[MetricLabel, Metric] = field(default_factory=dict)

    def by_text(self, labels: Sequence[MetricLabel]) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
        """The values of each person and their weights, by label as text."""
        return (
            {str(label): self.per_user[label] for label in labels if label in self.per_user},
            {str(label): self.weight[label] for label in labels if label in self.weight},
        )


@dataclass(frozen=True)
class ListRequest:
    """What is asked of lists.

    Args:
        labels: the metrics; others than of lists are ignored.
        relevant_from: stars from which a target item is relevant; None for all.
        liked_from: stars from which a target item is liked.
        disliked_to: stars up to which one is disliked.
        train: gives the popularity of the items; None for that in the histories.
        genres: ``(n_items, n_genres)``, or None.
        seed: of the order of equal scores.
    """

    labels: Sequence[MetricLabel]
    relevant_from: float | None
    liked_from: float
    disliked_to: float
    train: Interactions | None
    genres: Matrix | None
    seed: int

    @property
    def is_empty(self) -> bool:
        """Whether no metric of lists is asked for."""
        return not any(label.name in RANKING + OF_GENRES for label in self.labels)

    @property
    def longest(self) -> int:
        """Length of the longest lists."""
        return max(label.k or 0 for label in self.labels)

    def named(self, part: EvalPart) -> dict[str, Matrix]:
        """The target items that `OF_LIKING` counts, by metric, of the metrics that are asked for."""
        names = {label.name for label in self.labels}
        targets = {}
        if "ndcg_liked" in names:
            targets["ndcg_liked"] = liked_targets(part, self.liked_from)
        if "disliked" in names:
            targets["disliked"] = disliked_targets(part, self.disliked_to)
        return targets

    def tie_order(self, part: EvalPart) -> TieOrder | None:
        """The order of equal scores, where a metric needs one list and not its expected hits."""
        if {label.name for label in self.labels}.isdisjoint(OF_CATALOGUE + OF_POPULARITY + OF_GENRES):
            return None
        return TieOrder.of_part(part, item_popularity(part, self.train)[0], self.genres, self.seed)

    def ranked(self, scorer: Scorer, part: EvalPart, memory_bytes: int) -> RankedHits:
        """The lists of a scorer."""
        return rank_hits(
            scorer,
            part,
            relevant_targets(part, self.relevant_from),
            self.longest,
            tie_order=self.tie_order(part),
            named=self.named(part),
            memory_bytes=memory_bytes,
        )

    def checked(self, lists: TopK | RankedHits, part: EvalPart) -> RankedHits:
        """Given lists, checked."""
        return checked_lists(lists, part, self.longest, relevant_targets(part, self.relevant_from), self.named(part))

    def values(self, ranked: RankedHits, part: EvalPart) -> dict[MetricLabel, FloatArray]:
        """The metrics of each row of the part, of the lists cut to each length."""
        n_relevant = np.diff(relevant_targets(part, self.relevant_from).indptr)
        n_liked = None
        if any(label.name == "ndcg_liked" for label in self.labels):
            n_liked = np.diff(liked_targets(part, self.liked_from).indptr)
        values: dict[MetricLabel, FloatArray] = {}
        for k, names in self._by_length():
            measured = list_metrics(
                ranked.first(k), n_relevant, part, names, n_liked=n_liked, train=self.train, genres=self.genres
            )
            values |= {MetricLabel(name, k): value for name, value in measured.items()}
        return values

    def times_listed(self, lists: IntArray, n_items: int) -> dict[int, IntArray]:
        """By length, in how many lists each item is, ``(n_items,)``, where a metric asks for it."""
        return {
            k: times_shown(lists[:, :k], n_items)
            for k, names in self._by_length()
            if not names.isdisjoint(OF_CATALOGUE)
        }

    def overall(self, times_listed: Mapping[int, IntArray], candidates: IntArray | None) -> dict[MetricLabel, Metric]:
        """The metrics of all lists together."""
        of_all = {k: of_catalogue(counts, candidates) for k, counts in times_listed.items()}
        return {
            MetricLabel(name, k): metric
            for k, names in self._by_length()
            for name, metric in of_all.get(k, {}).items()
            if name in names
        }

    def _by_length(self) -> Iterator[tuple[int, set[str]]]:
        for k in dict.fromkeys(label.k for label in self.labels if label.k is not None):
            names = {label.name for label in self.labels if label.k == k}
            if not names.isdisjoint(RANKING + OF_GENRES):
                yield k, names


def has_row_for_each_target(part: EvalPart) -> bool:
    """Whether a part grows, or has several rows of one person."""
    return part.grows or people_of(part) is not None


def measure_people(values: MetricValues, request: ListRequest, ranked: RankedHits, part: EvalPart) -> None:
    """Add the metrics of lists, a row for each person."""
    values.per_user |= request.values(ranked, part)
    values.overall |= request.overall(request.times_listed(ranked.lists.items, part.target.shape[1]), part.candidates)


def measure_targets(
    values: MetricValues,
    request: ListRequest,
    scorer: Scorer,
    part: EvalPart,
    lists: TopK | RankedHits | None,
    memory_bytes: int,
) -> None:
    """Add the metrics of lists, one for each target: the means of each person, weighted by their number.

    Args:
        values: gets them.
        request: what is asked for.
        scorer: ranks where ``lists`` is None.
        part: that grows, or has a row for each target.
        lists: a list for each target in the order of `one_by_one`, in place of the scorer's.
        memory_bytes: bytes of scores at once.

    Raises:
        LeakError: a history holds its target, or a younger rating.
    """
    per_target: list[dict[MetricLabel, FloatArray]] = []
    times_listed: dict[int, IntArray] = {}
    start = 0
    for batch in one_by_one(part) if part.grows else [part]:
        check_part(batch)
        if batch.history_time is not None and batch.target_time is not None:
            check_order(batch, "part")
        rows = slice(start, start + len(batch))
        ranked = (
            request.ranked(scorer, batch, memory_bytes) if lists is None else request.checked(_cut(lists, rows), batch)
        )
        per_target.append(request.values(ranked, batch))
        for k, counts in request.times_listed(ranked.lists.items, part.target.shape[1]).items():
            times_listed[k] = times_listed.get(k, 0) + counts
        start = rows.stop
    values.overall |= request.overall(times_listed, part.candidates)
    n_people, person = _people(part)
    for label in per_target[0]:
        value = np.concatenate([batch_values[label] for batch_values in per_target])
        counts = ~np.isnan(value)
        weight = np.bincount(person[counts], minlength=n_people).astype(np.float64)
        total = np.bincount(person[counts], value[counts], n_people)
        values.per_user[label] = np.divide(total, weight, out=np.full(n_people, np.nan), where=weight > 0)
        values.weight[label] = weight


def _cut(lists: TopK | RankedHits, rows: slice) -> TopK | RankedHits:
    return TopK(lists.items[rows], lists.scores[rows]) if isinstance(lists, TopK) else lists.rows(rows)


def _people(part: EvalPart) -> tuple[int, IntArray]:
    """Number of people, and who each target belongs to."""
    if part.grows:
        return len(part), np.repeat(np.arange(len(part)), np.diff(part.target.indptr))
    people = people_of(part)
    assert people is not None
    return len(people[0]), people[1]
