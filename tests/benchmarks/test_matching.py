"""Lists in the forms of services: what is called sure is right, and what cannot be known is asked or missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import reelgraph as rg
from benchmarks.importing import generated_titles, matching, service_lists, title_writing

PRECISION, RECALL = 0.997, 0.97


def identified(result: matching.SeedResult) -> dict[str, float | int | None]:
    return matching.figures([outcome for outcome in result.main if outcome[0].service != "netflix"])


def test_generated_titles() -> None:
    result = matching.measure(generated_titles.generated(3000, seed=1), seed=1)
    figures = identified(result)
    assert figures["present"] == pytest.approx(0.2 * 0.9 * 3000, rel=0.1)
    assert figures["precision"] >= PRECISION
    assert figures["recall"] >= RECALL
    assert {movie.service for movie, _ in result.main} == set(service_lists.SERVICES)
    remakes = matching.figures(result.harder["remakes"])
    assert remakes["rows"] >= 400
    assert remakes["wrong"] == 0


def test_real_titles(real_data: Callable[[str], Path]) -> None:
    outcomes = matching.measure(rg.read(real_data("ml-latest-small")).catalogue, seed=100).main
    figures = matching.figures([outcome for outcome in outcomes if outcome[0].service != "netflix"])
    assert figures["precision"] >= PRECISION
    assert figures["recall"] >= RECALL
    assert figures["questions"] <= 100
    precision = {row["evidence"]: row["precision"] for row in matching.by_evidence(outcomes) if row["n"] >= 20}
    assert {"same title and year", "same IMDb id", "same TMDB id", "same title, no year"} <= set(precision)
    assert all(value >= (0.9 if reason.endswith("no year") else 0.95) for reason, value in precision.items())


def test_the_list_would_catch_a_matcher_that_does_not_look_at_years() -> None:
    full = generated_titles.generated(2000, seed=2)
    catalogue, present = service_lists.split_catalogue(full, 2)
    movies = service_lists.service_list(full, present, 2)
    titles = [title_writing.split_title(title)[0].casefold() for title in catalogue.title.tolist()]
    row_by_title = {title: row for row, title in enumerate(titles)}
    rows = [row_by_title.get(movie.entry.title.casefold(), -1) for movie in movies]
    n_matched = sum(row >= 0 for row in rows)
    n_right = sum(row == movie.truth >= 0 for row, movie in zip(rows, movies, strict=True))
    assert n_matched > 200
    assert n_right / n_matched < 0.95


def test_the_same_seed_gives_the_same_list() -> None:
    full = generated_titles.generated(300, seed=3)
    _, present = service_lists.split_catalogue(full, 3)
    first, second = (service_lists.service_list(full, present, seed) for seed in (3, 3))
    assert first == second
    assert first != service_lists.service_list(full, present, 4)


@pytest.mark.parametrize(
    ("title", "writing", "expected"),
    [
        ("Matrix, The (1999)", "article moved", "Matrix, The"),
        ("Matrix, The (1999)", "article lost", "Matrix"),
        ("Amélie (2001)", "accents lost", "Amelie"),
        ("Rocky II (1979)", "numeral", "Rocky 2"),
        ("Tom and Jerry: It's War (1979)", "punctuation", "Tom & Jerry - Its War"),
        ("Ice Age 2: The Meltdown (2006)", "number dropped", "Ice Age: The Meltdown"),
        ("Alien: Covenant (2017)", "subtitle alone", "Covenant"),
        ("Alien: Covenant (2017)", "first part alone", "Alien"),
        ("Alien: Covenant (2017)", "dash", "Alien - Covenant"),
        ("Lilo & Stitch (2002)", "HTML", "Lilo &amp; Stitch"),
    ],
)
def test_writings_are_what_they_are_called(title: str, writing: str, expected: str) -> None:
    main, _, _ = title_writing.split_title(title)
    assert title_writing.BY_PEOPLE[writing](main, np.random.default_rng(0)) == expected


def test_a_typing_error_is_one_letter() -> None:
    from rapidfuzz.distance import OSA

    generator = np.random.default_rng(3)
    for _ in range(200):
        assert OSA.distance("The Silent Garden", title_writing.typo("The Silent Garden", generator)) <= 1


def test_the_report_counts_evidence_with_its_interval() -> None:
    values = matching.report(generated_titles.generated(400, seed=4), [0, 1])
    row = values["by evidence"][0]
    assert row["n"] == row["right"] + row["wrong"]
    assert row["low"] < row["precision"] <= row["high"]
    text = matching.as_text({"data": "generated", "data_sha256": "0" * 64, "versions": {"reelgraph": "1"}, **values})
    assert "| precision |" in text
    assert "| same title and year |" in text
