"""One answer of every kind before a bundle is used: nobody waits for a first time, and a bad bundle is found out.

Loops are compiled, item vectors and the map are computed, and what is needed again is kept with the bundle.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from reelgraph.core.errors import CapabilityError
from reelgraph.serve.api import presenters
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserState, resolve
from reelgraph.serve.web import explain_view, group_view, picks_view, taste_map
from reelgraph.serve.web.group_view import GroupQuery
from reelgraph.serve.web.messages import DEFAULT_LANGUAGE, translator
from reelgraph.serve.web.per_bundle_cache import PerBundleCache
from reelgraph.serve.web.picks_view import PickQuery
from reelgraph.store import PersonState, Rating

_N_RATED = 3


def warm_up(loaded: LoadedBundle) -> None:
    """Ask a bundle for everything that requests ask for."""
    first_answers(loaded)
    further_answers(loaded)


def first_answers(loaded: LoadedBundle) -> None:
    """Ask a bundle for what every one must give: its description, and a list for nobody and for somebody."""
    bundle, recommender = loaded.bundle, loaded.recommender
    loaded.item_row(loaded.item_ids[0])
    presenters.reply(presenters.model_card(loaded))
    recommender.recommend({}, 3)
    if len(bundle.users):
        recommender.recommend(bundle.users.id(0), 3)


def further_answers(loaded: LoadedBundle) -> None:
    """Ask a bundle for the rest: search, reasons, likeness, portraits, the map, and what the pages show.

    Cost: half a minute of one core for 85,000 movies and 32 million ratings.
    """
    visitor = _somebody(loaded)
    loaded.recommender.titles.search("no title has this word", 1)
    # Not every model can explain its scores, has item vectors, or tells what to ask.
    for answer in (*_api_answers(loaded, visitor), *_page_answers(loaded, visitor)):
        with suppress(CapabilityError):
            answer()


def _somebody(loaded: LoadedBundle) -> UserState:
    """A person who gave the highest rating to the most rated movies."""
    high = 1.0 if loaded.bundle.scale is None else loaded.bundle.scale.high
    rows = loaded.recommender.titles.rows_by_popularity[:_N_RATED].tolist()
    return resolve(loaded, PersonState("", 0, {loaded.item_ids[row]: Rating(high, 0) for row in rows}))


def _api_answers(loaded: LoadedBundle, visitor: UserState) -> list[Callable[[], object]]:
    recommender, history = loaded.recommender, visitor.history()
    first, last = (loaded.bundle.items.id(row) for row in (0, len(loaded.bundle.items) - 1))
    return [
        lambda: recommender.recommend(history, 3),
        recommender.candidates.values.prepare,
        lambda: recommender.similar(first, 1, by="story"),
        lambda: recommender.explain(history, last),
        lambda: recommender.similar(first, 1),
        lambda: recommender.portrait(history),
    ]


def _page_answers(loaded: LoadedBundle, visitor: UserState) -> list[Callable[[], object]]:
    cache, row = PerBundleCache(), len(loaded.bundle.items) - 1
    nobody, high = resolve(loaded, None), 1.0 if loaded.bundle.scale is None else loaded.bundle.scale.high
    t = translator(DEFAULT_LANGUAGE, loaded.bundle.scale is not None)
    together = GroupQuery.model_validate({"people": {"Ann": {loaded.item_ids[0]: high}}, "me": "me"})
    return [
        lambda: loaded.recommender.well_known.choice(1, []),
        lambda: picks_view.pick_list(loaded, visitor, PickQuery.model_validate({})),
        lambda: picks_view.pick_list(loaded, nobody, PickQuery.model_validate({})),
        lambda: picks_view.questions(loaded, nobody, [], 1),
        lambda: picks_view.questions(loaded, visitor, [], 1),
        lambda: explain_view.explanation_view(loaded, visitor, row, PickQuery.model_validate({}), t),
        lambda: group_view.group_view(loaded, visitor, together),
        lambda: cache.moods(loaded),
        lambda: cache.detail_filters(loaded),
        lambda: cache.rows_by_director(loaded),
        lambda: cache.movie_statistics(loaded).also_loved(loaded, row),
        lambda: taste_map.taste_map(loaded, cache.map_layout(loaded), visitor),
    ]
