"""Time and memory of the words of many overviews."""

from __future__ import annotations

import dataclasses
import resource
import time

import numpy as np

from benchmarks.enrichment.generated_details import generated_details
from reelgraph.core import Catalogue
from reelgraph.data import features
from reelgraph.models.content_based import ALL_KINDS, catalogue_features, nearest_by_features

_GENRES = ("Action", "Adventure", "Comedy", "Crime", "Drama", "Fantasy", "Horror", "Romance", "Thriller", "War")
_NEW, _NEIGHBOURS = 1_000, 20  # movies without ratings, and what each is scored by, as in `reelgraph update`


def story_costs(n_movies: int, seed: int = 0) -> dict[str, float]:
    """CPU seconds and MiB for ``n_movies`` with invented details, of which the last 1,000 are new.

    The peak is that of the process, with the texts in it; ``before`` is how much of it was there before.
    """
    rng = np.random.default_rng(seed)
    genres = [tuple(np.array(_GENRES)[rng.permutation(len(_GENRES))[:3]].tolist()) for _ in range(n_movies)]
    blank = Catalogue.from_ids(np.arange(n_movies))
    year = rng.integers(1920, 2027, n_movies)
    catalogue = generated_details(dataclasses.replace(blank, genres=tuple(genres), year=year), seed)
    figures: dict[str, float] = {"movies": n_movies, "before_mib": _peak_mib()}
    started = time.process_time()
    block = features.overviews(catalogue)
    figures |= {
        "words_seconds": round(time.process_time() - started, 1),
        "words": len(block.names),
        "words_mib": round((block.matrix.data.nbytes + block.matrix.indices.nbytes) / 2**20, 1),
        "words_peak_mib": _peak_mib(),
    }
    rated = np.arange(max(n_movies - _NEW, 1))
    for name, kinds in (("without", ALL_KINDS[:-1]), ("with", ALL_KINDS)):
        started = time.process_time()
        matrix = catalogue_features(catalogue, kinds)
        nearest_by_features(matrix, rated, _NEIGHBOURS, 3.0, first_row=len(rated))
        figures[f"new_movies_{name}_overviews_seconds"] = round(time.process_time() - started, 1)
        figures[f"new_movies_{name}_overviews_peak_mib"] = _peak_mib()
    return figures


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
