"""Ratings of a service joined to a data set: worked by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest

from reelgraph.core import Catalogue, Dataset, Profiles, Ratings, RatingScale
from reelgraph.data import add_ratings, empty_dataset

HALVES = RatingScale(0.5, 5.0, 0.5)


def test_a_rating_added_to_views_is_a_view() -> None:
    """Whatever the service stored, the joined data stay views; counts are taken as they are."""
    for feedback, old, new in (("implicit", [1.0, 1.0, 1.0], 1.0), ("counts", [7.0, 2.0, 1.0], 4.5)):
        whole = data()
        ratings = dataclasses.replace(whole.ratings, rating=np.array(old), scale=None, feedback=feedback)
        joined = add_ratings(dataclasses.replace(whole, ratings=ratings), [added_frame(("3", "30", 4.5, 9))]).data
        assert (joined.ratings.feedback, joined.ratings.scale) == (feedback, None)
        assert joined.ratings.rating.tolist() == [*old, new]
        assert joined.ratings.is_valid().all()
    empty = empty_dataset(data().catalogue, None, "store", "implicit")
    assert add_ratings(empty, [added_frame(("3", "30", 4.5, 9))]).data.ratings.rating.tolist() == [1.0]


def added_frame(*rows: tuple[str, str, float, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["user_id", "item_id", "rating", "timestamp"], orient="row")


def data(times: bool = True) -> Dataset:
    ratings = Ratings(
        np.array([1, 1, 2]), np.array([10, 20, 10]), np.array([4.0, 3.0, 5.0]),
        np.array([100, 200, 300]) if times else None, HALVES, "toy",
    )  # fmt: skip
    names = np.array([1, 2])
    genders = np.array(["F", "M"])
    return Dataset(
        "toy",
        ratings,
        Catalogue.from_ids(np.array([10, 20, 30])),
        Profiles(names, genders, genders, genders, genders),
        "ab",
    )


def rows(joined: Dataset) -> list[tuple]:
    one = joined.ratings
    return list(
        zip(one.user_id.tolist(), one.item_id.tolist(), one.rating.tolist(), one.timestamp.tolist(), strict=True)
    )


def test_numbers_stay_numbers_and_the_further_rating_wins_whatever_its_time() -> None:
    result = add_ratings(
        data(),
        [added_frame(("1", "20", 0.5, 7), ("3", "30", 4.5, 400)), added_frame(("2", "99", 1.0, 1), ("2", "x", 1.0, 1))],
    )
    assert (result.added, result.replaced, result.unknown) == (2, 1, 2)
    assert rows(result.data) == [(1, 10, 4.0, 100), (2, 10, 5.0, 300), (1, 20, 0.5, 7), (3, 30, 4.5, 400)]
    assert result.data.ratings.user_id.dtype == np.int64
    assert result.data.profiles.user_id.tolist() == [1, 2]


def test_one_text_makes_all_users_text() -> None:
    for name in ("guest-7", "007", "9" * 30, "1.0"):
        result = add_ratings(data(), [added_frame((name, "10", 1.0, 5), ("1", "10", 2.0, 6))])
        assert rows(result.data) == [("1", 20, 3.0, 200), ("2", 10, 5.0, 300), (name, 10, 1.0, 5), ("1", 10, 2.0, 6)]
        assert result.data.profiles.user_id.tolist() == ["1", "2"]


def test_nothing_to_join() -> None:
    result = add_ratings(data(), [])
    assert rows(result.data) == rows(data())
    assert (result.added, result.replaced, result.unknown) == (0, 0, 0)


def test_data_without_times_stay_without() -> None:
    assert add_ratings(data(times=False), [added_frame(("3", "30", 4.5, 400))]).data.ratings.timestamp is None


def test_ratings_alone() -> None:
    base = empty_dataset(Catalogue.from_ids(np.array(["tt1", "tt2"])), HALVES, "people")
    result = add_ratings(base, [added_frame(("ann", "tt2", 4.0, 5), ("bob", "tt3", 4.0, 5))])
    assert (result.added, result.unknown) == (1, 1)
    assert rows(result.data) == [("ann", "tt2", 4.0, 5)]
    assert result.data.ratings.scale == HALVES


def test_long_ids_are_not_cut() -> None:
    base = empty_dataset(Catalogue.from_ids(np.array(["a", "long-id"])), HALVES, "people")
    short = add_ratings(base, [added_frame(("u", "a", 4.0, 5))]).data
    result = add_ratings(short, [added_frame(("somebody", "long-id", 3.0, 6))])
    assert rows(result.data) == [("u", "a", 4.0, 5), ("somebody", "long-id", 3.0, 6)]


def test_the_hash_tells_ratings_apart_and_not_their_order() -> None:
    one, two = added_frame(("3", "30", 4.5, 400)), added_frame(("4", "30", 4.5, 400))
    hashes = [add_ratings(data(), frames).data.sha256 for frames in ([one, two], [two, one], [one], [])]
    assert hashes[0] == hashes[1]
    assert len({*hashes, "ab"}) == 4


def test_movies_that_were_added_have_their_metadata() -> None:
    new = dataclasses.replace(
        Catalogue.from_ids(np.array(["30", "40"])),
        title=np.array(["another", "Dune"]), year=np.array([1, 2021]), genres=((), ("Sci-Fi",)),
    )  # fmt: skip
    frame = added_frame(("3", "40", 4.5, 400), ("3", "77", 2.0, 401))
    result = add_ratings(data(), [frame], new)
    catalogue = result.data.catalogue
    assert catalogue.item_id.tolist() == [10, 20, 30, 40]  # still numbers; the movie 30 stays as it was
    assert catalogue.title.tolist() == ["10", "20", "30", "Dune"]
    assert (catalogue.year.tolist()[3], catalogue.genres[3]) == (2021, ("Sci-Fi",))
    assert rows(result.data)[-1] == (3, 40, 4.5, 400)
    assert (result.added, result.unknown, result.untitled) == (1, 1, ())
    kept = add_ratings(data(), [frame], new, keep_unknown=True)
    assert kept.data.catalogue.item_id.tolist() == [10, 20, 30, 40, 77]
    assert kept.data.catalogue.title.tolist()[-1] == "77"
    assert (kept.added, kept.unknown, kept.untitled) == (2, 0, ("77",))


def test_a_movie_with_a_text_id_makes_all_movies_text() -> None:
    result = add_ratings(data(), [added_frame(("3", "tt7", 4.5, 400), ("3", "010", 1.0, 401))], keep_unknown=True)
    assert result.data.catalogue.item_id.tolist() == ["10", "20", "30", "010", "tt7"]
    assert rows(result.data)[:3] == [(1, "10", 4.0, 100), (1, "20", 3.0, 200), (2, "10", 5.0, 300)]
    assert [row[1] for row in rows(result.data)[3:]] == ["tt7", "010"]


def test_ratings_between_the_steps_go_to_the_nearest() -> None:
    base = data()
    whole = dataclasses.replace(base, ratings=dataclasses.replace(base.ratings, scale=RatingScale(1.0, 5.0, 1.0)))
    stars = [4.5, 3.4, 4.75, 1.0, 0.5, 9.0]
    result = add_ratings(whole, [added_frame(*[(str(n + 5), "30", value, 1) for n, value in enumerate(stars)])])
    assert result.data.ratings.rating[3:].tolist() == [5.0, 3.0, 5.0, 1.0, 0.5, 9.0]  # off the scale: for clean
    assert result.rounded == 3
    continuous = dataclasses.replace(base, ratings=dataclasses.replace(base.ratings, scale=RatingScale(0.0, 5.0, None)))
    assert add_ratings(continuous, [added_frame(("9", "30", 3.37, 1))]).data.ratings.rating[-1] == pytest.approx(3.37)


def test_in_data_of_views_every_rating_is_a_view() -> None:
    base = empty_dataset(Catalogue.from_ids(np.array(["a"])), None, "views", "implicit")
    assert rows(add_ratings(base, [added_frame(("u", "a", 4.0, 5))]).data) == [("u", "a", 1.0, 5)]
