"""Damaged files: the damage is drawn from the seed, and every layout is read or refused with an error of ours."""

from __future__ import annotations

import numpy as np

from benchmarks.importing.fuzz import Tally, attempt, fuzz, mutated


def test_the_same_seed_makes_the_same_damage() -> None:
    one, other = (mutated(b"a,b\n1,2\n", [b"x"], np.random.default_rng(3)) for _ in range(2))
    assert one == other != b"a,b\n1,2\n"


def test_an_error_that_is_not_ours_is_a_defect() -> None:
    tally = Tally()
    attempt(lambda: int("x"), tally, b"content")
    assert tally.outcomes == {"defects": 1}
    assert "ValueError" in next(iter(tally.defects))


def test_some_damaged_files_of_every_layout() -> None:
    tallies = fuzz(300, seed=1)
    assert sum(sum(tally.outcomes.values()) for tally in tallies.values()) == 300
    assert {name: tally.defects for name, tally in tallies.items() if tally.defects} == {}
