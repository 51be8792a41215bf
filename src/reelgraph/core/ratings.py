"""The contents of a data set: ratings, catalogue and profiles."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from reelgraph.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze
from reelgraph.core.display import Displayed, Table
from reelgraph.core.errors import CapabilityError, ConfigError

Feedback = Literal["explicit", "implicit", "counts"]
"""What a rating is: stars on a scale, a view (1 in every row), or how often an item was used (above 0)."""

NO_TIME = -1
"""The timestamp of a rating whose time is unknown; it counts as earlier than all others."""

_MAX_LEVELS = 41  # the scale 0 to 10 in quarters; finer ones are shown and predicted in coarser levels
_COARSE_INTERVALS = 20
_BLOCK = 2**18  # ratings that are looked at together: their intermediate results stay in the cache
_TOLERANCE = 1e-6  # stars: above the rounding of float32 ratings, far below any step of a scale


def at_least(ratings: FloatArray, threshold: float | FloatArray) -> BoolArray:
    """True where ``ratings``, stars of any shape and float type, are at least ``threshold``, within rounding.

    Use it for every comparison with `RatingScale.liked_from`: a float32 rating of 5.6 is at least 0.8 * 7.
    """
    reached: BoolArray = ratings >= threshold - _TOLERANCE
    return reached


@dataclass(frozen=True)
class RatingScale:
    """The values that a rating may have: ``low, low + step, ..., high``, or any number from ``low`` to ``high``.

    Args:
        low: smallest rating, stars; may be 0 or negative.
        high: largest rating, stars.
        step: distance between neighbouring values, stars; None for continuous ratings.

    Examples:
        >>> from reelgraph import RatingScale
        >>> RatingScale(low=1.0, high=5.0, step=1.0).levels()
        array([1., 2., 3., 4., 5.])
        >>> RatingScale(low=0.0, high=100.0, step=1.0).levels().size
        21
    """

    low: float
    high: float
    step: float | None = None

    @classmethod
    def parse(cls, text: str) -> RatingScale:
        """The scale ``LOW:HIGH:STEP``; without a step ``LOW:HIGH`` has steps of 1 if both ends are whole numbers.

        Raises:
            ConfigError: it is not of that form, or no scale.

        Examples:
            >>> from reelgraph import RatingScale
            >>> RatingScale.parse("1:10"), RatingScale.parse("0:1")
            (RatingScale(low=1.0, high=10.0, step=1.0), RatingScale(low=0.0, high=1.0, step=None))
        """
        try:
            low, high, *steps = map(float, text.replace(",", ".").split(":"))
            step = steps[0] if steps else None
        except ValueError:
            low, high, steps, step = 0.0, 0.0, [], None
        is_valid = len(steps) <= 1 and np.isfinite([low, high, step or 1.0]).all() and low < high
        if not is_valid or (step is not None and not 0 < step <= high - low):
            problem = f"{text!r} is not valid: expected LOW:HIGH or LOW:HIGH:STEP, such as 1:10 or 0.5:5:0.5"
            raise ConfigError("scale", problem)
        if step is None and low % 1 == 0 and high % 1 == 0 and high - low > 2:
            step = 1.0
        return cls(low, high, step)

    @property
    def level_step(self) -> float:
        """Distance between neighbouring :meth:`levels`, stars."""
        if self.step is not None and round((self.high - self.low) / self.step) < _MAX_LEVELS:
            return self.step
        return (self.high - self.low) / _COARSE_INTERVALS

    def levels(self) -> FloatArray:
        """The ratings of the scale, ascending, shape ``(n_levels,)``; 21 evenly spaced ones if there are more than 41.

        Distributions of ratings are given over these levels.
        """
        count = round((self.high - self.low) / self.level_step) + 1
        return self.low + self.level_step * np.arange(count)

    def level_of(self, ratings: FloatArray) -> IntArray:
        """Position of the nearest of the :meth:`levels`, ``(n,)`` int64."""
        n_levels = len(self.levels())
        nearest = np.round((np.asarray(ratings, np.float64) - self.low) / self.level_step)
        return np.clip(nearest, 0, n_levels - 1).astype(np.int64)

    @property
    def liked_from(self) -> float:
        """Stars from which a movie counts as liked: four fifths of the highest rating, such as four of five stars.

        It depends on the scale alone, not on anybody's ratings. If ratings may be negative, it is four fifths of the
        way from the lowest to the highest.
        """
        return 0.8 * self.high + 0.2 * min(self.low, 0.0)

    def of_five(self, stars: float) -> float:
        """The rating that corresponds to ``stars`` of five, such as 7 for 3.5 if the highest rating is 10."""
        return stars / 5 * self.high + (1 - stars / 5) * min(self.low, 0.0)

    def contains(self, ratings: FloatArray) -> BoolArray:
        """True where a rating, shape ``(n,)``, is within the scale and on its step."""
        contained = np.empty(np.shape(ratings), np.bool_)
        for start in range(0, len(contained), _BLOCK):
            block = slice(start, start + _BLOCK)
            contained[block] = self._contains(ratings[block])
        return contained

    def _contains(self, ratings: FloatArray) -> BoolArray:
        in_range: BoolArray = (ratings >= self.low - 1e-9) & (ratings <= self.high + 1e-9)
        if self.step is None:
            return in_range
        steps = (ratings - self.low) / self.step
        on_step: BoolArray = in_range & (np.abs(steps - np.round(steps)) < 1e-4)
        return on_step

    def __str__(self) -> str:
        steps = "(continuous)" if self.step is None else f"in steps of {self.step:g}"
        return f"{self.low:g} to {self.high:g} {steps}"

    def clip(self, ratings: FloatArray) -> FloatArray:
        """The ratings, limited to the ends of the scale."""
        return np.clip(ratings, self.low, self.high)


def require_scale(scale: RatingScale | None, what: str) -> RatingScale:
    """The scale of explicit ratings, for ``what`` needs stars.

    Raises:
        CapabilityError: the data have no stars.
    """
    if scale is None:
        raise CapabilityError(f"these data have no stars: {what} needs ratings on a scale")
    return scale


def liked_threshold(scale: RatingScale | None) -> float:
    """The rating from which a movie counts as liked: `RatingScale.liked_from`, or 0 without a scale (all views)."""
    return 0.0 if scale is None else scale.liked_from


def unit_rating(scale: RatingScale | None) -> float:
    """The rating that counts 1 in a graph of ratings: `RatingScale.liked_from`, or one view without a scale."""
    return 1.0 if scale is None or scale.high <= 0 else scale.liked_from


def check_feedback(feedback: str, scale: RatingScale | None) -> None:
    """Check that there is a scale exactly if the feedback is explicit.

    Raises:
        ConfigError: the feedback is unknown, or the scale does not go with it.
    """
    if feedback not in get_args(Feedback):
        raise ConfigError.unknown(str(feedback), get_args(Feedback), "feedback")
    if feedback == "explicit" and scale is None:
        raise ConfigError("scale", "explicit ratings need a scale", None)
    if feedback != "explicit" and scale is not None:
        raise ConfigError("scale", f"{feedback} feedback has no scale of stars")


@dataclass(frozen=True)
class RowFault:
    """One error in one row of a ratings file, found by the reader and counted by ``clean``.

    Args:
        row: index of the row in the `Ratings` it belongs to.
        line: 1-based line in the file.
        column: name of the column.
        value: the text in the file.
        kind: ``missing``, ``not a number`` or ``wrong number of fields``.
    """

    row: int
    line: int
    column: str
    value: str
    kind: str


@dataclass(frozen=True, repr=False)
class Ratings(Displayed):
    """Ratings as read: external ids, stars or views, times, in the order of the source.

    Args:
        user_id: ``(n,)`` int32, int64 or str. `read` gives int32 where all ids fit.
        item_id: ``(n,)`` int32, int64 or str; the same.
        rating: ``(n,)`` float32 or float64: stars, 1 for each view, or counts; NaN where it is missing or cannot be
            read. `read` gives float32 where it holds all ratings exactly, as it does half stars.
        timestamp: ``(n,)`` int64, Unix seconds UTC, `NO_TIME` where unknown, or None when the source has no times.
        scale: the scale of the stars; None exactly if the feedback is not explicit.
        source: the file or table they come from.
        faults: errors in rows; empty after ``clean``.
        first_line: 1-based line of row 0 in the source (2 if there is a header).
        feedback: ``explicit`` (stars), ``implicit`` (views) or ``counts``.
        notes: what people should know about the reading, one sentence each: an inferred scale, columns not used.

    Raises:
        ConfigError: the feedback is unknown, or the scale does not go with it.
    """

    user_id: AnyArray
    item_id: AnyArray
    rating: FloatArray
    timestamp: IntArray | None
    scale: RatingScale | None
    source: str
    faults: tuple[RowFault, ...] = ()
    first_line: int = 1
    feedback: Feedback = "explicit"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_feedback(self.feedback, self.scale)
        freeze(self)

    def __len__(self) -> int:
        return len(self.rating)

    def is_valid(self) -> BoolArray:
        """True where a rating, ``(n,)``, is on the scale; 1 if the feedback is implicit, above 0 if it is counts."""
        if self.scale is not None:
            return self.scale.contains(self.rating)
        is_count: BoolArray = (self.rating > 0) & np.isfinite(self.rating)
        return is_count if self.feedback == "counts" else self.rating == 1.0

    def take(self, rows: IntArray | BoolArray) -> Ratings:
        """The ratings at ``rows`` (positions or a mask), in that order, without the reader's faults."""
        timestamp = None if self.timestamp is None else self.timestamp[rows]
        return dataclasses.replace(
            self,
            user_id=self.user_id[rows],
            item_id=self.item_id[rows],
            rating=self.rating[rows],
            timestamp=timestamp,
            faults=(),
        )

    def append(self, other: Ratings) -> Ratings:
        """These ratings followed by those of ``other``; with times only if both have them.

        Raises:
            ConfigError: the feedback of one is not that of the other.
        """
        if self.feedback != other.feedback:
            raise ConfigError("feedback", f"{other.feedback} rows cannot follow {self.feedback} ones")
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
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
        )

    def _display(self) -> Table:
        unit = self.feedback if self.scale is None else f"stars on {self.scale}"
        return Table(f"Ratings from {self.source}: {len(self):,}, {unit}")


LIST_DETAILS = (
    "directors", "writers", "cast", "languages", "countries", "keywords", "translated_titles", "title_languages",
)  # fmt: skip
"""Fields of a `Catalogue` that hold several texts for a movie and may be unknown."""

TEXT_DETAILS = ("original_title", "overview", "series", "poster")
"""Fields of a `Catalogue` that hold one text for a movie and may be unknown."""


@dataclass(frozen=True, repr=False)
class Catalogue(Displayed):
    """The metadata of the movies.

    Args:
        item_id: ``(n,)`` int64 or str, unique, same dtype as in the ratings.
        title: ``(n,)`` str, as published ("Matrix, The (1999)").
        year: ``(n,)`` int64, 0 where unknown.
        genres: n tuples of genre names.
        tags: n tuples of tags, lower case, most used first.
        people: n tuples of names.
        imdb_id: ``(n,)`` str such as "tt0114709", "" where unknown.
        tmdb_id: ``(n,)`` int64, 0 where unknown.
        runtime: ``(n,)`` int64 minutes, 0 where unknown; all unknown by default.
        directors: n tuples of names; this and what follows is unknown, that is empty, by default.
        writers: n tuples of names.
        cast: n tuples of names, the first on the bill first.
        languages: n tuples of ISO 639 codes of two letters such as "en", the original language first.
        countries: n tuples of ISO 3166 codes of two letters such as "US".
        keywords: n tuples of words for what it is about, lower case.
        translated_titles: n tuples of titles in other languages and countries.
        title_languages: n tuples of the codes of the languages of ``translated_titles``, parted by spaces, each at
            most once for a movie; "" for a title whose language is not known, an empty tuple where none is.
        original_title: n titles.
        overview: n texts, what it is about.
        series: n names of the series that the movie is a part of.
        poster: n names of files in a folder of posters.
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
    directors: tuple[tuple[str, ...], ...] = ()
    writers: tuple[tuple[str, ...], ...] = ()
    cast: tuple[tuple[str, ...], ...] = ()
    languages: tuple[tuple[str, ...], ...] = ()
    countries: tuple[tuple[str, ...], ...] = ()
    keywords: tuple[tuple[str, ...], ...] = ()
    translated_titles: tuple[tuple[str, ...], ...] = ()
    title_languages: tuple[tuple[str, ...], ...] = ()
    original_title: tuple[str, ...] = ()
    overview: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    poster: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.item_id)
        if len(self.runtime) != n:
            object.__setattr__(self, "runtime", np.zeros(n, np.int64))
        for names, unknown in ((LIST_DETAILS, ()), (TEXT_DETAILS, "")):
            for name in names:
                if not getattr(self, name):
                    object.__setattr__(self, name, (unknown,) * n)
        freeze(self)

    def __len__(self) -> int:
        return len(self.item_id)

    @classmethod
    def from_ids(cls, item_id: AnyArray) -> Catalogue:
        """A catalogue of ids alone, shape ``(n,)``: the title of each movie is its id."""
        n = len(item_id)
        empty: tuple[tuple[str, ...], ...] = ((),) * n
        return cls(
            item_id=item_id.copy(),
            title=item_id.astype(str),
            year=np.zeros(n, np.int64),
            genres=empty,
            tags=empty,
            people=empty,
            imdb_id=np.full(n, "", dtype="<U1"),
            tmdb_id=np.zeros(n, np.int64),
        )

    def aligned(self, item_id: AnyArray) -> Catalogue:
        """The catalogue in the order of ``item_id``, ``(m,)``; an unknown item has its id as title and no metadata."""
        row_of = {key: row for row, key in enumerate(self.item_id.tolist())}
        rows = [row_of.get(key) for key in item_id.tolist()]
        placeholder = Catalogue.from_ids(item_id)

        def pick(values: AnyArray, fallback: AnyArray) -> AnyArray:
            picked = [fallback[n] if row is None else values[row] for n, row in enumerate(rows)]
            return np.array(picked, dtype=np.result_type(values.dtype, fallback.dtype))

        def pick_tuples(values: tuple[Any, ...], unknown: Any = ()) -> tuple[Any, ...]:
            return tuple(unknown if row is None else values[row] for row in rows)

        return Catalogue(
            item_id=item_id.copy(),
            title=pick(self.title, placeholder.title),
            year=pick(self.year, placeholder.year),
            genres=pick_tuples(self.genres),
            tags=pick_tuples(self.tags),
            people=pick_tuples(self.people),
            imdb_id=pick(self.imdb_id, placeholder.imdb_id),
            tmdb_id=pick(self.tmdb_id, placeholder.tmdb_id),
            runtime=pick(self.runtime, placeholder.runtime),
            **{name: pick_tuples(getattr(self, name)) for name in LIST_DETAILS},
            **{name: pick_tuples(getattr(self, name), "") for name in TEXT_DETAILS},
        )

    def append(self, other: Catalogue) -> Catalogue:
        """These movies followed by those of ``other``, whose ids are of the same kind and none of these."""
        arrays = ("item_id", "title", "year", "imdb_id", "tmdb_id", "runtime")
        joined: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in arrays}
        for name in ("genres", "tags", "people", *LIST_DETAILS, *TEXT_DETAILS):
            joined[name] = getattr(self, name) + getattr(other, name)
        return Catalogue(**joined)

    def local_title(self, row: int, language: str) -> str:
        """The title of the movie at a row in a language, "" where it is not known or the same as its title.

        Args:
            row: of the movie.
            language: ISO 639 code of two letters. The original title counts where it is the film's first language.
        """
        for title, codes in zip(self.translated_titles[row], self.title_languages[row], strict=False):
            if language in codes.split():
                return title
        return self.original_title[row] if language in self.languages[row][:1] else ""

    def _display(self) -> Table:
        return Table(f"Catalogue of {len(self):,} movies, {sum(map(bool, self.genres)):,} with genres")


@dataclass(frozen=True, repr=False)
class Profiles(Displayed):
    """The metadata of the users; every array but the ids is ``(n,)`` str, "" where unknown.

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

    def _display(self) -> Table:
        return Table(f"Profiles of {len(self):,} users")
