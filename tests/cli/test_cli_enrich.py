"""``data enrich``, and `train` and `update` with what it wrote."""

from __future__ import annotations

import dataclasses
import errno
import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import reelgraph as rg
from tests.cli.conftest import Answer, write_ml

Shell = Callable[..., Answer]

ROWS = """tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres
tt0113277 movie Heat Heat 0 1995 \\N 170 Crime
tt9000001 movie Later Later 0 2030 \\N 99 Drama"""


def write_imdb(folder: Path) -> Path:
    folder.mkdir()
    (folder / "title.basics.tsv").write_text(ROWS.replace(" ", "\t") + "\n")
    (folder / "title.ratings.tsv").write_text("tconst\taverageRating\tnumVotes\ntt9000001\t7.0\t5000\n")
    return folder


def test_details_and_new_movies_reach_the_bundle(shell: Shell, tmp_path: Path) -> None:
    data, imdb = write_ml(tmp_path / "ml"), write_imdb(tmp_path / "imdb")
    done = shell("data", "enrich", data, "--imdb", imdb, "--json")
    report = json.loads(done.out)
    assert (report["new_movies"], report["joined"]) == (1, {"IMDb": [0, 1]})
    assert "courtesy of IMDb" in done.err
    trained = shell("train", data, "--model", "graph-filter", "--out", tmp_path / "bundle")
    assert "1 new movie" in trained.out
    catalogue = rg.Bundle.load(tmp_path / "bundle").catalogue
    assert catalogue.title[-1] == "Later (2030)"
    assert catalogue.runtime[catalogue.title == "Heat (1995)"].tolist() == [170]
    assert "wrote" in shell("data", "enrich", data, "--imdb", imdb).out


def test_what_is_not_there_is_refused(shell: Shell, tmp_path: Path) -> None:
    data = write_ml(tmp_path / "ml")
    for arguments in (
        (),
        ("--imdb", tmp_path / "none"),
        ("--tmdb", tmp_path / "none.json"),
        ("--posters", tmp_path / "x"),
    ):
        done = shell("data", "enrich", data, *arguments)
        assert (done.code, done.out) == (2, "")
    assert not (data / "details.parquet").exists()
    assert "built in" in shell("data", "enrich", "sample", "--posters", tmp_path).err


def test_folders_that_may_not_be_read_or_written_are_refused(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, imdb = write_ml(tmp_path / "ml"), write_imdb(tmp_path / "imdb")
    listed = Path.iterdir

    def iterdir(folder: Path) -> Iterator[Path]:
        if folder.name in ("closed", "ml closed"):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    closed = [tmp_path / "closed", tmp_path / "ml closed"]
    for folder in closed:
        folder.mkdir()
    for words in ((closed[1], "--imdb", imdb), (data, "--posters", closed[0])):
        done = shell("data", "enrich", *words)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert done.err.endswith("closed: cannot be read: Permission denied\n")
    monkeypatch.setattr("reelgraph.cli.files.os.access", lambda path, mode: mode != os.W_OK)
    done = shell("data", "enrich", data, "--imdb", imdb)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"error: {data / 'details.parquet'}: cannot be written: no permission\n"
    assert not (data / "details.parquet").exists()


def test_a_file_that_the_system_refuses_ends_in_one_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "some/file")

    monkeypatch.setattr("reelgraph.cli.data_enrich.read", refused)
    done = shell("data", "enrich", "folder", "--posters", "posters")
    assert (done.code, done.out, done.err) == (2, "", "error: some/file: Permission denied\n")


def test_an_option_is_not_taken_for_the_value_of_the_one_before(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (("export", "out", "--html", "--help"), ("data", "enrich", "ml", "--imdb", "--json")):
        done = shell(*words)
        assert (done.code, done.out) == (2, "")
        assert f"{words[-2]}: it needs a value, found '{words[-1]}'" in done.err
    assert list(tmp_path.iterdir()) == []
    assert "no manifest.json" in shell("recommend", tmp_path, "--user", "1", "--words=--help").err


def test_reasons_in_groups_and_movies_of_a_similar_story(shell: Shell, tmp_path: Path) -> None:
    data = write_ml(tmp_path / "ml")
    trained = shell("train", data, "--model", "graph-filter", "--out", tmp_path / "bundle")
    assert trained.code == 0
    bundle = rg.Bundle.load(tmp_path / "bundle")
    n = len(bundle.items)
    overview = ("a thief", "the thief", *["a cook"] * (n - 2))
    names, codes = ((), ("Der Dieb", "Il ladro"), *[()] * (n - 2)), ((), ("de", "it"), *[()] * (n - 2))
    known = dataclasses.replace(
        bundle.catalogue,
        directors=(("Ann", "Bo"),) * n,
        overview=overview,
        translated_titles=names,
        title_languages=codes,
    )
    path = dataclasses.replace(bundle, catalogue=known).save(tmp_path / "known")
    explained = shell("explain", path, "--user", 1, "--item", bundle.items.ids[-1], "--json").value
    of_ann, of_bo = explained["shared"]
    share_of = {reason["item_id"]: reason["share"] for reason in explained["reasons"]}
    share_of.pop(explained["item_id"], None)
    assert of_ann["share"] == of_bo["share"] == math.fsum(share_of.values())
    assert {movie["item_id"]: movie["share"] for movie in of_ann["movies"]} == share_of
    text = " ".join(shell("explain", path, "--user", 1, "--item", bundle.items.ids[-1]).out.split())
    assert "movies by Ann" in text
    assert "do not add up" in text
    alike = shell("similar", path, "--item", bundle.items.ids[0], "--by", "story", "-k", 1, "--json").value
    assert [line["item_id"] for line in alike["items"]] == [bundle.items.ids[1]]
    assert "title_local" not in alike["items"][0]
    first, second = bundle.items.ids[:2].tolist()
    german = shell("similar", path, "--item", first, "--language", "German", "-k", n, "--json").value
    titles = {line["item_id"]: line["title_local"] for line in german["items"]}
    assert titles == {item: "Der Dieb" if item == second else None for item in bundle.items.ids[1:].tolist()}
    assert "Der Dieb" in shell("similar", path, "--item", first, "--language", "de", "-k", n).out
    for language, message in (("Klingon", "is no language"), ("de", "languages of titles are not known")):
        given = path if language == "Klingon" else tmp_path / "bundle"
        refused = shell("recommend", given, "--user", 1, "--language", language)
        assert (refused.code, message in refused.err) == (2, True)
    refused = shell("similar", tmp_path / "bundle", "--item", bundle.items.ids[0], "--by", "story")
    assert (refused.code, "reelgraph data enrich" in refused.err) == (2, True)
