"""Posters that the operator has in a folder, named by the ids of movies."""

from __future__ import annotations

from pathlib import Path

from reelgraph.core.errors import DataFormatError
from reelgraph.enrichment import posters

_MAX_BYTES = 2**21  # of a picture
_KINDS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"RIFF", "image/webp"))


class LocalPosters:
    """Reads pictures from a folder; it is looked through again when it changes.

    Only files that a listing of the folder has are opened, none that a request names.

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
            with (self._folder / name).open("rb") as file:
                picture = file.read(_MAX_BYTES + 1)
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
