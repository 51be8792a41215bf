"""What to offer somebody new before any question: well-known items of different tastes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.recommender import Recommender


@dataclass(frozen=True)
class WellKnownItem:
    """An item that many people know.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        year: 0 if unknown.
        viewers: number of known users who rated or saw it.
    """

    item_id: int | str
    title: str
    year: int
    viewers: int


def well_known_items(
    recommender: Recommender, k: int = 16, *, exclude: Collection[int | str] = ()
) -> tuple[WellKnownItem, ...]:
    """Well-known items of different tastes, one of a series: a first choice for somebody new.

    Needs nothing of the model. Each next item stands for as many likes as possible that the earlier ones do not stand
    for, see `WellKnownItems.choice`.

    Args:
        recommender: of any bundle.
        k: number of items; fewer are returned if the data have fewer.
        exclude: ids or titles of items that were offered before; the next choice is from other corners.

    Raises:
        ConfigError: k is below 1.
        UnknownIdError: no such item.

    Cost: once the likes of the 300 most liked items, then milliseconds.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 20, 30], "rating": [5, 5, 4, 4, 5]}
        >>> data = rg.from_frame(table)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> fit = rg.GraphFilter(choose=False).fit(split.train)
        >>> recommender = rg.Recommender(rg.Bundle.create(fit, data, split))
        >>> [item.item_id for item in rg.well_known_items(recommender, k=2)]
        [10, 30]
    """
    require_type("well_known_items", "recommender", recommender, Recommender)
    if k < 1:
        raise ConfigError("k", f"{k} is not at least 1")
    well_known, catalogue = recommender.well_known, recommender.catalogue
    rows = well_known.choice(k, [recommender.titles.row(item) for item in exclude])
    return tuple(
        WellKnownItem(
            recommender.items.id(row), str(catalogue.title[row]), int(catalogue.year[row]),
            int(well_known.viewer_counts[row]),
        )
        for row in rows.tolist()
    )  # fmt: skip
