"""Bad input: one clear error that names file, line, column, value and what was expected, or a counted fault."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest

from reelgraph.core import RatingScale
from reelgraph.core.errors import DataFormatError
from reelgraph.data import clean, index, read
from reelgraph.data.readers import files
from reelgraph.data.readers.text import split_line
from tests.unit.data import layouts

HEADER = "userId,movieId,rating,timestamp\n"


def _csv(tmp_path: Path, text: str | bytes, name: str = "x.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _rows(n: int) -> list[str]:
    return [f"{1 + row // 50},{1 + row % 50},4.0,946684800\n" for row in range(n)]


def test_missing_file_names_the_path_and_the_sample(tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match="no such file") as caught:
        read(tmp_path / "gone.csv")
    assert "sample" in str(caught.value)


def test_data_set_not_downloaded_yet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataFormatError, match="reelgraph data get ml-25m"):
        read("ml-25m")
    layouts.zipped_ml_1m(tmp_path)
    (tmp_path / "ml-1m").rename(tmp_path / "moved")
    assert len(read("ml-1m").ratings) == 5


def test_a_table_of_movies_without_a_row(tmp_path: Path) -> None:
    _csv(tmp_path, HEADER + "".join(_rows(5)), "interactions.csv")
    _csv(tmp_path, "movieId;name;genres\n", "items.csv")
    with pytest.raises(DataFormatError, match=r"items\.csv.*a row for each movie"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \n"])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataFormatError, match="empty"):
        read(_csv(tmp_path, content))


@pytest.mark.parametrize("content", [HEADER, HEADER.rstrip(), HEADER + "\n\n"])
def test_header_alone(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataFormatError, match="found none"):
        read(_csv(tmp_path, content))


def test_folder_without_a_layout_lists_its_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "ml-1m").mkdir()
    _csv(tmp_path, "hello", "notes.md")
    with pytest.raises(DataFormatError, match=r"notes\.md.*ml-1m"):
        read(tmp_path)


def test_wrong_delimiter_in_a_fixed_layout(tmp_path: Path) -> None:
    _csv(tmp_path, "1,10,5,946684800\n" * 3, "u.data")
    with pytest.raises(DataFormatError) as caught:
        read(tmp_path)
    error = caught.value
    assert (error.line, error.value) == (1, "1,10,5,946684800")
    assert error.expected == "4 fields separated by tabs"
    assert "delimiter" in str(error)


def test_rows_with_another_delimiter_than_the_header(tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match=r"line 2.*4 fields separated by commas"):
        read(_csv(tmp_path, HEADER + "1;2;3;4\n" * 4))


def test_no_delimiter_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match="columns separated by"):
        read(_csv(tmp_path, "ratings\n5\n4\n"))


@pytest.mark.parametrize(
    ("header", "column", "near"),
    [
        ("user_id,item_id,timestamp,ratng", "rating", "ratng"),
        ("usr_id,item_id,rating", "user_id", "usr_id"),
        ("user_id,moviID,rating", "item_id", "moviID"),
    ],
)
def test_missing_column_names_the_nearest(tmp_path: Path, header: str, column: str, near: str) -> None:
    with pytest.raises(DataFormatError, match=f"is it '{near}'") as caught:
        read(_csv(tmp_path, header + "\n1,2,3,4\n"))
    assert caught.value.column == column
    assert caught.value.line == 1


def test_one_word_among_two_thousand_ratings(tmp_path: Path) -> None:
    rows = _rows(2000)
    rows[1232] = "25,33,abc,946684800\n"  # line 1,234: one for the header, one because lines count from 1
    data = read(_csv(tmp_path, HEADER + "".join(rows)))
    (fault,) = data.ratings.faults
    assert (fault.row, fault.line, fault.column, fault.value, fault.kind) == (
        1232,
        1234,
        "rating",
        "abc",
        "not a number",
    )
    assert len(data.ratings) == 2000
    assert data.ratings.rating[1231] == 4.0
    assert data.ratings.rating[1232] != data.ratings.rating[1232]


@pytest.mark.parametrize("separator", [",", "::", "\t"])
def test_every_kind_of_fault_keeps_its_line(tmp_path: Path, separator: str) -> None:
    good = ["1", "2", "3", "946684800"]
    bad = [["1", "2", "3"], ["1", "2", "", "5"], ["x", "2", "3", "946684800"], ["1", "2", "inf", "946684800"],
           ["1", "2", "3", "soon"], [""], ["1", "2", "3", "946684800", "9"]]  # fmt: skip
    lines = [separator.join(row) for row in [*bad, *[good] * 8]]
    if separator == "\t":
        source = _csv(tmp_path, "\n".join(lines) + "\n", "u.data").parent
    elif separator == "::":
        source = _csv(tmp_path, "\n".join(lines) + "\n", "ratings.dat").parent
    else:
        source = _csv(tmp_path, HEADER + "\n".join([*lines[7:], *lines[:7]]) + "\n")
    first = 10 if separator == "," else 1
    data = read(source)
    faults = {(f.line - first): (f.column, f.value, f.kind) for f in data.ratings.faults}
    wrong = "wrong number of fields"
    assert faults == {
        0: ("(whole row)", lines[0], wrong),
        1: ("rating", "", "missing"),
        2: ("user_id", "x", "not a number"),
        3: ("rating", "inf", "not a number"),
        4: ("timestamp", "soon", "not a number"),
        5: ("(whole row)", "", wrong),
        6: ("(whole row)", lines[6], wrong),
    }
    cleaned, report = clean(data)
    assert report.rows_in - report.dropped == report.rows_out == 1
    assert cleaned.ratings.faults == ()


def test_bom_and_crlf_change_nothing(tmp_path: Path) -> None:
    text = HEADER + "".join(_rows(60))
    plain = read(_csv(tmp_path, text)).ratings
    dressed = read(_csv(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), "y.csv")).ratings
    mac = read(_csv(tmp_path, text.replace("\n", "\r"), "z.csv")).ratings
    utf_16 = read(_csv(tmp_path, text.encode("utf-16"), "w.csv")).ratings
    for variant in (dressed, mac, utf_16):
        assert variant.user_id.tolist() == plain.user_id.tolist()
        assert variant.rating.tolist() == plain.rating.tolist()
        assert variant.faults == ()


def test_crlf_with_faults(tmp_path: Path) -> None:
    ratings = read(_csv(tmp_path, (HEADER + "1,2,abc,5\n1,3,4,x\n" + "".join(_rows(9))).replace("\n", "\r\n"))).ratings
    assert [(f.line, f.value) for f in ratings.faults] == [(2, "abc"), (3, "x")]


def test_latin_1_bytes_in_a_utf_8_file_lose_no_name(tmp_path: Path) -> None:
    _csv(tmp_path, HEADER + "1,1,4,946684800\n1,2,3,946684800\n", "ratings.csv")
    movies = b"movieId,title,genres\n1,Am\xc3\xa9lie (2001),Comedy\n2,L\xe9on (1994),Drama\n"
    _csv(tmp_path, movies, "movies.csv")
    assert read(tmp_path).catalogue.title.tolist() == ["Amélie (2001)", "Léon (1994)"]
    ids = read(_csv(tmp_path, b"user,item,rating\nJos\xe9,a,4\nb,caf\xc3\xa9,4\n", "ids.csv")).ratings
    assert (ids.user_id[0], ids.item_id[1]) == ("José", "café")


@pytest.mark.parametrize("content", [b"\x00\x01\x02,\x00\n", b"\x1f\x8b\x08\x00abc"])
def test_binary_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataFormatError, match="binary"):
        read(_csv(tmp_path, content))


def test_broken_parquet(tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match="Parquet"):
        read(_csv(tmp_path, b"PAR1 no", "x.parquet"))


def test_stray_quote_swallows_nothing(tmp_path: Path) -> None:
    ratings = read(_csv(tmp_path, HEADER + '1,99,"5,946684800\n' + "".join(_rows(20)) + '7,1,"4,9\n')).ratings
    assert len(ratings) == 22
    assert [f.line for f in ratings.faults] == [2, 23]


def test_a_carriage_return_beside_quoted_fields_is_part_of_its_field(tmp_path: Path) -> None:
    """The csv module of Python refuses such a line."""
    assert split_line('1,"2,3"\r,5', ",") == ["1", '"2', '3"', "5"]  # no CSV, so quotes mean nothing
    assert split_line('1,"2,3\r",5', ",") == ["1", "2,3", "5"]
    ratings = read(_csv(tmp_path, 'user,"item"\r,rating\n1,10,4\n1,"20"\r,5\n2,10,3\n')).ratings
    assert ratings.rating.tolist() == [4.0, 5.0, 3.0]
    _csv(tmp_path, "user,item,rating\n1,10,4\n", "ratings.csv")
    _csv(tmp_path, 'movieId,title,genres\r"\n10,"Heat (1995)",Crime\n', "movies.csv")
    assert read(tmp_path).catalogue.title.tolist() == ["Heat (1995)"]


def test_a_quoted_field_may_be_longer_than_python_reads(tmp_path: Path) -> None:
    """The csv module of Python refuses fields of more than 128 KiB."""
    long = "x" * 140_000
    ratings = read(_csv(tmp_path, f'user,item,rating,note\n1,10,4,"{long}"\n2,10,3,ok\n')).ratings
    assert ratings.rating.tolist() == [4.0, 3.0]
    assert len(read(_csv(tmp_path, f'user,item,"{long}"\n1,10,4\n')).ratings) == 1


def test_truncated_zip(tmp_path: Path) -> None:
    path = layouts.zipped_ml_1m(tmp_path)
    whole = path.read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:size])
        with pytest.raises(DataFormatError, match="zip") as caught:
            read(path)
        assert "download it again" in str(caught.value)


def test_damaged_zip(tmp_path: Path) -> None:
    path = layouts.zipped_ml_1m(tmp_path)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("ml-1m/ratings.dat")
    data = bytearray(path.read_bytes())
    data[info.header_offset + 30 + len(info.filename) + 20] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(DataFormatError, match="zip"):
        read(path)


def test_zip_bomb_by_declared_size(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", HEADER.encode() + b"1,1,5,946684800\n" * (2 * 2**20))
    with pytest.raises(DataFormatError, match=r"refused.*times its compressed size"):
        read(path)


def test_zip_bomb_by_real_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = layouts.zipped_ml_1m(tmp_path)
    calls: list[int] = []
    refuse = files._refuse_bomb

    def only_what_comes_out(archive: Path, member: str, size: int, packed: int) -> None:
        calls.append(size)
        if len(calls) > 1:  # the declared size, the first call, is let through
            refuse(archive, member, size, packed)

    monkeypatch.setattr(files, "_refuse_bomb", only_what_comes_out)
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    with pytest.raises(DataFormatError, match="refused"):
        read(path)


def test_zip_whose_member_lies_about_its_size(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", HEADER + "".join(_rows(500)))
        size = archive.getinfo("ratings.csv").file_size
    data = path.read_bytes().replace(size.to_bytes(4, "little"), (60).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(DataFormatError, match="zip"):
        read(path)


def test_zip_without_data(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("about.md", "nothing")
        archive.writestr("/ratings.csv", HEADER)
        archive.writestr("../ratings.csv", HEADER)
    with pytest.raises(DataFormatError, match=r"found about\.md"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content", "line", "value"),
    [
        ("movies.csv", "movieId,title,genres\n1,Heat (1995),Action\nx,Y,Z\n", 3, "x"),
        ("movies.csv", "movieId,title,genres\n1,Heat (1995)\n", 2, "1,Heat (1995)"),
        ("movies.csv", "number,label\n1,Heat (1995)\n", 1, "number,label"),
        ("links.csv", "movieId,imdbId,tmdbId\n1,1,abc\n", 2, "abc"),
        ("links.csv", "movieId,imdbId,tmdbId\n1,1,9223372036854775808\n", 2, "9223372036854775808"),
    ],
)
def test_bad_catalogue_names_the_line(tmp_path: Path, name: str, content: str, line: int, value: str) -> None:
    _csv(tmp_path, HEADER + "1,1,4,946684800\n", "ratings.csv")
    _csv(tmp_path, "movieId,title,genres\n1,Heat (1995),Action\n", "movies.csv")
    _csv(tmp_path, content, name)
    with pytest.raises(DataFormatError) as caught:
        read(tmp_path)
    assert (caught.value.line, caught.value.value) == (line, value)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["u.item", "u.user"])
def test_bad_100k_side_file(tmp_path: Path, name: str) -> None:
    layouts.ml_100k(tmp_path)
    with (tmp_path / name).open("a") as stream:
        stream.write("3|only\n")
    with pytest.raises(DataFormatError, match=f"{name}, line [34].*separated by"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["movies.dat", "users.dat"])
def test_bad_1m_side_file(tmp_path: Path, name: str) -> None:
    layouts.ml_1m(tmp_path)
    with (tmp_path / name).open("a") as stream:
        stream.write("3::only\n")
    with pytest.raises(DataFormatError, match=f"{name}, line [34]"):
        read(tmp_path)


def test_one_user_one_movie_equal_ratings(tmp_path: Path) -> None:
    data, report = clean(read(_csv(tmp_path, HEADER + "1,1,4,946684800\n")))
    assert (len(data.ratings), report.dropped) == (1, 0)


def test_lines_not_in_utf8_are_read_as_latin1_and_counted(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,2,3.0,964982704\n")
    (tmp_path / "movies.csv").write_bytes(b"movieId,title,genres\n1,Am\xe9lie (2001),Drama\n2,,Drama\n")
    data, report = clean(read(tmp_path))
    assert data.catalogue.title[0] == "Amélie (2001)"
    assert report.count("lines not in UTF-8, read as latin-1") == 1
    assert report.count("rated movies without metadata") == 1  # movie 2 is there, without a title
    assert next(step for step in report.steps if "UTF-8" in step.name).examples == ("movies.csv, line 2",)


def test_zero_stars_do_not_vanish_in_a_sparse_matrix(tmp_path: Path) -> None:
    (tmp_path / "zero.csv").write_text(
        "user_id,item_id,rating\n" + "".join(f"{u},{i},{(u + i) % 5}\n" for u in range(9) for i in range(9))
    )
    data, _ = clean(read(tmp_path / "zero.csv"))
    assert data.ratings.scale == RatingScale(0, 4, 1)
    matrix = index(data.ratings).matrix()
    assert (matrix.nnz, int((matrix.data == 0).sum())) == (81, 16)


def test_files_without_a_name_or_of_a_later_version_in_a_zip_are_damage(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ml.zip", "w") as archive:
        archive.writestr("a/ratings.csv", "userId,movieId,rating,timestamp\n1,2,3,4\n")
    content = (tmp_path / "ml.zip").read_bytes()
    name = b"a/ratings.csv"
    central = content.rindex(b"PK\x01\x02")
    entry = bytearray(content[central:])
    entry[28:30] = (0).to_bytes(2, "little")  # the length of the name
    entry = entry.replace(name, b"", 1)
    end = entry.index(b"PK\x05\x06")
    entry[end + 12 : end + 16] = end.to_bytes(4, "little")  # the size of the directory
    (tmp_path / "ml.zip").write_bytes(content[:central] + entry)
    with pytest.raises(DataFormatError, match="expected a complete zip file: a file in it has no name"):
        read(tmp_path / "ml.zip")
    versioned = bytearray(content)
    versioned[central + 6 : central + 8] = (229).to_bytes(2, "little")  # what is needed to read it
    (tmp_path / "ml.zip").write_bytes(versioned)
    with pytest.raises(DataFormatError, match="expected a complete zip file: zip file version 22.9"):
        read(tmp_path / "ml.zip")


def test_parquet_that_polars_gives_up_on_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*arguments: object, **options: object) -> None:
        raise pl.exceptions.PanicException("assertion failed")

    (tmp_path / "ratings.parquet").write_bytes(b"PAR1 damaged PAR1")
    monkeypatch.setattr(pl, "read_parquet", give_up)
    with pytest.raises(DataFormatError, match="expected a Parquet file: assertion failed"):
        read(tmp_path / "ratings.parquet")
