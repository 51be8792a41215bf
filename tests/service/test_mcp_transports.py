"""The tools over stdio and over HTTP with keys, by the official client, with and without its package."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tests.service.conftest import Start, small
from tests.service.mcp_calls import ABILITIES, listed, refusal
from tests.service.test_feeds import logged


def test_over_stdio_by_the_command(tmp_path: Path) -> None:
    small().save(tmp_path / "bundle")
    (tmp_path / "mine.csv").write_text("item_id,rating\n20,5\n")
    words = ["-m", "reelgraph", "mcp", str(tmp_path / "bundle"), "--ratings", str(tmp_path / "mine.csv")]

    async def talk() -> tuple[Any, Any, Any]:
        parameters = StdioServerParameters(command=sys.executable, args=words, env=dict(os.environ))
        async with Client(parameters) as client:
            wrong = await client.call_tool("similar", {"movie": "Matrux (2003)"})
            return client.instructions, await client.call_tool("recommend", {"n": 2}), wrong

    instructions, result, wrong = asyncio.run(talk())
    assert "8 movies" in instructions
    assert "stars from 1 to 5" in instructions
    assert listed(result) == ["10", "30"]
    assert "did you mean" in wrong.content[0].text


def test_starts_without_torch(tmp_path: Path) -> None:
    small().save(tmp_path / "bundle")
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from reelgraph.cli import main\n"
        f"code = main(['mcp', {str(tmp_path / 'bundle')!r}])\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=b"", capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def over_http(url: str, headers: dict[str, str], conversation: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    async def talk() -> Any:
        async with (
            httpx2.AsyncClient(headers=headers, verify=False) as http,
            Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
        ):
            return await conversation(client)

    return asyncio.run(talk())


def message(method: str = "tools/list") -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method}


def test_over_http_with_the_keys_of_the_service(start: Start) -> None:
    service = start(mcp=True)
    reads, writes = service.store.add_key("reads", ["read"]), service.store.add_key("writes", ["write"])
    url = str(service.http.base_url).rstrip("/")
    for header in ({"X-API-Key": reads}, {"Authorization": f"Bearer {reads}"}):
        result = over_http(url, header, lambda client: client.call_tool("recommend", {"user": "1", "n": 2}))
        assert listed(result) == ["30", "40"]
    tools = over_http(url, {"X-API-Key": reads}, lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == ABILITIES
    for headers, status in (({}, 401), ({"X-API-Key": reads + "x"}, 401), ({"X-API-Key": writes}, 403)):
        response = service.http.post("/mcp", json=message(), headers=headers)
        assert response.status_code == status
        assert set(response.json()) == {"error", "detail", "hint"}
    keys = service.store.keys()
    key_id = next(key.id for key in keys if key.name == "reads")
    service.store.revoke(key_id)
    service.app.state.service.keys.invalidate()
    assert service.http.post("/mcp", json=message(), headers={"X-API-Key": reads}).status_code == 401
    assert service.http.get("/mcp").status_code == 405


def test_people_of_the_store_are_known_and_bodies_are_bounded(start: Start) -> None:
    service = start(mcp=True, open=True, max_body=2_000)
    assert service.http.post("/api/ratings", json=[{"user_id": "ann", "item_id": "50", "stars": 5}]).status_code == 200
    url = str(service.http.base_url).rstrip("/")
    assert listed(over_http(url, {}, lambda client: client.call_tool("recommend", {"user": "ann", "n": 1}))) == ["60"]
    assert service.http.post("/mcp", content=b"x" * 3_000).status_code == 413
    assert service.http.post("/mcp", content=b"{").status_code == 400


def test_nothing_of_a_call_is_logged(start: Start) -> None:
    service = start(mcp=True, open=True, access_log=True)
    arguments = {"user": "1", "not_interested": ["Heat (1995)"]}
    with logged() as lines:
        over_http(str(service.http.base_url).rstrip("/"), {}, lambda client: client.call_tool("recommend", arguments))
    of_client = ("mcp.client", "httpx", "httpcore")  # in the same process
    server_lines = [line for line in lines.getvalue().splitlines() if not line.startswith(of_client)]
    assert any(line.startswith("reelgraph.serve request") and line.endswith("/mcp") for line in server_lines)
    assert not [line for line in server_lines if "Heat" in line or "not_interested" in line]


def test_without_the_option_there_is_no_route(service: Any) -> None:
    assert service.http.post("/mcp", json=message()).status_code in (404, 405)


@contextlib.contextmanager
def without_mcp() -> Any:
    hidden = [name for name in sys.modules if name.partition(".")[0] == "mcp"]
    with pytest.MonkeyPatch.context() as patch:
        for name in hidden:
            patch.delitem(sys.modules, name, raising=False)
        patch.setitem(sys.modules, "mcp", None)
        yield


def test_a_missing_package_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from reelgraph.cli import main

    with without_mcp():
        assert main(["mcp", str(tmp_path)]) == 2
    assert capsys.readouterr().err.strip() == (
        'error: answering assistants needs mcp.server (pip install "reelgraph[mcp]")'
    )


def test_no_bundle_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from reelgraph.cli import main

    assert main(["mcp", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_an_unknown_person_is_refused_with_what_the_call_takes(start: Start) -> None:
    hint = "(give their ratings in the call, as `{}`)"
    assert refusal("recommend", {"user": "77"}).endswith(hint.format("ratings"))
    service = start(mcp=True, open=True)
    url = str(service.http.base_url).rstrip("/")
    for name, arguments, argument in (
        ("recommend", {"user": "nobody"}, "ratings"),
        ("explain", {"user": "nobody", "movie": "20"}, "ratings"),
        ("together", {"users": ["1", "nobody"]}, "people"),
    ):
        result = over_http(url, {}, lambda client, name=name, given=arguments: client.call_tool(name, given))
        assert result.is_error
        assert result.content[0].text == f"nobody with this id is known {hint.format(argument)}"
