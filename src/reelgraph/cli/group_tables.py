"""Tables and JSON of figures by group of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reelgraph.cli.output import print_table
from reelgraph.core import EvalReport, Metric
from reelgraph.evaluation import GroupMetrics, PreparedData, by_group, user_groups
from reelgraph.evaluation.groups import SMALL

# In a table, the first of the report and these; JSON has all.
_GROUP_METRICS = ("rmse", "popularity_lift", "diversity", "miscalibration")


def grouped(report: EvalReport, prepared: PreparedData) -> tuple[GroupMetrics, ...]:
    """The test figures by number of ratings and, where the data set tells them, gender, age band and occupation."""
    parts = prepared.split
    return by_group(report, user_groups(parts.test, prepared.dataset.profiles, user_id=parts.train.users.ids))


def group_rows(groups: Sequence[GroupMetrics]) -> list[dict[str, Any]]:
    """JSON-ready figures; the ends of an interval that is not given are null."""
    return [
        {
            "kind": group.kind,
            "group": group.name,
            "people": group.people,
            "metrics": {
                name: {"mean": figure.mean, "low": figure.low, "high": figure.high}
                for name, figure in group.metrics.items()
            },
        }
        for group in groups
    ]


def group_table(groups: Sequence[GroupMetrics], title: str) -> None:
    """One row a group: its people, the first figure of the report and those that tell groups apart."""
    names = list(dict.fromkeys(name for group in groups for name in group.metrics))
    distinctive = [name for name in names if name.split("@")[0] in _GROUP_METRICS]
    columns = list(dict.fromkeys([*names[:1], *distinctive]))
    rows = [
        [group.kind, group.name, group.people, *(_figure(group.metrics.get(name)) for name in columns)]
        for group in groups
    ]
    caption = f"no interval: fewer than {SMALL} people count; all metrics: --json"
    print_table(title, ["by", "group", "people", *columns], rows, caption)


def _figure(figure: Metric | None) -> str:
    """The interval under the mean, so that a row fits."""
    return "-" if figure is None else str(figure).replace(" ", "\n", 1)
