"""Data sets as they are named on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

from reelgraph import pipeline
from reelgraph.cli.output import err, progress_bar
from reelgraph.cli.tables import clean_summary
from reelgraph.core import CleanReport, Dataset, Feedback, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data import DATASETS, get
from reelgraph.data.clean_steps import UNKNOWN_TIMES
from reelgraph.data.dropped_ratings import with_other_scale_advice
from reelgraph.data.readers.options import ReadOptions, parse_columns


def locate(source: str) -> str | Path:
    """A path as it is; the name of a published data set as its downloaded file."""
    if source in DATASETS and not Path(source).exists():
        with progress_bar() as progress:
            return get(source, progress=progress)
    return source if source == "sample" else Path(source)


def read_options(scale: str | None, columns: str | None, feedback: str | None = None) -> ReadOptions:
    """What ``--scale``, ``--columns`` and ``--feedback`` say.

    Raises:
        ConfigError: one of them is not of its form.
    """
    return ReadOptions(
        None if scale is None else RatingScale.parse(scale),
        {} if columns is None else parse_columns(columns),
        cast(Feedback | None, feedback),  # ReadOptions refuses another word
    )


def open_data(
    source: str, options: ReadOptions | None = None, scale_advice: str | None = None
) -> tuple[Dataset, CleanReport]:
    """Read and clean what was named on the command line; its notes go to stderr.

    Args:
        source: what was named.
        options: scale and columns; found in the data when None.
        scale_advice: what to do about ratings off the scale; None for setting another scale.

    Raises:
        DataFormatError: as `reelgraph.pipeline.load`.
    """
    try:
        dataset, report = pipeline.load(locate(source), options=options)
    except DataFormatError as error:
        if scale_advice is not None and error.hint:
            raise error.with_hint(with_other_scale_advice(error.hint, scale_advice)) from None
        raise
    notes = report.notes
    print_notes(notes if scale_advice is None else [with_other_scale_advice(note, scale_advice) for note in notes])
    return dataset, report


def print_notes(notes: Iterable[str]) -> None:
    """What people should know about the reading of a data set, a line each on stderr."""
    for note in notes:
        err.print(note if note.startswith("WARNING") else f"NOTE: {note}", soft_wrap=True, markup=False)


def print_losses(report: CleanReport | None, source: str = "") -> None:
    """One line on stderr where cleaning dropped ratings, or some have no time.

    Args:
        report: of the cleaning; None where it is not known.
        source: what was cleaned, where there are several.
    """
    if report is not None and (report.dropped or report.count(UNKNOWN_TIMES)):
        err.print(f"{f'{source}: ' if source else ''}{clean_summary(report)}", soft_wrap=True, markup=False)
