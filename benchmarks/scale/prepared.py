"""The split arrays of a size, kept on disk between the steps, so that each step begins from arrays."""

from __future__ import annotations

import dataclasses
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph import pipeline
from reelgraph._util.atomic_files import atomic_writer
from reelgraph.core import Dataset, EvalPart, FitContext, Split
from reelgraph.data import PerUser, index, split

SEED = 0
MOST_PEOPLE = 20_000  # whose lists are measured


@dataclass(frozen=True)
class Place:
    """The folder of one size.

    Args:
        folder: where its files are.
        ratings: how many.
    """

    folder: Path
    ratings: int

    @property
    def data(self) -> Path:
        """The generated data set."""
        return self.folder / "data"

    @property
    def bundle(self) -> Path:
        """The bundle of the default model."""
        return self.folder / "bundle"

    def split_arrays(self) -> tuple[Dataset, Split]:
        """The data set and its split, from the walk of this command, or walked again where the file cannot be read."""
        try:
            with (self.folder / "split.pickle").open("rb") as file:
                dataset, parts = pickle.load(file)  # written by this command alone, in a folder of its own
            if not (_has_all_fields(dataset) and _has_all_fields(parts)):
                raise ValueError("an older version wrote it")
            return dataset, parts
        except Exception as error:  # whatever a damaged pickle raises
            if (self.folder / "split.pickle").exists():
                print(f"{self.folder / 'split.pickle'} cannot be read ({error}): the data are read again",
                      file=sys.stderr)  # fmt: skip
        dataset, parts = walk(self.data)
        self.keep(dataset, parts)
        return dataset, parts

    def keep(self, dataset: Dataset, parts: Split) -> None:
        """Keep the arrays of the walk for the steps that begin from them."""
        bare = dataclasses.replace(dataset, ratings=dataset.ratings.take(np.zeros(0, np.int64)))
        with atomic_writer(self.folder / "split.pickle") as file:
            pickle.dump((bare, parts), file, protocol=5)

    def context(self, dataset: Dataset, parts: Split, **settings: Any) -> FitContext:
        """What a fit knows besides the ratings."""
        return pipeline.fit_context(dataset, parts, seed=SEED, **settings)


def _has_all_fields(value: object) -> bool:
    """Whether a dataclass that was unpickled, and those within it, have the fields of today's classes.

    A field that is missing would be read as the default of its class, which fits no rows.
    """
    if not dataclasses.is_dataclass(value):
        return True
    names = [field.name for field in dataclasses.fields(value)]
    return vars(value).keys() >= set(names) and all(_has_all_fields(getattr(value, name)) for name in names)


def walk(data: Path) -> tuple[Dataset, Split]:
    """From the files to clean, indexed and split arrays."""
    dataset, _ = pipeline.load(data)
    return dataset, split(index(dataset.ratings), PerUser(valid=0.1, test=0.1), SEED)


def of_people(part: EvalPart, most: int = MOST_PEOPLE) -> EvalPart:
    """The part of the first ``most`` people."""
    if len(part) <= most:
        return part
    return part.take(np.arange(most))
