"""Reasons in groups: what movies that share a director, a series, a cast member or a keyword add together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from reelgraph.core import Catalogue
from reelgraph.recommend.explain.reasons import Reason

SharedKind = Literal["director", "series", "cast", "keyword"]

_MIN_MOVIES = 2  # a single movie is a reason of its own
_LABELS = {
    "director": "movies by {}", "series": "movies of the series {}", "cast": "movies with {}",
    "keyword": "movies about “{}”",
}  # fmt: skip


@dataclass(frozen=True)
class SharedReasons:
    """A person's movies that have something in common with an item, at least two, and what they add to its score.

    A movie may be in several groups, so that the groups do not add up to the score.

    Args:
        kind: what they share: a ``director``, a ``series``, a member of the ``cast`` or a ``keyword``.
        name: of it.
        reasons: all such movies, largest share first.
    """

    kind: SharedKind
    name: str
    reasons: tuple[Reason, ...]

    @property
    def share(self) -> float:
        """The sum of the shares of the movies, in the unit of the `Explanation`, rounded once."""
        return math.fsum(reason.share for reason in self.reasons)

    @property
    def label(self) -> str:
        """What they have in common: "movies by David Fincher"."""
        return _LABELS[self.kind].format(self.name)


def shared_reasons(
    catalogue: Catalogue, item_row: int, movie_rows: Sequence[int], reasons: Sequence[Reason]
) -> tuple[SharedReasons, ...]:
    """The groups of an item, the largest sums first, whichever way they point.

    Args:
        catalogue: metadata of all items.
        item_row: the item; its own rating is in no group.
        movie_rows: ``(n,)`` item rows of the reasons.
        reasons: ``(n,)``, whose shares add up.
    """
    traits = dict(_traits(catalogue, item_row))
    members: defaultdict[tuple[SharedKind, str], list[Reason]] = defaultdict(list)
    for row, reason in zip(movie_rows, reasons, strict=True):
        if row != item_row:
            for key in dict(_traits(catalogue, row)).keys() & traits.keys():
                members[key].append(reason)
    groups = [
        SharedReasons(kind, traits[kind, key], tuple(sorted(sharing, key=lambda reason: -reason.share)))
        for (kind, key), sharing in members.items()
        if len(sharing) >= _MIN_MOVIES
    ]
    kinds = get_args(SharedKind)
    return tuple(sorted(groups, key=lambda group: (-abs(group.share), kinds.index(group.kind), group.name)))


def _traits(catalogue: Catalogue, row: int) -> Iterator[tuple[tuple[SharedKind, str], str]]:
    """What an item may share: its kind and the form in which it is compared, and how it is written."""
    for name in catalogue.directors[row]:
        yield ("director", name), name
    if catalogue.series[row]:
        yield ("series", catalogue.series[row].casefold()), catalogue.series[row]
    for name in catalogue.cast[row]:
        yield ("cast", name), name
    for word in catalogue.keywords[row]:
        yield ("keyword", word.casefold()), word
