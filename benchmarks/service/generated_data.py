"""A generated bundle and store of the size of MovieLens 32M, with a planted structure; nothing in them is real."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, FloatArray, IdIndex, IntArray, Matrix, RatingScale, Scorer
from reelgraph.scorers import BayesScorer, LowRankFilterScorer, StarredBlendScorer
from reelgraph.store import NewRating, Store, open_store

DIM, TASTES = 64, 32
STAR_DIM, DRAWS = 8, 40  # of the stars
SCALE = RatingScale(0.5, 5.0, 0.5)
_GENRES = (
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Horror", "Musical",
    "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_WORDS = (
    "night", "river", "last", "city", "red", "king", "winter", "girl", "house", "star", "lost", "blue", "dream", "road",
    "silent", "man", "summer", "iron", "garden", "dark", "war", "heart", "stone", "golden", "island", "ghost",
)  # fmt: skip
Kind = Literal["low-rank", "blend"]

_BATCH = 2_000  # people written together
_BUNDLE_USERS = 5_000


@dataclasses.dataclass(frozen=True)
class World:
    """Movies of some tastes each, and people who watch by taste and popularity.

    Args:
        taste: ``(n_items,)`` of each movie.
        popularity: ``(n_items,)`` sums to 1; like MovieLens, a few movies have most of the ratings.
        seed: of all that is drawn.
    """

    taste: IntArray
    popularity: FloatArray
    seed: int

    @classmethod
    def of(cls, n_items: int, seed: int = 0) -> World:
        """Draw the movies."""
        draw = np.random.default_rng([seed, 1])
        weight = 1.0 / (10.0 + draw.permutation(n_items))
        return cls(draw.integers(0, TASTES, n_items), weight / weight.sum(), seed)

    def people(self, first: int, count: int, mean: float) -> Iterator[tuple[IntArray, FloatArray]]:
        """Item rows and stars of each of ``count`` people: two tastes each, mostly of movies of theirs."""
        draw = np.random.default_rng([self.seed, 2, first])
        edges = np.cumsum(self.popularity)
        sizes = np.minimum(1 + draw.geometric(1 / (mean * 1.12), count), 1_000)
        rows = np.searchsorted(edges, draw.random(3 * int(sizes.sum()))).clip(0, len(edges) - 1)
        own = draw.integers(0, TASTES, (count, 2))
        place = 0
        for person, size in enumerate(sizes.tolist()):
            seen = rows[place : place + 3 * size]
            place += 3 * size
            liked = np.isin(self.taste[seen], own[person])
            items = np.unique(np.concatenate([seen[liked][:size], seen[~liked][: max(1, size // 3)]])[:size])
            likes = np.isin(self.taste[items], own[person])
            stars = np.where(likes, 4.0, 2.5) + 0.5 * draw.integers(-2, 3, len(items))
            yield items, np.clip(stars, SCALE.low, SCALE.high)


def bundle(world: World, version: int = 0, model: Kind = "low-rank") -> Bundle:
    """A model that knows the tastes; another ``version`` differs by a little noise.

    Args:
        world: the movies.
        version: of the noise.
        model: ``low-rank``, a low-rank filter of 64 dimensions, or ``blend``, one of 128 that ranks, less what the
            stars of 40 draws of `bayes-gcn` take away: what a default model of this size is.
    """
    n = len(world.taste)
    draw = np.random.default_rng([world.seed, 3, version])
    scorer: Scorer = _filter(world, draw, DIM if model == "low-rank" else 2 * DIM)
    if model == "blend":
        scorer = StarredBlendScorer((scorer, _stars(world, draw)), (1.0, 0.0), 1.0)
    known = list(world.people(10**9, _BUNDLE_USERS, 30))
    ends = np.concatenate([[0], np.cumsum([len(items) for items, _ in known])])
    data = np.concatenate([stars for _, stars in known]).astype(np.float32)
    indices = np.concatenate([items for items, _ in known]).astype(np.int32)
    users = IdIndex(np.array([f"b{one}" for one in range(len(known))]), "user")
    history = Matrix((data, indices, ends), shape=(len(known), n))
    info = {"model": {"name": "generated"}, "data": {"name": "generated, not real", "version": version}}
    return Bundle(scorer, users, IdIndex(1 + np.arange(n), "item"), history, _catalogue(world), SCALE, info)


def _filter(world: World, draw: np.random.Generator, dim: int) -> LowRankFilterScorer:
    n = len(world.taste)
    centres = np.random.default_rng([world.seed, 4]).normal(size=(TASTES, dim))
    vectors = (centres[world.taste] + 0.3 * draw.normal(size=(n, dim))).astype(np.float32) / np.sqrt(dim)
    right = (vectors * (world.popularity[:, None] / world.popularity.max()) ** 0.25).astype(np.float32)
    return LowRankFilterScorer(vectors, right, np.zeros(n, np.float32), vectors, 1.0, 5.0)


def _stars(world: World, draw: np.random.Generator) -> BayesScorer:
    """Stars that follow the tastes, in draws that differ by a little noise."""
    n, width, levels = len(world.taste), 1 + STAR_DIM, SCALE.levels()
    centres = np.random.default_rng([world.seed, 6]).normal(size=(TASTES, width)) / np.sqrt(width)
    item = np.empty((DRAWS, n, width), np.float32)
    for one in range(DRAWS):
        item[one] = 0.5 * (centres[world.taste] + 0.2 * draw.normal(size=(n, width)))
    none = np.zeros((DRAWS, width), np.float32)
    covariance = np.tile(0.01 * np.eye(width, dtype=np.float32), (DRAWS, 1, 1))
    return BayesScorer(
        item=item, neighbour=np.zeros((DRAWS, 0, width), np.float32), neighbour_mean=none,
        neighbour_covariance=covariance, prior_mean=none, prior_precision=np.full((DRAWS, width), 4.0, np.float32),
        profile=np.zeros((DRAWS, 0, width), np.float32), profile_indptr=np.zeros(1, np.int64),
        profile_indices=np.zeros(0, np.int32), date=np.zeros((DRAWS, 0, width), np.float32),
        date_day=np.zeros(0, np.int64), date_drawn=none, moment_mean=np.zeros((DRAWS, 0), np.float32),
        moment_precision=np.ones((DRAWS, 0), np.float32), moment_seconds=np.zeros(0, np.int64),
        offset=np.zeros(DRAWS, np.float32), noise=np.full(DRAWS, 1.5, np.float32), shape=np.zeros(DRAWS, np.float32),
        cuts=np.zeros((DRAWS, 0), np.float32), levels=levels, centre=3.5, unit=1.0,
    )  # fmt: skip


def _catalogue(world: World) -> Catalogue:
    n = len(world.taste)
    draw = np.random.default_rng([world.seed, 5])
    words = np.array(_WORDS)[draw.integers(0, len(_WORDS), (n, 3))]
    year = draw.integers(1920, 2024, n)
    titles = [
        f"{' '.join(three).title()} {row + 1} ({when})"
        for row, (three, when) in enumerate(zip(words, year, strict=True))
    ]
    genres = tuple((_GENRES[taste % 16], _GENRES[(taste * 7 + 3) % 16]) for taste in world.taste.tolist())
    return dataclasses.replace(Catalogue.from_ids(1 + np.arange(n)), title=np.array(titles), year=year, genres=genres)


def fill(store: Store, world: World, users: int, mean: float) -> int:
    """Write the ratings of people ``u0``, ``u1``, ...; how many ratings."""
    total = 0
    for first in range(0, users, _BATCH):
        told: list[NewRating] = []
        for place, (items, stars) in enumerate(world.people(first, min(_BATCH, users - first), mean)):
            user = f"u{first + place}"
            told += [
                NewRating(user, str(item + 1), value, 1_700_000_000)
                for item, value in zip(items.tolist(), stars.tolist(), strict=True)
            ]
        store.rate(told)
        total += len(told)
    return total


def prepare(folder: Path, movies: int, users: int, mean: float, model: Kind = "low-rank") -> tuple[Path, Path]:
    """Bundle and SQLite store in ``folder``, made where they are not there."""
    world = World.of(movies)
    place, people = folder / f"bundle-{model}-{movies}", folder / f"people-{movies}-{users}.db"
    if not place.exists():
        bundle(world, model=model).save(place)
    if not people.exists():
        half = people.with_suffix(".part")
        store = open_store(half)
        fill(store, world, users, mean)
        store.vacuum()
        store.close()
        half.rename(people)
    return place, people
