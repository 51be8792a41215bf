"""Posters that the operator has in a folder, named by the ids of movies."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reelgraph.core.errors import DataFormatError
from reelgraph.enrichment import posters

_MAX_BYTES = 2**21  # of a picture
_NO_LINKS: int = getattr(os, "O_NOFOLLOW", 0)
_FLAGS: int = os.O_RDONLY | _NO_LINKS | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_KINDS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"RIFF", "image/webp"))


class LocalPosters:
    """Reads pictures from a folder; it is looked through again when it changes.

    Only files that a listing of the folder has are opened, none that a request names; a link that has taken the place
    of one since is not followed.

    Args:
        folder: with ``tt0114709.jpg`` or ``862.jpg``; it need not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._changed_at = folder, -1
        self._names: dict[str, str] = {}

    def get(self, imdb_id: str, tmdb_id: int) -> tuple[bytes, str] | None:
        """The picture of a movie and its media type; None if there is none, or if it is too large or no picture."""
        names = self._listing()
        name = names.get(imdb_id) or names.get(str(tmdb_id))
        if name is None:
            return None
        try:
            picture = _content(self._folder / name)
        except OSError:
            return None
        kind = next((kind for start, kind in _KINDS if picture.startswith(start)), None)
        return None if kind is None or len(picture) > _MAX_BYTES else (picture, kind)

    def _listing(self) -> dict[str, str]:
        try:
            changed_at = self._folder.stat().st_mtime_ns
            if changed_at != self._changed_at:
                self._names, self._changed_at = posters.files(self._folder), changed_at
        except (OSError, DataFormatError):
            self._names, self._changed_at = {}, -1
        return self._names


def _content(path: Path) -> bytes:
    """The first bytes of a file; none of a link, a folder or a pipe.

    Raises:
        OSError: it cannot be read, or is a link.
    """
    if _NO_LINKS == 0 and path.is_symlink():  # Windows
        return b""
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        return file.read(_MAX_BYTES + 1) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
