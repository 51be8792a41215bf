"""A data set of two columns, people and the films they watched, and a bundle of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl

from reelgraph.core import Catalogue, Dataset, Model
from reelgraph.data import read
from reelgraph.pipeline import train

N_USERS, N_ITEMS, FIRST_ID = 80, 40, 100


def title(item: int) -> str:
    """Of the film with this id: films of space have even ids, films of love odd ones."""
    return f"{'Love' if item % 2 else 'Space'} Story {item} ({1980 + item % 40})"


def views_data() -> Dataset:
    """Of 80 people every other watches mostly films of space, the others mostly films of love; 14 films each."""
    draw = np.random.default_rng(3)
    rows = []
    for user in range(N_USERS):
        chance = np.where(np.arange(N_ITEMS) % 2 == user % 2, 9.0, 1.0) * np.exp(-np.arange(N_ITEMS) / 30)
        rows += [(user, item) for item in draw.choice(N_ITEMS, 14, replace=False, p=chance / chance.sum())]
    users, items = (np.array(column) for column in zip(*rows, strict=True))
    ids = FIRST_ID + np.arange(N_ITEMS)
    genres = tuple(("Romance",) if item % 2 else ("Sci-Fi", "Adventure") for item in ids.tolist())
    catalogue = dataclasses.replace(
        Catalogue.from_ids(ids), title=np.array([title(item) for item in ids.tolist()]), genres=genres,
        year=1980 + ids % 40,
    )  # fmt: skip
    frame = pl.DataFrame({"user": users + 1, "item": items + FIRST_ID})
    return dataclasses.replace(read(frame), name="views", catalogue=catalogue)


def save_bundle(model: Model, folder: Path) -> Path:
    """A bundle of these views in ``folder``."""
    return train(views_data(), model).bundle.save(folder / "bundle")
