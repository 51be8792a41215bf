"""Columns with the names that people use, in several languages; whatever is not understood is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import reelgraph as rg
from reelgraph.core.errors import ConfigError, DataFormatError

ROWS = {"user_id": ["ann", "ann", "bob"], "item_id": ["heat", "big", "heat"], "rating": [5, 3, 4]}
VALUES = {
    "user": ["ann", "ann", "bob"], "item": ["h", "b", "h"], "rating": [5, 3, 4], "time": ["2024-01-25"] * 3,
    "title": ["Heat", "Big", "Heat"], "year": [1995, 1988, 1995], "genres": ["Crime|Drama", "Comedy", "Crime|Drama"],
}  # fmt: skip

HEADERS = {
    "english": "userID,movieID,Rating,Timestamp",
    "german": "Benutzer,Filmnummer,Bewertung,Datum",
    "spanish": "usuario,id_película,puntuación,fecha",
    "french": "utilisateur,id_film,note,date",
    "italian": "utente,id_film,voto,data",
    "polish": "użytkownik,id_filmu,ocena,data",
    "russian": "пользователь,id_фильма,оценка,дата",
    "chinese": "用户,电影id,评分,时间",
    "portuguese": "usuário,id_filme,avaliação,data",
    "dutch": "gebruiker,film_id,beoordeling,datum_tijd",
    "amazon": "reviewerID,asin,overall,unixReviewTime",
    "shop": "customer_id,sku,stars,created_at",
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("source", ["file", "semicolons", "frame"])
def test_names_of_the_four_columns(name: str, source: str, tmp_path: Path) -> None:
    names = HEADERS[name].split(",")
    frame = pl.DataFrame(dict(zip(names, [VALUES[role] for role in ("user", "item", "rating", "time")], strict=True)))
    path = tmp_path / "table.csv"
    frame.write_csv(path, separator=";" if source == "semicolons" else ",")
    ratings = rg.read(frame if source == "frame" else path).ratings
    assert (ratings.user_id.tolist(), ratings.item_id.tolist()) == (VALUES["user"], VALUES["item"])
    assert ratings.rating.tolist() == [5, 3, 4]
    assert (ratings.timestamp is None) == (name == "dutch")
    assert ratings.notes == (("columns not used: datum_tijd",) if name == "dutch" else ())


def test_columns_not_used_are_named_everywhere(tmp_path: Path) -> None:
    frame = pl.DataFrame({**ROWS, "mood": ["x", "y", "z"], "device": [1, 2, 3]})
    data, report = rg.clean(rg.read(frame))
    assert data.ratings.notes == report.notes == ("columns not used: mood, device",)
    assert rg.describe(data)["notes"] == ["columns not used: mood, device"]
    assert "columns not used: mood, device" in str(report)
    assert "columns not used: mood, device" in str(data)


ONE_FILE = {
    "english": ("user,movie_id,rating,title,year,genres", "genres"),
    "german": ("Benutzer,Film_ID,Bewertung,Titel,Jahr,Genre", "Genre"),
    "spanish": ("usuario,id_película,puntuación,título,año,género", "género"),
    "french": ("utilisateur,film_id,note,titre,année,genre", "genre"),
    "movie beside movie_id": ("user_id,movie_id,rating,movie,release_year,genres", "genres"),
}


@pytest.mark.parametrize("name", ONE_FILE)
def test_one_file_with_titles_is_a_catalogue(name: str, tmp_path: Path) -> None:
    header, _ = ONE_FILE[name]
    roles = ("user", "item", "rating", "title", "year", "genres")
    path = tmp_path / "table.csv"
    pl.DataFrame(dict(zip(header.split(","), [VALUES[role] for role in roles], strict=True))).write_csv(path)
    catalogue = rg.read(path).catalogue
    assert catalogue.item_id.tolist() == ["b", "h"]
    assert catalogue.title.tolist() == ["Big", "Heat"]
    assert catalogue.year.tolist() == [1988, 1995]
    assert catalogue.genres == (("Comedy",), ("Crime", "Drama"))


def test_a_column_that_holds_no_titles_is_not_used_as_such() -> None:
    names = rg.from_frame({**ROWS, "name": ["Ann", "Ann", "Bob"]})
    numbers = rg.from_frame({"user": [1, 2], "movieId": [10, 20], "movie": [3, 4], "rating": [5, 4]})
    for data in (names, numbers):
        assert data.catalogue.title.tolist() == data.catalogue.item_id.astype(str).tolist()
        (note,) = data.ratings.notes
        assert note.startswith("the column of titles is not used")


def test_movies_known_by_their_titles_alone() -> None:
    data = rg.from_frame({"user": VALUES["user"], "Titel": VALUES["title"], "Jahr": VALUES["year"], "Note": [5, 3, 4]})
    assert data.ratings.item_id.tolist() == ["Heat (1995)", "Big (1988)", "Heat (1995)"]
    assert data.catalogue.year.tolist() == [1988, 1995]


def test_a_column_without_a_name_is_named_by_its_position(tmp_path: Path) -> None:
    """As pandas writes its index; it may look like the ratings, too."""
    path = tmp_path / "x.csv"
    path.write_text(",user,item,rating,,\n0,ann,a,4,7,8\n1,bob,b,3,7,9\n")
    note = "columns not used: column 1 (without a name), column 5 (without a name), column 6 (without a name)"
    assert rg.read(path).ratings.notes == (note,)
    path.write_text("user,item,\nann,a,4\nann,b,3\nbob,b,5\nbob,a,1\n")
    with pytest.raises(DataFormatError, match=r"'column 3 \(without a name\)' may"):
        rg.read(path)
    frame = pl.DataFrame({"": [0, 1], "user": ["ann", "bob"], "item": ["a", "b"], "rating": [4, 3]})
    assert rg.from_frame(frame).ratings.notes == ("columns not used: column 1 (without a name)",)


def test_few_ids_of_a_site_are_used_where_there_is_no_title() -> None:
    columns = {"user": range(7), "imdbId": ["tt0113277", "tt0094737", *[None] * 5], "score": [4, 5, 3, 2, 1, 1, 1]}
    with pytest.raises(DataFormatError, match="item_id"):
        rg.from_frame(columns)
    columns["tmdbId"] = [949, 2280, 77, None, None, None, None]
    titled = {**columns, "title": ["Heat", "Big", "Memento", "Heat", "Big", "Big", "Memento"]}
    assert rg.from_frame(titled).ratings.item_id.tolist()[:2] == ["Heat", "Big"]


def test_ids_of_imdb_and_tmdb() -> None:
    table = {"user": [1, 2], "imdbId": ["tt0113277", "94737"], "tmdbId": [949, None], "score": [4, 5]}
    data = rg.from_frame(table)
    assert data.ratings.item_id.tolist() == ["tt0113277", "94737"]
    assert data.catalogue.imdb_id.tolist() == ["tt0094737", "tt0113277"]
    assert data.catalogue.tmdb_id.tolist() == [0, 949]


TWICE = [
    (["user", "userId", "item", "rating"], "user_id", "--columns user=user"),
    (["user_id", "movieId", "item_id", "rating"], "item_id", "--columns item=item_id"),
    (["user_id", "item_id", "rating", "score"], "rating", "--columns rating=rating"),
    (["user_id", "item_id", "Bewertung", "stars"], "rating", "'Bewertung', 'stars'|'stars', 'Bewertung'"),
    (["user_id", "item_id", "rating", "rated_at", "timestamp"], "timestamp", "--columns timestamp=timestamp"),
]


@pytest.mark.parametrize(("names", "role", "message"), TWICE)
def test_two_columns_for_one_role(names: list[str], role: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(",".join(names) + "\n" + ",".join(map(str, range(1, len(names) + 1))) + "\n")
    with pytest.raises(DataFormatError, match=message) as raised:
        rg.read(path)
    assert raised.value.column == role
    columns = {name: [1] for name in names}
    with pytest.raises(DataFormatError, match=f"one column {role}"):
        rg.from_frame(columns)


def test_the_same_name_twice() -> None:
    frame = pd.DataFrame([[1, 1, 5, 2]], columns=["user", "item", "rating", "rating"])
    with pytest.raises(DataFormatError, match="one column rating, found 2: 'rating', 'rating'"):
        rg.read(frame)


def test_a_weak_name_beside_a_clear_one_is_something_else() -> None:
    data = rg.from_frame({**ROWS, "value": [9, 9, 9], "time": [1] * 3, "timestamp": [1_700_000_000] * 3})
    assert data.ratings.rating.tolist() == [5, 3, 4]
    assert data.ratings.notes == ("columns not used: value, time",)


def test_columns_that_a_person_names(tmp_path: Path) -> None:
    frame = pl.DataFrame({"who": ["ann", "bob"], "what": ["x", "y"], "liked": [5, 2], "score": [0, 0]})
    path = tmp_path / "table.csv"
    frame.write_csv(path)
    named = {"user": "who", "item": "what", "rating": "liked"}
    for source in (path, frame):
        data = rg.read(source, columns=named)
        assert (data.ratings.user_id.tolist(), data.ratings.rating.tolist()) == (["ann", "bob"], [5, 2])
        assert data.ratings.notes == ("columns not used: score",)
    with pytest.raises(DataFormatError, match="expected a column 'whom'"):
        rg.read(frame, columns={**named, "user": "whom"})
    with pytest.raises(ConfigError, match="unknown kind of column"):
        rg.read(frame, columns={**named, "sser": "who"})
    with pytest.raises(ConfigError, match="two kinds"):
        rg.read(frame, columns={**named, "item": "who"})


def test_numbers_name_the_columns_of_a_file_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("x;4;ann\ny;5;bob\n")
    data = rg.read(path, columns={"item": "1", "rating": "2", "user": "3"})
    assert (data.ratings.item_id.tolist(), data.ratings.rating.tolist()) == (["x", "y"], [4, 5])


def test_a_missing_column_names_the_option(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("user_id,thing,rating\n1,2,3\n")
    with pytest.raises(DataFormatError, match=r"--columns item=NAME, in Python columns=\{'item': 'NAME'\}"):
        rg.read(path)


LAYOUTS = {
    "interactions and items": ("interactions.csv", "items.csv"),
    "ratings and movies of one's own": ("ratings.csv", "movies.csv"),
    "events and films": ("events.tsv", "films.tsv"),
    "views and products": ("views.parquet", "products.parquet"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_table_of_movies_beside_the_ratings(name: str, tmp_path: Path) -> None:
    main, items = LAYOUTS[name]
    _write(tmp_path / main, {"user": VALUES["user"], "item": VALUES["item"], "rating": VALUES["rating"]})
    about = {"item": ["h", "b", "new"], "name": ["Heat", "Big", "Gladiator"], "release_year": [1995, 1988, 2000]}
    _write(tmp_path / items, {**about, "category": ["Crime", "Comedy", ""], "colour": ["red"] * 3})
    data = rg.read(tmp_path)
    assert data.ratings.rating.tolist() == [5, 3, 4]
    assert data.catalogue.item_id.tolist() == ["b", "h", "new"]
    assert data.catalogue.title.tolist() == ["Big", "Heat", "Gladiator"]
    assert data.catalogue.year.tolist() == [1988, 1995, 2000]
    assert data.catalogue.genres == (("Comedy",), ("Crime",), ())
    assert data.ratings.notes == (f"columns not used in {items}: colour",)


def _write(path: Path, columns: dict[str, list[object]]) -> None:
    frame = pl.DataFrame(columns)
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, separator="\t" if path.suffix == ".tsv" else ",")


@pytest.mark.parametrize("big", [2**64 + 5, 2**63 + 5, 10**30])
def test_very_large_ids(big: int) -> None:
    table = {"user": [big, 1, big + 1], "item": [1, 2, 3], "rating": [5, 4, 3]}
    for frame in (table, pd.DataFrame(table)):
        assert rg.from_frame(frame).ratings.user_id.tolist() == [str(big), "1", str(big + 1)]
    unsigned = pd.DataFrame({**table, "user": np.array([2**63 + 5, 1, 2], np.uint64)})
    assert rg.from_frame(unsigned).ratings.user_id.tolist() == [str(2**63 + 5), "1", "2"]
    whole = pd.DataFrame({**table, "user": np.array([5, 1, 2], np.uint64)})
    assert rg.from_frame(whole).ratings.user_id.tolist() == [5, 1, 2]
