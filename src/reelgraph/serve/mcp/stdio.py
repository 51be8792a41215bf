"""The tools for an assistant that starts this process and talks to it over stdin and stdout."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path
from typing import Any

import anyio
from anyio.to_thread import run_sync
from mcp.server.stdio import stdio_server

from reelgraph.core.errors import CapabilityError
from reelgraph.recommend import Recommender
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.mcp.server import Work, make_server
from reelgraph.serve.mcp.tools import TOOLS, Answer, People
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.user_state import UserStateCache
from reelgraph.store import Store, open_store

_THREADS = 2


def run(
    path: Path,
    store: str | None = None,
    make_history: Callable[[Recommender], WeightedHistory] | None = None,
    seen_weight: float | None = None,
) -> None:
    """Answer until stdin is closed. Nothing is written to the bundle or to the store.

    Args:
        path: folder of the bundle.
        store: address of a store, whose people are known, too; None for those of the bundle alone.
        make_history: gives what the person who asks rated and saw; None if it is not known. Called once, before the
            first answer.
        seen_weight: weight of a movie seen without a rating; None for that of the bundle.

    Raises:
        BundleError: the bundle is missing, damaged or foreign.
        StoreError: the store cannot be opened.
    """
    loaded = LoadedBundle.load(path, seen_weight)
    history = None if make_history is None else make_history(loaded.recommender)
    opened: AbstractContextManager[Store | None] = nullcontext()
    if store is not None:
        opened = closing(open_store(store, create=False))
    with opened as people_store:
        people = People(_finder(people_store), None if history is None else lambda loaded: history)
        anyio.run(_answer, loaded, people)


def _finder(store: Store | None) -> Callable[[LoadedBundle, str], WeightedHistory]:
    if store is None:
        return lambda loaded, user_id: loaded.recommender.history_for(user_id)
    states = UserStateCache(store)
    return lambda loaded, user_id: states.user(loaded, user_id).history()


async def _answer(loaded: LoadedBundle, people: People) -> None:
    limiter = anyio.CapacityLimiter(_THREADS)

    async def in_thread(context: Any, work: Work) -> Answer:
        return await run_sync(work, limiter=limiter)

    async def first_answers() -> None:
        await run_sync(_prepare, loaded, abandon_on_cancel=True)

    server = make_server(lambda: loaded, people, in_thread)
    async with stdio_server() as (reading, writing), anyio.create_task_group() as tasks:
        tasks.start_soon(first_answers)
        await server.run(reading, writing, server.create_initialization_options())
        tasks.cancel_scope.cancel()


def _prepare(loaded: LoadedBundle) -> None:
    """Ask for what takes long the first time, such as loops to be compiled, while the assistant says hello."""
    high = 1.0 if loaded.bundle.scale is None else loaded.bundle.scale.high
    first = loaded.item_ids[int(loaded.recommender.titles.rows_by_popularity[0])]
    nobody = People(lambda loaded, user_id: loaded.recommender.history_for(user_id))
    person = {"ratings": {first: high}}
    for name, arguments in (
        ("recommend", person),
        ("search", {"query": "no title has these words"}),
        ("similar", {"movie": first}),
        ("explain", {**person, "movie": loaded.item_ids[-1]}),
    ):
        with suppress(CapabilityError):  # not every model can do all
            TOOLS[name].answer(loaded, TOOLS[name].parse(arguments), nobody)
