"""Posters of TMDB: fetched once and stored, within bounds; after any failure the poster is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from reelgraph.serve.web.posters.tmdb import TmdbPosters

JPEG = b"\xff\xd8\xff\xe0 a picture"
Respond = Callable[[httpx.Request], httpx.Response]


class Tmdb(httpx.AsyncBaseTransport):
    """The network with TMDB in it."""

    def __init__(self, respond: Respond) -> None:
        self.requests: list[httpx.URL] = []
        self._respond = respond

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url)
        return self._respond(request)


def good(request: httpx.Request) -> httpx.Response:
    if request.url.host == "api.themoviedb.org":
        assert request.url.params["api_key"] == "key"
        return httpx.Response(200, json={"poster_path": "/abc.jpg"})
    assert str(request.url) == "https://image.tmdb.org/t/p/w342/abc.jpg"
    return httpx.Response(200, content=JPEG)


def test_a_poster_is_fetched_once_and_stored(tmp_path: Path) -> None:
    tmdb = Tmdb(good)
    for _ in range(2):  # a second service finds it in the folder
        posters = TmdbPosters("key", tmp_path / "posters", transport=tmdb)
        assert asyncio.run(posters.get(603)) == JPEG
        assert asyncio.run(posters.get(603)) == JPEG
    assert len(tmdb.requests) == 2
    assert [path.name for path in (tmp_path / "posters").iterdir()] == ["603.jpg"]


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("key")


def picture(content: bytes, path: str = "/abc.jpg") -> Respond:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.host == "api.themoviedb.org":
            return httpx.Response(200, json={"poster_path": path})
        return httpx.Response(200, content=content)

    return respond


@pytest.mark.parametrize(
    "respond",
    [unreachable, lambda _: httpx.Response(401), lambda _: httpx.Response(404), lambda _: httpx.Response(200, text="<"),
     picture(b"<svg/>"), picture(JPEG + bytes(2**20)), picture(JPEG, "/../../etc/x"), picture(JPEG, "//evil/x.jpg")],
    ids=["unreachable", "wrong key", "unknown film", "no JSON", "no JPEG", "too large", "path out", "other host"],
)  # fmt: skip
def test_after_any_failure_there_is_no_poster_and_no_second_try(respond: Respond, tmp_path: Path) -> None:
    tmdb = Tmdb(respond)
    posters = TmdbPosters("key", tmp_path / "posters", transport=tmdb)
    assert asyncio.run(posters.get(603)) is None
    tries = len(tmdb.requests)
    assert asyncio.run(posters.get(603)) is None
    assert len(tmdb.requests) == tries
    assert not (tmp_path / "posters").exists()
    assert all(url.host in ("api.themoviedb.org", "image.tmdb.org") for url in tmdb.requests)


def test_a_movie_without_an_id_is_not_fetched_and_a_full_folder_stores_no_more(tmp_path: Path) -> None:
    tmdb = Tmdb(good)
    posters = TmdbPosters("key", tmp_path / "posters", max_images=1, transport=tmdb)
    assert asyncio.run(posters.get(0)) is None
    assert tmdb.requests == []
    assert [asyncio.run(posters.get(tmdb_id)) for tmdb_id in (1, 2)] == [JPEG, JPEG]
    assert len(list((tmp_path / "posters").iterdir())) == 1
