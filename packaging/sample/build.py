"""Build the package ``reelgraph-sample``: the ratings of ml-latest-small as published, under their own terms.

    python packaging/sample/build.py ml-latest-small/ dist/

The data come from a folder or a zip that you have downloaded; this repository holds none. Needs hatchling (extra
``dev``), and no network. Publish the wheel only if you keep to the terms, which are in it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from reelgraph.core.errors import DataFormatError, ReelgraphError
from reelgraph.data import read
from reelgraph.data.readers.files import FileSet, open_folder, open_zip
from reelgraph.data.readers.sample import ARCHIVE, DISTRIBUTION

VERSION = "2018.9.26"  # the day on which GroupLens generated the data
_FILES = ("ratings.csv", "movies.csv", "links.csv", "tags.csv", "README.txt")
_TERMS = "README.txt"
_PERMISSION = "may redistribute the data set"  # of the README; those of other data sets of GroupLens lack it
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the same data give the same archive
_PROJECT = f"""\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "{DISTRIBUTION}"
version = "{VERSION}"
description = "Movie ratings to try reelgraph on: ml-latest-small of GroupLens under its own terms"
readme = "README.md"
license = "LicenseRef-MovieLens"
license-files = ["TERMS.txt"]
requires-python = ">=3.11"

[tool.hatch.build.targets.wheel]
packages = ["src/{DISTRIBUTION.replace("-", "_")}"]
"""


def build(source: Path, target: Path) -> Path:
    """Write the wheel.

    Args:
        source: folder or zip of ml-latest-small.
        target: folder of the wheel.

    Returns:
        The path of the wheel.

    Raises:
        DataFormatError: a file is missing, the ratings cannot be read, or the README does not allow passing them on.
    """
    from hatchling.build import build_wheel  # here: the rest of the module is imported by tests without it

    files = _published(source)
    terms = files.read(_TERMS).decode()
    if _PERMISSION not in " ".join(terms.split()):
        raise DataFormatError(files.display_name(_TERMS), f"terms that allow passing the data on: {_PERMISSION!r}")
    target = target.absolute()
    target.mkdir(parents=True, exist_ok=True)
    before = Path.cwd()
    with TemporaryDirectory() as scratch:
        _write_sources(Path(scratch), files, terms)
        os.chdir(scratch)  # the build reads the working directory
        try:
            return target / build_wheel(str(target))
        finally:
            os.chdir(before)


def _published(source: Path) -> FileSet:
    """The files of the data set, after they were read as they will be."""
    read(source)
    folders = [open_folder(source)] if source.is_dir() else open_zip(source)
    for files in folders:
        if all(name in files for name in _FILES):
            return files
    raise DataFormatError(source, f"the files of ml-latest-small: {', '.join(_FILES)}")


def _write_sources(folder: Path, files: FileSet, terms: str) -> None:
    """What the wheel is built from."""
    package = folder / "src" / DISTRIBUTION.replace("-", "_")
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("README.md"), folder)
    (folder / "TERMS.txt").write_text(terms, encoding="utf-8")
    (package / "__init__.py").write_text('"""Ratings of ml-latest-small, read by reelgraph."""\n', encoding="utf-8")
    with zipfile.ZipFile(package / ARCHIVE, "w") as archive:
        for name in _FILES:
            archive.writestr(zipfile.ZipInfo(name, _OLDEST), files.read(name), zipfile.ZIP_DEFLATED, 9)


def main(words: Sequence[str] | None = None) -> int:
    """Build from the command line; 2 for bad input."""
    parser = argparse.ArgumentParser(description="Build reelgraph-sample from a folder or zip of ml-latest-small.")
    parser.add_argument("source", type=Path, metavar="DATA", help="the folder, or the zip")
    parser.add_argument("target", type=Path, metavar="OUT", help="folder of the wheel")
    given = parser.parse_args(words)
    try:
        print(build(given.source, given.target))
    except ReelgraphError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
