"""Posters of TMDB, if the operator has a key: fetched by the service, never by a browser, and stored in a folder."""

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
_MOVIE_URL, _IMAGE_URL = "https://api.themoviedb.org/3/movie/{}", "https://image.tmdb.org/t/p/w342{}"
_IMAGE_PATH = re.compile(r"/[A-Za-z0-9_-]{1,80}\.jpg")
_JPEG_START = b"\xff\xd8\xff"
_MAX_BYTES = 2**20  # of an image
_TIMEOUT_SECONDS, _MAX_FETCHES = 5.0, 4
_RETRY_SECONDS = 3600.0  # for a movie that had no poster
_PAUSE_SECONDS = 60.0  # after TMDB could not be reached


class TmdbPosters:
    """Fetches each poster once and stores it in a folder.

    It is not an error if TMDB has no poster or cannot be reached: then the poster is drawn.

    Args:
        key: API key of TMDB.
        folder: where the images are stored.
        max_images: number of images in the folder at which no more are stored.
        transport: in place of the network, for tests.
    """

    def __init__(
        self, key: str, folder: Path, max_images: int = 20_000, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._key, self._folder, self._max_images, self._transport = key, folder, max_images, transport
        self._missing_since: dict[int, float] = {}  # movies without a poster
        self._paused_until = 0.0
        self._store_lock = threading.Lock()
        self._fetch_slots = asyncio.Semaphore(_MAX_FETCHES)

    async def get(self, tmdb_id: int) -> bytes | None:
        """The poster as JPEG; None if there is none, or none for now."""
        path = self._folder / f"{int(tmdb_id)}.jpg"
        if path.is_file():
            return await asyncio.to_thread(path.read_bytes)
        now = time.monotonic()
        is_missing = now - self._missing_since.get(tmdb_id, -_RETRY_SECONDS) < _RETRY_SECONDS
        if tmdb_id <= 0 or now < self._paused_until or is_missing:
            return None
        async with self._fetch_slots:
            image = await self._fetch(tmdb_id)
        if image is not None:
            await asyncio.to_thread(self._store, path, image)
        return image

    async def _fetch(self, tmdb_id: int) -> bytes | None:
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=_TIMEOUT_SECONDS) as client:
                response = await client.get(_MOVIE_URL.format(tmdb_id), params={"api_key": self._key})
                response.raise_for_status()
                path = response.json().get("poster_path")
                if isinstance(path, str) and _IMAGE_PATH.fullmatch(path):
                    image = await _fetch_jpeg(client, _IMAGE_URL.format(path))
                    if image is not None:
                        return image
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.NOT_FOUND:
                self._pause(f"TMDB answers {error.response.status_code}")
                return None
        except (httpx.HTTPError, ValueError) as error:
            self._pause(type(error).__name__)  # its message would contain the key
            return None
        self._missing_since[tmdb_id] = time.monotonic()
        return None

    def _pause(self, reason: str) -> None:
        self._paused_until = time.monotonic() + _PAUSE_SECONDS
        _log.warning("TMDB posters paused", extra={"reason": reason})

    def _store(self, path: Path, image: bytes) -> None:
        with self._store_lock:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                if sum(1 for _ in self._folder.iterdir()) < self._max_images:
                    atomic_write(path, image)
            except OSError as error:
                _log.warning("a poster cannot be stored", extra={"reason": error.strerror})


async def _fetch_jpeg(client: httpx.AsyncClient, url: str) -> bytes | None:
    """The image; None if it is not a JPEG or too large for a poster."""
    async with client.stream("GET", url) as response:
        response.raise_for_status()
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > _MAX_BYTES:
                return None
    return bytes(content) if content.startswith(_JPEG_START) else None
