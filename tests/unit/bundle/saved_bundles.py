"""A small bundle with titles that are hard to write down, and what the tests of its files do with it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.bundle import MANIFEST, Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.scorers import FoldInScorer

FILES = ("manifest.json", "scorer.safetensors", "history.safetensors", "catalogue.parquet", "users.parquet")


TITLES = ["Amélie (2001)", "七人の侍 (1954)", 'A "quoted", title\\', "", "🎬", "x" * 300]


def bundle(ids: str = "int", seed: int = 0) -> Bundle:
    """Four people and six movies, with titles that are hard to write down."""
    draw = np.random.default_rng(seed)
    items = 10 * np.arange(6) if ids == "int" else np.array([f"tt{n:07d}" for n in range(6)])
    users = np.array([7, 3, 5, 1]) if ids == "int" else np.array(["zoë", "bob", "al", "d,e"])
    bare = Catalogue.from_ids(items)
    catalogue = dataclasses.replace(
        bare,
        title=np.array(TITLES),
        year=np.array([2001, 1954, 0, 0, 1999, 2010]),
        genres=(("Comedy", "Romance"), ("Drama",), (), (), ("Comedy",), ()),
        tags=(("paris",), (), (), (), (), ()),
        people=((), ("Kurosawa",), (), (), (), ()),
        imdb_id=np.array(["tt0211915", "", "", "", "", ""]),
        tmdb_id=np.array([194, 0, 0, 0, 0, 0]),
        runtime=np.array([122, 207, 0, 0, 0, 90]),
    )
    ratings = np.where(draw.random((4, 6)) < 0.6, draw.integers(1, 6, (4, 6)), 0).astype(np.float32)
    scorer = FoldInScorer(
        design=draw.normal(size=(6, 3)),
        base=3 + draw.normal(size=6),
        vectors=draw.normal(size=(6, 2)).astype(np.float32),
        counts=np.array([3, 0, 1, 7, 2, 2]),
        prior_mean=draw.normal(size=3),
        prior_precision=np.eye(3) + 0.1,
        noise=1 / 3,
        damping=10.0,
        low=1.0,
        high=5.0,
    )
    info = {"model": {"name": "test"}, "seed": seed, "small": 1e-05, "metrics": {"ndcg@10": {"mean": float("nan")}}}
    return Bundle(
        scorer, IdIndex(users, "user"), IdIndex(items, "item"), Matrix(ratings), catalogue, RatingScale(1, 5, 1), info
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def resealed(path: Path, **changes: Any) -> None:
    """Write another manifest whose digest is right, as an older or newer program would."""
    manifest = json.loads((path / MANIFEST).read_text()) | changes
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    manifest["digest"] = hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    (path / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
