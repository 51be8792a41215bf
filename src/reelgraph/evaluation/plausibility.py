"""Plausibility of figures: below the popularity floor, or too good to be true.

Overlapping parts are an error (`reelgraph.data.check_split`). What is here cannot be one: a model may well rank worse
than popularity, and a record may well be broken. Both call for a second look, so they are warnings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reelgraph.core import EvalReport, Metric
from reelgraph.evaluation.bootstrap import paired
from reelgraph.evaluation.metrics.direction import base_name, lower_is_better, worse


@dataclass(frozen=True)
class MetricCeiling:
    """How good a figure may be before it is doubted.

    Args:
        metric: as in the reports ("ndcg@10", "rmse").
        limit: a figure better than this is doubted.
        source: the best figure known, and who found it.
    """

    metric: str
    limit: float
    source: str


_U1 = "best known on u1: 0.8703, bayes-gcn of this project; myFM with ordinal output and dates has 0.8808"
_FOLD = MetricCeiling("rmse", 0.83, _U1)

#: protocol -> ceilings; a tenth (errors of stars: a twentieth) and more beyond the best figure known to us in 2026.
CEILINGS: Mapping[str, tuple[MetricCeiling, ...]] = {
    "source-literal": (MetricCeiling("mse", 0.13, "best known: 0.159, gcn of this project; a constant has 0.188"),),
    "source-honest": (MetricCeiling("mse", 0.57, "best known: 0.6010, bayes-gcn of this project; myFM has 0.671"),),
    **{f"ml-100k-u{fold}": (_FOLD,) for fold in range(1, 6)},
    "ml-1m-90-10": (
        MetricCeiling(
            "rmse", 0.77, "best known: 0.8100, bayes-gcn of this project; myFM with ordinal output has 0.8131"
        ),
    ),
    "recbole-ml-1m": (
        MetricCeiling("ndcg@10", 0.34, "best known: 0.3030, blend of this project; weighted EASE with iALS has 0.2925"),
        MetricCeiling(
            "recall@10", 0.26, "best known: 0.2261, blend of this project; weighted EASE with iALS has 0.2221"
        ),
    ),
}


def check_figures(
    report: EvalReport, floor: EvalReport | None = None, ceilings: Sequence[MetricCeiling] = ()
) -> tuple[str, ...]:
    """Say which figures lie below the floor by more than chance, or above what is known to be possible.

    Args:
        report: the figures to look at.
        floor: those of `Popularity` on the same people and targets; None for no floor.
        ceilings: such as ``CEILINGS[protocol.name]``.

    Returns:
        One line for the floor and one for each ceiling that is passed, none when all is as it should be.

    Cost: two bootstraps for each metric whose mean is below the floor's.
    """
    below = [] if floor is None else _below(report, floor)
    lines = []
    if below:
        lines.append(
            f"below the popularity floor: {'; '.join(below)} (the model ranks worse than a list that is the same for "
            "everyone: look at its training, or do not rank with it)"
        )
    for ceiling in ceilings:
        if ceiling.metric not in report.summary:
            continue
        mean, lower = report[ceiling.metric].mean, lower_is_better(ceiling.metric)
        if worse(ceiling.limit, mean, bool(lower)):
            lines.append(
                f"too good to be true: {ceiling.metric} {mean:.4f} is better than {ceiling.limit:g} ({ceiling.source}; "
                "look for a leak: the split, the features, settings chosen on the test)"
            )
    return tuple(lines)


def _below(report: EvalReport, floor: EvalReport) -> list[str]:
    """Each figure that is worse than the floor's, where the interval of the paired difference says so too."""
    lines = []
    for metric in report.per_user:
        lower = lower_is_better(metric)
        if base_name(metric) == "disliked":  # the most rated movies are disliked by few
            continue
        if lower is None or metric not in floor.per_user or not worse(report[metric].mean, floor[metric].mean, lower):
            continue
        difference = paired(report, floor, metric)
        if difference.low > 0 if lower else difference.high < 0:
            lines.append(f"{metric} {_against(report[metric], floor[metric])}, difference {difference}")
    return lines


def _against(figure: Metric, floor: Metric) -> str:
    return f"{figure.mean:.4f} against {floor.mean:.4f}"
