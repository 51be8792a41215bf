"""Bad exports end in one clear error, within stated limits of memory; a bad row is counted and named."""

from __future__ import annotations

import io
import json
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgraph import import_export
from reelgraph.core.errors import DataFormatError, ReelgraphError
from reelgraph.data.readers.column_names import normalised_name
from reelgraph.importers import archive, report_dict, trakt
from reelgraph.importers.table import read_table
from tests.unit.importers.services import FILMS, known_catalogue, letterboxd_zip, table

HEAD = "Date,Name,Year,Letterboxd URI,Rating"
MIB = 2**20


@contextmanager
def memory_below(mib: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mib * MIB
    finally:
        tracemalloc.stop()


def refused(path: Path, pattern: str) -> None:
    with pytest.raises(DataFormatError, match=pattern):
        import_export(path, known_catalogue())


def put(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ---------------------------------------------------------------------------------------------- files that are none


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (b"", "empty file"),
        (b"hello\n", "expected a Letterboxd zip"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "this is an image"),
        (b"Letterboxd list export v7\nDate,Name,Tags,URL,Description\n", "give the export zip"),
        (b"a,b,c\n1,2,3\n", "a Letterboxd zip"),
        (b"title,year,rating\n", "found none"),
        (HEAD.replace("Name,", "").encode() + b"\n2020-01-01,1999,u,5\n", "a column 'Name'"),
        (HEAD.replace("Year,", "").encode() + b"\n2020-01-01,Heat,u,5\n", "a column 'Year'"),
        (b"Const,Title,Year\ntt0133093,The Matrix,1999\n", "a column 'Your Rating'"),
        (b"title,year,rating\nHeat,1995,4\nHeat,1995\nHeat\n,,,,\n", "3 of 4 rows are malformed"),
        (b"title,year,rating\nHeat,1995,400\n", "ratings from 0 to 5, 10 or 100"),
        (b"userId,movieId,rating\n1,47,4\n2,47,4\n", "one person"),
        (b"{}", "expected Trakt's JSON"),
        (b"[]", "expected Trakt's JSON"),
        (b"[1, 2, 3]", "expected Trakt's JSON"),
        (b'{"movie": 1}', "expected Trakt's JSON"),
        (b'[{"movie": {"title": "Heat"}', "expected JSON"),
        (b"[" * 200_000, "nested deeper than 32"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "nested deeper than 32"),
        (b'["' + b'\\"' * 500_000, "expected JSON"),  # a quote that never closes is still read in one pass
        (b"title,rating\nHeat,x\nHeat,y\nHeat,4\n", "line 2: rating 'x': cannot be read .2 of 3"),
        (b"[" + b"[]," * 2_600_000 + b"1]", "more than 5,000,000 brackets and commas"),
        (b"title" + b"," * 60 + b"\n" + (b"," * 60 + b"\n") * 70_000, "more than 4,000,000 fields"),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else "",
)  # fmt: skip
def test_files_that_are_no_export_are_refused(tmp_path: Path, content: bytes, pattern: str) -> None:
    refused(put(tmp_path / "export.csv", content), pattern)


def test_missing_files_and_empty_folders_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "none.zip", "no such file or folder")
    refused(tmp_path, "found no table")


def test_exports_of_two_services_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "ratings.csv", table(HEAD, [("2020-01-01", "Heat", 1995, "u", 5)]))
    put(tmp_path / "imdb.csv", "Const,Your Rating\ntt0133093,5\n")
    refused(tmp_path, "one export at a time, found imdb and letterboxd")


def test_a_line_too_long_for_a_header_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0

    def watched(name: str) -> str:
        nonlocal longest
        longest = max(longest, len(name))
        return normalised_name(name)

    monkeypatch.setattr("reelgraph.importers.table.normalised_name", watched)
    for content in (b"x" * 3_000_000, b"\xc3\xa9" * 1_000_000 + b"\n1\n", b" " * 3_000_000, b"x" * 65_537):
        refused(put(tmp_path / "big.csv", content), "expected")
        assert longest <= 65_536
    with pytest.raises(DataFormatError, match="a header of more than 65,536 bytes"):
        read_table(b"title," + b"x" * 65_536 + b"\nHeat,1\n", "big.csv")
    assert read_table(b"title," + b"x" * 65_530 + b"\nHeat,1\n", "big.csv").column("title") == [
        "Heat"
    ]  # just as long as it may be


# ---------------------------------------------------------------------------------------------- zips


def test_damaged_locked_and_false_zips_are_refused(tmp_path: Path) -> None:
    whole = letterboxd_zip(tmp_path / "export.zip").read_bytes()
    refused(put(tmp_path / "cut.zip", whole[:-200]), r"cut\.zip.*complete zip file")
    refused(put(tmp_path / "no.zip", b"not a zip"), "complete zip file")
    spoilt = bytearray(whole)
    at = spoilt.find(b"PK\x03\x04", 10)
    spoilt[at + 40 : at + 60] = b"\xff" * 20
    refused(put(tmp_path / "spoilt.zip", bytes(spoilt)), "cannot be read|complete zip")
    locked = bytearray(whole)
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(sign)
        while at >= 0:
            locked[at + flags] |= 1
            at = locked.find(sign, at + 4)
    refused(put(tmp_path / "locked.zip", bytes(locked)), "encrypted|password")


def test_names_that_point_out_of_the_zip_are_no_part_of_it(tmp_path: Path) -> None:
    evil = table(HEAD, [("2020-01-01", "Toy Story", 1995, "u", 5)])
    extra = dict.fromkeys(("../../ratings.csv", "/etc/ratings.csv", "C:\\ratings.csv", "..\\ratings.csv"), evil)
    (tmp_path / "in").mkdir()
    path = letterboxd_zip(tmp_path / "in" / "export.zip", extra=extra)
    imported = import_export(path, known_catalogue())
    assert 1 not in imported.ratings
    assert imported.ratings[2571] == 4.5
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["export.zip"]  # nothing was unpacked


@pytest.mark.parametrize("name", ["", ".", "\x00ratings.csv"])
def test_names_of_nothing_in_a_zip_are_passed_over(tmp_path: Path, name: str) -> None:
    path = letterboxd_zip(tmp_path / "export.zip")
    member = zipfile.ZipInfo("x")
    member.filename = name
    with zipfile.ZipFile(path, "a") as whole:
        whole.writestr(member, "x")
    assert import_export(path, known_catalogue()).ratings[2571] == 4.5


def test_packing_that_takes_memory_of_its_own_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("ratings.csv", table(HEAD, [("2020-01-01", "Toy Story", 1995, "u", 5)]))
    refused(tmp_path / "export.zip", r"ratings\.csv.*cannot be read: .*zip it again")


def test_zip_bomb_is_refused_by_its_declared_size_and_by_what_comes_out(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive_file,
        archive_file.open("ratings.csv", "w") as stream,
    ):
        stream.write(HEAD.encode() + b"\n")
        for _ in range(100):
            stream.write(b"0" * MIB)
    bomb = (tmp_path / "bomb.zip").read_bytes()
    assert len(bomb) < MIB
    with memory_below(8):
        refused(tmp_path / "bomb.zip", r"bomb\.zip: ratings\.csv: refused: more than 33,554,432 bytes")
    liar = bytearray(bomb)  # says in its table of contents that it has 100 bytes
    at = liar.rfind(b"PK\x01\x02")
    liar[at + 24 : at + 28] = struct.pack("<I", 100)
    with memory_below(80):
        refused(put(tmp_path / "liar.zip", bytes(liar)), "refused|cannot be read")


def test_many_members_that_are_small_alone_are_refused_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL", 4 * MIB)
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive_file:
        for number in range(5):
            archive_file.writestr(f"{number}.csv", "title,year\n" + "0" * MIB)
    refused(tmp_path / "export.zip", "4 MiB for an export")


def test_a_large_zip_whose_bulk_is_something_else_is_read_within_little_memory(tmp_path: Path) -> None:
    path = letterboxd_zip(tmp_path / "export.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive_file, archive_file.open("photos.bin", "w") as stream:
        for _ in range(200):
            stream.write(b"\0" * MIB)
    assert path.stat().st_size > 200 * MIB
    with memory_below(8):
        assert import_export(path, known_catalogue()).ratings[2571] == 4.5


def test_too_many_members_are_refused_before_they_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive_file:
        for number in range(archive.MAX_MEMBERS + 1):
            archive_file.writestr(f"{number}", b"")
    monkeypatch.setattr(zipfile, "ZipFile", None)  # not even opened
    refused(put(tmp_path / "many.zip", content.getvalue()), "more than 10,000 files")
    end = content.getvalue()[-22:]
    large = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 50 * MIB, 0, 0)
    refused(put(tmp_path / "large.zip", b"x" * 100 + large), "directory of more than 4 MiB")
    refused(put(tmp_path / "wide.zip", b"PK\x06\x07" + b"\0" * 16 + end), "more than 10,000 files")


# ---------------------------------------------------------------------------------------------- rows


def test_bad_rows_are_counted_and_named_and_the_rest_is_taken(tmp_path: Path) -> None:
    rows = [
        ("2020-01-01", "The Matrix", 1999, "u1", 5),
        ("yesterday", "Toy Story", "", "u2", 4),  # no date and no year: doubtful or not, never lost
        ("2020-01-01", "", 1999, "u3", 4),
        ("2020-01-01", "Psycho", 1960, "u4", "good"),
        ("2020-01-01", "Se7en", 1995, "u5", 7),
        *(("2020-01-01", "Before Sunset", 2004, "u6", 3),) * 4,
    ]
    text = table(HEAD, rows) + "only,three,fields\r\n\r\n"
    imported = import_export(put(tmp_path / "ratings.csv", text), known_catalogue())
    assert imported.ratings == {2571: 5.0, 8638: 3.0}
    assert imported.skipped == {"rows that cannot be read": 4}
    assert [note.split(",")[-1].strip() for note in imported.notes[:2]] == ["fields'", "line 4: no name"]
    assert sum(note.startswith("cannot be read") for note in imported.notes) == 4


def test_a_carriage_return_in_a_header_of_quoted_fields_is_no_crash(tmp_path: Path) -> None:
    imported = import_export(put(tmp_path / "a.csv", b'title,"year"\r,rating\nToy Story,1995,4\n'), known_catalogue())
    assert imported.ratings == {1: 4.0}
    refused(put(tmp_path / "hidden.json", b'[{"title": "Heat"\r, "year": 1995,\nwrong'), "expected JSON")


def test_titles_have_an_end_and_ratings_a_beginning(tmp_path: Path) -> None:
    text = f"title,year,rating\n{'x' * 501},1995,4\nToy Story,1995,-1\nToy Story,1995,3\nPsycho,1960,2\n"
    imported = import_export(put(tmp_path / "mine.csv", text), known_catalogue())
    assert imported.ratings == {1: 3.0, 1219: 2.0}
    assert [note.split("mine.csv, ")[1] for note in imported.notes] == [
        "line 2: a title of 501 letters", "line 3: rating '-1'"
    ]  # fmt: skip


def test_stray_quote_does_not_swallow_the_rest(tmp_path: Path) -> None:
    text = 'title,year,rating\n"The Matrix,1999,5\nToy Story,1995,4\nPsycho,1960,3\n'
    imported = import_export(put(tmp_path / "mine.csv", text), known_catalogue())
    assert imported.ratings == {1: 4.0, 1219: 3.0}
    assert imported.skipped == {"rows that cannot be read": 1}


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (b"<a>" * 100_000, "XML nested deeper than 32"),
        (b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "x">]><r><m><t>&a;</t></m></r>', "document type or entities"),
        (b"<r><m><t>Heat</t></m>", "expected XML"),
        (b"<r></r>", "one element for each movie"),
    ],
)
def test_xml_is_read_within_limits(tmp_path: Path, content: bytes, pattern: str) -> None:
    refused(put(tmp_path / "x.xml", content), pattern)


@pytest.mark.parametrize("text", [": " * 240, "(Episode " * 50, " " * 400 + "a", "第" * 480, "9" * 480, "a:" * 240])
def test_titles_take_time_in_proportion_to_their_length(tmp_path: Path, text: str) -> None:
    rows = f'"x{text}y",1/1/20\n' * 2_000
    path = put(tmp_path / "history.csv", f"Title,Date\n{rows}")
    started = time.process_time()
    import_export(path, known_catalogue())
    assert time.process_time() - started < 5  # a pattern that backtracks takes minutes


def test_twenty_thousand_rows_and_too_many(tmp_path: Path) -> None:
    lines = [f"Toy Story,1995,{1 + number % 5}" for number in range(20_000)]
    imported = import_export(put(tmp_path / "mine.csv", "title,year,rating\n" + "\n".join(lines)), known_catalogue())
    assert (imported.ratings, imported.repeated) == ({1: 5.0}, 19_999)
    refused(put(tmp_path / "mine.csv", "title,year,rating\n" + "x,1,1\n" * 200_001), "more than 200,000 rows")


def test_odd_json_is_counted_never_a_crash(tmp_path: Path) -> None:
    film = {"title": "The Matrix", "year": 1999, "ids": {"imdb": "tt0133093", "tmdb": 603}}
    rows = [
        {"rating": 8, "movie": film},
        {"rating": "x", "movie": film},
        {"rating": 11, "movie": film},
        {"rating": 8, "movie": {"title": None, "year": "?", "ids": []}},
        {"rating": 8, "movie": []},
        {"rating": True, "movie": {**film, "ids": {"imdb": 5, "tmdb": -1}}},
        None,
        [[]],
        {"rating": 8, "movie": {"title": {"a": 1}, "ids": {"imdb": ["x"]}}},
        {"rating": 8, "movie": {**film, "year": 1999.0, "ids": None}},
        *[{"rating": 8, "movie": film}] * 6,
    ]
    imported = import_export(put(tmp_path / "r.json", json.dumps(rows)), known_catalogue())
    assert imported.ratings == {2571: 4.0}
    assert imported.skipped == {"rows that cannot be read": 7}
    assert imported.rows == len(rows)


def test_titles_that_no_file_or_shell_can_hold_are_made_whole(tmp_path: Path) -> None:
    films = [{"title": title, "year": 1999} for title in ("Half \ud83d", "\x1b[2JGone\nby", "The Matrix")]
    imported = import_export(
        put(tmp_path / "r.json", json.dumps([{"movie": film} for film in films])), known_catalogue()
    )
    assert [film.title for film in imported.movies] == ["Half \ufffd", "\ufffd[2JGone\ufffdby", "The Matrix"]
    assert json.dumps(report_dict(imported), ensure_ascii=False).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["movie", "ids", "imdb", "tmdb", "title", "year", "rating", "show"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    data = json.dumps(value).encode()
    parsed = trakt.parse_json(data, "x.json")
    if trakt.matches(parsed):
        from reelgraph.importers.entry_collector import EntryCollector

        trakt.read(parsed, "x.json", "x.json", EntryCollector())


TITLES = st.sampled_from([*(title for _, title, *_ in FILMS), "Heat", "", "Dune", "Psycho", "!!!"])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(TITLES, st.sampled_from(["1995", "1960", "", "x"]), st.sampled_from(["", "0", "3.5", "5", "bad"])),
        min_size=1,
        max_size=12,
    )
)
def test_reports_add_up_whatever_the_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    path = put(tmp_path_factory.mktemp("x") / "mine.csv", table("title,year,rating", rows))
    try:
        imported = import_export(path, known_catalogue())
    except ReelgraphError:
        return
    lost = sum(film.rows for film in imported.movies if film.status != "matched")
    taken = len(imported.ratings) + len(imported.seen) + len(imported.watchlist)
    assert imported.rows == len(rows) == taken + imported.repeated + lost + sum(imported.skipped.values())
    assert not set(imported.seen) & set(imported.ratings)
