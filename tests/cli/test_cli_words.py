"""``recommend --words``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.pipeline import load, train
from tests.cli.conftest import Answer, write_ml

Shell = Callable[..., Answer]


@pytest.fixture(scope="module")
def stars_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    data, _ = load(write_ml(folder / "ml"))
    return train(data, GraphFilter(choose=False)).bundle.save(folder / "bundle")


def test_words_filter_the_list_and_say_what_was_understood(shell: Shell, stars_bundle: Path) -> None:
    words = "90s comedies like Heat, with Tom Hanks"
    answer = shell("recommend", stars_bundle, "--user", 7, "-k", 24, "--words", words)
    assert answer.code == 0
    assert "understood: 1990 to 1999; Comedy; like Heat (1995)\n" in answer.out
    assert "not understood: 'Tom Hanks': the catalogue does not say who takes part in its movies\n" in answer.out
    listed = shell("recommend", stars_bundle, "--user", 7, "-k", 24, "--words", words, "--json").value
    assert [chip["kind"] for chip in listed["words"]["understood"]] == ["years", "genre", "like"]
    assert listed["words"]["not_understood"][0]["words"] == "Tom Hanks"
    assert listed["items"]
    assert all("Comedy" in line["genres"] and 1990 <= line["year"] <= 1999 for line in listed["items"])
    assert "more like Heat (1995)" in listed["note"]


def test_words_alone_are_the_person(shell: Shell, stars_bundle: Path) -> None:
    listed = shell("recommend", stars_bundle, "--words", "like Heat", "-k", 3, "--why", "--json").value
    assert "because" in listed["items"][0] or "reason" in str(listed["items"][0])
    assert 2 not in [line["item_id"] for line in listed["items"]]
    assert all(line["item_id"] % 2 == 0 for line in listed["items"])  # those who like Heat like the even movies


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("asdf", "nothing of 'asdf' is understood"),
        ("", "there is no word that says what to list"),
        ("like Film", "did you mean"),
        ("a" * 301, "301 letters are too many"),
        ("with Tom Hanks", "the catalogue does not say who takes part"),
    ],
)
def test_words_of_which_nothing_is_understood(shell: Shell, stars_bundle: Path, words: str, message: str) -> None:
    answer = shell("recommend", stars_bundle, "--user", 7, "--words", words)
    assert (answer.code, answer.out) == (2, "")
    assert message in " ".join(answer.err.split())


def test_words_are_for_one_person(shell: Shell, stars_bundle: Path, tmp_path: Path) -> None:
    for option in (["--words", "comedies"], ["--why"]):
        answer = shell("recommend", stars_bundle, "--all", "--out", tmp_path / "x.csv", *option)
        assert answer.code == 2
        assert f"{option[0]}: is for one person at a time" in answer.err
