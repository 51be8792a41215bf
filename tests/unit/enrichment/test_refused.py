"""What sources have that is not taken over: it is counted, and the report says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import reelgraph as rg
from reelgraph.core import Catalogue
from reelgraph.core.plain_text import plain_text
from reelgraph.enrichment import EnrichmentReport, NewMovies, RefusedValues, Sources, enrich
from tests.unit.enrichment.test_enrich import write_data, write_imdb


def enriched(folder: Path, **sources: object) -> tuple[Catalogue, EnrichmentReport]:
    data = rg.read(folder / "ml" if (folder / "ml").exists() else write_data(folder / "ml"))
    return enrich(data, Sources(**sources), NewMovies(limit=0))  # type: ignore[arg-type]


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [("1", 1), ("1440", 1440), ("170.0", 170), ("0", 0), ("", 0), ("1441", None), ("10200", None), ("-5", None),
     ("2h 50m", None), ("999999999999999", None)],
)  # fmt: skip
@pytest.mark.parametrize("source", ["imdb", "tmdb", "wikidata"])
def test_lengths_of_more_than_a_day_are_refused_and_counted(
    tmp_path: Path, cell: str, minutes: int | None, source: str
) -> None:
    if source == "imdb":
        folder = write_imdb(tmp_path / "imdb", leave_out="title.basics")
        header = "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres"
        row = f"tt0113277 movie Heat Heat 0 1995 \\N {cell or chr(92) + 'N'} Crime".replace("2h 50m", "2h50m")
        (folder / "title.basics.tsv").write_text(f"{header}\n{row}\n".replace(" ", "\t"))
        movies, report = enriched(tmp_path, imdb=folder)
    elif source == "tmdb":
        table = written(tmp_path / "a.csv", f"id,title,runtime\n949,Heat,{cell}\n")
        movies, report = enriched(tmp_path, tmdb=(table,))
    else:
        table = written(tmp_path / "a.csv", f"imdb,title,runtime\ntt0113277,Heat,{cell}\n")
        movies, report = enriched(tmp_path, wikidata=table)
    assert movies.runtime[0] == (minutes or 0)
    assert [(refused.what.split()[0], refused.count) for refused in report.refused] == (
        [("lengths", 1)] if minutes is None else []
    )


def test_years_that_no_film_is_of_are_refused(tmp_path: Path) -> None:
    rows = [{"id": 862, "title": "Toy Story", "release_date": "1995-10-30"}, {"id": 949, "title": "Heat", "year": 1066}]
    movies, report = enriched(tmp_path, tmdb=(written(tmp_path / "a.json", json.dumps(rows)),))
    assert movies.year.tolist()[::5] == [1995, 1995]
    assert report.refused == (RefusedValues("TMDB", "years that are not from 1870 to 2100", 1, "1066"),)


def test_marks_that_turn_or_hide_letters_are_left_out(tmp_path: Path) -> None:
    turned = "gpj\u202eexe\u202c \u2066a\u2069\u200b\u061cb\u2028c\ufeff\U000e0041"
    assert plain_text(turned) == "gpjexe ab c"
    assert (
        plain_text("نمی\u200cخواهم क्\u200dष 👨\u200d👩\u200d👧 Amélie")
        == "نمی\u200cخواهم क्\u200dष 👨\u200d👩\u200d👧 Amélie"
    )
    row = {
        "id": 949, "title": "He\u202eat", "original_title": turned, "overview": turned, "keywords": [turned],
        "cast": [{"name": turned}], "alternative_titles": {"titles": [{"title": turned + " 2"}]},
    }  # fmt: skip
    movies, report = enriched(tmp_path, tmdb=(written(tmp_path / "a.json", json.dumps([row])),))
    assert report.joined == {"TMDB": (1, 0)}
    assert (movies.overview[0], movies.original_title[0], movies.cast[0]) == ("gpjexe ab c",) * 2 + (("gpjexe ab c",),)
    assert (movies.keywords[0], movies.translated_titles[0]) == (("gpjexe ab c",), ("gpjexe ab c 2",))
    table = written(
        tmp_path / "b.csv", f"imdb,title,director,titleDe\ntt0113277,Heat,{turned},{turned}\n".replace("\u2028", " ")
    )
    movies, _ = enriched(tmp_path, wikidata=table)
    assert (movies.directors[0], movies.translated_titles[0]) == (("gpjexe ab c",), ("gpjexe ab c",))


def test_ids_of_wikidata_tables_may_be_addresses(tmp_path: Path) -> None:
    rows = (
        "film,filmLabel,imdb,tmdb,director,directorLabel,cast,year\n"
        "http://www.wikidata.org/entity/Q42198,Heat,https://www.imdb.com/title/tt0113277/?ref_=x,,"
        "http://www.wikidata.org/entity/Q1,Michael Mann,Al Pacino|http://www.wikidata.org/entity/Q41163,\n"
        "http://www.wikidata.org/entity/Q171048,Q171048,,https://www.themoviedb.org/movie/862-toy-story,"
        "http://www.wikidata.org/entity/Q269214,Q269214,,\n"
        "http://www.wikidata.org/entity/Q47703,The Godfather,,,,Francis Ford Coppola,,1972-03-15\n"
        "http://www.wikidata.org/entity/Q47703,The Godfather,,,http://www.wikidata.org/entity/Q2,,Al Pacino,\n"
        "http://www.wikidata.org/entity/Q9,,nm0000001,https://www.themoviedb.org/tv/1,,,,\n"
    )
    movies, report = enriched(tmp_path, wikidata=written(tmp_path / "a.csv", rows))
    assert report.joined == {"Wikidata": (2, 1)}
    assert movies.directors == (("Michael Mann",), ("Francis Ford Coppola",), (), (), (), ())
    assert movies.cast[:2] == (("Al Pacino",), ("Al Pacino",))
    assert (movies.imdb_id[0], movies.tmdb_id[5]) == ("tt0113277", 862)
    only = "of which there is only the id of Wikidata: ask for labels"
    assert {(refused.what, refused.count, refused.example) for refused in report.refused} == {
        (f"cast {only}", 1, "http://www.wikidata.org/entity/Q41163"),
        (f"directors {only}", 2, "Q269214"),
        ("ids of IMDb that cannot be read", 1, "nm0000001"),
        ("ids of TMDB that cannot be read", 1, "https://www.themoviedb.org/tv/1"),
        ("rows without an id that can be read, and without a title", 1,
         "film: http://www.wikidata.org/entity/Q9, imdb: nm0000001, tm"),
    }  # fmt: skip


def test_ids_of_tmdb_tables_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    rows = "id,imdb_id,title\n949,0113277,Heat\n1997-08-20,,Avalanche\nx,,\n"
    rows += "862,https://www.imdb.com/title/tt0114709/,Toy Story\n"
    movies, report = enriched(tmp_path, tmdb=(written(tmp_path / "a.csv", rows),))
    assert (report.joined, movies.imdb_id[5]) == ({"TMDB": (2, 0)}, "tt0114709")
    assert [(refused.count, refused.example) for refused in report.refused] == [(2, "1997-08-20"), (1, "id: x")]


def test_a_work_that_is_there_twice_is_no_rival_of_itself(tmp_path: Path) -> None:
    folder = write_imdb(tmp_path / "imdb", leave_out="title.ratings")
    basics = folder / "title.basics.tsv.gz"
    basics.write_bytes(basics.read_bytes() * 2)  # files that were put together; the second header is a row of no year
    movies, report = enriched(tmp_path, imdb=folder)
    assert movies.imdb_id.tolist() == ["tt0113277", "tt0068646", "tt0211915", "", "tt0500001", "tt0114709"]
    assert {movie for movie, _, _ in report.doubtful} == {"Twin (1990)", "Somewhere Else (1999)"}


def test_what_is_left_out_of_a_folder_of_posters_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "posters"
    folder.mkdir()
    for name in ("tt0113277.jpg", "tt0113277.png", "862.jpg", "tt9999999.jpg", "Heat.jpg", "notes.txt", ".DS_Store"):
        (folder / name).write_bytes(b"picture")
    (folder / "5.jpg").mkdir()
    (folder / "6.jpg").symlink_to(folder / "862.jpg")
    movies, report = enriched(tmp_path, posters=folder)
    assert movies.poster[::5] == ("tt0113277.jpg", "862.jpg")
    assert {refused.what.split(" id")[0]: refused.count for refused in report.refused} == {
        "files whose name is no": 3, "links and folders": 2, "further pictures of an": 1, "pictures of": 1,
    }  # fmt: skip
    monkeypatch.setattr("reelgraph.enrichment.posters.MAX_FILES", 2)
    _, report = enriched(tmp_path, posters=folder)
    assert [refused.count for refused in report.refused if "after the first 2" in refused.what] == [1]
