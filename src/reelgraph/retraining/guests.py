"""Which ratings of guests a retraining learns from: people who need no account cost nothing to make up."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from reelgraph.bundle import Bundle
from reelgraph.core import AnyArray
from reelgraph.core.errors import ConfigError

_DAY = 86_400  # seconds
_PAIR = ["user_id", "item_id"]


@dataclass(frozen=True)
class GuestReport:
    """What was left out of the ratings of guests.

    Args:
        guests: number of guests in the store.
        waiting: number of those that are too new or have rated too little.
        waiting_ratings: their ratings, none of which counts.
        held_over: new ratings of other guests beyond the share of their movie, which may count in a later night.
        movies: number of movies with such ratings.
        as_before: number of those of ``held_over`` that were changed, and count as they were; the others do not count.
    """

    guests: int = 0
    waiting: int = 0
    waiting_ratings: int = 0
    held_over: int = 0
    movies: int = 0
    as_before: int = 0


@dataclass(frozen=True)
class GuestPolicy:
    r"""What one night's guests can move, at most.

    A guest counts from an age and a number of ratings on, and not at all before. Of a movie with n ratings, those of
    guests that the bundle in use has included, at most :math:`\max(floor, \lfloor share \cdot n \rfloor)` ratings of
    guests are new or changed in one retraining; those of the oldest guests come first. So one night's guests, however
    many, cannot give a movie more ratings than that, nor a pair of movies more people who rated both.

    Args:
        min_days: age of a guest, days since their first rating or mark.
        min_ratings: ratings of a guest.
        share: of the movie's ratings.
        floor: ratings that are allowed for every movie.

    Raises:
        ConfigError: a number is negative.
    """

    min_days: float = 2.0
    min_ratings: int = 5
    share: float = 0.05
    floor: int = 3

    def __post_init__(self) -> None:
        for name in ("min_days", "min_ratings", "share", "floor"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"guest {name}", f"{getattr(self, name)} is not valid: expected 0 or more")

    def admit(
        self,
        ratings: pl.DataFrame,
        created: Mapping[str, int],
        base: pl.DataFrame,
        in_use: Bundle | None,
        now: float,
    ) -> tuple[pl.DataFrame, GuestReport]:
        """The ratings of a store that count.

        Args:
            ratings: ``user_id, item_id`` (text), ``rating`` (stars), ``timestamp``, each pair once.
            created: guest id -> time of their first write, Unix seconds UTC; everybody else is no guest.
            base: ``user_id, item_id`` (text) of the data set that the store is joined to.
            in_use: the bundle in use; without one there is no limit for a movie, as there is nothing to compare with.
            now: Unix seconds UTC.

        Returns:
            The rows of ``ratings`` that count, in their order, and what was left out. A rating that was changed and is
            beyond the limit counts as it was.

        Cost: O(n log n).
        """
        if not created:
            return ratings, GuestReport()
        guests = pl.DataFrame(
            {"user_id": list(created), "created": list(created.values())},
            schema={"user_id": pl.String, "created": pl.Int64},
        )
        rows = ratings.with_row_index("row").join(guests, on="user_id", how="left", maintain_order="left")
        counts = rows.filter(pl.col("created").is_not_null()).group_by("user_id", "created").len()
        is_waiting = (pl.col("created") > now - self.min_days * _DAY) | (pl.col("len") < self.min_ratings)
        waiting = counts.filter(is_waiting)
        rows = rows.join(waiting, on="user_id", how="anti", maintain_order="left")
        report = GuestReport(len(created), len(waiting), int(waiting["len"].sum()))
        if in_use is None:
            return rows.select(ratings.columns), report
        rows = self._limited(rows, base, in_use)
        over = rows.filter(pl.col("is_over"))
        report = dataclasses.replace(
            report,
            held_over=len(over),
            movies=over["item_id"].n_unique(),
            as_before=len(over) - over["old"].null_count(),
        )
        stars = pl.when(pl.col("is_over")).then(pl.col("old")).otherwise(pl.col("rating"))
        rows = rows.with_columns(rating=stars).filter(pl.col("rating").is_not_null())
        return rows.sort("row").select(ratings.columns), report

    def _limited(self, rows: pl.DataFrame, base: pl.DataFrame, in_use: Bundle) -> pl.DataFrame:
        """The rows with ``old``, the stars that the bundle in use has, and ``is_over``, beyond the limit."""
        rows = rows.join(ratings_of(in_use), on=_PAIR, how="left", maintain_order="left")
        is_new = pl.col("old").is_null()
        if in_use.scale is not None:  # without stars a rating, whatever it is, is a view, which never changes
            step = 0.5 if in_use.scale.step is None else in_use.scale.step
            # Nearer than half a step: a rating between two steps was set to the nearest.
            is_new |= (pl.col("rating") - pl.col("old")).abs() > 0.5 * step + 1e-6
        rows = rows.with_columns(is_fresh=pl.col("created").is_not_null() & is_new)
        others = pl.concat([base.select(_PAIR), rows.filter(~pl.col("is_fresh")).select(_PAIR)]).unique()
        n_ratings = others.group_by("item_id").len("n_ratings")
        rows = rows.join(n_ratings, on="item_id", how="left", maintain_order="left")
        rows = rows.with_columns(pl.col("n_ratings").fill_null(0)).sort("created", "user_id", "row", nulls_last=True)
        limit = pl.max_horizontal(pl.lit(self.floor), (pl.col("n_ratings") * self.share + 1e-9).floor().cast(pl.Int64))
        place = pl.col("is_fresh").cast(pl.Int64).cum_sum().over("item_id")
        return rows.with_columns(is_over=pl.col("is_fresh") & (place > limit))


def ratings_of(bundle: Bundle) -> pl.DataFrame:
    """The ratings of a bundle: ``user_id, item_id`` as text, and ``old``, their stars."""
    history = bundle.history
    user_rows = np.repeat(np.arange(len(bundle.users)), np.diff(history.indptr))
    return pl.DataFrame(
        {
            "user_id": ids_as_text(bundle.users.ids).gather(user_rows),
            "item_id": ids_as_text(bundle.items.ids).gather(history.indices),
            "old": history.data.astype(np.float64),
        }
    )


def ids_as_text(ids: AnyArray) -> pl.Series:
    """Ids ``(n,)``, numbers or text, as text."""
    return pl.Series(ids).cast(pl.String)
