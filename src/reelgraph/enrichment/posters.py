"""A folder of pictures, named by the ids of movies."""

from __future__ import annotations

import re
from pathlib import Path

from reelgraph.core.errors import DataFormatError

TERMS = "posters: pictures belong to their owners; they stay in your folder and are shown from there only"
MAX_FILES = 500_000
"""Pictures of a folder that are looked at."""

_NAME = re.compile(r"(tt\d{7,10}|\d{1,10})\.(?:jpg|jpeg|png|webp)", re.ASCII | re.IGNORECASE)


def files(folder: Path) -> dict[str, str]:
    """The pictures directly in a folder: id of IMDb ("tt0114709") or TMDB ("862") -> name of the file.

    Files with other names, folders and links are left out. Of several pictures of an id it is the first by name.

    Raises:
        DataFormatError: there is no such folder.
    """
    if not folder.is_dir():
        raise DataFormatError(folder, "a folder with pictures such as tt0114709.jpg or 862.jpg")
    names: dict[str, str] = {}
    for entry in folder.iterdir():
        match = _NAME.fullmatch(entry.name)
        if not match or not entry.is_file() or entry.is_symlink():
            continue
        key = match.group(1).lower()
        if key in names or len(names) < MAX_FILES:
            names[key] = min(names.get(key, entry.name), entry.name)
    return names
