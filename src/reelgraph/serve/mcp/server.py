"""The server of the Model Context Protocol that has the tools; how it is reached is up to its callers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ToolListing
from pydantic import BaseModel, ValidationError

from reelgraph._version import __version__
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError, ReelgraphError
from reelgraph.serve.errors import ApiError, as_api_error, validation_detail
from reelgraph.serve.mcp.tools import TOOLS, Answer, People
from reelgraph.serve.state.loaded_bundle import LoadedBundle

Work = Callable[[], Answer]
Run = Callable[[Any, Work], Awaitable[Answer]]

_MAX_NAME = 100  # characters of an unknown tool or argument that are repeated
_log = logging.getLogger("reelgraph.serve")
_ANNOTATIONS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def make_server(current: Callable[[], LoadedBundle], people: People, run: Run) -> Server[Any]:
    """A server with the tools.

    Args:
        current: the bundle in use; called once for each call of a tool.
        people: whom the tools can answer for by id.
        run: does the work of a call in a thread; called with the request context of the protocol.
    """

    async def list_tools(context: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(
            tools=[
                ToolListing(
                    name=name,
                    description=tool.description,
                    input_schema=tool.input.model_json_schema(),
                    annotations=_ANNOTATIONS,
                )
                for name, tool in TOOLS.items()
            ]
        )

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        try:
            tool = TOOLS.get(params.name)
            if tool is None:
                raise ConfigError.unknown(params.name[:_MAX_NAME], TOOLS, "tool")
            arguments, loaded = tool.parse(params.arguments or {}), current()
            tool_answer = await run(context, lambda: tool.answer(loaded, arguments, people))
        except ValidationError as error:
            return _failed(_fault(error, TOOLS[params.name].input))
        except ApiError as error:
            return _failed(_message(error))
        except ReelgraphError as error:
            return _failed(_message(as_api_error(error)))
        except Exception:
            _log.exception("unhandled error")
            return _failed("an internal error occurred (the log of the server has the details)")
        structured = orjson.loads(orjson.dumps(tool_answer.body))
        return _result(tool_answer.text, {**structured, "understood": list(tool_answer.notes)})

    return Server(
        "reelgraph", version=__version__, instructions=_instructions(current()), on_list_tools=list_tools,
        on_call_tool=call_tool,
    )  # fmt: skip


def _instructions(loaded: LoadedBundle) -> str:
    scale = loaded.bundle.scale
    stars = "seen or not, without stars" if scale is None else f"stars from {scale.low:g} to {scale.high:g}"
    return (
        f"Movie recommendations from a catalogue of {counted(len(loaded.bundle.items), 'movie')}; it knows no others. "
        f"A person is what they rated: {stars}. Name movies by title and year, such as 'Heat (1995)', or by id. "
        "What was guessed is in `understood`: tell the person. Recommend no movie that a tool has not listed."
    )


def _result(text: str, structured: object) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=structured)


def _failed(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)


def _fault(error: ValidationError, model: type[BaseModel]) -> str:
    """What is wrong with the arguments; of one that the tool does not take, the nearest that it does."""
    for fault in error.errors():
        if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1:
            names = [field.alias or name for name, field in model.model_fields.items()]
            return str(ConfigError.unknown(str(fault["loc"][0])[:_MAX_NAME], names, "argument"))
    return validation_detail(error.errors())


def _message(error: ApiError) -> str:
    return f"{error.detail} ({error.hint})" if error.hint else error.detail
