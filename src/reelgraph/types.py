"""The central types: what flows from one room of the house to the next.

All are frozen and their arrays are read-only. ``_id`` is an external id (what the data set calls it), ``_row`` an
internal number counted from 0. Ratings are in stars on a :class:`RatingScale`; times are Unix seconds UTC.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, overload, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy import sparse

from reelgraph.errors import ConfigError, UnknownIdError

AnyArray = npt.NDArray[Any]
FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
Matrix = sparse.csr_array  # CSR, indices sorted, no repeats: what every function here gives and takes

_INTEGER = re.compile(r"-?[0-9]{1,18}")

_Array = TypeVar("_Array", bound=AnyArray)


def read_only(array: _Array) -> _Array:
    """Return the same array, marked so that writing to it raises."""
    array.flags.writeable = False
    return array


def _freeze(instance: Any) -> None:
    for f in dataclasses.fields(instance):
        value = getattr(instance, f.name)
        if isinstance(value, np.ndarray):
            read_only(value)
        elif isinstance(value, sparse.csr_array):
            for part in (value.data, value.indices, value.indptr):
                read_only(part)


# ---------------------------------------------------------------------------------------------- data


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

    def holds(self, ratings: FloatArray) -> BoolArray:
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
        _freeze(self)

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
        _freeze(self)

    def __len__(self) -> int:
        return len(self.item_id)

    @classmethod
    def of_ids(cls, item_id: AnyArray) -> Catalogue:
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
        bare = Catalogue.of_ids(item_id)

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
        _freeze(self)

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


@dataclass(frozen=True)
class IdIndex:
    """External ids and their rows, both ways.

    Args:
        ids: ``(n,)`` int64 or str, unique; the position is the row.
        noun: what an id names, for error texts ("user", "item").
    """

    ids: AnyArray
    noun: str = "id"
    _rows: Mapping[Any, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", {key: row for row, key in enumerate(self.ids.tolist())})
        _freeze(self)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, key: object) -> bool:
        return self._key(key) in self._rows

    def row(self, key: object) -> int:
        """The row of one external id.

        Raises:
            UnknownIdError: the id is not known.
        """
        try:
            return self._rows[self._key(key)]
        except KeyError:
            example = f", e.g. {self.ids[0]!s}" if len(self) else ""
            raise UnknownIdError(f"unknown {self.noun} {key!r}", f"{len(self)} are known{example}") from None

    def rows(self, keys: Sequence[object] | AnyArray) -> IntArray:
        """The rows of many external ids, shape ``(len(keys),)`` int64; raises like :meth:`row`."""
        return np.fromiter((self.row(key) for key in keys), dtype=np.int64, count=len(keys))

    def _key(self, key: object) -> object:
        if isinstance(key, np.generic):
            key = key.item()
        if isinstance(key, str) and self.ids.dtype.kind in "iu":
            return int(key) if _INTEGER.fullmatch(key) else key
        if isinstance(key, int) and self.ids.dtype.kind == "U":
            return str(key)
        return key


@dataclass(frozen=True)
class Interactions:
    """Ratings by row: one edge of the user-item graph each.

    Args:
        users: the user ids; ``n_users`` rows.
        items: the item ids; ``n_items`` rows.
        user_row: ``(n,)`` int32.
        item_row: ``(n,)`` int32; no (user, item) pair comes twice.
        rating: ``(n,)`` float32, stars.
        timestamp: ``(n,)`` int64, Unix seconds UTC, or None.
        scale: the scale of the ratings.
    """

    users: IdIndex
    items: IdIndex
    user_row: IntArray
    item_row: IntArray
    rating: FloatArray
    timestamp: IntArray | None
    scale: RatingScale

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.rating)

    @property
    def n_users(self) -> int:
        """Number of users, those without an edge here included."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """Number of items, those without an edge here included."""
        return len(self.items)

    def take(self, edges: IntArray | BoolArray) -> Interactions:
        """The edges at ``edges`` (numbers or a mask); users and items stay the same."""
        time = None if self.timestamp is None else self.timestamp[edges]
        return dataclasses.replace(
            self,
            user_row=self.user_row[edges],
            item_row=self.item_row[edges],
            rating=self.rating[edges],
            timestamp=time,
        )

    def matrix(self) -> Matrix:
        """Ratings as CSR, ``(n_users, n_items)`` float32 stars. Cost: O(edges log edges)."""
        return self._csr(self.rating.astype(np.float32))

    def times(self) -> Matrix | None:
        """Times as CSR with the pattern of :meth:`matrix`, int64 Unix seconds, or None."""
        return None if self.timestamp is None else self._csr(self.timestamp.astype(np.int64))

    def _csr(self, values: AnyArray) -> Matrix:
        # Built by a stable sort, not by coo.tocsr(), which would drop nothing but may sum repeats in silence.
        order = np.lexsort((self.item_row, self.user_row))
        indptr = np.zeros(self.n_users + 1, np.int64)
        np.cumsum(np.bincount(self.user_row, minlength=self.n_users), out=indptr[1:])
        return Matrix((values[order], self.item_row[order], indptr), shape=(self.n_users, self.n_items))


# ---------------------------------------------------------------------------------------------- splits


@dataclass(frozen=True)
class SplitSpec:
    """How a split was made, enough to make it again.

    Args:
        kind: name of the splitter.
        settings: its settings.
        seed: the seed, or None when nothing was drawn.
        counts: edges in train, valid and test, and how many were left out, by name.
    """

    kind: str
    settings: Mapping[str, Any]
    seed: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True)
class EvalPart:
    """What to be asked and what is true: one shape for every split, strong generalisation included.

    Row b of each matrix belongs to the same person. ``history`` is all that the model may see of that person.

    Args:
        users: ``(n,)`` int64 user rows of the source `Interactions`.
        history: ``(n, n_items)`` CSR, stars: what is folded in.
        target: ``(n, n_items)`` CSR, stars: what is held back; shares no entry with ``history`` or ``seen``.
        seen: ``(n, n_items)`` CSR, pattern only: never ranked. It holds ``history`` and maybe more (the
            validation ratings, at test).
        history_time: CSR with the pattern of ``history``, int64 Unix seconds, or None.
        target_time: CSR with the pattern of ``target``, int64 Unix seconds, or None.
        candidates: ``(n_candidates,)`` int64 item rows, ascending: only these are ranked; None for all items.
    """

    users: IntArray
    history: Matrix
    target: Matrix
    seen: Matrix
    history_time: Matrix | None = None
    target_time: Matrix | None = None
    candidates: IntArray | None = None

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True)
class Split:
    """Train edges and the two evaluation parts.

    Args:
        train: edges the model may learn from.
        valid: for choosing anything.
        test: read once, at the end.
        spec: how it was made.
    """

    train: Interactions
    valid: EvalPart
    test: EvalPart
    spec: SplitSpec


# ---------------------------------------------------------------------------------------------- models


@dataclass(frozen=True)
class RatingDistribution:
    """Probability of each star level.

    Args:
        levels: ``(n_levels,)`` stars, ascending, equally spaced.
        probability: ``(..., n_levels)``, sums to 1 along the last axis.
    """

    levels: FloatArray
    probability: FloatArray

    def __post_init__(self) -> None:
        _freeze(self)

    def mean(self) -> FloatArray:
        """Expected stars, shape ``(...)``."""
        return self.probability @ self.levels

    def median(self) -> FloatArray:
        """Stars ``(...)`` float64 with as much probability below as above, each level spread over its own cell.

        See `interval` for the cells; it lies within the scale, or less than half a step outside it.
        """
        return self._quantile(0.5)

    @property
    def step(self) -> float:
        """Distance of neighbouring levels, stars."""
        return float(self.levels[-1] - self.levels[0]) / max(len(self.levels) - 1, 1)

    def at_least(self, stars: float) -> FloatArray:
        """Probability of a rating of ``stars`` or more, shape ``(...)`` float64."""
        total: FloatArray = self.probability[..., self.levels >= stars - 1e-9].sum(axis=-1, dtype=np.float64)
        return total

    def interval(self, coverage: float = 0.8) -> tuple[FloatArray, FloatArray]:
        """The central interval that holds the rating with probability ``coverage``.

        Each level's probability is spread evenly over the level's own cell, half a step to both sides, also at the
        ends of the scale. An end of the interval may so lie up to half a step outside the scale: clip it to show it,
        see `RatingScale.clip`, but not to measure it.

        Args:
            coverage: above 0 and below 1.

        Returns:
            Its ends, both ``(...)`` float64 stars: the quantiles ``(1 - coverage) / 2`` and ``(1 + coverage) / 2``.

        Raises:
            ConfigError: ``coverage`` is not between 0 and 1.
        """
        if not 0 < coverage < 1:
            raise ConfigError("coverage", f"{coverage} is not valid: expected a number between 0 and 1")
        return self._quantile((1 - coverage) / 2), self._quantile((1 + coverage) / 2)

    def _quantile(self, share: float) -> FloatArray:
        up_to = np.cumsum(self.probability, axis=-1, dtype=np.float64)
        up_to /= up_to[..., -1:]  # sums of float32 end near 1, not at it
        below = np.concatenate([np.zeros_like(up_to[..., :1]), up_to], axis=-1)
        cell = np.count_nonzero(up_to < share, axis=-1)[..., None]
        start, end = (np.take_along_axis(below, place, axis=-1)[..., 0] for place in (cell, cell + 1))
        stars: FloatArray = self.levels[0] + self.step * (cell[..., 0] - 0.5 + (share - start) / (end - start))
        return stars


@dataclass(frozen=True)
class RatingPrediction:
    """Predicted stars, and how sure, where the model knows.

    Args:
        stars: ``(batch, n)`` float32, clipped to the scale.
        distribution: ``(batch, n, n_levels)``, or None when the model gives a point only.
    """

    stars: FloatArray
    distribution: RatingDistribution | None = None


@runtime_checkable
class Scorer(Protocol):
    """A fitted model: NumPy arrays and one method. Higher scores rank higher; scores need not be stars."""

    kind: ClassVar[str]

    @property
    def n_items(self) -> int:
        """Number of items scored."""
        ...

    def score(self, history: Matrix) -> FloatArray:
        """Scores of all items for each history.

        Args:
            history: ``(batch, n_items)`` CSR, stars.

        Returns:
            ``(batch, n_items)`` float32; items in the history are scored like the others.
        """
        ...

    def arrays(self) -> dict[str, AnyArray]:
        """All that was fitted, by name, for the bundle."""
        ...

    def settings(self) -> dict[str, Any]:
        """JSON-ready settings that, with :meth:`arrays`, rebuild the scorer."""
        ...


@runtime_checkable
class PredictsRating(Protocol):
    """Ability: predicts stars."""

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        """Predicted stars of ``items`` (item rows ``(n,)``; all when None) for each history ``(batch, n_items)``."""
        ...


@runtime_checkable
class PredictsRatingAt(Protocol):
    """Ability: predicts stars of single ratings, at the time they are given and by people it may know."""

    def rate_at(
        self,
        history: Matrix,
        target: Matrix,
        *,
        history_time: Matrix | None = None,
        target_time: Matrix | None = None,
        users: IntArray | None = None,
    ) -> RatingPrediction:
        """Predicted stars ``(1, target.nnz)`` of each entry of ``target``, in the order of ``target.data``.

        Args:
            history: ``(batch, n_items)`` CSR, stars.
            target: ``(batch, n_items)`` CSR; the values are not read.
            history_time: CSR with the pattern of ``history``, int64 Unix seconds, or None.
            target_time: CSR with the pattern of ``target``, int64 Unix seconds, or None.
            users: ``(batch,)`` user rows of the training `Interactions`, -1 where unknown; None for unknown people.
        """
        ...


@runtime_checkable
class PredictsDistribution(Protocol):
    """Ability: its predicted ratings carry a distribution over ``levels``."""

    @property
    def levels(self) -> FloatArray:
        """``(n_levels,)`` stars, ascending, equally spaced."""
        ...


@runtime_checkable
class EmbedsNew(Protocol):
    """Ability: scores items without any rating in training, from what is known of them."""

    embeds_new: ClassVar[bool]


@runtime_checkable
class PlacesPeople(Protocol):
    """Ability: scores for people of whom something is known beside their ratings."""

    def score_person(
        self, history: Matrix, profile: Mapping[str, str] | None = None, genres: Sequence[str] = ()
    ) -> FloatArray:
        """Scores ``(1, n_items)`` for one person, whose ``history``, ``(1, n_items)`` CSR, may be empty.

        Args:
            history: stars.
            profile: kind -> name, such as ``{"age_band": "25-34"}``.
            genres: favourite genres.
        """
        ...


@runtime_checkable
class HasItemVectors(Protocol):
    """Ability: has a vector for each item."""

    def item_vectors(self) -> FloatArray:
        """``(n_items, dim)``; items alike in taste have a high cosine."""
        ...


@dataclass(frozen=True)
class Contributions:
    """Scores of some items as sums over the person's ratings.

    ``ratings.sum(axis=1)`` and all of ``apart`` together are the scores, but for the rounding of these.

    Args:
        ratings: ``(n, nnz)`` float64, what each rating adds to each score, in the order of ``history.indices``.
        apart: name -> ``(n,)`` float64, what hangs on no single rating, such as the popularity of the item.
        held: what hangs on all ratings together and was held as it is, for people; "" where each rating's share would
            be the same whatever the others are.
    """

    ratings: FloatArray
    apart: Mapping[str, FloatArray] = field(default_factory=dict)
    held: str = ""

    def total(self) -> FloatArray:
        """The scores, ``(n,)`` float64."""
        total: FloatArray = self.ratings.sum(axis=1) + sum(self.apart.values())
        return total


@runtime_checkable
class Explains(Protocol):
    """Ability: its scores are sums over the person's ratings."""

    def contributions(self, history: Matrix, items: IntArray) -> Contributions:
        """What each rating of ``history``, ``(1, n_items)`` CSR stars, adds to the scores of ``items``, item rows."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """Ability: takes people out of what was fitted, exactly."""

    def without(self, history: Matrix, times: Matrix | None = None) -> Scorer:
        """The scorer as a fit without these people would be.

        Args:
            history: ``(people, n_items)`` CSR, stars: all that each of them had in the training data.
            times: CSR with the pattern of ``history``, int64 Unix seconds; None where the data had none.
        """
        ...


@runtime_checkable
class Learns(Protocol):
    """Ability: takes new people into what was fitted, exactly."""

    def including(self, history: Matrix, times: Matrix | None = None) -> Scorer:
        """The scorer as a fit with these people beside the others would be; arguments as `Forgets.without`."""
        ...


# ---------------------------------------------------------------------------------------------- training


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of training.

    Args:
        epoch: counted from 1.
        train_loss: mean loss over the epoch's batches.
        valid: validation metrics by name, empty when there is no validation part.
        seconds: wall time of the epoch, validation included.
    """

    epoch: int
    train_loss: float
    valid: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class Progress:
    """What a long task says while it works.

    Args:
        stage: what is being done ("train").
        done: units done.
        total: units in all, or None when unknown.
        unit: what is counted ("epochs", "bytes").
        values: current figures by name, such as the loss.
    """

    stage: str
    done: int
    total: int | None
    unit: str
    values: Mapping[str, float] = field(default_factory=dict)


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True)
class FitContext:
    """The circumstances of a fit, apart from the model's own hyper-parameters.

    Args:
        seed: the one seed; everything drawn derives from it.
        device: ``cpu`` or ``cuda``.
        valid: validation part for early stopping, or None.
        checkpoint_dir: folder for checkpoints, or None for none.
        resume: go on from the checkpoint in ``checkpoint_dir`` if there is one.
        progress: called with each `Progress`, or None.
        catalogue: movie metadata for models that use it, aligned with the items.
        profiles: user metadata for models that use it.
    """

    seed: int = 0
    device: str = "cpu"
    valid: EvalPart | None = None
    checkpoint_dir: Path | None = None
    resume: bool = False
    progress: ProgressCallback | None = None
    catalogue: Catalogue | None = None
    profiles: Profiles | None = None


@dataclass(frozen=True)
class FitResult:
    """What a fit gives.

    Args:
        scorer: the fitted model.
        history: one record an epoch; empty for closed forms.
        best_epoch: the epoch whose state the scorer holds, or None for closed forms.
        stopped_because: why it ended, for people.
        seconds: wall time of the fit.
    """

    scorer: Scorer
    history: tuple[EpochRecord, ...] = ()
    best_epoch: int | None = None
    stopped_because: str = "closed form"
    seconds: float = 0.0


class Model(Protocol):
    """An unfitted model: a frozen dataclass of hyper-parameters."""

    name: ClassVar[str]

    def fit(self, train: Interactions, context: FitContext = ...) -> FitResult:
        """Learn from ``train``; the result holds a `Scorer`."""
        ...


# ---------------------------------------------------------------------------------------------- results


@dataclass(frozen=True)
class TopK:
    """The best k items for each of a batch.

    Args:
        items: ``(batch, k)`` int64 item rows, best first, -1 where fewer than k exist; ties by item row.
        scores: ``(batch, k)`` float32, ``-inf`` where items is -1.
    """

    items: IntArray
    scores: FloatArray

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True)
class Metric:
    """A figure with its interval.

    Args:
        mean: the figure.
        low: lower end of the 95 % interval.
        high: upper end of the 95 % interval.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        interval = f" [{self.low:.4f}, {self.high:.4f}]" if self.low < self.high else ""
        return f"{self.mean:.4f}{interval}"


@dataclass(frozen=True)
class EvalReport:
    """Measured quality: one value a user for each metric, and their means with intervals.

    Args:
        per_user: metric name -> ``(n_users,)`` float64, NaN where a metric has no meaning for that user. Metrics that
            belong to all users together are not in it.
        weight: metric name -> ``(n_users,)`` float64 weights of the mean, for metrics averaged over ratings.
        summary: metric name -> `Metric`; insertion order is the order of display.
        protocol: what was measured, for people: split, mask, history, k.
        seed: seed of the bootstrap.
    """

    per_user: Mapping[str, FloatArray]
    weight: Mapping[str, FloatArray]
    summary: Mapping[str, Metric]
    protocol: str
    seed: int

    def __getitem__(self, name: str) -> Metric:
        return self.summary[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.summary)


@dataclass(frozen=True)
class Recommendation:
    """One line of a list for people.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        score: what the list is ordered by.
        rank: counted from 1.
        year: 0 where unknown.
        genres: genre names.
        stars: predicted stars, or None when the model predicts none.
        low: lower end of the interval that holds the person's stars with a probability of 80 %, on the scale; None
            when the model predicts no distribution.
        high: its upper end.
        liked: probability of four fifths of the highest rating or more, such as four of five stars; None likewise.
        new: no rating of it was learnt from: it is listed for what is known of it.
    """

    item_id: int | str
    title: str
    score: float
    rank: int
    year: int = 0
    genres: tuple[str, ...] = ()
    stars: float | None = None
    low: float | None = None
    high: float | None = None
    liked: float | None = None
    new: bool = False


@dataclass(frozen=True)
class Recommendations(Sequence[Recommendation]):
    """A served list and how it came about.

    Args:
        items: best first.
        answered_by: kind of the scorer that ordered it.
        note: something the person should know ("no ratings yet, so these are the most popular"), or "".
    """

    items: tuple[Recommendation, ...]
    answered_by: str
    note: str = ""

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Recommendation: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Recommendation, ...]: ...

    def __getitem__(self, index: int | slice) -> Recommendation | tuple[Recommendation, ...]:
        return self.items[index]
