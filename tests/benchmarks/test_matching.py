"""Titles as people write them: matches are right, what cannot be known is doubtful, and traps are traps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import reelgraph as rg
from benchmarks.importing import matching, title_lists

PRECISION, RECALL = 0.995, 0.97


def test_generated_titles() -> None:
    figures = matching.measure(title_lists.generated(3000, seed=1), seed=1)
    assert figures["precision"] >= PRECISION
    assert figures["recall"] >= RECALL
    kinds = figures["by_kind"]
    assert {"article moved", "accents lost", "year off by one", "alternative title", "typo", "remake"} <= set(kinds)
    assert kinds["remake"]["doubtful"] == kinds["remake"]["n"] >= 100  # each is reported, none is matched


def test_real_titles(real_data: Callable[[str], Path]) -> None:
    figures = matching.measure(rg.read(real_data("ml-latest-small")).catalogue)
    assert figures["precision"] >= PRECISION
    assert figures["recall"] >= RECALL


def test_the_list_would_catch_a_matcher_that_does_not_look_at_years() -> None:
    full = title_lists.generated(2000, seed=2)
    there, rows = title_lists.make_list(full, 2)
    by_name = {title_lists.split_title(title)[0].casefold(): row for row, title in enumerate(there.title.tolist())}
    found = [by_name.get(row.title.casefold(), -1) for row in rows]
    matched = sum(row >= 0 for row in found)
    right = sum(got == row.truth >= 0 for got, row in zip(found, rows, strict=True))
    assert matched > 500
    assert right / matched < 0.9


@pytest.mark.parametrize(
    ("title", "kind", "expected"),
    [
        ("Matrix, The (1999)", "article moved", "Matrix, The"),
        ("Matrix, The (1999)", "article lost", "Matrix"),
        ("Amélie (2001)", "accents lost", "Amelie"),
        ("Rocky II (1979)", "numeral", "Rocky 2"),
        ("Tom and Jerry: It's War (1979)", "punctuation", "Tom & Jerry - Its War"),
    ],
)
def test_changes_are_those_they_are_called(title: str, kind: str, expected: str) -> None:
    main, _, _ = title_lists.split_title(title)
    assert title_lists.CHANGES[kind](main, np.random.default_rng(0)) == expected


def test_a_typing_error_is_one_letter() -> None:
    from rapidfuzz.distance import OSA

    draw = np.random.default_rng(3)
    for _ in range(200):
        assert OSA.distance("The Silent Garden", title_lists.typo("The Silent Garden", draw)) <= 1
