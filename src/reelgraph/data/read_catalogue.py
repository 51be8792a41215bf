"""Read a table of movies on its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reelgraph.core import Catalogue, IdIndex
from reelgraph.core.argument_checks import require_path
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data.movie_details import read_details
from reelgraph.data.readers import table_folder
from reelgraph.data.readers.files import is_details_file, open_file


@runs_after_fork
def read_catalogue(path: str | Path, items: IdIndex) -> tuple[Catalogue, tuple[str, ...]]:
    """The movies of a table with one row for each: an id, and a title, a year, genres, ids of IMDb and TMDB, a runtime.

    Args:
        path: CSV, TSV or Parquet, such as ``movies.csv`` of MovieLens, with columns of usual names. Or a file
            that ``reelgraph data enrich`` wrote.
        items: ids of the same kind, numbers or text.

    Returns:
        The movies, and what people should know about the reading, one sentence each.

    Raises:
        DataFormatError: the file is missing or cannot be read, has no column of ids or no movie, or an id in two rows.
    """
    require_path("read_catalogue", "path", path)
    path = Path(path)
    if not path.is_file():
        raise DataFormatError(str(path), "a file with a table of movies", hint="there is no such file")
    if is_details_file(path):
        return read_details(path), ()
    like = items.ids if len(items) else np.empty(0, np.int64)
    return table_folder.read_catalogue(open_file(path), path.name, like, {}, each_once=True)
