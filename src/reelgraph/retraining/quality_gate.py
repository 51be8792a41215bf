"""The quality gate: a new bundle is refused if it is worse than the one in use by more than chance explains."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from reelgraph._util.subsample import subsample
from reelgraph.bundle import Bundle
from reelgraph.core import (
    EvalPart,
    EvalReport,
    FloatArray,
    IntArray,
    Matrix,
    Metric,
    PredictsRating,
    RatingPrediction,
    Scorer,
    scores_of,
)
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import evaluate, measurable, paired
from reelgraph.recommend.list_order import order_scorer
from reelgraph.retraining.held_back import rows_in
from reelgraph.scorers import PopularityScorer

K = 10
MARGIN = 0.01
"""Share of the figure of the bundle in use by which a new one may be worse: two fits are never quite alike."""

MAX_PEOPLE = 5_000
"""People who are compared, at most; of more, so many are drawn at random."""

NEWCOMERS = f"ndcg@{K} of newcomers"
"""The figure of the list that people without ratings get."""

_RANKING = ("ndcg", "ndcg_liked")
_LOWER_IS_BETTER = frozenset({"rmse"})


@dataclass(frozen=True)
class GateFigure:
    """One metric of both bundles.

    Args:
        metric: its name, such as ``ndcg@10``.
        in_use: of the bundle in use.
        new: of the new bundle.
        difference: new less in use, with its paired 95 % interval.
        is_worse: the whole interval is on the bad side of the margin.
    """

    metric: str
    in_use: float
    new: float
    difference: Metric
    is_worse: bool

    def __str__(self) -> str:
        return f"{self.metric} {self.new:.4f} against {self.in_use:.4f}, difference {self.difference}"


@dataclass(frozen=True)
class GateResult:
    """How the new bundle compares with the one in use.

    Args:
        people: number of people in the comparison.
        ratings: number of their held-back ratings.
        figures: one a metric.
        margin: see `MARGIN`.
    """

    people: int
    ratings: int
    figures: tuple[GateFigure, ...]
    margin: float

    @property
    def is_refused(self) -> bool:
        """Whether a metric is worse."""
        return any(figure.is_worse for figure in self.figures)

    def to_dict(self) -> dict[str, Any]:
        """The figures, for JSON."""
        return dataclasses.asdict(self) | {"refused": self.is_refused}


def compare(in_use: Bundle, new: Bundle, part: EvalPart, *, margin: float = MARGIN, seed: int = 0) -> GateResult:
    """Compare two bundles on ratings that neither has learnt from, people paired.

    Both get the same histories and rank the same items, those that both bundles have, in the order in which people see
    lists by default. ``ndcg@10`` is compared, that of liked items where it is measured, the ``rmse`` where both predict
    stars on one scale, and the ``ndcg@10`` of the most rated items, which people without ratings get.

    Args:
        in_use: the bundle in use.
        new: the new bundle.
        part: the test part of the new bundle's split, see `HeldBackSplit`.
        margin: share of the figure of the bundle in use by which the new one may be worse, at least 0.
        seed: of the bootstrap, and of the people drawn.

    Raises:
        ConfigError: the margin is negative, or the bundles have no item in common.

    Cost: that of `evaluate` for both, for at most `MAX_PEOPLE` people.
    """
    if not margin >= 0:
        raise ConfigError("margin", f"{margin} is not valid: expected 0 or more")
    old_rows = rows_in(new.items, in_use.items)
    shared = np.flatnonzero(old_rows >= 0)
    common = _on_items(part, shared)
    common = common.take(subsample(np.arange(len(common)), MAX_PEOPLE, np.random.default_rng(seed)))
    if len(common) == 0:
        raise ConfigError("gate", "the two bundles have no held-back rating in common")
    has_stars = (
        new.scale is not None
        and new.scale == in_use.scale
        and all(isinstance(bundle.scorer, PredictsRating) for bundle in (new, in_use))
    )
    scorers = {
        "in_use": _shared_scorer(in_use, old_rows[shared], has_stars),
        "new": _shared_scorer(new, shared, has_stars),
    }
    names = measurable(scorers["new"], feedback=part.feedback)
    metrics = [name for name in (*_RANKING, "rmse") if name in names]
    reports = {
        name: evaluate(scorer, common, K, metrics=metrics, seed=seed, protocol="gate")
        for name, scorer in scorers.items()
    }
    figures = [_figure(metric, metric, reports["in_use"], reports["new"], margin) for metric in reports["new"]]

    def newcomers(bundle: Bundle, rows: IntArray) -> EvalReport:
        scorer = SharedItemsScorer(_popularity(bundle), rows)
        return evaluate(scorer, common, K, metrics=["ndcg"], seed=seed, protocol="gate")

    old, latest = newcomers(in_use, old_rows[shared]), newcomers(new, shared)
    figures.append(_figure(NEWCOMERS, f"ndcg@{K}", old, latest, margin))
    return GateResult(len(common), int(common.target.nnz), tuple(figures), margin)


def gate_outcome(gate: GateResult | None, force: bool) -> str:
    """What becomes of the new bundle: ``accepted``, ``refused``, ``forced``, or ``not compared`` without a gate."""
    if gate is None:
        return "not compared"
    if gate.is_refused:
        return "forced" if force else "refused"
    return "accepted"


def _figure(name: str, metric: str, in_use: EvalReport, new: EvalReport, margin: float) -> GateFigure:
    old, difference = in_use[metric].mean, paired(new, in_use, metric)
    allowed = margin * abs(old)
    is_worse = difference.low > allowed if metric in _LOWER_IS_BETTER else difference.high < -allowed
    return GateFigure(name, old, new[metric].mean, difference, bool(is_worse))


def _popularity(bundle: Bundle) -> PopularityScorer:
    """What ranks for people without ratings: the number of ratings in the bundle."""
    return PopularityScorer(bundle.item_statistics.counts)


def _on_items(part: EvalPart, items: IntArray) -> EvalPart:
    """The part on some of its items, without the people who have no target among them."""

    def columns(matrix: Matrix | None) -> Matrix | None:
        return None if matrix is None else Matrix(matrix[:, items])

    restricted = dataclasses.replace(
        part,
        history=Matrix(part.history[:, items]),
        target=Matrix(part.target[:, items]),
        seen=Matrix(part.seen[:, items]),
        history_time=columns(part.history_time),
        target_time=columns(part.target_time),
        candidates=None,
        item_index=None,
        history_position=columns(part.history_position),
        target_position=columns(part.target_position),
    )
    return restricted.take(np.flatnonzero(np.diff(restricted.target.indptr)))


def _shared_scorer(bundle: Bundle, rows: IntArray, has_stars: bool) -> SharedItemsScorer:
    """The order in which people see lists by default, and the stars that they are shown."""
    order = order_scorer(bundle.scorer, "liked", bundle.scale, bundle.item_statistics.mean)
    if has_stars and isinstance(bundle.scorer, PredictsRating):
        return StarredSharedItemsScorer(order, rows, bundle.scorer)
    return SharedItemsScorer(order, rows)


@dataclass(frozen=True)
class SharedItemsScorer:
    """A scorer on some of its items, in another order.

    Args:
        scorer: of all its items.
        rows: ``(n,)`` its item row of each item.
    """

    kind: ClassVar[str] = "shared-items"
    scorer: Scorer
    rows: IntArray

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        return len(self.rows)

    def score(self, history: Matrix) -> FloatArray:
        """Scores ``(batch, n)`` float32 of the items."""
        scores: FloatArray = self.scorer.score(self.full_history(history))[:, self.rows]
        return scores

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        """The same in the order of the ratings, where the scorer depends on it."""
        matrices = (self.full_history(history), self.full_history(order))
        full_times = None if times is None else self.full_history(times)
        scores: FloatArray = scores_of(self.scorer, *matrices, full_times)[:, self.rows]
        return scores

    def full_history(self, history: Matrix) -> Matrix:
        """The history, or what is known of its ratings, in the item rows of the scorer."""
        columns = self.rows[history.indices].astype(np.int32)
        full = Matrix((history.data, columns, history.indptr), shape=(history.shape[0], self.scorer.n_items))
        full.sort_indices()
        return full

    def arrays(self) -> dict[str, Any]:
        """Those of the scorer."""
        return self.scorer.arrays()

    def settings(self) -> dict[str, Any]:
        """Those of the scorer."""
        return self.scorer.settings()


@dataclass(frozen=True)
class StarredSharedItemsScorer(SharedItemsScorer):
    """As `SharedItemsScorer`, with predicted stars.

    Args:
        stars: predicts them, for the items of ``scorer``.
    """

    stars: PredictsRating

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Predicted stars of the items."""
        return self.stars.rate(self.full_history(history), self.rows if items is None else self.rows[items])
