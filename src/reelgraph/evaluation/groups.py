"""The figures of a report by group of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph.core import AnyArray, EvalPart, EvalReport, IntArray, Metric, Profiles, read_only
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.bootstrap import summarise

SMALL = 20  # people: fewer give a mean but no interval
_THIRDS = ("few", "some", "many")


@dataclass(frozen=True)
class Grouping:
    """A partition of the people of a report into groups.

    Args:
        kind: what the groups differ in ("ratings", "gender").
        names: of the groups, in the order of display.
        member: ``(n_users,)`` int64, the group of each person as a place in ``names``.
    """

    kind: str
    names: tuple[str, ...]
    member: IntArray

    def __post_init__(self) -> None:
        read_only(self.member)

    @classmethod
    def by_label(cls, kind: str, labels: AnyArray) -> Grouping:
        """Groups of people with the same label, ``(n_users,)`` str; those with "" are the last one, "unknown"."""
        named = np.where(labels == "", "unknown", labels)
        names = sorted(set(named.tolist()), key=lambda name: (name == "unknown", name))
        index = {name: row for row, name in enumerate(names)}
        return cls(kind, tuple(names), np.array([index[name] for name in named.tolist()], np.int64))


@dataclass(frozen=True)
class GroupMetrics:
    """The figures of one group.

    Args:
        kind: of the grouping.
        name: of the group.
        people: in it.
        metrics: as in the report; a metric that nobody in the group counts in is left out, and one that fewer than
            `SMALL` people count in has no interval: its ends are NaN.
    """

    kind: str
    name: str
    people: int
    metrics: Mapping[str, Metric]


def by_group(report: EvalReport, groupings: Sequence[Grouping]) -> tuple[GroupMetrics, ...]:
    """Means of every per-user metric by group of people, with 95 % bootstrap intervals over the people of the group.

    Args:
        report: its per-user arrays are split by group.
        groupings: such as `user_groups` makes them; a group without people is left out.

    Raises:
        ConfigError: a grouping is not of the people of the report.

    Cost: that of `summarise`, once for each grouping.
    """
    metrics = []
    for grouping in groupings:
        for name, values in report.per_user.items():
            if len(values) != len(grouping.member):
                raise ConfigError(
                    grouping.kind,
                    f"has {counted(len(grouping.member), 'person')}, but {name} has {len(values)}",
                )
        for place, name in enumerate(grouping.names):
            rows = np.flatnonzero(grouping.member == place)
            if len(rows):
                metrics.append(GroupMetrics(grouping.kind, name, len(rows), _figures(report, rows)))
    return tuple(metrics)


def _figures(report: EvalReport, rows: IntArray) -> dict[str, Metric]:
    weight = {name: values[rows] for name, values in report.weight.items()}
    values, counted = {}, {}
    for name, of_all in report.per_user.items():
        has_value = ~np.isnan(of_all[rows])
        if name in weight:
            has_value &= weight[name] > 0
        if has_value.any():
            values[name], counted[name] = of_all[rows], int(has_value.sum())
    summary = summarise(values, weight, report.seed)
    return {
        name: figure if counted[name] >= SMALL else Metric(figure.mean, np.nan, np.nan)
        for name, figure in summary.items()
    }


def user_groups(part: EvalPart, profiles: Profiles | None = None, user_id: AnyArray | None = None) -> list[Grouping]:
    """People by the length of their history and, where the data set describes them, by gender, age and occupation.

    Args:
        part: the people.
        profiles: of the users; None where the data set has none.
        user_id: ``(n_users,)`` external id of each user row, such as ``split.train.users.ids``; needed with profiles.

    Raises:
        ConfigError: profiles are given without the ids.
    """
    groupings = [history_thirds(part)]
    if profiles is not None:
        if user_id is None:
            raise ConfigError("user_id", "profiles are by external id: give the ids of the user rows")
        groupings += profile_groups(profiles, user_id[part.users])
    return groupings


def history_thirds(part: EvalPart) -> Grouping:
    """Thirds by the number of ratings folded in: few, some, many, named with their range.

    People with equally many are in the same group, so that the thirds are only as even as that allows.
    """
    length = np.diff(part.history.indptr).astype(np.int64)
    edges = np.quantile(length, [1 / 3, 2 / 3]) if len(length) else np.zeros(2)
    member = np.searchsorted(edges, length, side="left")
    names = []
    for place, word in enumerate(_THIRDS):
        lengths = length[member == place]
        names.append(f"{word} ({lengths.min()}-{lengths.max()})" if len(lengths) else word)
    return Grouping("ratings", tuple(names), member.astype(np.int64))


def profile_groups(profiles: Profiles, user_id: AnyArray) -> list[Grouping]:
    """Groupings by gender, age band and occupation, those of them that are known of anybody.

    Args:
        profiles: of the users.
        user_id: ``(n,)`` external ids of the people to part; those without a profile are "unknown".
    """
    place = {key: row for row, key in enumerate(profiles.user_id.tolist())}
    rows = [place.get(key) for key in user_id.tolist()]
    groupings = []
    for kind, values in (
        ("gender", profiles.gender),
        ("age band", profiles.age_band),
        ("occupation", profiles.occupation),
    ):
        labels = np.array(["" if row is None else str(values[row]) for row in rows], dtype=np.str_)
        if (labels != "").any():
            groupings.append(Grouping.by_label(kind, labels))
    return groupings
