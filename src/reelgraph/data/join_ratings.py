"""Add ratings from a store, whose ids are text, to a data set with the same people and movies."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, BoolArray, Catalogue, Dataset, Feedback, Ratings, RatingScale
from reelgraph.core.forked_process import runs_after_fork

_ROWS_PER_HASH_UPDATE = 1_000_000  # bounds the memory


@dataclass(frozen=True)
class ExtendedDataset:
    """A data set with added ratings, not yet clean.

    Args:
        data: all ratings, the added ones last.
        added: number of added ratings.
        replaced: number of original ratings replaced by an added one of the same person and movie.
        unknown: number of ratings ignored because the movie is not in the catalogue.
    """

    data: Dataset
    added: int
    replaced: int
    unknown: int


def empty_dataset(
    catalogue: Catalogue, scale: RatingScale | None, name: str, feedback: Feedback = "explicit"
) -> Dataset:
    """A data set without ratings, for `add_ratings`."""
    no_users, no_items = np.empty(0, np.int64), np.empty(0, catalogue.item_id.dtype)
    ratings = Ratings(no_users, no_items, np.empty(0), np.empty(0, np.int64), scale, name, feedback=feedback)
    return Dataset(name, ratings, catalogue, None, hashlib.sha256().hexdigest())


@runs_after_fork
def add_ratings(data: Dataset, new_ratings: Iterable[pl.DataFrame]) -> ExtendedDataset:
    """Add ratings whose ids are text; equal user ids mean the same person.

    User ids remain numbers if the added ones are numbers, too; otherwise all become text.

    Args:
        data: clean.
        new_ratings: frames with ``user_id`` and ``item_id`` (text), ``rating`` (stars; whatever it is, it is a view
            where the data have no stars), ``timestamp`` (Unix seconds UTC); at most one row for each user and item in
            total.
    """
    frame = pl.concat([_no_rows(), *new_ratings])
    item_ids = data.catalogue.item_id
    catalogue_rows = pl.DataFrame({"item_id": item_ids.astype(np.str_), "row": np.arange(len(item_ids))})
    known_rows = frame.join(catalogue_rows, on="item_id", how="inner", maintain_order="left")
    old_ratings = data.ratings
    users, new_users = _as_same_dtype(old_ratings.user_id, known_rows["user_id"])
    new_items = item_ids[known_rows["row"].to_numpy()]
    is_kept = _not_replaced(users, old_ratings.item_id, new_users, new_items)
    new_values = known_rows["rating"].to_numpy()
    if old_ratings.scale is None:
        new_values = np.ones(len(new_values))
    times = None
    if old_ratings.timestamp is not None:
        times = np.concatenate([old_ratings.timestamp[is_kept], known_rows["timestamp"].to_numpy()])
    ratings = Ratings(
        user_id=np.concatenate([users[is_kept], new_users]),
        item_id=np.concatenate([old_ratings.item_id[is_kept], new_items]),
        rating=np.concatenate([old_ratings.rating[is_kept], new_values]),
        timestamp=times,
        scale=old_ratings.scale,
        source=old_ratings.source,
        feedback=old_ratings.feedback,
    )
    profiles = data.profiles
    if profiles is not None and users.dtype != old_ratings.user_id.dtype:
        profiles = dataclasses.replace(profiles, user_id=profiles.user_id.astype(np.str_))
    sha256 = _extended_sha256(data.sha256, frame)
    return ExtendedDataset(
        dataclasses.replace(data, ratings=ratings, profiles=profiles, sha256=sha256),
        added=len(known_rows),
        replaced=int(len(old_ratings) - is_kept.sum()),
        unknown=len(frame) - len(known_rows),
    )


def _as_same_dtype(old_users: AnyArray, new_users: pl.Series) -> tuple[AnyArray, AnyArray]:
    """Both columns of user ids, as numbers if possible, otherwise as text."""
    new_numbers = new_users.cast(pl.Int64, strict=False)
    if old_users.dtype.kind in "iu" and (new_numbers.cast(pl.String) == new_users).fill_null(False).all():
        return old_users, new_numbers.to_numpy().astype(old_users.dtype)
    return old_users.astype(np.str_), np.array(new_users.to_list(), dtype=np.str_)


def _not_replaced(users: AnyArray, items: AnyArray, new_users: AnyArray, new_items: AnyArray) -> BoolArray:
    """True for the old (user, item) pairs that are not among the new ones."""
    new_pairs = pl.DataFrame({"user": new_users, "item": new_items}).with_columns(is_replaced=True)
    old_pairs = pl.DataFrame({"user": users, "item": items}).join(
        new_pairs, on=["user", "item"], how="left", maintain_order="left"
    )
    is_kept: BoolArray = old_pairs["is_replaced"].is_null().to_numpy()
    return is_kept


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"user_id": pl.String, "item_id": pl.String, "rating": pl.Float64, "timestamp": pl.Int64}
    )


def _extended_sha256(sha256: str, frame: pl.DataFrame) -> str:
    """A hash of the data set's hash and the rows, independent of their order."""
    digest = hashlib.sha256(sha256.encode())
    for rows in frame.sort("user_id", "item_id").iter_slices(_ROWS_PER_HASH_UPDATE):
        digest.update(rows.write_csv(include_header=False).encode())
    return digest.hexdigest()
