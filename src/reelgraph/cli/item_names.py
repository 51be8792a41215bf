"""Movies that options name by id or title."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reelgraph.cli.output import err
from reelgraph.recommend import Filters, Recommender


def item_named(recommender: Recommender, name: str) -> int | str:
    """The id of the movie that an option names; a guess is reported on stderr.

    Raises:
        UnknownIdError: no movie, or more than one, fits the name.
    """
    lookup = recommender.titles.find(name)
    if lookup.note:
        err.print(lookup.note)
    item_id: int | str = recommender.items.id(lookup.row)
    return item_id


def filters_by_id(filters: Filters, recommender: Recommender) -> Filters:
    """Filters whose movies are named by id or title, with ids.

    Raises:
        UnknownIdError: no movie, or more than one, fits a name.
    """

    def ids(names: Collection[int | str]) -> tuple[int | str, ...]:
        return tuple(item_named(recommender, str(name)) for name in names)

    include = None if filters.include is None else ids(filters.include)
    return replace(filters, exclude=ids(filters.exclude), include=include)
