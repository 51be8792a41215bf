"""The package of sample ratings: built from generated files of the published form, unpacked, and read as ``sample``."""

from __future__ import annotations

import email
import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from reelgraph.data import read

pytest.importorskip("hatchling")

SCRIPT = Path(__file__).parents[3] / "packaging" / "sample" / "build.py"
README = (
    "Usage License\n\n* The user may redistribute the data set, including transformations, under these conditions.\n"
)
RATINGS = [(1, 1, 4.0, 964982703), (1, 3, 4.5, 964981247), (2, 3, 0.5, 1445714835), (7, 6, 5.0, 1445714952)]


def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_sample", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "ml-latest-small"
    folder.mkdir()
    rows = "".join(f"{user},{movie},{stars},{time}\n" for user, movie, stars, time in RATINGS)
    contents = {
        "ratings.csv": f"userId,movieId,rating,timestamp\n{rows}",
        "movies.csv": "movieId,title,genres\n1,Toy Story (1995),Comedy\n3,Amélie (2001),Romance\n6,Heat (1995),Crime\n",
        "links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n3,0211915,194\n6,0113277,949\n",
        "tags.csv": "userId,movieId,tag,timestamp\n2,6,heist,1445714994\n",
        "README.txt": README,
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_built_unpacked_and_read(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert module().main([str(data), str(tmp_path / "dist")]) == 0
    wheel = Path(capsys.readouterr().out.strip())
    assert wheel.name == "reelgraph_sample-2018.9.26-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
        information = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = email.message_from_bytes(archive.read(information))
        assert archive.read(information.replace("METADATA", "licenses/TERMS.txt")).decode() == README
    assert metadata["License-Expression"] == "LicenseRef-MovieLens"
    assert "https://doi.org/10.1145/2827872" in metadata.get_payload()
    monkeypatch.syspath_prepend(tmp_path / "installed")
    sample, published = read("sample"), read(data)
    assert sample.name == sample.ratings.source == "sample"
    ratings = sample.ratings
    columns = [ratings.user_id, ratings.item_id, ratings.rating, ratings.timestamp]
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == RATINGS
    assert sample.catalogue.title.tolist() == ["Toy Story (1995)", "Amélie (2001)", "Heat (1995)"]
    assert sample.catalogue.tmdb_id.tolist() == published.catalogue.tmdb_id.tolist()
    assert sample.sha256 == published.sha256


def test_the_same_data_give_the_same_archive(data: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("first", "second"):
        with zipfile.ZipFile(module().build(data, tmp_path / name)) as wheel:
            contents.append(wheel.read("reelgraph_sample/ml-latest-small.zip"))
    assert contents[0] == contents[1]


def test_data_that_may_not_be_passed_on_are_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "README.txt").write_text("The user may not redistribute the data without separate permission.\n")
    assert module().main([str(data), str(tmp_path / "dist")]) == 2
    assert "README.txt: terms that allow passing the data on" in capsys.readouterr().err
    assert not (tmp_path / "dist").exists()
    (data / "README.txt").unlink()
    assert module().main([str(data), str(tmp_path / "dist")]) == 2
    assert "README.txt" in capsys.readouterr().err
