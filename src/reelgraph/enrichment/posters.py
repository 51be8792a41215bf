"""A folder of pictures, named by the ids of movies."""

from __future__ import annotations

import re
from pathlib import Path

from reelgraph.core.errors import DataFormatError
from reelgraph.enrichment.refusals import Refuse

TERMS = "posters: pictures belong to their owners; they stay in your folder and are shown from there only"
MAX_FILES = 500_000
"""Pictures of a folder that are looked at."""

_NAME = re.compile(r"(tt\d{7,10}|\d{1,10})\.(?:jpg|jpeg|png|webp)", re.ASCII | re.IGNORECASE)


def files(folder: Path, refuse: Refuse = lambda what, example: None) -> dict[str, str]:
    """The pictures directly in a folder: id of IMDb ("tt0114709") or TMDB ("862") -> name of the file.

    Files with other names, folders and links are left out. Of several pictures of an id it is the first by name.

    Args:
        folder: with the pictures.
        refuse: called for what is left out.

    Raises:
        DataFormatError: there is no such folder, or it cannot be read.
    """
    try:
        return _files(folder, refuse)
    except OSError as error:
        raise DataFormatError(error.filename or folder, f"cannot be read: {error.strerror}") from None


def _files(folder: Path, refuse: Refuse) -> dict[str, str]:
    if not folder.is_dir():
        raise DataFormatError(folder, "a folder with pictures such as tt0114709.jpg or 862.jpg")
    names: dict[str, str] = {}
    for entry in folder.iterdir():
        match = _NAME.fullmatch(entry.name)
        if not match:
            refuse("files whose name is no id with .jpg, .jpeg, .png or .webp", entry.name)
        elif entry.is_symlink() or not entry.is_file():
            refuse("links and folders", entry.name)
        elif (key := match.group(1).lower()) in names:
            names[key], other = sorted((names[key], entry.name))
            refuse("further pictures of an id", other)
        elif len(names) == MAX_FILES:
            refuse(f"pictures after the first {MAX_FILES:,}", entry.name)
        else:
            names[key] = entry.name
    return names
