"""How close to the ranking ceiling of generated data one comes who knows the movies, but not the people.

``python -m benchmarks.scale.known_movies --ratings 1e6 [--people 600]`` draws people of the generated world, holds back
a random tenth of the ratings of each, and infers the person's tastes from the others, with the planted tastes,
popularity and release of every movie given. The movies are then ranked by the weights of these tastes. NDCG@10 is
printed beside that of the person's true tastes, which is the ranking ceiling, and that of popularity alone. Models
have to learn the movies as well, so the figure is an upper bound for them; for few ratings it is far below the ceiling.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated

import numpy as np
import typer

from benchmarks.scale import sizes as size_names
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import FloatArray, IntArray
from reelgraph.data.generation import people_kernels as kernels
from reelgraph.data.generation.blocks import draw_block
from reelgraph.data.generation.shapes import SHAPES
from reelgraph.data.generation.star_noise import star_moments
from reelgraph.data.generation.world import World

_STEPS, _TOLERANCE = 25, 1e-4  # of Newton's method
_TOP = 10
_NEVER = 10**9  # people between two that the generation itself ranks

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    ratings: Annotated[str, typer.Option(help="Sizes, such as 1e5,1e6.")] = "1e6",
    people: Annotated[int, typer.Option(min=2, help="How many are ranked.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="Of the world, and of who is drawn.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Measure what is left when the movies are known."""
    world = World.of(SHAPES["ml-32m"], seed)
    rows = [measured(world, size, people, seed) for size in size_names.parsed(ratings)]
    about = {"seed": seed, "versions": installed_versions()}
    for row in rows if as_json else ():
        print(json.dumps(finite({**about, **row})), flush=True)
    if not as_json:
        cells = [[f"{value:,}" if isinstance(value, int) else f"{value:.4f}" for value in row.values()] for row in rows]
        print_table("NDCG@10 where the movies are known", list(rows[0]), cells)


def measured(world: World, n_ratings: int, n_people: int, seed: int) -> dict[str, float]:
    """Mean NDCG@10 of a random sample of the people: of their true tastes, of inferred ones, and of popularity."""
    sizes, rng = world.sizes(n_ratings), np.random.default_rng([seed, 4])
    users = np.sort(rng.choice(len(sizes), min(n_people, len(sizes)), replace=False))
    figures = np.array([_of_person(world, int(user), sizes, rng) for user in users])
    truth, inferred, popularity = figures.mean(axis=0).tolist()
    ratio = figures[:, 1].sum() / figures[:, 0].sum()
    error = float(np.std(figures[:, 1] - ratio * figures[:, 0]) / np.sqrt(len(users)) / truth)
    return {
        "ratings": n_ratings,
        "people": len(users),
        "ceiling": truth,
        "movies known": inferred,
        "popularity": popularity,
        "known / ceiling": float(ratio),
        "standard error": error,
    }


def _of_person(world: World, user: int, sizes: IntArray, rng: np.random.Generator) -> tuple[float, float, float]:
    drawn = draw_block(world, user, sizes[user : user + 1], _NEVER, star_moments())
    true_tastes = np.empty(kernels.TASTES)
    kernels.draw_tastes(kernels.person_stream(world.seed, user), true_tastes)
    order = rng.permutation(len(drawn.item))
    n_test = max(1, int(0.1 * len(order) + 1e-9))
    test, train = drawn.item[order[:n_test]], drawn.item[order[n_test:]]
    end, known_end = drawn.time.max(), drawn.time[order[n_test:]].max()
    nothing = np.zeros(kernels.TASTES)
    inferred = inferred_tastes(log_weights(world, nothing, known_end), world.movies.taste, train)
    lists = (log_weights(world, true_tastes, end), log_weights(world, inferred, known_end),
             log_weights(world, nothing, known_end))  # fmt: skip
    return tuple(_ndcg(scores, train, test) for scores in lists)  # type: ignore[return-value]


def log_weights(world: World, tastes: FloatArray, end: float) -> FloatArray:
    """Logarithm of each movie's weight for a person with these tastes whose last rating is at ``end``, ``(n,)``."""
    weights = np.empty(len(world.movies.keep))
    kernels.log_preferences(world.movies, tastes, float(end), weights)
    return weights


def inferred_tastes(base: FloatArray, taste: FloatArray, rated: IntArray) -> FloatArray:
    r"""The most likely tastes of a person who rated some movies, ``(TASTES,)``.

    In the race by which movies are drawn, a movie of weight w is rated with the chance :math:`1 - e^{-w t}`. The
    logarithms of the weights are ``base + taste @ tastes``, capped; tastes are standard normal, t is free.

    Args:
        base: ``(n,)`` logarithm of each movie's weight for a person without tastes.
        taste: ``(n, TASTES)`` planted.
        rated: rows of the movies that the person rated.

    Source: Newton's method for the logarithm of the posterior.
    """
    width = taste.shape[1]
    is_rated = np.zeros(len(base), np.bool_)
    is_rated[rated] = True
    design = np.column_stack([taste.astype(np.float64), np.ones(len(base))])
    prior = np.diag(np.r_[np.ones(width), 0.0])
    values = np.r_[np.zeros(width), np.log(len(rated)) - np.log(np.exp(base).sum())]
    for _ in range(_STEPS):
        sums = design[:, :width] @ values[:width]
        is_free = sums < kernels.TASTE_CAP
        rate = np.exp(np.minimum(base + np.minimum(sums, kernels.TASTE_CAP) + values[width], 20.0))
        slope, curvature = -rate, rate.copy()
        missed = -np.expm1(-rate[is_rated])  # the chance of a rated movie
        odds = rate[is_rated] * np.exp(-rate[is_rated]) / missed
        slope[is_rated], curvature[is_rated] = odds, np.maximum(odds * (rate[is_rated] / missed - 1.0), 1e-9)
        free = design.copy()
        free[~is_free, :width] = 0.0
        step = np.linalg.solve((free.T * curvature) @ free + prior, free.T @ slope - prior @ values)
        values += step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < _TOLERANCE:
            break
    tastes: FloatArray = values[:width]
    return tastes


def _ndcg(scores: FloatArray, known: IntArray, test: IntArray) -> float:
    scores = scores.copy()
    scores[known] = -np.inf
    top = np.argpartition(-scores, _TOP)[:_TOP]
    top = top[np.argsort(-scores[top], kind="stable")]
    discount = 1.0 / np.log2(np.arange(2, _TOP + 2))
    return float(discount[np.isin(top, test)].sum() / discount[: len(test)].sum())


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale.known_movies"))
