"""What single layouts hold beside ratings: profiles, tags, links, folds; and frames."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from reelgraph.core import NO_TIME, RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data import from_frame, read
from reelgraph.data.readers.metadata import age_band, genres_of, occupation_of, region_of, year_of
from reelgraph.data.readers.movielens_100k import read_fold
from reelgraph.data.readers.scales import infer_scale
from tests.unit.data import layouts


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("Heat (1995)", 1995),
        ("2001: A Space Odyssey (1968) ", 1968),
        ("Death Note: Desu nôto (2006–2007)", 2006),
        ("Land Before Time III, The (1995) (V)", 1995),
        ("Babylon 5", 0),
        ("unknown", 0),
        ("1984", 0),
    ],
)
def test_year_at_the_end_of_a_title(title: str, year: int) -> None:
    assert year_of(title) == year


def test_genres() -> None:
    assert genres_of("Action|Film-Noir") == ("Action", "Film-Noir")
    assert genres_of("(no genres listed)") == genres_of("") == genres_of("unknown") == ()


def test_age_bands_of_ages_and_of_ml_1m_codes() -> None:
    bands = ["Under 18", "18-24", "25-34", "35-44", "45-49", "50-55", "56+"]
    assert [age_band(a) for a in ("1", "18", "25", "35", "45", "50", "56")] == bands
    assert [age_band(a) for a in ("17", "24", "34", "44", "49", "55", "73")] == bands
    assert age_band("") == ""


def test_occupations_and_regions() -> None:
    assert occupation_of("20") == "writer"
    assert occupation_of("0") == "other"
    assert occupation_of("none") == occupation_of("99") == ""
    assert [region_of(z) for z in ("85711", "02139-1234", "V3N4P", "T8H1N", "")] == ["8", "0", "other", "other", ""]


def test_profiles_of_100k(tmp_path: Path) -> None:
    people = read(layouts.ml_100k(tmp_path)).profiles
    assert people is not None
    assert people.user_id.tolist() == [1, 2]
    assert people.gender.tolist() == ["M", "F"]
    assert people.age_band.tolist() == ["18-24", "56+"]
    assert people.occupation.tolist() == ["technician", ""]
    assert people.region.tolist() == ["8", "other"]


def test_profiles_of_1m_and_recbole(tmp_path: Path) -> None:
    for make, occupation in ((layouts.ml_1m, "technician/engineer"), (layouts.recbole, "technician")):
        folder = tmp_path / make.__name__
        folder.mkdir()
        people = read(make(folder)).profiles
        assert people is not None
        assert people.age_band.tolist() == ["18-24", "56+"]
        assert people.occupation.tolist() == [occupation, "other"]
        assert people.region.tolist() == ["8", "0"]


def test_links_and_tags_of_latest(tmp_path: Path) -> None:
    data = read(layouts.ml_latest(tmp_path))
    assert data.catalogue.imdb_id.tolist() == ["tt0113277", "tt0211915", ""]
    assert data.catalogue.tmdb_id.tolist() == [949, 0, 0]
    assert data.catalogue.tags == (("noir", "bank"), (), ())
    assert data.n_tags == 3


@pytest.mark.parametrize(
    "rows",
    ["", "4,20,,7\n", "\n4,20, ,7\n", '4,20,"",7\n'],
    ids=["well-formed", "no tag", "blank line", "empty tag"],
)
def test_tags_are_counted_in_the_same_way_whatever_is_missing(tmp_path: Path, rows: str) -> None:
    """The rows beside the odd one go through the fast parser and through the one that looks at each row."""
    folder = layouts.ml_latest(tmp_path)
    quoted = '3,20,"Based on a book, loosely",4\n3,20,"the ""Heat"" remake",5\n4,20,based on a book\u2009,6\n'
    text = "userId,movieId,tag,timestamp\n1,10,Noir,1\n2,10,bank,2\n2,10, noir ,3\n" + quoted + rows
    (folder / "tags.csv").write_text(text, encoding="utf-8")
    data = read(folder)
    expected = ("based on a book", "based on a book, loosely", 'the "heat" remake')
    assert data.catalogue.tags == (("noir", "bank"), expected, ())
    assert data.n_tags == 6 + bool(rows)


@pytest.mark.parametrize(
    ("row", "line"), [("4,twenty,noir,7", 3), ("4,20,noir", 3), ("4,99999999999999999999,noir,7", 3)]
)
def test_a_wrong_row_of_tags_is_named(tmp_path: Path, row: str, line: int) -> None:
    folder = layouts.ml_latest(tmp_path)
    (folder / "tags.csv").write_text(f"userId,movieId,tag,timestamp\n1,10,Noir,1\n{row}\n")
    with pytest.raises(DataFormatError, match=rf"tags\.csv.*line {line}"):
        read(folder)


def test_tags_of_10m_may_hold_the_separator(tmp_path: Path) -> None:
    data = read(layouts.ml_10m(tmp_path))
    assert data.name == "ml-10m"
    assert data.catalogue.tags[0] == ("noir", "al :: pacino")


def test_main_file_stands_for_its_folder(tmp_path: Path) -> None:
    layouts.ml_latest(tmp_path)
    assert read(tmp_path / "ratings.csv").catalogue.title[0] == "Heat (1995)"


def test_shipped_fold(tmp_path: Path) -> None:
    (tmp_path / "u1.base").write_text("1\t10\t5\t946684800\n1\t20\t3\t946771200\n")
    (tmp_path / "u1.test").write_text("2\t10\t4\t946857600\n")
    train, test = read_fold(tmp_path, "u1")
    assert train.rating.tolist() == [5.0, 3.0]
    assert test.user_id.tolist() == [2]
    assert train.scale == RatingScale(1, 5, 1)
    with pytest.raises(DataFormatError, match=r"u2\.base"):
        read_fold(tmp_path, "u2")
    with pytest.raises(DataFormatError, match="u9"):
        read_fold(tmp_path, "u9")


def test_ids_stay_text_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("user,item,rating\nann,0012,4\nbob,12,3\n")
    ratings = read(path).ratings
    assert ratings.user_id.tolist() == ["ann", "bob"]
    assert ratings.item_id.tolist() == ["0012", "12"]
    assert ratings.timestamp is None


def test_a_review_over_two_lines_does_not_hide_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = ['1,10,4,"good,\nreally"', '1,20,abc,""', '1,30,"5,no', '2,10,3,"fine"', "2,20,2,ok", "2,30,1,ok"]
    path.write_text("\n".join(["user,item,rating,review", *rows]) + "\n")
    ratings = read(path).ratings
    assert ratings.item_id.tolist() == [10, 20, -1, 10, 20, 30]
    assert [(f.row, f.line, f.kind) for f in ratings.faults] == [
        (1, 4, "not a number"),
        (2, 5, "wrong number of fields"),
    ]


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1, 2, 3, 4, 5], (1, 5, 1)),
        ([4, 4, 4], (1, 5, 1)),
        ([0.5, 3, 4.5, 5], (0.5, 5, 0.5)),
        ([1, 7, 9, 10], (1, 10, 1)),
        ([0, 0, 1, 1], (0, 5, 1)),
        ([10, 50, 100, 90], (0, 100, 1)),
        ([-2, -1, 1, 3], (-5, 5, 1)),
        ([1, 2, 3, 4, 5] * 20 + [99, -1, 3.7], (1, 5, 1)),
        ([0.3, 2.7, 4.9, 5.0], (0, 5, 0.1)),
    ],
)
def test_scale_is_the_one_that_most_ratings_fit(values: list[float], scale: tuple[float, float, float]) -> None:
    inferred = infer_scale(np.array(values, float))
    assert (inferred.low, inferred.high, inferred.step) == pytest.approx(scale)


def test_ratings_without_a_step_are_continuous(tmp_path: Path) -> None:
    assert infer_scale(np.array([1.2345, 2.3456, 3.4567])) == RatingScale(1, 5)
    path = tmp_path / "x.csv"
    path.write_text("user,item,rating\n1,2,0.1234\n1,3,0.9876\n")
    assert read(path, scale=RatingScale(0, 1, 0.0001)).ratings.scale.step == 0.0001


ROWS = {"user_id": [1, 1, 2], "item_id": [10, 20, 10], "rating": [5.0, 3.0, 4.0]}


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame(ROWS),
        pl.LazyFrame(ROWS),
        pd.DataFrame(ROWS),
        pa.table(ROWS),
        pd.DataFrame(ROWS).convert_dtypes(),
        pd.DataFrame(ROWS).astype(object),
        pl.DataFrame(ROWS).cast({"user_id": pl.String, "item_id": pl.Int16, "rating": pl.Decimal(4, 1)}),
    ],
    ids=["polars", "lazy", "pandas", "arrow", "pandas-nullable", "pandas-object", "polars-mixed"],
)
def test_frames(frame: Any) -> None:
    for data in (read(frame), from_frame(frame)):
        assert data.ratings.user_id.tolist() == [1, 1, 2]
        assert data.ratings.item_id.tolist() == [10, 20, 10]
        assert data.ratings.rating.tolist() == [5.0, 3.0, 4.0]
        assert data.ratings.timestamp is None


def test_frame_columns_by_name_and_dates() -> None:
    day = datetime(2000, 1, 1, 12, tzinfo=UTC)
    columns = {"who": ["a", "b"], "what": ["x", "y"], "how": [1, 2], "when": [day, day]}
    names = {"user": "who", "item": "what", "rating": "how", "timestamp": "when"}
    for frame in (pl.DataFrame(columns), pd.DataFrame(columns), pa.table(columns)):
        ratings = from_frame(frame, **names).ratings  # type: ignore[arg-type]
        assert ratings.timestamp is not None
        assert ratings.timestamp.tolist() == [946728000] * 2
        assert ratings.user_id.tolist() == ["a", "b"]


def test_naive_pandas_dates_and_missing_values() -> None:
    frame = pd.DataFrame(
        {
            "user": [1.0, 2.0, None, 3.0, 4.0, 5.0],
            "item": ["x", "y", "z", "x", "x", "x"],
            "rating": [5.0, None, 3.0, 2.0, 2.0, 2.0],
            "date": pd.to_datetime(["2000-01-01", "2000-01-02", "2000-01-03", None, "2000-01-03", "2000-01-03"]),
        }
    )
    ratings = read(frame).ratings
    assert ratings.user_id.tolist() == [1, 2, -1, 3, 4, 5]
    assert [(f.row, f.line, f.column) for f in ratings.faults] == [
        (1, 2, "rating"),
        (2, 3, "user_id"),
    ]
    assert ratings.timestamp is not None
    assert ratings.timestamp.tolist()[0] == 946684800
    assert ratings.timestamp.tolist()[3] == NO_TIME


def test_pandas_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({**ROWS, "item_id": pd.Series(["x", "y", "x"], dtype=object)})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert from_frame(frame).ratings.item_id.tolist() == ["x", "y", "x"]
    times = pd.Series(pd.to_datetime(["2000-01-01 13:00"] * 3)).dt.tz_localize("Europe/Berlin")
    ratings = read({**ROWS, "item_id": frame["item_id"], "time": times}).ratings  # a dictionary of pandas columns
    assert ratings.item_id.tolist() == ["x", "y", "x"]
    assert ratings.timestamp is not None
    assert ratings.timestamp.tolist() == [946728000] * 3


def test_catalogue_of_other_ids_is_refused(tmp_path: Path) -> None:
    movies = read(layouts.ml_latest(tmp_path)).catalogue
    assert from_frame(pl.DataFrame(ROWS), catalogue=movies).catalogue is movies
    with pytest.raises(DataFormatError, match=r"text.*numbers"):
        from_frame(pl.DataFrame({**ROWS, "item_id": ["a", "b", "c"]}), catalogue=movies)


def test_not_a_table() -> None:
    with pytest.raises(DataFormatError, match="int"):
        read(42)
    with pytest.raises(DataFormatError, match="is it 'ratng'"):
        from_frame(pl.DataFrame({"user": [1], "item": [2], "ratng": [3]}))
    with pytest.raises(DataFormatError, match="nope"):
        from_frame(pl.DataFrame(ROWS), user="nope")


def test_movies_csv_may_tell_minutes_and_people(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,7,4.0,1\n1,8,3.0,2\n")
    movies = tmp_path / "movies.csv"
    movies.write_text(
        "movieId,title,genres,people,runtime\n7,Alien (1979),Horror,Weaver| Scott |,117\n8,Up (2009),,,\n"
    )
    catalogue = read(tmp_path).catalogue
    assert catalogue.runtime.tolist() == [117, 0]
    assert catalogue.people == (("Weaver", "Scott"), ())
    movies.write_text("movieId,title,genres,runtime\n7,Alien (1979),Horror,long\n")
    with pytest.raises(DataFormatError, match=r"movies\.csv, line 2, column 'runtime'.*a whole number"):
        read(tmp_path)
