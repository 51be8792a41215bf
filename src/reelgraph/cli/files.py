"""Files that a verb writes: refused before the work where they could not be, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from reelgraph._util.atomic_files import atomic_write
from reelgraph.bundle import require_outside_bundles
from reelgraph.core.errors import ConfigError


def require_writable(path: Path | None) -> None:
    """Refuse a file that could not be written, before the work and not after it.

    Raises:
        ConfigError: it is a folder, lies below a file, or may not be written.
        BundleError: it lies inside a bundle.
    """
    if path is None:
        return
    require_outside_bundles(path)
    if path.is_dir():
        raise ConfigError(str(path), "is a folder; give the name of a file")
    place = path.absolute()
    place = place if place.exists() else next(folder for folder in place.parents if folder.exists())
    if place != path.absolute() and not place.is_dir():
        raise ConfigError(str(path), f"cannot be written: {place} is not a folder")
    if not os.access(place, os.W_OK):
        raise ConfigError(str(path), "cannot be written: no permission")


def require_distinct(*paths: Path | None, read: Iterable[Path | None] = ()) -> None:
    """Refuse a file that would be written over another one.

    Args:
        paths: what is written; None for no file.
        read: what is read, and may be one file.

    Raises:
        ConfigError: a file that is written is named twice.
    """
    places = {path.resolve() for path in read if path is not None}
    for path in paths:
        if path is None:
            continue
        if path.resolve() in places:
            raise ConfigError(str(path), "is named twice; each file needs a name of its own")
        places.add(path.resolve())


def require_store_outside_bundles(address: str) -> None:
    """Refuse a store in a file that lies inside a bundle; addresses of servers are no files.

    Raises:
        BundleError: it lies inside a bundle.
    """
    file = address.removeprefix("sqlite:///")
    if "://" not in file:
        require_outside_bundles(Path(file))


def write(path: Path, content: bytes) -> None:
    """Write a file in one step.

    Raises:
        ConfigError: it cannot be written; what was there stays.
    """
    try:
        atomic_write(path, content)
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror}") from None
