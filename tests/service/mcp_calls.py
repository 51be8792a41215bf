"""Calls of the tools of assistants in process, and what is read of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from mcp import Client

from reelgraph.recommend import Recommender
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.mcp.server import Work, make_server
from reelgraph.serve.mcp.tools import Answer, People
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from tests.service.conftest import small

SMALL = LoadedBundle(Recommender(small()), "digest")
ABILITIES = {"search", "recommend", "similar", "explain", "together", "what_if"}


def known(loaded: LoadedBundle, user_id: str) -> WeightedHistory:
    return loaded.recommender.history_for(user_id)


def asked(
    conversation: Callable[[Client], Coroutine[Any, Any, Any]], loaded: LoadedBundle = SMALL, own: Any = None
) -> Any:
    """What a conversation with a server in this process gives."""

    async def here(context: Any, work: Work) -> Answer:
        return work()

    async def talk() -> Any:
        async with Client(make_server(lambda: loaded, People(known, own), here)) as client:
            return await conversation(client)

    return asyncio.run(talk())


def call(name: str, arguments: dict[str, Any], **more: Any) -> Any:
    return asked(lambda client: client.call_tool(name, arguments), **more)


def refusal(name: str, arguments: dict[str, Any]) -> str:
    result = call(name, arguments)
    assert result.is_error
    assert result.structured_content is None
    text: str = result.content[0].text
    return text


def listed(result: Any) -> list[str]:
    assert not result.is_error, result.content
    return [item["item_id"] for item in result.structured_content["items"]]
