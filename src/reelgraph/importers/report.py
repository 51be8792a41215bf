"""The files that an import writes: ratings, watchlist, doubtful movies to confirm, and the report."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reelgraph.core import Catalogue, IdIndex, Recommendations
from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.data.readers.files import open_file
from reelgraph.data.titles import title_parsing
from reelgraph.importers.field_parsers import parse_year
from reelgraph.importers.import_result import ImportedMovie, ImportResult, MovieKey
from reelgraph.importers.spreadsheet_cells import escape_formula, unescape_formula
from reelgraph.importers.table import read_table

NOT_IN_CATALOGUE = "-"
_CANDIDATE_SEPARATOR = " | "
_SHOWN = 5  # titles in the report in short
_MAX_LETTERS = 200  # of each of them
_DOUBTFUL_COLUMNS = ("title", "year", "item_id", "reason", "candidates")


def ratings_csv(result: ImportResult, catalogue: Catalogue) -> bytes:
    """``item_id,rating,timestamp,title``; seen movies have no rating. `read_person` reads this file."""
    titles = dict(zip(catalogue.item_id.tolist(), map(escape_formula, catalogue.title.tolist()), strict=True))
    timestamps = result.timestamps
    rows: list[Sequence[object]] = [
        (item, f"{stars:g}", timestamps.get(item, ""), titles[item]) for item, stars in result.ratings.items()
    ]
    rows += [(item, "", timestamps.get(item, ""), titles[item]) for item in result.seen]
    return _csv(("item_id", "rating", "timestamp", "title"), rows)


def watchlist_ids(result: ImportResult) -> bytes:
    """One item id per line, for the option ``--include``."""
    return "".join(f"{item}\n" for item in result.watchlist).encode()


def doubtful_csv(result: ImportResult) -> bytes:
    """``title,year,item_id,reason,candidates``; to confirm a movie, write its item id, or "-" if it is none of them."""
    rows = [
        (
            escape_formula(movie.title),
            movie.year or "",
            "",
            escape_formula(movie.reason),
            escape_formula(_CANDIDATE_SEPARATOR.join(f"{item}: {title}" for item, title in movie.candidates)),
        )
        for movie in result.with_status("doubtful")
    ]
    return _csv(_DOUBTFUL_COLUMNS, rows)


@runs_after_fork
def read_confirmations(path: str | Path) -> dict[MovieKey, str | None]:
    """The confirmations in a file written by `doubtful_csv`; rows without an item id are ignored.

    Raises:
        DataFormatError: the file is missing or lacks a column.
    """
    path = Path(path)
    if not path.is_file():
        raise DataFormatError(path, "no such file")
    data = open_file(path).read(path.name)
    if data == _csv(_DOUBTFUL_COLUMNS, ()):  # nothing was doubtful
        return {}
    table = read_table(data, str(path))
    for name in ("title", "year", "item_id"):
        table.require(name, name.replace("_", ""))
    titles, years, items = table.column("title"), table.column("year"), table.column("itemid")
    return {
        (unescape_formula(titles[row]), parse_year(years[row])): None if items[row] == NOT_IN_CATALOGUE else items[row]
        for _, row in table.rows()
        if items[row]
    }


def report_dict(result: ImportResult) -> dict[str, Any]:
    """The report, JSON-serialisable."""
    counts = {status: len(result.with_status(status)) for status in ("matched", "doubtful", "missing")}
    return {
        "service": result.service,
        "rows": result.rows,
        "films": counts,
        "matched_by": result.reasons(),
        "rated": len(result.ratings),
        "seen": len(result.seen),
        "watchlist": len(result.watchlist),
        "repeated": result.repeated,
        "set_aside": dict(result.skipped),
        "doubtful": [_movie_dict(movie) for movie in result.with_status("doubtful")],
        "missing": [_movie_dict(movie) for movie in result.with_status("missing")],
        "notes": list(result.notes),
    }


def summary_lines(result: ImportResult) -> list[str]:
    """The report in short: counts, the first movies that are doubtful or missing, and the notes."""
    counts = {
        "rated": len(result.ratings),
        "seen without a rating": len(result.seen),
        "on the watchlist": len(result.watchlist),
        "repeated": result.repeated,
        **result.set_aside,
    }
    count_texts = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
    lines = [f"{result.service}: {counted(result.rows, 'row')}; {count_texts or 'nothing imported'}"]
    return [*lines, *_unmatched_lines(result), *result.notes]


def named_lines(result: ImportResult) -> list[str]:
    """The report of a list whose movies are only named: how many were found, and which are doubtful or missing."""
    n_found, n_named = len(result.with_status("matched")), len(result.movies)
    skipped = "".join(f", {reason} {count:,}" for reason, count in result.skipped.items())
    return [
        f"{result.service}: {n_found:,} of {counted(n_named, 'movie')} found{skipped}",
        *_unmatched_lines(result),
        *result.notes,
    ]


def _unmatched_lines(result: ImportResult) -> list[str]:
    lines = []
    for status, name in (("doubtful", "doubtful, not taken"), ("missing", "not in the catalogue")):
        movies = result.with_status(status)
        titles = "; ".join(map(_short_name, movies[:_SHOWN]))
        if movies:
            lines.append(f"{name}: {len(movies):,}: {titles}{'; ...' if len(movies) > _SHOWN else ''}")
    return lines


def _short_name(movie: ImportedMovie) -> str:
    """The title and year of a movie in the report in short."""
    title = movie.title if len(movie.title) <= _MAX_LETTERS else f"{movie.title[: _MAX_LETTERS - 1]}…"
    return f"{title} ({movie.year})" if movie.year else title


def letterboxd_list(recommendations: Recommendations, items: IdIndex, catalogue: Catalogue) -> bytes:
    """Recommendations as a list for Letterboxd: CSV with ``tmdbID,imdbID,Title,Year``, best first.

    A title that a spreadsheet would run as a formula has an apostrophe before it, as in the other files of this module.

    Predicted stars are omitted, because Letterboxd would take them for the person's ratings.

    Args:
        recommendations: the list.
        items: the item ids.
        catalogue: aligned with ``items``.
    """
    rows = []
    for recommendation in recommendations:
        row = items.row(recommendation.item_id)
        title = str(catalogue.title[row])
        year = int(catalogue.year[row]) or title_parsing.parse_title(title).year
        rows.append(
            (
                int(catalogue.tmdb_id[row]) or "",
                str(catalogue.imdb_id[row]),
                escape_formula(title_parsing.display_title(title)),
                year or "",
            )
        )
    return _csv(("tmdbID", "imdbID", "Title", "Year"), rows)


def _movie_dict(movie: ImportedMovie) -> Mapping[str, Any]:
    candidates = [{"item_id": item, "title": title} for item, title in movie.candidates]
    record = {
        "title": movie.title,
        "year": movie.year or None,
        "reason": movie.reason,
        "where": movie.where,
        "rows": movie.rows,
    }
    if not candidates:
        return record
    person_fields = {"stars": movie.stars, "on_watchlist": movie.on_watchlist, "timestamp": movie.timestamp}
    return {**record, "candidates": candidates, **person_fields}


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return content.getvalue().encode()
