"""Two bundles are compared on ratings that neither has learnt from, and the worse one is found out."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from reelgraph import Bundle, PerUser, from_frame, index, split
from reelgraph.core import Dataset, Interactions, Metric
from reelgraph.core.errors import ConfigError
from reelgraph.models import model_class
from reelgraph.retraining import GateResult, compare, held_back_part, held_back_split
from reelgraph.retraining.quality_gate import NEWCOMERS, GateFigure
from reelgraph.scorers import PopularityScorer

N_PEOPLE, N_ITEMS = 40, 30


def ratings(prefix: str = "u", n_people: int = N_PEOPLE) -> dict[str, list[Any]]:
    """Each person rated ten of the first fifteen movies, and two others."""
    draw, rows = np.random.default_rng(5), []
    for user in range(n_people):
        movies = [*draw.permutation(15)[:10].tolist(), *(15 + draw.permutation(15)[:2]).tolist()]
        rows += [(f"{prefix}{user}", f"m{movie}", 4.0, 1_000_000 + len(rows) + n) for n, movie in enumerate(movies)]
    names = ("user", "item", "rating", "timestamp")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def bundle_of(data: Dataset, splitter: Any = None) -> tuple[Bundle, Any]:
    parts = split(index(data.ratings), splitter or PerUser(valid=0.1, test=0.1))
    return Bundle.create(model_class("popularity")().fit(parts.train), data, parts), parts


def join(*tables: dict[str, list[Any]]) -> Dataset:
    return from_frame({name: [value for table in tables for value in table[name]] for name in tables[0]})


DATA = join(ratings())
IN_USE, _ = bundle_of(DATA)


def learnt_pairs(bundle: Bundle) -> set[tuple[str, str]]:
    train = bundle.train_interactions()
    return {
        (str(train.users.id(u)), str(train.items.id(i))) for u, i in zip(train.user_row, train.item_row, strict=True)
    }


def held_back_pairs(interactions: Interactions, mask: Any) -> set[tuple[str, str]]:
    edges = interactions.take(mask)
    return {
        (str(edges.users.id(u)), str(edges.items.id(i))) for u, i in zip(edges.user_row, edges.item_row, strict=True)
    }


def test_held_back_ratings_are_those_that_the_bundle_in_use_has_and_has_not_learnt() -> None:
    interactions = index(DATA.ratings)
    splitter = held_back_split(interactions, IN_USE, "guest-")
    assert splitter is not None
    everything = held_back_pairs(interactions, np.ones(len(interactions), np.bool_))
    assert held_back_pairs(interactions, splitter.is_fitted) == learnt_pairs(IN_USE)
    assert held_back_pairs(interactions, splitter.may_test) == everything - learnt_pairs(IN_USE)


def test_ratings_of_the_night_and_changed_ones_are_no_judges() -> None:
    tonight = ratings("new")
    changed = ratings()
    changed["rating"] = [
        1.0 if user == "u7" else stars for user, stars in zip(changed["user"], changed["rating"], strict=True)
    ]
    interactions = index(join(changed, tonight).ratings)
    splitter = held_back_split(interactions, IN_USE, "guest-")
    assert splitter is not None
    people = {user for user, _ in held_back_pairs(interactions, splitter.may_test)}
    assert people == {f"u{user}" for user in range(N_PEOPLE)} - {"u7"}


def test_guests_judge_only_where_there_are_too_few_others() -> None:
    both = join(ratings("guest-", 40), ratings("u", 29))
    bundle, _ = bundle_of(both)
    interactions = index(both.ratings)
    splitter = held_back_split(interactions, bundle, "guest-")
    assert splitter is not None
    assert len({user for user, _ in held_back_pairs(interactions, splitter.may_test)}) == 69
    others = held_back_split(index(join(ratings("guest-", 40), ratings("u", 40)).ratings), IN_USE, "guest-")
    assert others is not None
    few = join(ratings("u", 29))
    assert held_back_split(index(few.ratings), bundle_of(few)[0], "guest-") is None
    assert held_back_split(index(DATA.ratings), dataclasses.replace(IN_USE, is_train=None), "guest-") is None


def test_every_known_rating_keeps_its_part_and_the_latest_of_those_held_back_are_the_test() -> None:
    interactions = index(DATA.ratings)
    splitter = held_back_split(interactions, IN_USE, "guest-")
    assert splitter is not None
    assert interactions.timestamp is not None
    roles = splitter.roles(interactions, np.random.default_rng(0)).role
    for user in range(N_PEOPLE):
        mine = np.flatnonzero(interactions.user_row == user)
        held = mine[splitter.is_held[mine]]
        assert sorted(roles[held].tolist()) == [1, 2]  # of twelve ratings one is the test, one validation
        assert roles[held[np.argmax(interactions.timestamp[held])]] == 2
        assert (roles[mine] == 0).sum() == 10
    same, _ = bundle_of(DATA, splitter)
    assert learnt_pairs(same) == learnt_pairs(IN_USE)


def test_of_new_ratings_some_are_held_back_for_the_next_night() -> None:
    more = ratings()
    more["user"] += [f"u{user}" for user in range(10) for _ in range(18)]
    more["item"] += [f"n{item}" for _ in range(10) for item in range(18)]
    more["rating"] += [3.0] * 180
    more["timestamp"] += [2_000_000] * 180
    night = join(more, ratings("new"))
    interactions = index(night.ratings)
    splitter = held_back_split(interactions, IN_USE, "guest-")
    assert splitter is not None
    roles = splitter.roles(interactions, np.random.default_rng(0)).role
    # Of thirty ratings six are held back, three of them for the test: two were, so four of the new ones are, and none
    # of those is a test rating yet. Of a new person two of twelve are validation.
    for user, expected in (("u3", [24, 4, 2]), ("u20", [10, 1, 1]), ("new5", [10, 2, 0])):
        mine = interactions.user_row == interactions.users.row(user)
        assert np.bincount(roles[mine], minlength=3).tolist() == expected, user
        assert not (roles[mine & ~splitter.may_test] == 2).any()


def test_people_who_took_back_all_that_was_learnt_are_trained_on_again() -> None:
    interactions = index(DATA.ratings)
    first = held_back_split(interactions, IN_USE, "guest-")
    assert first is not None
    left = interactions.take(~(first.is_fitted & (interactions.user_row == 4)))
    splitter = held_back_split(left, IN_USE, "guest-")
    assert splitter is not None
    roles = splitter.roles(left, np.random.default_rng(0)).role
    assert roles[left.user_row == 4].tolist() == [0, 0]


def test_a_poisoned_bundle_is_refused_and_an_equal_one_is_not() -> None:
    interactions = index(DATA.ratings)
    splitter = held_back_split(interactions, IN_USE, "guest-")
    assert splitter is not None
    same, parts = bundle_of(DATA, splitter)
    result = compare(IN_USE, same, parts.test)
    assert (result.people, result.ratings, result.is_refused) == (N_PEOPLE, N_PEOPLE, False)
    assert [figure.difference for figure in result.figures] == [Metric(0.0, 0.0, 0.0)] * len(result.figures)
    poison = {
        "user": [f"p{user}" for user in range(300) for _ in range(12)],
        "item": [f"m{item}" for _ in range(300) for item in range(15, 27)],
        "rating": [5.0] * 3_600, "timestamp": [2_000_000] * 3_600,
    }  # fmt: skip
    night = join(ratings(), poison)
    splitter = held_back_split(index(night.ratings), IN_USE, "guest-")
    assert splitter is not None
    worse, parts = bundle_of(night, splitter)
    result = compare(IN_USE, worse, parts.test)
    (figure,) = [figure for figure in result.figures if figure.metric == "ndcg@10"]
    assert figure.is_worse
    assert result.is_refused
    assert figure.difference.high < 0
    assert figure.difference.mean == pytest.approx(figure.new - figure.in_use)
    back = compare(worse, IN_USE, parts.test)
    assert not back.is_refused
    assert [figure.difference.mean for figure in back.figures] == [-figure.difference.mean for figure in result.figures]


def test_a_list_of_newcomers_that_is_poisoned_is_refused_although_everybody_elses_is_not() -> None:
    """People who rate nothing but twelve seldom rated movies leave the lists of others alone, not the most rated."""
    model = model_class("graph-filter")(choose=False)
    split_of = index(DATA.ratings)
    parts = split(split_of, PerUser(valid=0.1, test=0.1))
    in_use = Bundle.create(model.fit(parts.train), DATA, parts)
    poison = {
        "user": [f"p{user}" for user in range(300) for _ in range(12)],
        "item": [f"m{item}" for _ in range(300) for item in range(15, 27)],
        "rating": [5.0] * 3_600, "timestamp": [2_000_000] * 3_600,
    }  # fmt: skip
    night = join(ratings(), poison)
    splitter = held_back_split(index(night.ratings), in_use, "guest-")
    assert splitter is not None
    parts = split(index(night.ratings), splitter)
    result = compare(in_use, Bundle.create(model.fit(parts.train), night, parts), parts.test)
    (newcomers,) = [figure for figure in result.figures if figure.metric == NEWCOMERS]
    assert newcomers.is_worse
    assert newcomers.new < 0.5 * newcomers.in_use
    assert result.is_refused


def test_both_rank_the_movies_that_both_have() -> None:
    """A new movie that everybody rated takes no place from the new bundle, whatever it scores."""
    scorer = PopularityScorer(np.arange(N_ITEMS + 5, 0, -1))
    data = join(ratings())
    extra = np.array([f"m{item}" for item in range(N_ITEMS)] + [f"x{item}" for item in range(5)])
    parts = split(index(data.ratings, extra_items=extra), PerUser(valid=0.1, test=0.1))
    fit = model_class("popularity")().fit(parts.train)
    order = np.argsort([not str(item).startswith("x") for item in parts.train.items.ids], kind="stable")
    counts = np.zeros(len(order))
    counts[order] = scorer.counts  # the five new ones before all others
    new = Bundle.create(dataclasses.replace(fit, scorer=PopularityScorer(counts)), data, parts)
    without = Bundle.create(
        dataclasses.replace(fit, scorer=PopularityScorer(np.where(counts > N_ITEMS, 0, counts))), data, parts
    )
    assert compare(IN_USE, new, parts.test).figures == compare(IN_USE, without, parts.test).figures


def test_the_margin() -> None:
    figures = [GateFigure("ndcg@10", 0.4, 0.3, Metric(-0.1, -0.12, -0.08), True)]
    assert GateResult(1, 1, tuple(figures), 0.01).is_refused
    assert not GateResult(1, 1, (dataclasses.replace(figures[0], is_worse=False),), 0.01).is_refused
    assert str(figures[0]) == "ndcg@10 0.3000 against 0.4000, difference -0.1000 [-0.1200, -0.0800]"
    splitter = held_back_split(index(DATA.ratings), IN_USE, "guest-")
    assert splitter is not None
    same, parts = bundle_of(DATA, splitter)
    with pytest.raises(ConfigError, match="margin: -0.1 is not valid"):
        compare(IN_USE, same, parts.test, margin=-0.1)


def test_a_sample_of_many_people_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelgraph.retraining.quality_gate.MAX_PEOPLE", 12)
    part = held_back_part(IN_USE, IN_USE, "guest-")
    assert part is not None
    first, again, other = (compare(IN_USE, IN_USE, part, seed=seed) for seed in (0, 0, 1))
    assert (len(part), first.people, other.people) == (N_PEOPLE, 12, 12)
    assert first == again
    assert {figure.in_use for figure in first.figures} != {figure.in_use for figure in other.figures}
