"""Fitted models of a few movies with random numbers in them, one of each way to score."""

from __future__ import annotations

import numpy as np

from reelgraph.scorers import EmbeddingScorer, FoldInScorer, ItemFilterScorer


def linear(draw: np.random.Generator, n: int) -> ItemFilterScorer:
    """A plain sum over the ratings."""
    return ItemFilterScorer(np.empty(0), draw.normal(size=(n, n)).astype(np.float32), 0, 0, 0, 0, 1, 1, 4)


def cosine(draw: np.random.Generator, n: int) -> EmbeddingScorer:
    """A sum divided by the length of a person's vector."""
    return EmbeddingScorer(draw.normal(size=(n, 4)), draw.normal(size=(n, 4)), draw.normal(size=n), True, 0.5, 1.0, 4.0)


def stars(draw: np.random.Generator, n: int) -> FoldInScorer:
    """Predicts stars from 1 to 5 as well."""
    return FoldInScorer(
        draw.normal(size=(n, 2)), 3 + draw.normal(size=n), draw.normal(size=(n, 2)), np.arange(n), np.zeros(2),
        np.eye(2), 0.5, 3.0, 1.0, 5.0,
    )  # fmt: skip
