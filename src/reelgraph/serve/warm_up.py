"""One answer of each kind before a bundle is used: compiles the loops, and finds a bundle that cannot answer."""

from __future__ import annotations

from contextlib import suppress

from reelgraph.core.errors import CapabilityError
from reelgraph.serve.api import presenters
from reelgraph.serve.state.loaded_bundle import LoadedBundle


def warm_up(loaded: LoadedBundle) -> None:
    """Ask a bundle for what most requests ask, so that none of them waits for a first time."""
    bundle, recommender = loaded.bundle, loaded.recommender
    ratings = {bundle.items.id(0): 1.0 if bundle.scale is None else bundle.scale.high}
    presenters.reply(presenters.model_card(loaded))
    recommender.recommend(ratings, 3)
    recommender.recommend({}, 3)
    if len(bundle.users):
        recommender.recommend(bundle.users.id(0), 3)
    with suppress(CapabilityError):  # not every model can explain its scores
        recommender.explain(ratings, bundle.items.id(len(bundle.items) - 1))
    loaded.recommender.titles.search("no title has this word", 1)
    loaded.item_row(loaded.item_ids[0])
