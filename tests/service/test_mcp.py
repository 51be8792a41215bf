"""The tools of assistants, asked by the official client in process."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import numpy as np
import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")

from mcp import Client

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, EvalPart, Interactions
from reelgraph.core.errors import WorkInterruptedError
from reelgraph.core.interruption import Interruption, interruptible
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.recommend import Recommender
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.serve.mcp.movie_lookup import MovieLookup
from reelgraph.serve.mcp.tools import TOOLS
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from tests.service.conftest import small
from tests.service.mcp_calls import ABILITIES, SMALL, asked, call, listed, refusal


def numbers(schema: Any) -> list[dict[str, Any]]:
    """Every part of a schema that describes a number, a text or a list."""
    if isinstance(schema, list):
        return [part for entry in schema for part in numbers(entry)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if schema.get("type") in ("integer", "number", "string", "array", "object") else []
    return own + [
        part for key, value in schema.items() if key not in ("examples", "default") for part in numbers(value)
    ]


def test_every_tool_is_offered_with_bounded_arguments() -> None:
    tools = {tool.name: tool for tool in asked(lambda client: client.list_tools()).tools}
    assert set(tools) == set(TOOLS) == ABILITIES
    bounds = {"integer": "maximum", "number": "maximum", "array": "maxItems"}
    for tool in tools.values():
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        for part in numbers(tool.input_schema):
            if part["type"] == "string":
                assert "maxLength" in part or "enum" in part or "const" in part, (tool.name, part)
            elif part["type"] in bounds:
                assert bounds[part["type"]] in part, (tool.name, part)
            elif "properties" not in part:
                assert part.get("maxProperties") or part.get("propertyNames"), (tool.name, part)


def test_the_lists_are_those_of_the_recommender() -> None:
    """Scores are 4, 3, 2, 1 for the movies 10, 20, 30, 40 for whoever rated one of them."""
    result = call("recommend", {"ratings": {"The Matrix (1999)": 5.0}, "n": 3})
    assert listed(result) == ["10", "30", "40"]
    assert result.content[0].text.splitlines()[0] == "1. Heat (1995), id 10; because you gave The Matrix 5 stars"
    assert listed(call("recommend", {"user": "1", "n": 2})) == ["30", "40"]
    assert listed(call("recommend", {"ratings": {"20": 5}, "n": 9, "genre": ["Comedy"]})) == ["40"]
    assert listed(call("search", {"query": "heat"})) == ["10", "60"]
    assert listed(call("similar", {"movie": "M (1931)", "n": 3})) == [
        str(line.item_id) for line in SMALL.recommender.similar(70, 3)
    ]
    group = call("together", {"people": {"Ann": {"Heat (1995)": 5}, "Bo": {"50": 5}}, "n": 2})
    assert listed(group) == ["20", "60"]


def test_reasons_add_up_to_the_score() -> None:
    explained = call("explain", {"ratings": {"20": 5, "Amélie": 4.5}, "movie": "Heat (1995)"})
    body = explained.structured_content
    assert sum(reason["share"] for reason in body["reasons"]) == body["score"] == 8.0
    assert explained.content[0].text.splitlines()[-1] == "+0.000 all else; together 8.000"


def test_changes_move_the_list() -> None:
    arguments = {"ratings": {"Heat (1995)": 5, "50": 5}, "changes": {"mute": ["Heat (1995)"]}, "n": 1}
    result = call("what_if", arguments)
    assert [line["item_id"] for line in result.structured_content["before"]["items"]] == ["20"]
    assert [line["item_id"] for line in result.structured_content["after"]["items"]] == ["60"]
    assert "Heat (1986) not listed to number 1" in result.content[0].text


def test_a_wrong_title_is_refused_with_those_that_may_be_meant() -> None:
    assert "did you mean: Matrix, The (1999) (id 20)" in refusal("similar", {"movie": "The Matrux (2003)"})
    assert "say which: Heat (1995) (id 10), Heat (1986) (id 60)" in refusal("explain", {"movie": "Heat"})
    assert "no movie has the id or title 'zzzzzz'" in refusal("recommend", {"ratings": {"zzzzzz": 5}})
    assert "is the same movie as" in refusal("recommend", {"ratings": {"20": 5, "Matrix, The (1999)": 4}})
    assert "unknown user '77'" in refusal("recommend", {"user": "77"})


def test_of_a_long_name_of_a_tool_the_beginning_is_repeated() -> None:
    text = refusal("x" * 900_000, {})
    assert text.startswith("x" * 100 + ": unknown tool; known are ")
    assert len(text) < 300


def test_a_guessed_title_is_told() -> None:
    result = call("similar", {"movie": "Matrx"})
    assert result.structured_content["understood"] == ["'Matrx' is taken to be Matrix, The (1999) (id 20)"]
    assert result.content[0].text.startswith("'Matrx' is taken to be")


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("recommend", {"n": 101}, "n: Input should be less than or equal to 100"),
        ("recommend", {"n": 0}, "n: Input should be greater than or equal to 1"),
        ("recommend", {"n": "10"}, "n: Input should be a valid integer"),
        ("recommend", {"ratings": {"20": 6}}, "expected"),
        ("recommend", {"ratings": {"20": 1e9}}, "less than or equal to 1000"),
        ("recommend", {"ratings": {"x" * 201: 5}}, "at most 200 characters"),
        ("recommend", {"genres": ["Comedy"]}, "did you mean 'genre'?"),
        ("recommend", {"user": "1", "ratings": {"20": 5}}, "give either user, or ratings and also_seen"),
        ("search", {"query": ""}, "at least 1 character"),
        ("search", {"query": "x" * 201}, "at most 200 characters"),
        ("explain", {}, "movie: Field required"),
        ("together", {}, "nobody is given"),
        ("together", {"people": {str(n): {} for n in range(9)}}, "at most 8 items"),
        ("together", {"people": {"1": {"20": 5}}, "users": ["1"]}, "two people are called '1'"),
        ("what_if", {"changes": {"damp": {"20": 2}}}, "less than or equal to 1"),
        ("recomend", {}, "did you mean 'recommend'?"),
    ],
)
def test_bounds(name: str, arguments: dict[str, Any], expected: str) -> None:
    assert expected in refusal(name, arguments)


def test_a_fault_of_the_server_tells_nothing_but_that_it_is_one(caplog: pytest.LogCaptureFixture) -> None:
    def broken(loaded: LoadedBundle) -> WeightedHistory:
        raise RuntimeError("secret")

    with caplog.at_level(logging.CRITICAL, "reelgraph.serve"):
        result = call("recommend", {}, own=broken)
    assert result.is_error
    assert result.content[0].text == "an internal error occurred (the log of the server has the details)"


def test_a_call_that_nobody_waits_for_ends() -> None:
    interruption = Interruption()
    interruption.cancel()
    with interruptible(interruption), pytest.raises(WorkInterruptedError):
        MovieLookup(SMALL).keyed({"20": 5.0})


def test_the_own_file_stands_for_who_is_not_named() -> None:
    def own(loaded: LoadedBundle) -> WeightedHistory:
        return loaded.recommender.history_for({50: 5.0})

    assert listed(call("recommend", {"n": 1}, own=own)) == ["60"]
    assert listed(call("recommend", {"n": 1, "ratings": {"20": 5}}, own=own)) == ["10"]
    names = [person["name"] for person in call("together", {"users": ["1"]}, own=own).structured_content["people"]]
    assert names == ["1", "me"]


def test_all_movies_listed_exist_and_none_was_rated(planted: tuple[Interactions, EvalPart]) -> None:
    train, _ = planted
    catalogue = Catalogue.from_ids(train.items.ids)
    bundle = Bundle(
        GraphFilter(choose=False).fit(train).scorer,
        train.users,
        train.items,
        train.matrix(),
        catalogue,
        train.scale,
        {},
    )
    loaded, draw, exists = (
        LoadedBundle(Recommender(bundle), ""),
        np.random.default_rng(5),
        set(map(str, train.items.ids)),
    )

    def ratings() -> dict[str, float]:
        rows = draw.permutation(len(train.items))[: draw.integers(1, 40)]
        return {str(train.items.ids[row]): float(draw.integers(1, 6)) for row in rows}

    async def conversation(client: Client) -> int:
        n_listed = 0
        for _ in range(40):
            mine, theirs = ratings(), ratings()
            seen = [item for item in list(exists)[:3] if item not in mine]
            everybody: list[tuple[str, dict[str, Any], set[str]]] = [
                ("recommend", {"ratings": mine, "also_seen": seen}, {*mine, *seen}),
                ("together", {"people": {"a": mine, "b": theirs}}, {*mine, *theirs}),
                ("what_if", {"ratings": mine, "changes": {"mute": list(mine)[:2]}}, set(mine)),
            ]
            for name, arguments, rated in everybody:
                body = (await client.call_tool(name, {**arguments, "n": 30})).structured_content
                lists = [body["before"], body["after"]] if name == "what_if" else [body]
                for items in ([line["item_id"] for line in part["items"]] for part in lists):
                    assert len(set(items)) == len(items)
                    assert set(items) <= exists
                    assert not rated.intersection(items)
                    n_listed += len(items)
        return n_listed

    assert asked(conversation, loaded) > 1000


def test_details_are_filters_reasons_and_titles() -> None:
    plain = small()
    some: Any = {
        "directors": (("Mann",), ("Lana", "Lilly"), ("Mann",), ("Mann",)), "cast": (("Pacino", "De Niro"),),
        "languages": (("en",), ("en",), (), ("fr",)), "countries": (("US",),), "series": ("Saga", "Saga"),
        "overview": ("a thief", "a hacker", "no thief"), "translated_titles": (("Fuego",),),
        "title_languages": (("es",),),
    }  # fmt: skip
    unknown = {name: "" if name in ("series", "overview") else () for name in some}
    details = {name: (*values, *[unknown[name]] * (8 - len(values))) for name, values in some.items()}
    catalogue = dataclasses.replace(plain.catalogue, **details)
    loaded = LoadedBundle(Recommender(dataclasses.replace(plain, catalogue=catalogue)), "digest")

    def ask(name: str, **arguments: Any) -> Any:
        return call(name, arguments, loaded=loaded)

    me = {"ratings": {"30": 5}}
    for filters, expected in (
        ({"director": ["mann"]}, ["10", "40"]),
        ({"director": ["Mann"], "film_language": ["French"]}, ["40"]),
        ({"cast": ["Pacino", "de niro"], "country": ["United States"]}, ["10"]),
        ({"n": 2}, ["10", "40"]),  # one film of the series
        ({"n": 2, "whole_series": True}, ["10", "20"]),
    ):
        assert listed(ask("recommend", **me, **filters)) == expected
    assert "no movie has this director" in ask("recommend", **me, director=["Mannn"]).content[0].text
    assert "Fuego" in ask("recommend", **me, lang="es", n=1).content[0].text
    assert listed(ask("similar", movie="10", by="story")) == ["20", "30"]
    explained = ask("explain", ratings={"30": 5, "40": 4}, movie="10")
    (group,) = explained.structured_content["shared"]
    assert (group["label"], group["count"]) == ("movies by Mann", 2)
    assert f"{group['share']:+.3f} is of 2 movies by Mann" in explained.content[0].text
