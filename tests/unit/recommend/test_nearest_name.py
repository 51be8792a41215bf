"""The name that a message offers for one that nobody has."""

from __future__ import annotations

from unittest import mock

import pytest

from reelgraph.recommend import filters


@pytest.mark.parametrize("n_others", [10, 50_000])
def test_a_misspelt_name_is_told_apart_from_few_and_from_very_many(n_others: int) -> None:
    names = sorted(["Agnès Varda", "Ágnes Hranitzky", *(f"Person Number{n}" for n in range(n_others))])
    assert filters._nearest("Agnes Varda", names) == "Agnès Varda"


def test_what_a_misspelt_name_costs_does_not_grow_with_the_names() -> None:
    names = [f"Person Number{n}" for n in range(50_000)]
    with mock.patch("difflib.get_close_matches", return_value=[]) as compare:
        assert filters._nearest("Person Nobody", names) is None
    assert len(compare.call_args.args[1]) == filters._MAX_COMPARED
