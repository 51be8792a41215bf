"""What a data set holds: ratings, catalogue, profiles, and what cleaning did to them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from reelgraph.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze

_TOLERANCE = 1e-6  # stars: above the rounding of float32 ratings, far below any step of a scale


def at_least(ratings: FloatArray, threshold: float) -> BoolArray:
    """True where ``ratings``, stars of any shape and float type, reach ``threshold``; rounding is allowed for.

    It is the one comparison for "liked", see `RatingScale.liked_from`: a float32 rating of 5.6 reaches 0.8 * 7.
    """
    reached: BoolArray = ratings >= threshold - _TOLERANCE
    return reached


@dataclass(frozen=True)
class RatingScale:
    """The stars that a rating may take: ``low, low + step, ..., high``.

    Args:
        low: smallest rating, stars.
        high: largest rating, stars.
        step: distance of neighbours, stars.
    """

    low: float
    high: float
    step: float

    def levels(self) -> FloatArray:
        """All ratings of the scale, ascending, shape ``(n_levels,)``."""
        count = round((self.high - self.low) / self.step) + 1
        return self.low + self.step * np.arange(count)

    @property
    def liked_from(self) -> float:
        """Stars from which a movie is liked: four fifths of the highest rating, such as four of five stars.

        It hangs on the scale alone, so nobody's ratings change what those of others count.
        """
        return 0.8 * self.high

    def contains(self, ratings: FloatArray) -> BoolArray:
        """True where a rating, shape ``(n,)``, lies within the scale and on its step."""
        steps = (ratings - self.low) / self.step
        inside = (ratings >= self.low - 1e-9) & (ratings <= self.high + 1e-9)
        on_step: BoolArray = inside & (np.abs(steps - np.round(steps)) < 1e-6)
        return on_step

    def clip(self, ratings: FloatArray) -> FloatArray:
        """The ratings moved to the nearest end of the scale where they lie outside."""
        return np.clip(ratings, self.low, self.high)


@dataclass(frozen=True)
class RowFault:
    """One thing wrong with one row of a ratings file, seen by the reader and counted by ``clean``.

    Args:
        row: index of the row in the `Ratings` it belongs to.
        line: 1-based line in the file.
        column: name of the column.
        value: the text that was found.
        kind: ``missing``, ``not a number`` or ``wrong number of fields``.
    """

    row: int
    line: int
    column: str
    value: str
    kind: str


@dataclass(frozen=True)
class Ratings:
    """Ratings as read: external ids, stars, times, in the order of the source.

    Args:
        user_id: ``(n,)`` int64 or str.
        item_id: ``(n,)`` int64 or str.
        rating: ``(n,)`` float64, stars; NaN where the source has none or it could not be read.
        timestamp: ``(n,)`` int64, Unix seconds UTC, or None when the source has no times.
        scale: the scale of the ratings.
        source: the file or frame they came from.
        faults: rows that could not be read whole; empty after ``clean``.
        first_line: 1-based line of row 0 in the source (2 below a header).
    """

    user_id: AnyArray
    item_id: AnyArray
    rating: FloatArray
    timestamp: IntArray | None
    scale: RatingScale
    source: str
    faults: tuple[RowFault, ...] = ()
    first_line: int = 1

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.rating)

    def take(self, rows: IntArray | BoolArray) -> Ratings:
        """The ratings at ``rows`` (numbers or a mask), in that order, without the reader's faults."""
        time = None if self.timestamp is None else self.timestamp[rows]
        return dataclasses.replace(
            self,
            user_id=self.user_id[rows],
            item_id=self.item_id[rows],
            rating=self.rating[rows],
            timestamp=time,
            faults=(),
        )

    def append(self, other: Ratings) -> Ratings:
        """These ratings and, after them, those of ``other``; without times unless both have some."""
        times = None
        if self.timestamp is not None and other.timestamp is not None:
            times = np.concatenate([self.timestamp, other.timestamp])
        moved = tuple(dataclasses.replace(fault, row=fault.row + len(self)) for fault in other.faults)
        return dataclasses.replace(
            self,
            user_id=np.concatenate([self.user_id, other.user_id]),
            item_id=np.concatenate([self.item_id, other.item_id]),
            rating=np.concatenate([self.rating, other.rating]),
            timestamp=times,
            source=f"{self.source} + {other.source}",
            faults=self.faults + moved,
        )


@dataclass(frozen=True)
class Catalogue:
    """What is known of the movies.

    Args:
        item_id: ``(n,)`` int64 or str, unique, same dtype as in the ratings.
        title: ``(n,)`` str, as published ("Matrix, The (1999)").
        year: ``(n,)`` int64, 0 where unknown.
        genres: n tuples of genre names.
        tags: n tuples of tags, lower case, most used first.
        people: n tuples of names.
        imdb_id: ``(n,)`` str such as "tt0114709", "" where unknown.
        tmdb_id: ``(n,)`` int64, 0 where unknown.
        runtime: ``(n,)`` int64 minutes, 0 where unknown; unknown for all when not given.
    """

    item_id: AnyArray
    title: AnyArray
    year: IntArray
    genres: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]
    people: tuple[tuple[str, ...], ...]
    imdb_id: AnyArray
    tmdb_id: IntArray
    runtime: IntArray = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        if len(self.runtime) != len(self.item_id):
            object.__setattr__(self, "runtime", np.zeros(len(self.item_id), np.int64))
        freeze(self)

    def __len__(self) -> int:
        return len(self.item_id)

    @classmethod
    def from_ids(cls, item_id: AnyArray) -> Catalogue:
        """A catalogue of bare ids, shape ``(n,)``: each movie is titled by its id."""
        n = len(item_id)
        none: tuple[tuple[str, ...], ...] = ((),) * n
        return cls(
            item_id=item_id.copy(),
            title=item_id.astype(str),
            year=np.zeros(n, np.int64),
            genres=none,
            tags=none,
            people=none,
            imdb_id=np.full(n, "", dtype="<U1"),
            tmdb_id=np.zeros(n, np.int64),
        )

    def aligned(self, item_id: AnyArray) -> Catalogue:
        """The catalogue in the order of ``item_id``, shape ``(m,)``; unknown ids become bare ones."""
        place = {key: row for row, key in enumerate(self.item_id.tolist())}
        found = [place.get(key) for key in item_id.tolist()]
        bare = Catalogue.from_ids(item_id)

        def pick(own: AnyArray, other: AnyArray) -> AnyArray:
            values = [other[n] if row is None else own[row] for n, row in enumerate(found)]
            return np.array(values, dtype=np.result_type(own.dtype, other.dtype))

        def pick_tuples(own: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
            return tuple(() if row is None else own[row] for row in found)

        return Catalogue(
            item_id=item_id.copy(),
            title=pick(self.title, bare.title),
            year=pick(self.year, bare.year),
            genres=pick_tuples(self.genres),
            tags=pick_tuples(self.tags),
            people=pick_tuples(self.people),
            imdb_id=pick(self.imdb_id, bare.imdb_id),
            tmdb_id=pick(self.tmdb_id, bare.tmdb_id),
            runtime=pick(self.runtime, bare.runtime),
        )


@dataclass(frozen=True)
class Profiles:
    """What is known of the users; every array is ``(n,)`` str, "" where unknown.

    Args:
        user_id: ``(n,)`` int64 or str, unique.
        gender: as published ("F", "M").
        age_band: such as "25-34".
        occupation: such as "writer".
        region: first digit of a US zip code, or "other".
    """

    user_id: AnyArray
    gender: AnyArray
    age_band: AnyArray
    occupation: AnyArray
    region: AnyArray

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.user_id)


@dataclass(frozen=True)
class Dataset:
    """Everything one data set says.

    Args:
        name: short name of the layout ("ml-1m"), for people.
        ratings: the ratings.
        catalogue: the movies; may hold movies without a rating.
        profiles: the users, where the data set describes them.
        sha256: hash over the bytes of the files read, hex.
        n_tags: how many times someone tagged a movie, over all movies and people.
        notes: what reading noticed and changed, for the report of ``clean``.
    """

    name: str
    ratings: Ratings
    catalogue: Catalogue
    profiles: Profiles | None
    sha256: str
    n_tags: int = 0
    notes: tuple[CleanStep, ...] = ()


@dataclass(frozen=True)
class CleanStep:
    """One step of cleaning: what was looked for, how many rows it changed or took out, and up to five of them.

    Args:
        name: what was looked for ("repeated rows").
        action: ``dropped``, ``kept`` (noted only) or ``changed``.
        count: rows (or movies or users, as the name says) concerned.
        examples: up to five, as text.
    """

    name: str
    action: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class CleanReport:
    """What cleaning did. It adds up: ``rows_in - sum(dropped counts) == rows_out``."""

    rows_in: int
    rows_out: int
    steps: tuple[CleanStep, ...]

    @property
    def dropped(self) -> int:
        """Rows taken out, over all steps."""
        return sum(step.count for step in self.steps if step.action == "dropped")

    def count(self, name: str) -> int:
        """The count of the step called ``name``."""
        return next(step.count for step in self.steps if step.name == name)
