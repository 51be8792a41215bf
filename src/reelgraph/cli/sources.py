"""Data sets as they are named on the command line."""

from __future__ import annotations

from pathlib import Path

from reelgraph import pipeline
from reelgraph.cli.output import progress_bar
from reelgraph.core import CleanReport, Dataset
from reelgraph.data import DATASETS, get


def locate(source: str) -> str | Path:
    """A path as it is; the name of a published data set as its downloaded file."""
    if source in DATASETS and not Path(source).exists():
        with progress_bar() as progress:
            return get(source, progress=progress)
    return source if source == "sample" else Path(source)


def open_data(source: str) -> tuple[Dataset, CleanReport]:
    """Read and clean what was named on the command line."""
    return pipeline.load(locate(source))
