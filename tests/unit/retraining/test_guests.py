"""One night's guests, however many, move a movie by no more than the stated number of ratings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgraph import Bundle, Random, from_frame, index, split
from reelgraph.core.errors import ConfigError
from reelgraph.models import model_class
from reelgraph.retraining import GuestPolicy, GuestReport
from reelgraph.retraining.guests import ratings_of

NOW = 1_700_000_000
OLD = NOW - 10 * 86_400


def store(*rows: tuple[str, str, float]) -> pl.DataFrame:
    users, items, stars = zip(*rows, strict=True)
    return pl.DataFrame(
        {"user_id": users, "item_id": items, "rating": stars, "timestamp": np.full(len(rows), OLD)},
        schema={"user_id": pl.String, "item_id": pl.String, "rating": pl.Float64, "timestamp": pl.Int64},
    )


def pairs(frame: pl.DataFrame) -> list[tuple[str, str, float]]:
    return [tuple(row) for row in frame.select("user_id", "item_id", "rating").rows()]


def base_of(counts: Mapping[str, int]) -> pl.DataFrame:
    """A data set in which so many people rated each movie."""
    rows = [(f"p{user}", item) for item, n in counts.items() for user in range(n)]
    return pl.DataFrame(rows, schema={"user_id": pl.String, "item_id": pl.String}, orient="row")


def in_use(rows: list[tuple[str, str, float]]) -> Bundle:
    data = from_frame(dict(zip(("user", "item", "rating"), map(list, zip(*rows, strict=True)), strict=True)))
    parts = split(index(data.ratings), Random(valid=0.0, test=0.0))
    return Bundle.create(model_class("popularity")().fit(parts.train), data, parts)


BUNDLE = in_use([("p0", "A", 4.0), ("p1", "A", 5.0), ("p0", "B", 3.0), ("p1", "B", 1.0), ("p2", "B", 2.0)])


def test_guests_wait_until_they_have_an_age_and_ratings() -> None:
    rows = [("guest-new", item, 5.0) for item in "ABC"] + [("guest-few", "A", 5.0)]
    rows += [("guest-ok", item, 4.0) for item in "ABC"] + [("ann", "A", 1.0)]
    created = {"guest-new": NOW - 3_600, "guest-few": OLD, "guest-ok": OLD, "guest-empty": OLD}
    policy = GuestPolicy(min_days=2, min_ratings=3)
    kept, report = policy.admit(store(*rows), created, base_of({}), None, NOW)
    assert pairs(kept) == rows[4:]
    assert report == GuestReport(guests=4, waiting=2, waiting_ratings=4)


def test_nobody_but_guests_is_touched() -> None:
    rows = [(f"app-{user}", "A", 5.0) for user in range(50)]
    kept, report = GuestPolicy().admit(store(*rows), {}, base_of({}), BUNDLE, NOW)
    assert (pairs(kept), report) == (rows, GuestReport())


def test_the_oldest_guests_come_first_up_to_the_limit() -> None:
    rows = [(f"guest-{user}", "A", 5.0) for user in range(9)]
    created = {f"guest-{user}": OLD - user for user in range(9)}  # the last one is the oldest
    policy = GuestPolicy(min_days=1, min_ratings=1, share=0.05, floor=3)
    kept, report = policy.admit(store(*rows), created, base_of({"A": 99}), BUNDLE, NOW)
    assert [user for user, _, _ in pairs(kept)] == ["guest-5", "guest-6", "guest-7", "guest-8"]  # 5 % of 99 are 4
    assert (report.held_over, report.movies, report.as_before) == (5, 1, 0)
    kept, _ = policy.admit(store(*rows), created, base_of({"A": 59}), BUNDLE, NOW)
    assert len(kept) == 3  # 5 % of 59 are 2, and the floor is 3


def test_what_the_bundle_in_use_has_already_is_not_new_and_a_changed_rating_is() -> None:
    guests = [(f"guest-{user}", "A", 3.0) for user in range(6)]
    bundle = in_use([*guests, ("p", "A", 4.0), ("p", "B", 2.5)])
    created = {user: OLD for user, _, _ in guests}
    policy = GuestPolicy(min_days=1, min_ratings=1, share=0.0, floor=2)
    same, report = policy.admit(store(*guests), created, base_of({"A": 1}), bundle, NOW)
    assert (pairs(same), report.held_over) == (guests, 0)
    changed = [(user, item, 5.0) for user, item, _ in guests]
    kept, report = policy.admit(store(*changed), created, base_of({"A": 1}), bundle, NOW)
    assert sorted(stars for _, _, stars in pairs(kept)) == [3.0] * 4 + [5.0] * 2  # beyond the limit as it was
    assert (report.held_over, report.as_before) == (4, 4)
    nearly = [(user, item, 3.1) for user, item, _ in guests]  # set to the nearest step, so learnt as 3.0
    assert policy.admit(store(*nearly), created, base_of({"A": 1}), bundle, NOW)[1].held_over == 0


def test_views_that_the_bundle_in_use_has_are_not_new_whatever_the_stars() -> None:
    """Else the oldest guests would take up the limit in each night anew, and nobody else would ever count."""
    data = from_frame({"user": ["guest-0", "guest-1", "p"], "item": ["A", "A", "B"]}, feedback="implicit")
    parts = split(index(data.ratings), Random(valid=0.0, test=0.0))
    bundle = Bundle.create(model_class("popularity")().fit(parts.train), data, parts)
    rows = [(f"guest-{user}", "A", 4.5) for user in range(5)]
    created = {user: OLD + n for n, (user, _, _) in enumerate(rows)}
    policy = GuestPolicy(min_days=1, min_ratings=1, share=0.0, floor=2)
    kept, report = policy.admit(store(*rows), created, base_of({"B": 1}), bundle, NOW)
    assert [user for user, _, _ in pairs(kept)] == ["guest-0", "guest-1", "guest-2", "guest-3"]
    assert (report.held_over, report.as_before) == (1, 0)


def test_the_ratings_of_a_bundle_as_text() -> None:
    assert ratings_of(BUNDLE).rows() == [
        ("p0", "A", 4.0), ("p0", "B", 3.0), ("p1", "A", 5.0), ("p1", "B", 1.0), ("p2", "B", 2.0),
    ]  # fmt: skip
    data = from_frame({"user": [7, -1], "item": [20, 3], "rating": [4, 5]})
    parts = split(index(data.ratings), Random(valid=0.0, test=0.0))
    bundle = Bundle.create(model_class("popularity")().fit(parts.train), data, parts)
    assert ratings_of(bundle).rows() == [("-1", "3", 5.0), ("7", "20", 4.0)]


@settings(max_examples=60, deadline=None)
@given(
    guests=st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ABCDE")), min_size=1, max_size=120, unique=True),
    counts=st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 200)),
    share=st.sampled_from([0.0, 0.02, 0.05, 0.2]),
)
def test_no_movie_gains_more_ratings_than_the_limit(
    guests: list[tuple[int, str]], counts: dict[str, int], share: float
) -> None:
    policy = GuestPolicy(min_days=1, min_ratings=1, share=share, floor=3)
    rows = [(f"guest-{user}", item, 5.0) for user, item in guests]
    kept, report = policy.admit(store(*rows), {user: OLD for user, _, _ in rows}, base_of(counts), BUNDLE, NOW)
    for item in "ABCDE":
        sent, gained = (sum(row[1] == item for row in some) for some in (rows, pairs(kept)))
        assert gained == min(sent, max(3, int(share * counts.get(item, 0) + 1e-9)))
    assert report.held_over == len(rows) - len(kept)


@pytest.mark.parametrize("name", ["min_days", "min_ratings", "share", "floor"])
def test_negative_numbers_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"guest {name}: -1 is not valid"):
        GuestPolicy(**{name: -1})
