"""Movies that options name by id or title."""

from __future__ import annotations

from reelgraph.cli.output import clipped, err
from reelgraph.recommend import Recommender


def item_named(recommender: Recommender, name: str) -> int | str:
    """The id of the movie that an option names; a guess is reported on stderr.

    Raises:
        UnknownIdError: no movie, or more than one, fits the name.
    """
    lookup = recommender.titles.find(name)
    if lookup.note:
        err.print(clipped(lookup.note), soft_wrap=True, markup=False)
    item_id: int | str = recommender.items.id(lookup.row)
    return item_id
