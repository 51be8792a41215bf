"""Ratings of a service joined to a data set: the same people and movies, whose ids are text there."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, BoolArray, Catalogue, Dataset, Ratings, RatingScale

_HASHED = 1_000_000  # rows at a time


@dataclass(frozen=True)
class Joined:
    """A data set with further ratings, to be cleaned.

    Args:
        data: both together, the further ones last.
        added: further ratings taken.
        replaced: ratings of the data set that gave way to a further one of the same person and movie.
        unknown: further ratings of movies that are not in the catalogue, left out.
    """

    data: Dataset
    added: int
    replaced: int
    unknown: int


def no_ratings(catalogue: Catalogue, scale: RatingScale, name: str) -> Dataset:
    """A data set without a rating, to join ratings to."""
    nobody, items = np.empty(0, np.int64), np.empty(0, catalogue.item_id.dtype)
    ratings = Ratings(nobody, items, np.empty(0), np.empty(0, np.int64), scale, name)
    return Dataset(name, ratings, catalogue, None, hashlib.sha256().hexdigest())


def join(data: Dataset, further: Iterable[pl.DataFrame]) -> Joined:
    """Add ratings whose ids are text; a person of the data set with the same id is the same person.

    Ids of users stay numbers when those that are added are numbers, too; else all of them become text.

    Args:
        data: clean.
        further: frames ``user_id`` and ``item_id`` (text), ``rating`` (stars), ``timestamp`` (Unix seconds UTC); at
            most one row of each user and item in all.
    """
    frame = pl.concat([_empty(), *further])
    ids = data.catalogue.item_id
    rows = pl.DataFrame({"item_id": ids.astype(np.str_), "row": np.arange(len(ids))})
    known = frame.join(rows, on="item_id", how="inner", maintain_order="left")
    old = data.ratings
    users, theirs = _one_kind(old.user_id, known["user_id"])
    items = ids[known["row"].to_numpy()]
    stays = _not_again(users, old.item_id, theirs, items)
    times = None if old.timestamp is None else np.concatenate([old.timestamp[stays], known["timestamp"].to_numpy()])
    ratings = Ratings(
        user_id=np.concatenate([users[stays], theirs]),
        item_id=np.concatenate([old.item_id[stays], items]),
        rating=np.concatenate([old.rating[stays], known["rating"].to_numpy()]),
        timestamp=times,
        scale=old.scale,
        source=old.source,
    )
    profiles = data.profiles
    if profiles is not None and users.dtype != old.user_id.dtype:
        profiles = dataclasses.replace(profiles, user_id=profiles.user_id.astype(np.str_))
    both = dataclasses.replace(data, ratings=ratings, profiles=profiles, sha256=_hash(data.sha256, frame))
    return Joined(both, len(known), int(len(old) - stays.sum()), len(frame) - len(known))


def _one_kind(users: AnyArray, others: pl.Series) -> tuple[AnyArray, AnyArray]:
    """Both columns of user ids as numbers, or both as text."""
    numbers = others.cast(pl.Int64, strict=False)
    if users.dtype.kind in "iu" and (numbers.cast(pl.String) == others).fill_null(False).all():
        return users, numbers.to_numpy().astype(users.dtype)
    return users.astype(np.str_), np.array(others.to_list(), dtype=np.str_)


def _not_again(users: AnyArray, items: AnyArray, theirs: AnyArray, their_items: AnyArray) -> BoolArray:
    """Which of the first pairs of user and item are not among the second ones."""
    again = pl.DataFrame({"user": theirs, "item": their_items}).with_columns(again=True)
    found = pl.DataFrame({"user": users, "item": items}).join(
        again, on=["user", "item"], how="left", maintain_order="left"
    )
    stays: BoolArray = found["again"].is_null().to_numpy()
    return stays


def _empty() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"user_id": pl.String, "item_id": pl.String, "rating": pl.Float64, "timestamp": pl.Int64}
    )


def _hash(before: str, frame: pl.DataFrame) -> str:
    """Of the data set's hash and the rows, in whatever order they came."""
    digest = hashlib.sha256(before.encode())
    for part in frame.sort("user_id", "item_id").iter_slices(_HASHED):
        digest.update(part.write_csv(include_header=False).encode())
    return digest.hexdigest()
