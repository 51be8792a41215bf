"""The name that a message offers for one that nobody has."""

from __future__ import annotations

import dataclasses
from unittest import mock

import numpy as np
import pytest

from reelgraph.core import Catalogue
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend import catalogue_values


@pytest.mark.parametrize("n_others", [10, 50_000])
def test_a_misspelt_name_is_told_apart_from_few_and_from_very_many(n_others: int) -> None:
    names = sorted(["Agnès Varda", "Ágnes Hranitzky", *(f"Person Number{n}" for n in range(n_others))])
    assert catalogue_values._nearest("Agnes Varda", names) == "Agnès Varda"


def test_what_a_misspelt_name_costs_does_not_grow_with_the_names() -> None:
    names = [f"Person Number{n}" for n in range(50_000)]
    with mock.patch("difflib.get_close_matches", return_value=[]) as compare:
        assert catalogue_values._nearest("Person Nobody", names) is None
    assert len(compare.call_args.args[1]) == catalogue_values._MAX_COMPARED


def test_names_are_brought_into_their_form_once(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = dataclasses.replace(
        Catalogue.from_ids(np.arange(3)),
        countries=(("US", "FR"), ("FR",), ()),
        languages=(("en",), (), ("fr",)),
        genres=(("War",), ("war", "Crime"), ()),
    )
    values, calls = catalogue_values.CatalogueValues(catalogue), []
    monkeypatch.setattr(catalogue_values, "country_code", lambda name: calls.append(name) or name[:2].upper())
    values.prepare()
    assert sorted(calls) == ["FR", "US"]
    assert values.has_one("countries", ["France"]).tolist() == [True, True, False]
    assert values.has_one("languages", ["French", "English"]).tolist() == [True, False, True]
    assert values.has_genre(["WAR"]).tolist() == [True, True, False]
    assert sorted(calls) == ["FR", "France", "US"]
    with pytest.raises(ConfigError, match="no movie is from this country"):
        values.has_one("countries", ["us", "Germany"])
    with pytest.raises(CapabilityError, match="has no directors"):
        values.has_one("directors", ["Ann"])
