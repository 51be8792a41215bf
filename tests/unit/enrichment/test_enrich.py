"""Details of movies from files of IMDb, TMDB and Wikidata: what is filled, what is joined, and what is refused."""

from __future__ import annotations

import dataclasses
import gzip
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import reelgraph as rg
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data.movie_details import details_path, read_details, write_details
from reelgraph.enrichment import NewMovies, Sources, enrich
from reelgraph.enrichment.title_languages import LocalTitles

IMDB = {
    "title.basics": """tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres
tt0113277 movie Heat Heat 0 1995 \\N 170 Action,Crime
tt0114709 movie Toy_Story Toy_Story 0 1995 \\N 81 Animation
tt0068646 movie The_Godfather The_Godfather 0 1972 \\N 175 Crime,Drama
tt0999901 short The_Godfather The_Godfather 0 1972 \\N 9 Short
tt0211915 movie Amélie Le_fabuleux_destin_d'Amélie_Poulain 0 2001 \\N 122 Comedy,Romance
tt0999902 tvEpisode Heat Heat 0 1995 \\N 40 Crime
tt10872600 movie Brand_New Brand_New 0 2024 \\N 99 Drama,War
tt10872601 movie Hardly_Seen Hardly_Seen 0 2024 \\N 99 Drama
tt10872602 tvSeries Not_a_Film Not_a_Film 0 2024 \\N 99 Drama
tt0400001 movie Twin Twin 0 1990 \\N 90 Drama
tt0400002 movie Twin Twin 0 1990 \\N 91 Drama
tt0500001 movie Quite_Another_Work Quite_Another_Work 0 1950 \\N 90 Drama""",
    "title.ratings": """tconst averageRating numVotes
tt0068646 9.2 2000000
tt0999901 5.0 12
tt10872600 7.0 5000
tt10872601 7.0 40
tt10872602 7.0 90000
tt0400001 7.0 900
tt0400002 7.0 800""",
    "title.crew": """tconst directors writers
tt0113277 nm0000001 nm0000001
tt0068646 nm0000002 nm0000003,nm0000002
tt10872600 nm0000001 \\N""",
    "title.principals": """tconst ordering nconst category job characters
tt0113277 2 nm0000005 actor \\N \\N
tt0113277 1 nm0000004 actor \\N \\N
tt0113277 3 nm0000001 director \\N \\N
tt0068646 1 nm0000004 actor \\N \\N""",
    "name.basics": """nconst primaryName birthYear
nm0000001 Michael_Mann 1943
nm0000002 Francis_Ford_Coppola 1939
nm0000003 Mario_Puzo 1920
nm0000004 Al_Pacino 1940
nm0000005 Robert_De_Niro 1943""",
    "title.akas": """titleId ordering title region language types attributes isOriginalTitle
tt0113277 1 Heat \\N \\N original \\N 1
tt0113277 2 Fuego_contra_fuego ES es imdbDisplay \\N 0
tt0113277 3 HEAT DE de imdbDisplay \\N 0
tt0113277 4 Draft US \\N working \\N 0
tt0068646 1 Der_Pate DE de imdbDisplay \\N 0""",
}


def write_imdb(folder: Path, *, leave_out: str = "") -> Path:
    folder.mkdir()
    for name, text in IMDB.items():
        if name != leave_out:
            tabbed = text.replace(" ", "\t").replace("_", " ") + "\n"
            with gzip.open(folder / f"{name}.tsv.gz", "wb") as file:
                file.write(tabbed.encode())
    return folder


def write_data(folder: Path) -> Path:
    folder.mkdir()
    movies = """1,Heat (1995),Crime
2,"Godfather, The (1972)",Crime|Drama
3,"Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)",Comedy
4,Twin (1990),Drama
5,Somewhere Else (1999),Drama
6,Toy Story (1995),Animation
"""
    (folder / "movies.csv").write_text("movieId,title,genres\n" + movies)
    (folder / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0113277,949\n5,0500001,\n6,,862\n")
    ratings = "".join(
        f"{user},{item},{3 + (user + item) % 3},97{user}{item}0000\n" for user in range(1, 6) for item in range(1, 7)
    )
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + ratings)
    return folder


def test_imdb_fills_movies_by_id_and_by_title(tmp_path: Path) -> None:
    data = rg.read(write_data(tmp_path / "ml"))
    movies, report = enrich(data, Sources(imdb=write_imdb(tmp_path / "imdb")))
    assert movies.imdb_id.tolist() == [
        "tt0113277",
        "tt0068646",
        "tt0211915",
        "",
        "tt0500001",
        "tt0114709",
        "tt10872600",
    ]
    assert movies.runtime.tolist() == [170, 175, 122, 0, 0, 81, 99]
    assert movies.directors[:2] == (("Michael Mann",), ("Francis Ford Coppola",))
    assert movies.writers[1] == ("Mario Puzo", "Francis Ford Coppola")
    assert movies.cast[0] == ("Al Pacino", "Robert De Niro")
    assert movies.people[0] == ("Michael Mann", "Al Pacino", "Robert De Niro")
    assert movies.translated_titles[:2] == (("Fuego contra fuego",), ("Der Pate",))
    assert movies.title_languages[:3] == (("es",), ("de",), ())
    assert movies.original_title[2] == "Le fabuleux destin d'Amélie Poulain"
    assert report.joined == {"IMDb": (1, 3)}
    # Two films of one name and year, neither far better known; an id that belongs to another work.
    assert {movie for movie, _, _ in report.doubtful} == {"Twin (1990)", "Somewhere Else (1999)"}
    counts = {count.name: (count.before, count.after) for count in report.fields}
    assert counts["imdb_id"] == (2, 5)
    assert counts["runtime"] == (0, 4)
    assert counts["overview"] == (0, 0)


def test_new_movies_enter_with_an_id_of_their_own(tmp_path: Path) -> None:
    data, folder = rg.read(write_data(tmp_path / "ml")), write_imdb(tmp_path / "imdb")
    movies, report = enrich(data, Sources(imdb=folder))
    assert report.new_movies == 1
    assert movies.item_id.tolist()[6:] == [1_010_872_600]
    assert movies.title.tolist()[6:] == ["Brand New (2024)"]
    assert (movies.genres[6], movies.directors[6]) == (("Drama", "War"), ("Michael Mann",))
    both, _ = enrich(data, Sources(imdb=folder), NewMovies(min_votes=10))
    assert both.title.tolist()[6:] == ["Brand New (2024)", "Hardly Seen (2024)"]
    none, _ = enrich(data, Sources(imdb=folder), NewMovies(limit=0))
    assert len(none) == 6


def test_details_lie_beside_the_data_set_and_are_read_with_it(tmp_path: Path) -> None:
    folder = write_data(tmp_path / "ml")
    plain = rg.read(folder)
    movies, _ = enrich(plain, Sources(imdb=write_imdb(tmp_path / "imdb")))
    write_details(details_path(folder), movies, movies.item_id > 6)
    data = rg.read(folder)
    assert data.catalogue.people == movies.people
    assert data.catalogue.title_languages == movies.title_languages
    assert data.catalogue.title.tolist() == movies.title.tolist()
    assert data.catalogue.tmdb_id.tolist() == [949, 0, 0, 0, 0, 862, 0]
    assert data.sha256 != plain.sha256 == rg.read(folder, details=False).sha256
    assert read_details(details_path(folder), only_new=True).title.tolist() == ["Brand New (2024)"]
    assert rg.read(folder / "ratings.csv").catalogue.cast == movies.cast
    details_path(folder).write_bytes(b"PAR1 damaged")
    with pytest.raises(DataFormatError, match="reelgraph data enrich"):
        rg.read(folder)


_NULL = pl.lit(None)


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("year", pl.lit("1995"), "'year': found 'String', expected whole numbers"),
        ("runtime", pl.lit(1.5), "'runtime': found 'Float64', expected whole numbers"),
        ("title", pl.lit(7), "'title': found 'Int32', expected text"),
        ("overview", pl.lit(b"x"), "'overview': found 'Binary', expected text"),
        ("overview", _NULL.cast(pl.String), "'overview': found 'null', expected text"),
        ("cast", pl.lit("A"), "'cast': found 'String', expected lists of text"),
        ("cast", pl.concat_list(_NULL.cast(pl.String)), "'cast': found 'null', expected lists of text"),
        ("keywords", pl.concat_list(pl.lit(1)), r"'keywords': found 'List\(Int32\)', expected lists of text"),
        ("item_id", pl.lit(1.0), "'item_id': found 'Float64', expected whole numbers or text"),
        ("item_id", pl.lit(1), "'item_id': found '1', expected each id once"),
        ("is_new", pl.lit("no"), "'is_new': found 'String', expected true or false"),
    ],
)
def test_a_column_of_another_type_is_refused_by_name(tmp_path: Path, column: str, values: pl.Expr, words: str) -> None:
    data = rg.read(write_data(tmp_path / "ml"))
    path = tmp_path / "details.parquet"
    write_details(path, data.catalogue, np.zeros(len(data.catalogue), np.bool_))
    whole = pl.read_parquet(path)
    whole.with_columns(values.alias(column)).write_parquet(path)
    with pytest.raises(DataFormatError, match=rf"details.parquet, column {words}.*reelgraph data enrich"):
        read_details(path)
    if column in whole.columns:  # details may be absent
        whole.drop(column).write_parquet(path)
        if column == "runtime":
            assert read_details(path).runtime.tolist() == [0] * 6
        else:
            with pytest.raises(DataFormatError, match=f"column '{column}': there is no such column"):
                read_details(path)


def test_details_of_another_data_set_are_refused_and_those_of_more_movies_told(tmp_path: Path) -> None:
    folder = write_data(tmp_path / "ml")
    movies, _ = enrich(rg.read(folder), Sources(imdb=write_imdb(tmp_path / "imdb")))
    of_others = dataclasses.replace(movies, item_id=movies.item_id + 1_000_000)
    write_details(details_path(folder), of_others, np.zeros(len(movies), np.bool_))
    with pytest.raises(DataFormatError, match="none of its 7 movies is in"):
        rg.read(folder)
    of_more = dataclasses.replace(movies, item_id=np.where(movies.item_id == 1, 99, movies.item_id))
    write_details(details_path(folder), of_more, movies.item_id > 6)
    assert "1 of them are not in the data set" in rg.read(folder).ratings.notes[-1]


def test_details_of_before_have_titles_without_languages(tmp_path: Path) -> None:
    folder = write_data(tmp_path / "ml")
    movies, _ = enrich(rg.read(folder), Sources(imdb=write_imdb(tmp_path / "imdb")))
    write_details(details_path(folder), movies, movies.item_id > 6)
    before = pl.read_parquet(details_path(folder)).drop("title_languages")
    before.write_parquet(details_path(folder))
    catalogue = rg.read(folder).catalogue
    assert catalogue.translated_titles == movies.translated_titles
    assert catalogue.title_languages == ((),) * len(catalogue)
    assert (catalogue.local_title(1, "de"), movies.local_title(1, "de")) == ("", "Der Pate")


def test_one_title_for_each_language() -> None:
    titles = LocalTitles()
    for title, language, country in (
        ("Tension", "fr", "CA"), ("Heat", "", "FR"), ("Fuego", "", "MX"), ("Zwei", "", "CH"), ("Hitze", "", "AT"),
        ("Lämpö", "fi", ""), ("", "it", "IT"), ("junk", "not a code", ""), ("Red", "cmn", "CN"),
    ):  # fmt: skip
        titles.add(title, language, country)
    titles.add("Fuego 2", "", "MX", rank=1)
    assert titles.titles() == {"fr": "Heat", "es": "Fuego", "de": "Hitze", "fi": "Lämpö", "zh": "Red"}
    titles.add("Die Hitze", "", "DE", rank=1)  # of the main country, though it is not the name in use there
    assert titles.titles()["de"] == "Die Hitze"


def test_languages_of_titles_of_tmdb_and_wikidata(tmp_path: Path) -> None:
    data = rg.read(write_data(tmp_path / "ml"))
    translations = [
        {"iso_639_1": code, "iso_3166_1": country, "data": {"title": title}}
        for code, country, title in (("fr", "CA", "Tension"), ("fr", "FR", "Heat"), ("es", "ES", "Fuego"),
                                     ("pt", "BR", "Fuego"), ("de", "DE", ""))
    ]  # fmt: skip
    answer = {"id": 949, "title": "Heat", "release_date": "1995-12-15", "translations": {"translations": translations}}
    (tmp_path / "api.json").write_text(json.dumps([answer]))
    (tmp_path / "wiki.csv").write_text("imdb,title,titleDe,titleFr\ntt0113277,Heat,Hitze,Chaleur\n")
    movies, _ = enrich(data, Sources(tmdb=(tmp_path / "api.json",), wikidata=tmp_path / "wiki.csv"))
    # France calls it Heat, so that "Tension" of Canada has no language; TMDB comes before Wikidata.
    assert dict(zip(movies.translated_titles[0], movies.title_languages[0], strict=True)) == {
        "Hitze": "de", "Fuego": "es pt", "Tension": "",
    }  # fmt: skip
    assert [movies.local_title(0, code) for code in ("de", "es", "pt", "fr")] == ["Hitze", "Fuego", "Fuego", ""]


def test_tmdb_as_the_api_and_as_tables_write_it(tmp_path: Path) -> None:
    data = rg.read(write_data(tmp_path / "ml"))
    answer = {
        "id": 949, "imdb_id": "tt0113277", "title": "Heat", "original_title": "Heat", "release_date": "1995-12-15",
        "overview": "A  thief.", "runtime": 170, "original_language": "en",
        "spoken_languages": [{"iso_639_1": "en"}, {"iso_639_1": "es"}],
        "production_countries": [{"iso_3166_1": "US"}],
        "belongs_to_collection": {"id": 1, "name": "The Heat Collection"},
        "keywords": {"keywords": [{"name": "Heist"}, {"name": "bank"}]},
        "credits": {
            "cast": [{"name": "Second", "order": 1}, {"name": "First", "order": 0}],
            "crew": [{"name": "Michael Mann", "job": "Director"}, {"name": "Editor", "job": "Editor"}],
        },
    }  # fmt: skip
    (tmp_path / "api.json").write_text(json.dumps([answer]))
    collection = "{'id': 5, 'name': 'Toy Story Collection'}"
    (tmp_path / "movies.csv").write_text(
        "id,title,release_date,overview,spoken_languages,production_countries,belongs_to_collection\n"
        f'862,Toy Story,1995-10-30,Toys.,"English, French",United States of America,"{collection}"\n'
    )
    (tmp_path / "credits.csv").write_text("id,cast\n862,\"[{'name': 'Tom Hanks', 'order': 0}]\"\n")
    files = tuple(tmp_path / name for name in ("api.json", "movies.csv", "credits.csv"))
    movies, report = enrich(data, Sources(tmdb=files))
    assert report.joined == {"TMDB": (2, 0)}
    heat, toys = 0, 5
    assert (movies.overview[heat], movies.series[heat]) == ("A thief.", "The Heat")
    assert (movies.keywords[heat], movies.languages[heat]) == (("heist", "bank"), ("en", "es"))
    assert (movies.cast[heat], movies.directors[heat]) == (("First", "Second"), ("Michael Mann",))
    assert (movies.cast[toys], movies.languages[toys]) == (("Tom Hanks",), ("en", "fr"))
    assert (movies.countries[toys], movies.series[toys]) == (("US",), "Toy Story")
    assert movies.original_title[heat] == ""


def test_wikidata_with_a_row_for_each_value(tmp_path: Path) -> None:
    data = rg.read(write_data(tmp_path / "ml"))
    rows = "tt0113277,Michael Mann,United States,English\ntt0113277,,Germany,English\n"
    (tmp_path / "wikidata.csv").write_text(f"imdb,directorLabel,country,language\n{rows}")
    movies, report = enrich(data, Sources(wikidata=tmp_path / "wikidata.csv"))
    assert (movies.directors[0], movies.countries[0]) == (("Michael Mann",), ("US", "DE"))
    assert movies.languages[0] == ("en",)
    assert "CC0" in report.terms[0]


def test_posters_are_found_by_id(tmp_path: Path) -> None:
    data = rg.read(write_data(tmp_path / "ml"))
    folder = tmp_path / "posters"
    folder.mkdir()
    for name in ("tt0113277.jpg", "862.png", "notes.txt", "tt0000001.jpg"):
        (folder / name).write_bytes(b"picture")
    movies, _ = enrich(data, Sources(posters=folder))
    assert movies.poster == ("tt0113277.jpg", "", "", "", "", "862.png")
    for name in ("862.jpg", "TT0500001.JPG"):  # two of an id, and as cameras write names
        (folder / name).write_bytes(b"picture")
    (folder / "tt0113277.jpg").unlink()
    (folder / "tt0113277.jpg").symlink_to(tmp_path / "ml" / "movies.csv")
    movies, _ = enrich(data, Sources(posters=folder))
    assert movies.poster == ("", "", "", "", "TT0500001.JPG", "862.jpg")


def test_names_that_no_file_can_hold_are_written_all_the_same(tmp_path: Path) -> None:
    data = rg.read(write_data(tmp_path / "ml"))
    row = {"id": 862, "title": "Toy Story", "overview": "a\0b \x1b[31mred \x9bc", "cast": ["\udfff Hanks"]}
    (tmp_path / "a.json").write_text(json.dumps([row]))
    movies, report = enrich(data, Sources(tmdb=(tmp_path / "a.json",)))
    target = tmp_path / "details.parquet"
    write_details(target, movies, np.arange(len(movies)) >= report.movies)
    read = read_details(target)
    assert (read.overview[5], read.cast[5]) == ("a b [31mred c", ("\N{REPLACEMENT CHARACTER} Hanks",))


@pytest.mark.parametrize(
    "result", [{"bindings": [5]}, {"bindings": [{"imdb": "tt0113277"}]}, {"bindings": "x"}, {"bindings": None}]
)
def test_a_result_of_another_form_is_refused(tmp_path: Path, result: object) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"results": result}))
    with pytest.raises(DataFormatError, match="bindings that are a list"):
        enrich(rg.read(write_data(tmp_path / "ml")), Sources(wikidata=tmp_path / "a.json"))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_tables_of_another_encoding_are_refused(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_text("imdb,title,director\ntt0113277,Heat,René\n", encoding)
    with pytest.raises(DataFormatError, match="UTF-8"):
        enrich(rg.read(write_data(tmp_path / "ml")), Sources(wikidata=tmp_path / "a.csv"))


@pytest.mark.parametrize("name", ["title.basics", "title.akas"])
@pytest.mark.parametrize("content", [b"", gzip.compress(b"")], ids=["no bytes", "nothing in gzip"])
def test_an_empty_file_of_imdb_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    folder = write_imdb(tmp_path / "imdb")
    (folder / f"{name}.tsv.gz").write_bytes(content)
    with pytest.raises(DataFormatError, match=rf"{name}.*an empty file"):
        enrich(rg.read(write_data(tmp_path / "ml")), Sources(imdb=folder))


def test_bad_files_are_refused(tmp_path: Path) -> None:
    data = rg.read(write_data(tmp_path / "ml"))
    with pytest.raises(ConfigError, match="nothing to read"):
        Sources()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataFormatError, match=r"title\.basics"):
        enrich(data, Sources(imdb=tmp_path / "empty"))
    folder = write_imdb(tmp_path / "imdb", leave_out="title.akas")
    assert "title.akas" in enrich(data, Sources(imdb=folder))[1].notes[0]
    whole = (folder / "title.crew.tsv.gz").read_bytes()
    (folder / "title.crew.tsv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataFormatError, match="whole file"):
        enrich(data, Sources(imdb=folder))
    (folder / "title.crew.tsv.gz").write_bytes(gzip.compress(b"tconst\tdirectors\n"))
    with pytest.raises(DataFormatError, match="'writers'"):
        enrich(data, Sources(imdb=folder))
    (folder / "title.crew.tsv.gz").write_bytes(gzip.compress(b"tconst\tdirectors\twriters\ntt0113277\tx\n"))
    with pytest.raises(DataFormatError, match="at least 3 fields"):
        enrich(data, Sources(imdb=folder))
    for name, text in (
        ("a.json", "{"),
        ("b.json", "[1]"),
        ("c.jsonl", "[]\n"),
        ("d.txt", "x"),
        ("e.csv", "x,y\n1,2\n"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(DataFormatError, match=name):
            enrich(data, Sources(tmdb=(tmp_path / name,)))
