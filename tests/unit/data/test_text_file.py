"""Large text files are parsed in blocks: the same data set, hash, faults and errors as read as a whole."""

from __future__ import annotations

import dataclasses
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from reelgraph.core import Dataset
from reelgraph.core.errors import DataFormatError
from reelgraph.data import clean, read
from reelgraph.data.readers import text, text_file

HEADER = b"userId,movieId,rating,timestamp\n"
ROWS = [
    f"{user},{item},{(item + user) % 9 / 2 + 0.5},{900_000_000 + item}" for user in range(1, 9) for item in (3, 5, 8)
]
PLAIN = HEADER + "\n".join(ROWS).encode() + b"\n"


def with_row(row: bytes, position: int = 14) -> bytes:
    """The plain file with one more row in the middle."""
    lines = PLAIN.split(b"\n")
    return b"\n".join([*lines[:position], row, *lines[position:]])


CONTENTS = {
    "plain": PLAIN,
    "no line end": PLAIN.removesuffix(b"\n"),
    "blank lines at the end": PLAIN + b"\n" * 90,
    "windows": PLAIN.replace(b"\n", b"\r\n"),
    "old mac": PLAIN.replace(b"\n", b"\r"),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN,
    "utf-16": PLAIN.decode().encode("utf-16"),
    "too few fields": with_row(b"3,9"),
    "no rating": with_row(b"3,9,,900000001"),
    "not a number": with_row(b"x,9,4.0,900000001"),
    "latin-1": with_row(b"3,9,4.0,\xe9t\xe9"),
    "quotes": with_row(b'"3","9","4.0","900000001"'),
    "blank line": with_row(b""),
    "large id in the last block": PLAIN + b"9,5000000000,4.0,900000001\n",
    "inexact rating in the last block": PLAIN + b"9,9,4.3,900000001\n",
    "after 2038": PLAIN + b"9,9,4.0,4000000000\n",
    "fractional time": PLAIN + b"9,9,4.0,900000001.5\n",
    "missing time": with_row(b"3,9,4.0,"),
}


def require_equal(first: Dataset, second: Dataset) -> None:
    for field in dataclasses.fields(first.ratings):
        one, other = getattr(first.ratings, field.name), getattr(second.ratings, field.name)
        np.testing.assert_array_equal(one, other, err_msg=field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype, field.name
    assert first.sha256 == second.sha256
    assert first.notes == second.notes
    np.testing.assert_array_equal(first.catalogue.item_id, second.catalogue.item_id)
    assert clean(first)[1] == clean(second)[1]


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("zipped", [False, True], ids=["file", "zip"])
def test_blocks_give_what_the_whole_file_gives(
    content: bytes, zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ratings.csv"
    path.write_bytes(content)
    if zipped:
        path = tmp_path / "ratings.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("ml-latest/ratings.csv", content)
    whole = read(path)
    monkeypatch.setattr(text_file, "BLOCK_BYTES", 64)
    require_equal(read(path), whole)


def test_separators_of_two_characters_are_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ratings.dat").write_bytes(PLAIN.removeprefix(HEADER).replace(b",", b"::"))
    whole = read(tmp_path)
    monkeypatch.setattr(text_file, "BLOCK_BYTES", 64)
    require_equal(read(tmp_path), whole)


def test_a_well_formed_file_is_never_held_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ratings.csv").write_bytes(PLAIN)
    sizes: list[int] = []
    parse = text.parse_well_formed

    def watched(data: bytes, *rest: object) -> object:
        sizes.append(len(data))
        return parse(data, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(text_file, "BLOCK_BYTES", 64)
    monkeypatch.setattr(text, "parse_well_formed", watched)
    data = read(tmp_path / "ratings.csv")
    assert len(sizes) > 5
    assert max(sizes) <= 64 + len(HEADER)
    digest = hashlib.sha256(PLAIN).hexdigest()
    assert data.sha256 == hashlib.sha256(f"ratings.csv\0{digest}\n".encode()).hexdigest()


def test_a_damaged_zip_is_refused_while_it_is_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ratings.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("ratings.csv", PLAIN)
    damaged = path.read_bytes().replace(b"8,8,", b"8,9,")  # the sum of the bytes in the zip is another one
    path.write_bytes(damaged)
    monkeypatch.setattr(text_file, "BLOCK_BYTES", 64)
    with pytest.raises(DataFormatError, match="truncated, damaged or encrypted"):
        read(path)
