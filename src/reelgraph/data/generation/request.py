"""What is asked for, checked before any work: the shape, the number of ratings, the folder, the room on the disk."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reelgraph._version import __version__
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.data.generation.shapes import SHAPES, Shape

FEWEST_RATINGS = 1_000
_LARGEST_SEED = 2**32 - 1
_LONGEST = 10**18  # of the numbers that errors write out
_BYTES_A_RATING, _BYTES_A_MOVIE = 31, 130  # of all files, rounded up: the sizes grow with the ids
BLOCK_USERS = 1_024  # people drawn and written together


@dataclass(frozen=True)
class GenerationRequest:
    """Which files are to be made. Equal requests give equal files.

    Args:
        like: name of the shape.
        ratings: how many.
        seed: of everything drawn.
        version: of reelgraph, because another one may draw otherwise.
    """

    like: str
    ratings: int
    seed: int
    version: str = __version__

    def __post_init__(self) -> None:
        if self.like not in SHAPES:
            raise ConfigError.unknown(self.like, SHAPES, "shape of data")
        most = 4 * self.shape.n_ratings
        if not FEWEST_RATINGS <= self.ratings <= most:
            raise ConfigError("ratings", f"{_written(self.ratings)} is not from {FEWEST_RATINGS:,} to {most:,}")
        if not 0 <= self.seed <= _LARGEST_SEED:
            raise ConfigError("seed", f"{self.seed} is not from 0 to {_LARGEST_SEED}")

    @property
    def shape(self) -> Shape:
        """The shape by its name."""
        return SHAPES[self.like]

    @property
    def name(self) -> str:
        """The name of the data set, which says that it is generated."""
        return f"generated like {self.like}, {counted(self.ratings, 'rating')}, seed {self.seed}"

    @property
    def command(self) -> str:
        """The command line that makes the files."""
        return f"reelgraph data generate --like {self.like} --ratings {self.ratings} --seed {self.seed} --out DIR"

    @property
    def bytes_needed(self) -> int:
        """Room for the files, at most."""
        return self.ratings * _BYTES_A_RATING + self.shape.n_movies * _BYTES_A_MOVIE

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def _written(number: int) -> str:
    """The number in words that fit into a line."""
    return f"{number:,}" if abs(number) < _LONGEST else f"{number:.3g}"


def folder_to_make(out: Path) -> Path:
    """The folder that a path names, links followed: it is made beside its place and renamed, so it must be replaceable.

    Raises:
        ConfigError: it is in use, is a mount point, lies below a file, or may not be made.
    """
    try:
        folder = out.resolve()
        existing = next(place for place in (folder, *folder.parents) if place.exists())
    except (OSError, RuntimeError) as error:  # a RuntimeError for links in a circle, before Python 3.13
        raise ConfigError("out", f"{out} cannot be made: {getattr(error, 'strerror', None) or error}") from None
    require_empty(out)
    is_mount = os.path.ismount(folder)
    if existing == folder and (folder == Path.cwd().resolve() or is_mount):
        what = "a mount point" if is_mount else "the folder you are in"
        raise ConfigError("out", f"{out} is {what}, which cannot be replaced: name a new folder in it")
    beside = existing.parent if existing == folder else existing
    if not beside.is_dir():
        raise ConfigError("out", f"{out} cannot be made: {beside} is not a folder")
    if not os.access(beside, os.W_OK):
        raise ConfigError("out", f"{out} cannot be made: no permission to write in {beside}")
    return folder


def require_empty(folder: Path) -> None:
    """Refuse a folder with something in it.

    Raises:
        ConfigError: it is not empty, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError("out", f"{folder} is a file: expected a folder that is empty or not there yet")
    if folder.is_dir() and any(folder.iterdir()):
        raise ConfigError("out", f"{folder} is not empty: give another folder, or remove this one")


def require_room(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk has no room for.

    Raises:
        ConfigError: fewer than ``needed`` bytes are free there.
    """
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.is_dir())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise ConfigError("out", f"{folder} needs {needed / 1e9:.2f} GB, and {free / 1e9:.2f} GB are free on its disk")
