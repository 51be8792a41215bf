"""Reasons as data: what one movie adds to a score, movies that speak for an item together, and what was chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, FloatArray, IntArray

GroupKind = Literal["movie", "series", "person", "genre", "decade", "tag", "strongest"]


@dataclass(frozen=True)
class Reason:
    """The effect of one movie that the person rated or saw on the score of an item.

    Args:
        item_id: the rated item.
        title: its title.
        stars: the rating; None where it was seen without one.
        share: what the movie adds, negative where it speaks against the item; in the unit of the `Explanation`.
        viewers: number of known users who liked both items; None when there are too few to show.
        year: of the rated item, 0 if unknown.
        genres: of the rated item.
        people: of the rated item.
        liked: rated no lower than `personal_threshold`, or seen without a rating; only such movies are a "because".
        went_on: number of known users who rated the item after a break since this one, see `RatedAfter
            <reelgraph.recommend.explain.rated_after.RatedAfter>`; None when there are too few to show, as many went the
            other way, or the model does not learn what people rate later.
    """

    item_id: int | str
    title: str
    stars: float | None
    share: float
    viewers: int | None = None
    year: int = 0
    genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    liked: bool = True
    went_on: int | None = None


@dataclass(frozen=True)
class ReasonGroup:
    """Movies a person liked that speak for an item together: one movie, or all of a series, a genre, a decade, ...

    Args:
        kind: ``movie``: a single one; ``series``, ``person``, ``genre`` (with or without a decade), ``decade`` or
            ``tag``: all movies of the person that have it in common and that they liked; ``strongest``: the movies
            with the largest shares.
        name: of the series, person, genre or tag; "" for the other kinds.
        decade: first year of the decade, 0 if the group has none.
        reasons: the movies, largest share first, at least one.
        portion: ``share`` as a part of all that the person's movies add to the score (`support`), above 0.
    """

    kind: GroupKind
    name: str
    decade: int
    reasons: tuple[Reason, ...]
    portion: float

    @property
    def share(self) -> float:
        """The sum of the shares of the movies, those that speak against the item included."""
        return math.fsum(reason.share for reason in self.reasons)

    @property
    def label(self) -> str:
        """What the movies have in common, such as "crime movies of the 1990s"; "" for a single one."""
        decade = f" of the {self.decade}s" if self.decade else ""
        if self.kind == "genre":
            return f"{_GENRE_PLURALS.get(self.name, f'{self.name.lower()} movies')}{decade}"
        if self.kind == "decade":
            return f"movies{decade}"
        if self.kind == "tag":
            return f"movies tagged “{self.name}”"
        if self.kind == "strongest":
            return "movies"
        return "" if self.kind == "movie" else f"{self.name} movies"


_GENRE_PLURALS = {
    "Children": "children's movies", "Children's": "children's movies", "Comedy": "comedies",
    "Documentary": "documentaries", "Drama": "dramas", "Film-Noir": "films noirs", "Musical": "musicals",
    "Thriller": "thrillers", "Western": "westerns",
}  # fmt: skip


@dataclass(frozen=True)
class ChosenReasons:
    """Why an item suits a person, as it is shown to them.

    Args:
        because: one or two single movies, or one group, that speak most for the item and that the person liked; empty
            if there are none.
        although: movies that the person rated low and that nevertheless speak for the item, or that speak strongly
            against it; strongest first.
    """

    because: tuple[ReasonGroup, ...] = ()
    although: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class LowRatingsEffect:
    """What a person's low ratings do to the predicted stars of an item.

    Args:
        n_ratings: how many of the person's ratings are low, see `personal_threshold.is_disliked`.
        stars: predicted stars of the item.
        stars_without: the same as if none of the low ratings had been given.
    """

    n_ratings: int
    stars: float
    stars_without: float


def support(shares: Iterable[float]) -> float:
    """All that the person's movies add to a score: the sum of the shares above 0."""
    return math.fsum(share for share in shares if share > 0)


def make_reasons(
    bundle: Bundle,
    item_rows: IntArray,
    stars: FloatArray,
    shares: FloatArray,
    viewers: IntArray,
    liked: BoolArray,
    went_on: IntArray | None = None,
) -> tuple[Reason, ...]:
    """Reasons with the metadata of the rated items; all arguments ``(n,)``.

    Stars that are NaN, all stars where the bundle has no scale, and viewers and people who went on below 0 become None.
    """
    has_stars = bundle.scale is not None
    catalogue, ids = bundle.catalogue, bundle.items.ids
    columns = (
        item_rows, ids[item_rows], catalogue.title[item_rows], stars, shares, viewers, catalogue.year[item_rows], liked,
        np.full(len(item_rows), -1) if went_on is None else went_on,
    )  # fmt: skip
    return tuple(
        Reason(
            item_id, title, rating if has_stars and rating == rating else None, share, count if count >= 0 else None,
            year, catalogue.genres[row], catalogue.people[row], is_liked, n_went_on if n_went_on >= 0 else None,
        )
        for row, item_id, title, rating, share, count, year, is_liked, n_went_on in zip(
            *(column.tolist() for column in columns), strict=True
        )
    )  # fmt: skip
