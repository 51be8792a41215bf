"""The names of the steps of cleaning, for one row and for several."""

from __future__ import annotations

import pytest

from reelgraph.data.clean_steps import NOT_UTF8, NOT_VIEWS, STEPS, counted_step


@pytest.mark.parametrize("name", sorted({*STEPS, NOT_VIEWS} - {NOT_UTF8}))
def test_each_step_has_a_singular(name: str) -> None:
    one = counted_step(name, 1)
    assert one.startswith("1 ")
    assert one != f"1 {name}"
    assert counted_step(name, 2000) == f"2,000 {name}"


def test_steps_by_hand() -> None:
    assert counted_step("impossible timestamps", 1) == "1 impossible timestamp"
    assert counted_step("a step of somebody else", 1) == "1 a step of somebody else"
