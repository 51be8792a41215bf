"""Add ratings from a store, whose ids are text, to a data set with the same people and movies."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.core import AnyArray, BoolArray, Catalogue, Dataset, Feedback, FloatArray, Ratings, RatingScale
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
        rounded: number of added ratings that were between the steps of the scale and were set to the nearest step.
        untitled: ids of movies that only the added ratings name; each has its id as title.
    """

    data: Dataset
    added: int
    replaced: int
    unknown: int
    rounded: int = 0
    untitled: tuple[str, ...] = ()


def empty_dataset(
    catalogue: Catalogue, scale: RatingScale | None, name: str, feedback: Feedback = "explicit"
) -> Dataset:
    """A data set without ratings, for `add_ratings`."""
    no_users, no_items = np.empty(0, np.int64), np.empty(0, catalogue.item_id.dtype)
    ratings = Ratings(no_users, no_items, np.empty(0), np.empty(0, np.int64), scale, name, feedback=feedback)
    return Dataset(name, ratings, catalogue, None, hashlib.sha256().hexdigest())


@runs_after_fork
def add_ratings(
    data: Dataset,
    new_ratings: Iterable[pl.DataFrame],
    new_items: Catalogue | None = None,
    *,
    keep_unknown: bool = False,
) -> ExtendedDataset:
    """Add ratings whose ids are text; equal user ids mean the same person.

    Ids remain numbers if the added ones are numbers, too; otherwise all become text. Ratings between the steps of the
    scale are set to the nearest step, the higher one of two.

    Args:
        data: clean.
        new_ratings: frames with ``user_id`` and ``item_id`` (text), ``rating`` (stars, or counts; whatever it is, it is
            a view where the data are views), ``timestamp`` (Unix seconds UTC); at most one row for each user and item
            in total.
        new_items: movies with text ids for the catalogue; those that it has stay as they are.
        keep_unknown: movies that the catalogue does not have even so are added to it, with their ids as titles; if
            False, their ratings are ignored.
    """
    frame = pl.concat([_no_rows(), *new_ratings])
    catalogue = data.catalogue if new_items is None else extended_catalogue(data.catalogue, new_items)
    unknown_ids = frame["item_id"].unique().sort().to_list()
    known_ids = set(catalogue.item_id.astype(np.str_).tolist())
    unknown_ids = [item_id for item_id in unknown_ids if item_id not in known_ids] if keep_unknown else []
    if unknown_ids:
        catalogue = extended_catalogue(catalogue, Catalogue.from_ids(np.array(unknown_ids, np.str_)))
    item_ids = catalogue.item_id
    catalogue_rows = pl.DataFrame({"item_id": item_ids.astype(np.str_), "row": np.arange(len(item_ids))})
    known_rows = frame.join(catalogue_rows, on="item_id", how="inner", maintain_order="left")
    old_ratings = data.ratings
    users, new_users = _as_same_dtype(old_ratings.user_id, known_rows["user_id"])
    items, new_item_ids = old_ratings.item_id.astype(item_ids.dtype.type), item_ids[known_rows["row"].to_numpy()]
    is_kept = _not_replaced(users, items, new_users, new_item_ids)
    values, rounded = _on_scale(known_rows["rating"].to_numpy(), old_ratings)
    times = None
    if old_ratings.timestamp is not None:
        times = np.concatenate([old_ratings.timestamp[is_kept], known_rows["timestamp"].to_numpy()])
    ratings = dataclasses.replace(
        old_ratings,
        user_id=np.concatenate([users[is_kept], new_users]),
        item_id=np.concatenate([items[is_kept], new_item_ids]),
        rating=np.concatenate([old_ratings.rating[is_kept], values]),
        timestamp=times,
    )
    profiles = data.profiles
    if profiles is not None and users.dtype != old_ratings.user_id.dtype:
        profiles = dataclasses.replace(profiles, user_id=profiles.user_id.astype(np.str_))
    sha256 = _extended_sha256(data.sha256, frame)
    return ExtendedDataset(
        dataclasses.replace(data, ratings=ratings, catalogue=catalogue, profiles=profiles, sha256=sha256),
        added=len(known_rows),
        replaced=int(len(old_ratings) - is_kept.sum()),
        unknown=len(frame) - len(known_rows),
        rounded=rounded,
        untitled=tuple(unknown_ids),
    )


def extended_catalogue(catalogue: Catalogue, new_items: Catalogue) -> Catalogue:
    """The catalogue followed by movies that it does not have.

    Args:
        catalogue: its ids remain numbers if the new ones are whole numbers, otherwise all become text.
        new_items: with text ids, each once.
    """
    known_ids = set(catalogue.item_id.astype(np.str_).tolist())
    ids = new_items.item_id.tolist()
    rows = [row for row, item_id in enumerate(ids) if item_id not in known_ids]
    if not rows:
        return catalogue
    new_ids = np.array([ids[row] for row in rows], np.str_)
    old_ids, new_ids = _as_same_dtype(catalogue.item_id, pl.Series(new_ids.tolist(), dtype=pl.String))
    added = dataclasses.replace(new_items.aligned(np.array([ids[row] for row in rows], np.str_)), item_id=new_ids)
    return dataclasses.replace(catalogue, item_id=old_ids).append(added)


def _on_scale(values: FloatArray, ratings: Ratings) -> tuple[FloatArray, int]:
    """Added ratings on the scale of the others, and how many were between its steps."""
    scale = ratings.scale
    if ratings.feedback == "implicit":
        return np.ones(len(values)), 0
    if scale is None:  # counts
        return values, 0
    if scale.step is None:
        return values, 0
    is_between = (values > scale.low) & (values < scale.high) & ~scale.contains(values)
    nearest = scale.low + scale.step * np.floor((values - scale.low) / scale.step + 0.5)
    return np.where(is_between, np.minimum(nearest, scale.high), values), int(np.count_nonzero(is_between))


def _as_same_dtype(old_users: AnyArray, new_users: pl.Series) -> tuple[AnyArray, AnyArray]:
    """Both columns of ids, as numbers if possible, otherwise as text."""
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
