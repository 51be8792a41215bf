"""What an import leaves behind: files that other commands, spreadsheets and services read again."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import numpy as np
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
    # Amélie is the catalogue's Amelie; Se7en is an alternative title, and so is the name of an episode.
    assert record["matched_by"] == {
        "same title and year": 6,
        "same alternative title and year": 2,
    }
    assert watchlist_ids(imported) == b"8638\n"


FORMULAS = ['=HYPERLINK("http://evil.example")', "+1", "-30-", "@SUM(A1)", "\t=1+1"]


@pytest.mark.parametrize("title", FORMULAS)
def test_no_cell_of_text_is_a_formula_in_a_spreadsheet(tmp_path: Path, title: str) -> None:
    known = known_catalogue()
    titles = known.title.astype(object)
    row = known.item_id.tolist().index(2571)
    titles[row] = title
    catalogue = dataclasses.replace(known, title=titles.astype(str))
    picks = Recommendations((Recommendation(2571, "", 1.0, 1),), "x")
    (listed,) = lines_of(letterboxd_list(picks, IdIndex(catalogue.item_id, "item"), catalogue))
    assert listed["Title"].startswith("'")
    (tmp_path / "ids.csv").write_text("item_id,rating\n2571,4\n")
    imported = import_export(tmp_path / "ids.csv", catalogue)
    (written,) = lines_of(ratings_csv(imported, catalogue))
    assert (written["item_id"], written["title"]) == ("2571", f"'{title}")
    (tmp_path / "mine.csv").write_bytes(ratings_csv(imported, catalogue))
    assert import_export(tmp_path / "mine.csv", catalogue).ratings == {2571: 4.0}


@pytest.mark.parametrize("title", [f"{formula} Dune" for formula in FORMULAS[:4]])
def test_a_doubtful_title_is_escaped_and_its_confirmation_finds_it(tmp_path: Path, title: str) -> None:
    catalogue = known_catalogue()
    doubtful = dataclasses.replace(
        import_export(letterboxd_zip(tmp_path / "export.zip"), catalogue).with_status("doubtful")[0], title=title
    )
    imported = import_export(letterboxd_zip(tmp_path / "again.zip"), catalogue)
    imported = dataclasses.replace(imported, movies=(doubtful,))
    (row,) = lines_of(doubtful_csv(imported))
    assert row["title"] == f"'{title}"
    path = tmp_path / "open.csv"
    path.write_bytes(doubtful_csv(imported).replace(b",1985,,", b",1985,2011,"))
    assert read_confirmations(path) == {(title, 1985): "2011"}


def test_the_apostrophe_that_other_programs_write_is_no_part_of_a_title(tmp_path: Path) -> None:
    titles = np.array(["'night, Mother (1986)", "-30- (1959)"])
    catalogue = dataclasses.replace(known_catalogue(), title=np.concatenate([titles, known_catalogue().title[2:]]))
    catalogue = dataclasses.replace(catalogue, year=np.concatenate([[1986, 1959], catalogue.year[2:]]))
    (tmp_path / "mine.csv").write_text("title,year,rating\n'-30-,1959,4\n\"'night, Mother\",1986,3\n")
    first, second = catalogue.item_id[:2].tolist()
    assert import_export(tmp_path / "mine.csv", catalogue).ratings == {first: 3.0, second: 4.0}
