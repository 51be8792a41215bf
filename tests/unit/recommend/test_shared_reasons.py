"""Sums of reasons that share a director, a series, a cast member or a keyword with the item."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

import reelgraph as rg
from reelgraph.core import Catalogue
from reelgraph.recommend.explain.reasons import Reason
from reelgraph.recommend.explain.shared_reasons import shared_reasons

# the item is row 0; rows 1 to 4 are the person's movies
CATALOGUE = dataclasses.replace(
    Catalogue.from_ids(np.arange(5)),
    directors=(("Fincher",), ("Fincher", "Lynch"), ("Fincher",), ("Fincher",), ("Lynch",)),
    cast=(("Pitt", "Fincher"), ("Pitt",), (), ("Norton",), ("Pitt",)),
    keywords=(("heist",), (), ("Heist",), (), ("twins",)),
    series=("Seven", "SEVEN", "", "", "Seven"),
)
SHARES = (0.1, 0.2, -0.3, 0.05)


def reasons() -> list[Reason]:
    return [Reason(row, str(row), 5.0, share) for row, share in enumerate(SHARES, 1)]


def test_groups_by_hand() -> None:
    groups = shared_reasons(CATALOGUE, 0, [1, 2, 3, 4], reasons())
    found = [(group.kind, group.name, [reason.item_id for reason in group.reasons], group.share) for group in groups]
    assert found == [
        ("series", "Seven", [1, 4], math.fsum([0.1, 0.05])),
        ("cast", "Pitt", [1, 4], math.fsum([0.1, 0.05])),
        ("director", "Fincher", [2, 1, 3], 2.7755575615628914e-17),  # 0.1 + 0.2 - 0.3 of floats, not rounded on the way
    ]  # one movie alone is no group: "heist"
    assert [group.label for group in groups] == ["movies of the series Seven", "movies with Pitt", "movies by Fincher"]


def test_the_rating_of_the_item_itself_is_in_no_group() -> None:
    own = [*reasons(), Reason(0, "0", 5.0, 9.0)]
    assert shared_reasons(CATALOGUE, 0, [1, 2, 3, 4, 0], own) == shared_reasons(CATALOGUE, 0, [1, 2, 3, 4], reasons())
    assert shared_reasons(Catalogue.from_ids(np.arange(5)), 0, [1, 2, 3, 4], reasons()) == ()


def test_the_sums_are_those_of_the_shares_of_an_explanation() -> None:
    draw = np.random.default_rng(1)
    item = np.concatenate([draw.permutation(14)[:6] for _ in range(12)])
    data = rg.from_frame({"user": np.repeat(np.arange(12), 6), "item": item, "rating": draw.integers(1, 6, 72)})
    split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
    bundle = rg.Bundle.create(rg.GraphFilter(choose=False).fit(split.train), data, split)
    n = len(bundle.items)
    catalogue = dataclasses.replace(bundle.catalogue, directors=((("A",), ("A", "B"), ("B",)) * n)[:n])
    recommender = rg.Recommender(dataclasses.replace(bundle, catalogue=catalogue))
    person = {int(item): 1.0 + row % 5 for row, item in enumerate(bundle.items.ids[:9])}
    why = recommender.explain(person, int(bundle.items.ids[10]))  # by A and B
    share_of = {reason.item_id: reason.share for reason in why.reasons}
    assert {group.name for group in why.shared} == {"A", "B"}
    for group in why.shared:
        members = [item for row, item in enumerate(person) if group.name in catalogue.directors[row]]
        assert group.share == math.fsum(share_of[item] for item in members)
        assert {reason.item_id for reason in group.reasons} == set(members)
    assert sum(reason.share for reason in why.reasons) + sum(why.baseline_terms.values()) == why.total
    assert recommender.explain(person, why.item_id, method="leave-one-out").shared == ()
