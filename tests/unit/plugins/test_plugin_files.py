"""Readers and importers of other packages: asked before reelgraph's own, and named where they fail."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.core import Catalogue
from reelgraph.core.errors import PluginError
from reelgraph.testing import ContractError, check_importer, check_reader
from tests.plugin_package import Install

READER = """
import numpy as np
import reelgraph as rg


def matches(files):
    return "likes.txt" in files.names


def read(files, scale):
    rows = [line.split() for line in files.read_lines("likes.txt") if line]
    users, items = (np.array(column) for column in zip(*rows))
    stars = np.full(len(rows), 5.0)
    ratings = rg.Ratings(users, items, stars, None, scale or rg.RatingScale(1.0, 5.0, 1.0), "likes.txt")
    return rg.Dataset("likes", ratings, rg.Catalogue.from_ids(np.unique(items)), None, files.sha256())
"""
IMPORTER = """
from reelgraph.importers import ExportEntry


class Diary:
    name = "diary"

    def matches(self, archive):
        return any(member.name.endswith(".txt") for member in archive.members)

    def read(self, archive, collector):
        for member in archive.members:
            for number, line in enumerate(archive.read(member).decode().splitlines(), 1):
                title, year, stars = line.split("|")
                collector.add(ExportEntry(f"{member.name}, line {number}", title, int(year), float(stars)))


diary = Diary()
"""
READERS = {"reelgraph.readers": {"likes": "likes"}}
IMPORTERS = {"reelgraph.importers": {"diary": "diary:diary"}}


@pytest.fixture
def likes(tmp_path: Path) -> Path:
    path = tmp_path / "likes.txt"
    path.write_text("ann heat\nann alien\nbob heat\n")
    return path


def test_installed_reader_reads_a_file_a_folder_and_a_zip(install: Install, likes: Path, tmp_path: Path) -> None:
    install("likes-reader", {"likes": READER}, READERS)
    folder = tmp_path / "folder"
    folder.mkdir()
    likes.rename(folder / "likes.txt")
    with zipfile.ZipFile(tmp_path / "likes.zip", "w") as archive:
        archive.write(folder / "likes.txt", "inner/likes.txt")
    for source in (folder / "likes.txt", folder, tmp_path / "likes.zip"):
        data = rg.read(source)
        assert data.ratings.user_id.tolist() == ["ann", "ann", "bob"]
        assert len(rg.index(rg.clean(data)[0].ratings)) == 3
    table = tmp_path / "ratings.csv"
    table.write_text("user_id,item_id,rating\n1,2,3\n1,3,4\n")
    assert len(rg.read(table).ratings) == 2  # the others are read as before


def test_reader_may_be_passed(likes: Path) -> None:
    class Reader:
        def read(self, files: Any, scale: Any) -> Any:
            text = files.read("likes.txt").decode().split()
            return rg.from_frame({"user": text[::2], "item": text[1::2], "rating": [1.0, 2.0, 3.0]}, scale=scale)

    data = rg.read(likes, reader=Reader(), scale=rg.RatingScale(0.0, 10.0, 1.0))
    assert data.ratings.rating.tolist() == [1.0, 2.0, 3.0]
    assert data.ratings.scale == rg.RatingScale(0.0, 10.0, 1.0)
    with pytest.raises(PluginError, match="Wrong: .* has no method 'read'"):
        rg.read(likes, reader=type("Wrong", (), {})())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (READER.replace('" in files.names', '" in files.nmaes'), r"matches failed: AttributeError.*nmaes"),
        (READER.replace("line.split()", "line.split(1)"), "read failed: TypeError"),
        (READER + "\nread = lambda files, scale: 3\n", "read gave int, expected a reelgraph.Dataset"),
        ("matches = 3", "has no method 'matches'"),
    ],
    ids=["matches", "read", "result", "method"],
)
def test_faulty_readers_are_named(install: Install, likes: Path, text: str, problem: str) -> None:
    install("likes-reader", {"likes": text}, READERS)
    with pytest.raises(
        PluginError, match=rf"entry point 'likes' \(reelgraph\.readers\) of likes-reader 1\.0.*{problem}"
    ):
        rg.read(likes)


def test_two_readers_of_one_file_are_an_error(install: Install, likes: Path) -> None:
    install("likes-reader", {"likes": READER}, READERS)
    install("more-likes", {"more_likes": READER}, {"reelgraph.readers": {"more": "more_likes"}})
    with pytest.raises(PluginError, match=r"'likes'.*of likes-reader 1\.0 and entry point 'more'.*of more-likes 1\.0"):
        rg.read(likes)


@pytest.fixture
def catalogue() -> Catalogue:
    import dataclasses

    titles = np.array(["Heat (1995)", "Alien (1979)"])
    return dataclasses.replace(Catalogue.from_ids(np.array([6, 7])), title=titles, year=np.array([1995, 1979]))


def test_installed_importer_reads_an_export(install: Install, tmp_path: Path, catalogue: Catalogue) -> None:
    install("diary-importer", {"diary": IMPORTER}, IMPORTERS)
    path = tmp_path / "diary.txt"
    path.write_text("Heat|1995|4.5\nAlien|1979|5\n")
    result = rg.import_export(path, catalogue)
    assert result.ratings == {6: 4.5, 7: 5.0}
    assert result.service == "diary"
    path.write_text("Heat|1995\n")
    with pytest.raises(
        PluginError, match=r"'diary' \(reelgraph\.importers\) of diary-importer 1\.0: read failed: Value"
    ):
        rg.import_export(path, catalogue)


def test_importer_may_be_passed(install: Install, tmp_path: Path, catalogue: Catalogue) -> None:
    names: dict[str, Any] = {}
    exec(IMPORTER, names)
    path = tmp_path / "diary.txt"
    path.write_text("Heat|1995|4.5\n")
    assert rg.import_export(path, catalogue, importer=names["diary"]).ratings == {6: 4.5}


def module_of(text: str) -> Any:
    names: dict[str, Any] = {}
    exec(text, names)
    return type("Likes", (), {name: staticmethod(names[name]) for name in ("matches", "read")})


READER_DEFECTS = {
    "matches nothing": ('"likes.txt" in files.names', "False", "matches is false for"),
    "matches all": ('"likes.txt" in files.names', "True", "would take the data sets of others"),
    "no hash": ("files.sha256()", '""', "sha256 is not files.sha256"),
    "off the scale": (
        "np.full(len(rows), 5.0)",
        "np.full(len(rows), 9.0)",
        "cleaning refuses what read gives: .*off the scale",
    ),
    "own scale": ("scale or rg.RatingScale", "rg.RatingScale", "its ratings have"),
    "unknown items": ("np.unique(items)", "np.unique(items)[:1]", "an item with ratings is not in the catalogue"),
    "at random": ("np.full(len(rows), 5.0)", "1.0 + np.random.default_rng().permutation(len(rows))", "reading twice"),
    "another result": ("return rg.Dataset", "return str", "read refuses the example: .*failed: TypeError"),
}


def test_correct_reader_passes(likes: Path) -> None:
    check_reader(module_of(READER), likes)


@pytest.mark.parametrize("defect", READER_DEFECTS)
def test_defect_of_a_reader_is_named(tmp_path: Path, defect: str) -> None:
    path = tmp_path / "likes.txt"
    path.write_text("".join(f"u{n} i{n % 4}\n" for n in range(60)))
    old, new, message = READER_DEFECTS[defect]
    assert old in READER
    text = READER.replace("1.0, 5.0, 1.0", "1.0, 60.0, 1.0") if defect == "at random" else READER
    with pytest.raises(ContractError, match=f"Likes: .*{message}"):
        check_reader(module_of(text.replace(old, new)), path)


IMPORTER_DEFECTS = {
    "matches nothing": ('member.name.endswith(".txt")', "False", "matches is false for"),
    "matches all": ('member.name.endswith(".txt")', "True", "would take the exports of others"),
    "no entries": (".splitlines()", ".splitlines()[9:]", "read gives no entry"),
    "ten points": ("float(stars)", "2 * float(stars)", r"diary.txt, line 1: 9\.0 stars, expected 0\.5 to 5"),
    "no year": ("int(year)", "int(stars[0])", "line 1: the year 4"),
    "nowhere": ('f"{member.name}, line {number}"', '""', "does not say where the row is"),
    "nothing": (", title,", ', "",', "has neither a title nor an id"),
}


@pytest.mark.parametrize("defect", [None, *IMPORTER_DEFECTS])
def test_importers_are_checked_on_an_example(tmp_path: Path, defect: str | None) -> None:
    path = tmp_path / "diary.txt"
    path.write_text("Heat|1995|4.5\nAlien|1979|5\n")
    old, new, message = IMPORTER_DEFECTS[defect] if defect else ("", "", "")
    assert old in IMPORTER
    names: dict[str, Any] = {}
    exec(IMPORTER.replace(old, new) if old else IMPORTER, names)
    if defect is None:
        check_importer(names["diary"], path)
        return
    with pytest.raises(ContractError, match=f"Diary: .*{message}"):
        check_importer(names["diary"], path)


def test_reader_of_files_is_not_given_a_table() -> None:
    with pytest.raises(rg.ConfigError, match="reader: reads files; the source is a dict"):
        rg.read({"user": [1], "item": [2], "rating": [3.0]}, reader=module_of(READER))
