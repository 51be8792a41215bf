"""What an import leaves behind: files that other commands, spreadsheets and services read again."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from reelgraph import import_export
from reelgraph.core import IdIndex, Recommendation, Recommendations
from reelgraph.core.errors import DataFormatError
from reelgraph.importers import (
    doubtful_csv,
    letterboxd_list,
    ratings_csv,
    read_confirmations,
    report_dict,
    watchlist_ids,
)
from tests.unit.importers.services import known_catalogue, letterboxd_zip


def lines_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_written_ratings_come_back_as_they_were(tmp_path: Path) -> None:
    catalogue = known_catalogue()
    imported = import_export(letterboxd_zip(tmp_path / "export.zip"), catalogue)
    (tmp_path / "mine.csv").write_bytes(ratings_csv(imported, catalogue))
    again = import_export(tmp_path / "mine.csv", catalogue)
    assert (again.service, again.ratings, again.seen) == ("plain", imported.ratings, imported.seen)
    assert again.timestamps == {item: imported.timestamps[item] for item in (*imported.ratings, *imported.seen)}


def test_picks_go_to_letterboxd_with_ids_and_natural_titles() -> None:
    catalogue = known_catalogue()
    items = IdIndex(catalogue.item_id, "item")
    picks = [Recommendation(key, "", 1.0, rank + 1) for rank, key in enumerate((2571, 4973, 47))]
    rows = lines_of(letterboxd_list(Recommendations(tuple(picks), "x"), items, catalogue))
    assert rows == [
        {"tmdbID": "603", "imdbID": "tt0133093", "Title": "The Matrix", "Year": "1999"},
        {"tmdbID": "194", "imdbID": "tt0211915", "Title": "Amelie", "Year": "2001"},
        {"tmdbID": "807", "imdbID": "tt0114369", "Title": "Seven", "Year": "1995"},
    ]


@pytest.mark.parametrize(("separator", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16")])
def test_doubtful_films_survive_a_spreadsheet(tmp_path: Path, separator: str, encoding: str) -> None:
    catalogue = known_catalogue()
    imported = import_export(letterboxd_zip(tmp_path / "export.zip"), catalogue)
    rows = lines_of(doubtful_csv(imported))
    assert [(row["title"], row["year"], row["item_id"], row["candidates"]) for row in rows] == [
        ("Dune", "1985", "", "2011: Dune (1984)")
    ]
    path = tmp_path / "open.csv"

    def settle(item: str) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator)
        writer.writerows([["title", "year", "item_id", "reason"], ["Dune", "1985", item, "a, reason; of many"]])
        path.write_bytes(text.getvalue().encode(encoding))

    settle("2011")
    assert read_confirmations(path) == {("Dune", 1985): "2011"}
    settle("-")
    assert read_confirmations(path) == {("Dune", 1985): None}
    settle("")
    assert read_confirmations(path) == {}


def test_where_nothing_was_doubtful_nothing_is_confirmed(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text("title,year,rating\nThe Matrix,1999,4\n")
    imported = import_export(tmp_path / "export.csv", known_catalogue())
    (tmp_path / "open.csv").write_bytes(doubtful_csv(imported))
    assert read_confirmations(tmp_path / "open.csv") == {}


def test_confirmations_need_their_columns(tmp_path: Path) -> None:
    (tmp_path / "open.csv").write_text("title,year\nDune,2021\n")
    with pytest.raises(DataFormatError, match="item_id"):
        read_confirmations(tmp_path / "open.csv")
    with pytest.raises(DataFormatError, match="no such file"):
        read_confirmations(tmp_path / "none.csv")


def test_report_says_how_films_were_matched(tmp_path: Path) -> None:
    imported = import_export(letterboxd_zip(tmp_path / "export.zip"), known_catalogue())
    record = report_dict(imported)
    assert record["films"] == {"matched": 8, "doubtful": 1, "missing": 1}
    # Amélie is the catalogue's Amelie; Se7en is an alternative title, as is nothing else here.
    assert record["matched_by"] == {
        "same title and year": 6,
        "same alternative title and year": 1,
        "same part of the title and year": 1,
    }
    assert watchlist_ids(imported) == b"8638\n"
