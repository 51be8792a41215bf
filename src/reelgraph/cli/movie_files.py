"""Files that name movies, for ``--include`` and ``--exclude``: ids, titles, lists and libraries of other programs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reelgraph import importers
from reelgraph.cli.item_names import item_named
from reelgraph.cli.output import err
from reelgraph.core.errors import DataFormatError
from reelgraph.recommend import Filters, Recommender


def with_files(filters: Filters, exclude: Path | None, include: Path | None, recommender: Recommender) -> Filters:
    """Filters with the movies of two files; None for no file. What of them was not found is told on stderr.

    Raises:
        DataFormatError: a file is missing, of no known kind, or names no movie of the bundle.
        UnknownIdError: no movie, or more than one, fits a line of a file of ids or titles.
    """
    return replace(
        filters,
        exclude=() if exclude is None else movies_in(exclude, recommender),
        include=None if include is None else movies_in(include, recommender),
    )


def movies_in(path: Path, recommender: Recommender) -> tuple[int | str, ...]:
    """The ids of the movies that a file names, each once; raises as `with_files`."""
    if importers.is_list_of_names(path):
        return tuple(dict.fromkeys(item_named(recommender, name) for name in _lines(path)))
    titles = recommender.titles.index
    named = importers.import_movie_list(
        path, recommender.catalogue, titles=titles, popularity=recommender.popularity.counts.tolist()
    )
    lines = importers.named_lines(named)
    ids = tuple(dict.fromkeys(movie.item_id for movie in named.movies if movie.item_id is not None))
    if not ids:
        expected = f"none of its {len(named.movies):,} movies is in the bundle"
        raise DataFormatError(path, expected, hint="; ".join(lines))
    for line in lines:
        err.print(f"{path.name}, {line}", soft_wrap=True, markup=False)
    return ids


def _lines(path: Path) -> list[str]:
    """The lines of a text file that are not blank."""
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except FileNotFoundError:
        raise DataFormatError(path, "no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataFormatError(path, f"a text file with one item id or title a line ({error})") from None
