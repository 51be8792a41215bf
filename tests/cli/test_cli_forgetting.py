"""The shell says what forgets when, keeps what that needs on request, and writes bundles without people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reelgraph.bundle import Bundle, read_manifest
from tests.cli.conftest import Answer

Shell = Callable[..., Answer]
HEAD = ("--model", "graph-filter", "--set", "choose=false", "--set", "form=head", "--set", "head_items=10")


def test_what_forgets_when_is_printed(shell: Shell, ml: Path, tmp_path: Path) -> None:
    said = shell("train", ml, *HEAD, "--out", tmp_path / "bare")
    assert said.code == 0
    assert "removes a person's ratings at once" in said.out
    assert "graph-filter at the next fit" in said.out
    assert "--keep-forgetting it would change at once" in said.out
    assert sorted(read_manifest(tmp_path / "bare")["files"]) == [
        "catalogue.parquet", "history.safetensors", "scorer.safetensors", "users.parquet"
    ]  # fmt: skip
    forgot = shell("forget", tmp_path / "bare", "--user", 3)
    assert forgot.code == 0
    assert "compact-filter" not in said.out + forgot.out
    assert "goes when the model is fitted again on data without the person" in forgot.out
    assert "--keep-forgetting" in forgot.out


def test_what_forgetting_needs_is_kept_on_request(shell: Shell, ml: Path, tmp_path: Path) -> None:
    said = shell(
        "train", ml, *HEAD, "--set", "head_items=24", "--keep-forgetting", "--out", tmp_path / "kept", "--json"
    )
    assert [(part["kind"], part["when"]) for part in said.value["forgetting"]] == [("compact-filter", "at once")]
    assert "forgetting.safetensors" in read_manifest(tmp_path / "kept")["files"]
    receipt = shell("forget", tmp_path / "kept", "--user", 3, "--verify", "--json").value
    assert receipt["differences"]["compact-filter"] < 1e-5


def test_exact_forgetting_fits_only_what_forgets_at_once(shell: Shell, ml: Path, tmp_path: Path) -> None:
    said = shell("train", ml, "--exact-forgetting", "--out", tmp_path / "exact", "--json")
    assert [(part["kind"], part["when"]) for part in said.value["forgetting"]] == [
        ("item-filter", "at once"), ("bias", "at once")
    ]  # fmt: skip
    receipt = shell("forget", tmp_path / "exact", "--user", 3, "--verify", "--json").value
    assert all(part["exactly"] for part in receipt["forgotten"]["parts"])
    assert max(receipt["differences"].values()) < 1e-5
    refused = shell("train", ml, "--model", "bayes-gcn", "--exact-forgetting", "--out", tmp_path / "no")
    assert refused.code == 2
    assert "bayes-gcn forgets only at the next fit" in refused.err
    assert not (tmp_path / "no").exists()


def test_without_people_everything_for_new_people_works(shell: Shell, ml: Path, tmp_path: Path) -> None:
    path, own = tmp_path / "bare", tmp_path / "me.csv"
    said = shell("train", ml, *HEAD, "--without-people", "--out", path)
    assert "no person is in the bundle" in said.out
    assert sorted(file.name for file in path.iterdir()) == [
        "catalogue.parquet", "manifest.json", "scorer.safetensors", "statistics.safetensors"
    ]  # fmt: skip
    own.write_text("title,rating\nToy Story (1995),5\nAmélie (2001),4.5\n", encoding="utf-8")
    listed = shell("recommend", path, "--ratings", own, "-k", 3, "--json")
    assert len(listed.value["items"]) == 3
    item = listed.value["items"][0]["item_id"]
    assert shell("explain", path, "--ratings", own, "--item", item).code == 0
    assert shell("similar", path, "--item", "Toy Story (1995)").code == 0
    assert shell("ask", path).code == 0
    assert shell("import", own, "--bundle", path, "--out", tmp_path / "out.csv").code == 0


@pytest.mark.parametrize(
    "words", [("recommend", "--user", 3), ("explain", "--user", 3, "--item", 1), ("forget", "--user", 3)]
)
def test_a_known_user_of_a_bundle_without_people_is_one_error(
    shell: Shell, trained: Path, tmp_path: Path, words: tuple[object, ...]
) -> None:
    path = Bundle.load(trained).save(tmp_path / "bare", with_people=False)
    said = shell(words[0], path, *words[1:])
    assert said.code == 2
    assert said.out == ""
    (line,) = said.err.strip().splitlines()
    assert line.startswith("error: unknown user")
    assert "the bundle was saved without people: give ratings" in line
    everybody = shell("recommend", path, "--all", "--out", tmp_path / "lists.csv")
    assert everybody.code == 2
    assert "there are no users to make lists for" in everybody.err
    assert not (tmp_path / "lists.csv").exists()


def test_options_that_exclude_each_other(shell: Shell, ml: Path, tmp_path: Path) -> None:
    said = shell("train", ml, *HEAD, "--without-people", "--keep-forgetting", "--out", tmp_path / "no")
    assert said.code == 2
    assert "leaves nobody to forget" in said.err
    assert said.out == ""
