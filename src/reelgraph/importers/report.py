"""What an import leaves behind: the ratings, the watchlist, the doubtful to be settled, and the report."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reelgraph.core import Catalogue, IdIndex, Recommendations
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.files import open_file
from reelgraph.importers import collect, table, title_parsing
from reelgraph.importers.import_export import Film, FilmKey, Imported

NONE_OF_THEM = "-"
_BETWEEN = " | "
_DOUBTFUL = ("title", "year", "item_id", "reason", "candidates")


def ratings_csv(found: Imported, catalogue: Catalogue) -> bytes:
    """``item_id,rating,timestamp,title``; a film seen without a rating has none. `read_person` reads it."""
    titles = dict(zip(catalogue.item_id.tolist(), catalogue.title.tolist(), strict=True))
    times = found.timestamps
    lines: list[Sequence[object]] = [
        (item, f"{stars:g}", times.get(item, ""), titles[item]) for item, stars in found.ratings.items()
    ]
    lines += [(item, "", times.get(item, ""), titles[item]) for item in found.seen]
    return _csv(("item_id", "rating", "timestamp", "title"), lines)


def watchlist_ids(found: Imported) -> bytes:
    """One item id a line, as the option ``--include`` takes it."""
    return "".join(f"{item}\n" for item in found.watchlist).encode()


def doubtful_csv(found: Imported) -> bytes:
    """``title,year,item_id,reason,candidates``: to be settled by writing an item id, or "-" for none of them."""
    lines = [
        (
            film.title,
            film.year or "",
            "",
            film.reason,
            _BETWEEN.join(f"{item}: {name}" for item, name in film.candidates),
        )
        for film in found.of("doubtful")
    ]
    return _csv(_DOUBTFUL, lines)


def read_confirm(path: str | Path) -> dict[FilmKey, str | None]:
    """The decisions in a file written by `doubtful_csv`; rows without an item id are left open.

    Raises:
        DataFormatError: it is missing or lacks a column.
    """
    path = Path(path)
    if not path.is_file():
        raise DataFormatError(path, "no such file")
    data = open_file(path).read(path.name)
    if data == _csv(_DOUBTFUL, ()):  # nothing was doubtful
        return {}
    found = table.parse(data, str(path))
    for name in ("title", "year", "item_id"):
        found.require(name, name.replace("_", ""))
    titles, years, items = found.column("title"), found.column("year"), found.column("itemid")
    return {
        (titles[row], collect.year(years[row])): None if items[row] == NONE_OF_THEM else items[row]
        for _, row in found.rows()
        if items[row]
    }


def as_record(found: Imported) -> dict[str, Any]:
    """The report, JSON-ready."""
    counts = {status: len(found.of(status)) for status in ("matched", "doubtful", "missing")}
    return {
        "service": found.service,
        "rows": found.rows,
        "films": counts,
        "matched_by": found.reasons(),
        "rated": len(found.ratings),
        "seen": len(found.seen),
        "watchlist": len(found.watchlist),
        "repeated": found.repeated,
        "set_aside": dict(found.set_aside),
        "doubtful": [_film(film) for film in found.of("doubtful")],
        "missing": [_film(film) for film in found.of("missing")],
        "notes": list(found.notes),
    }


def letterboxd_list(answer: Recommendations, items: IdIndex, catalogue: Catalogue) -> bytes:
    """Picks as a CSV that Letterboxd imports as a list: ``tmdbID,imdbID,Title,Year``, in the order of the list.

    Predicted stars are left out: Letterboxd would take them for the person's own.

    Args:
        answer: the picks.
        items: the ids.
        catalogue: aligned with ``items``.
    """
    lines = []
    for line in answer:
        row = items.row(line.item_id)
        title = str(catalogue.title[row])
        year = int(catalogue.year[row]) or title_parsing.take_apart(title).year
        lines.append(
            (
                int(catalogue.tmdb_id[row]) or "",
                str(catalogue.imdb_id[row]),
                title_parsing.natural(title),
                year or "",
            )
        )
    return _csv(("tmdbID", "imdbID", "Title", "Year"), lines)


def _film(film: Film) -> Mapping[str, Any]:
    candidates = [{"item_id": item, "title": title} for item, title in film.candidates]
    record = {"title": film.title, "year": film.year or None, "reason": film.reason, "where": film.where}
    return {**record, "candidates": candidates} if candidates else record


def _csv(head: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(lines)
    return text.getvalue().encode()
