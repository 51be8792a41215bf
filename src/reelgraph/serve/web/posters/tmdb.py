"""Real posters from TMDB, where the operator has a key: fetched by the service, never by a browser, and kept."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from pathlib import Path

import httpx

from reelgraph._util.atomic_files import atomic_write

_log = logging.getLogger("reelgraph.serve")
_ABOUT, _PICTURE = "https://api.themoviedb.org/3/movie/{}", "https://image.tmdb.org/t/p/w342{}"
_PATH = re.compile(r"/[A-Za-z0-9_-]{1,80}\.jpg")
_JPEG = b"\xff\xd8\xff"
_MOST_BYTES = 2**20  # of a picture
_SECONDS, _AT_ONCE = 5.0, 4
_AGAIN_SECONDS = 3600.0  # until a film without a picture is asked for again
_PAUSE_SECONDS = 60.0  # after TMDB could not be reached


class TmdbPosters:
    """Fetches posters once and keeps them in a folder.

    A film that TMDB has no picture of, or TMDB out of reach, is no error: its poster is drawn.

    Args:
        key: of TMDB's API.
        folder: where pictures are kept.
        most: pictures kept, at most; further ones are not fetched.
        transport: in place of the network.
    """

    def __init__(
        self, key: str, folder: Path, most: int = 20_000, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._key, self._folder, self._most, self._transport = key, folder, most, transport
        self._none: dict[int, float] = {}  # films without a picture -> since when
        self._paused_until = 0.0
        self._keeping = threading.Lock()
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def of(self, tmdb_id: int) -> bytes | None:
        """The poster as JPEG; None where there is none, or not now."""
        place = self._folder / f"{int(tmdb_id)}.jpg"
        if place.is_file():
            return await asyncio.to_thread(place.read_bytes)
        now = time.monotonic()
        if tmdb_id <= 0 or now < self._paused_until or now - self._none.get(tmdb_id, -_AGAIN_SECONDS) < _AGAIN_SECONDS:
            return None
        async with self._room:
            found = await self._fetched(tmdb_id)
        if found is None:
            return None
        await asyncio.to_thread(self._keep, place, found)
        return found

    async def _fetched(self, tmdb_id: int) -> bytes | None:
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=_SECONDS) as client:
                told = await client.get(_ABOUT.format(tmdb_id), params={"api_key": self._key})
                told.raise_for_status()
                path = told.json().get("poster_path")
                if isinstance(path, str) and _PATH.fullmatch(path):
                    picture = await _bounded(client, _PICTURE.format(path))
                    if picture is not None:
                        return picture
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.NOT_FOUND:
                self._pause(f"TMDB answers {error.response.status_code}")
                return None
        except (httpx.HTTPError, ValueError) as error:
            self._pause(type(error).__name__)  # its text would hold the key
            return None
        self._none[tmdb_id] = time.monotonic()
        return None

    def _pause(self, reason: str) -> None:
        self._paused_until = time.monotonic() + _PAUSE_SECONDS
        _log.warning("no posters for a while", extra={"reason": reason})

    def _keep(self, place: Path, picture: bytes) -> None:
        with self._keeping:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                if sum(1 for _ in self._folder.iterdir()) < self._most:
                    atomic_write(place, picture)
            except OSError as error:
                _log.warning("a poster cannot be kept", extra={"reason": error.strerror})


async def _bounded(client: httpx.AsyncClient, url: str) -> bytes | None:
    """A JPEG of a size that a poster has."""
    async with client.stream("GET", url) as answer:
        answer.raise_for_status()
        found = bytearray()
        async for part in answer.aiter_bytes():
            found += part
            if len(found) > _MOST_BYTES:
                return None
    return bytes(found) if found.startswith(_JPEG) else None
