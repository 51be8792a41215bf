"""People drawn and written block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from reelgraph.core import IntArray
from reelgraph.data.generation.movie_texts import TAGS, draw_tags
from reelgraph.data.generation.people_kernels import GeneratedRatings, draw_people
from reelgraph.data.generation.request import BLOCK_USERS
from reelgraph.data.generation.star_noise import NOISE, StarMoments, star_moments
from reelgraph.data.generation.working_folder import WorkingFolder
from reelgraph.data.generation.world import World

_RANKED_PEOPLE = 20_000  # at most, for the ceiling
_TAGGERS, _TAGS_A_RATING = 0.08, 0.78


def write_blocks(world: World, sizes: IntArray, folder: WorkingFolder) -> Iterator[int]:
    """Draw and write the blocks that are missing; yields how many people there are after each."""
    moments, every = star_moments(), -(-len(sizes) // _RANKED_PEOPLE)
    for first in range(folder.n_blocks * BLOCK_USERS, len(sizes), BLOCK_USERS):
        block = sizes[first : first + BLOCK_USERS]
        drawn = draw_block(world, first, block, every, moments)
        user = np.repeat(np.arange(first + 1, first + 1 + len(block)), block)
        rng = np.random.default_rng([world.seed, 3, first])
        tags = _tags(world, user, drawn, rng)
        folder.sums = folder.sums + drawn.sums
        folder.counts = folder.counts + np.bincount(drawn.item, minlength=len(folder.counts))
        folder.n_tags += len(tags)
        folder.append({"ratings.csv": _csv(_ratings(world, user, drawn)), "tags.csv": _csv(tags)})
        yield first + len(block)


def draw_block(world: World, first: int, sizes: IntArray, every: int, moments: StarMoments) -> GeneratedRatings:
    """The ratings of people number ``first`` and following, from 0; each ``every``-th is ranked for the ceiling."""
    n = int(sizes.sum())
    drawn = GeneratedRatings(np.empty(n, np.int32), np.empty(n, np.int8), np.empty(n, np.int64), np.zeros(6))
    shape = world.shape
    draw_people(
        world.seed, first, sizes, every, world.movies, world.level, NOISE, moments.low, moments.step, moments.mean,
        moments.variance, float(shape.first), float(shape.last), drawn,
    )  # fmt: skip
    return drawn


def _ratings(world: World, user: IntArray, drawn: GeneratedRatings) -> pl.DataFrame:
    columns = {"userId": user, "movieId": world.item_id[drawn.item], "rating": drawn.half_stars / 2}
    return pl.DataFrame({**columns, "timestamp": drawn.time})


def _tags(world: World, user: IntArray, drawn: GeneratedRatings, rng: np.random.Generator) -> pl.DataFrame:
    """Some people tag most of what they rate, a moment after rating it."""
    is_tagger = rng.random(int(user[-1]) + 1 - int(user[0])) < _TAGGERS
    rows = np.flatnonzero(is_tagger[user - user[0]] & (rng.random(len(user)) < _TAGS_A_RATING))
    items = drawn.item[rows]
    texts = pl.Series(TAGS).gather(draw_tags(world, items, rng))
    seconds = drawn.time[rows] + rng.integers(5, 60, len(rows))
    return pl.DataFrame({"userId": user[rows], "movieId": world.item_id[items], "tag": texts, "timestamp": seconds})


def _csv(table: pl.DataFrame) -> bytes:
    return table.write_csv(include_header=False).encode()
