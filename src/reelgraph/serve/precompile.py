"""Compile the loops of training and serving ahead of the first start: ``python -m reelgraph.serve.precompile``.

A small bundle of the default model is trained on ratings drawn at random, and asked everything that a bundle is asked
before it is used. What is compiled meanwhile lies in ``NUMBA_CACHE_DIR`` for every later process on the same kind of
processor.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from reelgraph import pipeline
from reelgraph.core import Dataset
from reelgraph.data import CleanRules, clean, from_frame
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.warm_up import warm_up

_PEOPLE, _MOVIES, _RATED = 80, 60, 15
_MODEL_SETTINGS = {"settings": {"bayes-gcn": {"draws": 4, "burn_in": 2}}}


def precompile() -> float:
    """Train and ask a small bundle; returns the time, seconds."""
    started = time.perf_counter()
    dataset, _ = clean(_random_ratings(), CleanRules())
    trained = pipeline.train(dataset, pipeline.make_model("blend", None, _MODEL_SETTINGS))
    with tempfile.TemporaryDirectory() as folder:
        path = trained.bundle.save(Path(folder) / "bundle")
        warm_up(LoadedBundle.load(path))
    return time.perf_counter() - started


def _random_ratings() -> Dataset:
    """Ratings with a time, in half stars, of movies with a title and genres."""
    draw = np.random.default_rng(0)
    movies = np.concatenate([draw.permutation(_MOVIES)[:_RATED] for _ in range(_PEOPLE)])
    return from_frame(
        {
            "user": np.repeat(np.arange(_PEOPLE), _RATED),
            "item": movies,
            "rating": draw.integers(1, 11, len(movies)) / 2,
            "timestamp": 1_000_000_000 + np.arange(len(movies)) * 3_600,
            "title": [f"Film {movie} (1999)" for movie in movies],
            "genres": [("Comedy", "Drama")[movie % 2] for movie in movies],
        }
    )


if __name__ == "__main__":
    print(f"compiled in {precompile():.0f} s")  # noqa: T201
