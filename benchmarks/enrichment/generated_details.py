"""Invented people, series, keywords and overviews, which say nothing of what people like."""

from __future__ import annotations

import dataclasses

import numpy as np

from benchmarks.enrichment.dumps import SYLLABLES
from reelgraph.core import Catalogue, IntArray

_WORDS_A_STORY = (20, 80)  # the range of IMDb's and TMDB's overviews
_CAST, _KEYWORDS = 10, 8  # a movie
_SERIES_SHARE, _MOVIES_A_SERIES = 0.1, 3


def generated_details(catalogue: Catalogue, seed: int = 0) -> Catalogue:
    """The catalogue with details drawn without regard to what its movies are.

    Words, people and keywords are as frequent as those of real ones: the k-th most frequent one stands in a share of
    about 1 / k.

    Args:
        catalogue: n movies; what it knows of these fields is replaced.
        seed: of everything drawn.
    """
    rng, n = np.random.default_rng(seed), len(catalogue)
    words = np.array([a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES])
    names = np.array([f"{first} {last}".title() for first in words[:256] for last in words[:256]])
    lengths = rng.integers(*_WORDS_A_STORY, n)
    story = np.split(words[_by_rank(lengths.sum(), len(words), rng)], np.cumsum(lengths)[:-1])
    cast = names[_by_rank(n * _CAST, len(names), rng)].reshape(n, _CAST)
    directors = names[_by_rank(n, len(names), rng)]
    keywords = words[_by_rank(n * _KEYWORDS, 2_000, rng)].reshape(n, _KEYWORDS)
    in_series = rng.random(n) < _SERIES_SHARE
    series = rng.integers(0, max(int(in_series.sum()) // _MOVIES_A_SERIES, 1), n)
    return dataclasses.replace(
        catalogue,
        directors=tuple((name,) for name in directors.tolist()),
        cast=tuple(tuple(dict.fromkeys(row)) for row in cast.tolist()),
        writers=((),) * n,
        keywords=tuple(tuple(dict.fromkeys(row)) for row in keywords.tolist()),
        series=tuple(
            f"Series {number}" if is_part else "" for number, is_part in zip(series.tolist(), in_series, strict=True)
        ),
        overview=tuple(" ".join(part.tolist()) for part in story),
    )


def _by_rank(size: int, n: int, rng: np.random.Generator) -> IntArray:
    """``size`` numbers below n, of which k has a chance of about 1 / (k + 1)."""
    numbers: IntArray = np.exp(rng.random(size) * np.log(n + 1)).astype(np.int64) - 1
    return numbers
