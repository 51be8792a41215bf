"""Files that name movies, for ``--include`` and ``--exclude``: ids, titles, lists and libraries of other programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from reelgraph import importers
from reelgraph.cli.item_names import item_named
from reelgraph.cli.output import clipped, err
from reelgraph.cli.person_options import with_hint_to_import
from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError, UnknownIdError
from reelgraph.recommend import Filters, Recommender

_N_SHOWN = 5  # lines of a file that the report names


def with_files(filters: Filters, exclude: Path | None, include: Path | None, recommender: Recommender) -> Filters:
    """Filters with the movies of two files; None for no file. What of them was not found is printed on stderr.

    Raises:
        DataFormatError: a file is missing, of no known kind, or names no movie of the bundle.
    """
    return replace(
        filters,
        exclude=() if exclude is None else movies_in(exclude, recommender),
        include=None if include is None else movies_in(include, recommender),
    )


def movies_in(path: Path, recommender: Recommender) -> tuple[int | str, ...]:
    """The ids of the movies that a file names, each once; raises as `with_files`."""
    is_list = importers.is_list_of_names(path)
    ids, n_named, lines = (_named_in_lines if is_list else _named_in_export)(path, recommender)
    if not ids:
        raise DataFormatError(path, f"none of its {counted(n_named, 'movie')} is in the bundle", hint="; ".join(lines))
    for line in lines:
        err.print(f"{path.name}, {line}", soft_wrap=True, markup=False)
    return tuple(dict.fromkeys(ids))


def _named_in_export(path: Path, recommender: Recommender) -> tuple[list[int | str], int, list[str]]:
    """The ids of the movies of a table or an export that were found, how many it names, and the report."""
    titles, popularity = recommender.titles.index, recommender.popularity.counts.tolist()
    try:
        named = importers.import_movie_list(path, recommender.catalogue, titles=titles, popularity=popularity)
    except DataFormatError as error:
        raise with_hint_to_import(error, "whose --out and --watchlist files --include and --exclude take") from None
    ids = [movie.item_id for movie in named.movies if movie.item_id is not None]
    return ids, len(named.movies), importers.named_lines(named)


def _named_in_lines(path: Path, recommender: Recommender) -> tuple[list[int | str], int, list[str]]:
    """The ids of the movies of a file with one a line that were found, how many it names, and the report."""
    ids, missing = [], []
    for number, name in _lines(path):
        try:
            ids.append(item_named(recommender, name))
        except UnknownIdError as error:
            missing.append(f"line {number}: {clipped(str(error))}")
    n_named = len(ids) + len(missing)
    if not n_named:
        raise DataFormatError(path, "is empty; give one item id or title a line")
    if not missing:
        return ids, n_named, []
    return (
        ids,
        n_named,
        [
            f"{len(ids):,} of {counted(n_named, 'movie')} found",
            *missing[:_N_SHOWN],
            *([f"and {counted(len(missing) - _N_SHOWN, 'more line')}"] if len(missing) > _N_SHOWN else []),
        ],
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file that are not blank, each with its number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataFormatError(path, "no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataFormatError(path, f"a text file with one item id or title a line ({error})") from None
    return ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip())
