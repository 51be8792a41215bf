"""What served lists led to: ratings of movies that a list had shown."""

from __future__ import annotations

from collections.abc import Sequence

from reelgraph.serve.state.service import Service
from reelgraph.store import NewRating

_PLACES = ((3, "1-3"), (10, "4-10"))
_BELOW = "11-"
_MAX_LOOKED_UP = 50  # ratings of one request


def count_served_outcomes(service: Service, entries: Sequence[NewRating]) -> None:
    """Count the ratings that name the list which showed their movie to their person.

    Cost: one read of the store for each, for at most fifty.
    """
    scale = service.loaded.bundle.scale
    for entry in [entry for entry in entries if entry.recommendation_id is not None][:_MAX_LOOKED_UP]:
        impression = service.impressions.find(str(entry.recommendation_id))
        if (
            impression is None
            or impression.user_id not in (None, entry.user_id)
            or entry.item_id not in impression.items
        ):
            continue
        position = impression.items.index(entry.item_id)
        name = next((name for end, name in _PLACES if position < end), _BELOW)
        is_liked = scale is None or entry.stars >= scale.liked_from
        service.metrics.served_ratings.labels(name, "yes" if is_liked else "no").inc()
