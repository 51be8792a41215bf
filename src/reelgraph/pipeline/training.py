"""From a clean data set to a bundle."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import (
    AnyArray,
    Dataset,
    ForgetsAtOnce,
    Interactions,
    Model,
    ProgressCallback,
    Split,
    SupportsColdItems,
)
from reelgraph.core.argument_checks import require_methods, require_type
from reelgraph.core.errors import ConfigError
from reelgraph.data import LastVisits, PerUser, Splitter, index, split
from reelgraph.pipeline.fit_inputs import fit_context
from reelgraph.pipeline.measurement import EvaluatedModel, Fitter, fit_and_measure
from reelgraph.pipeline.memory_check import require_memory_to_train

_MIN_RETURNING_PEOPLE = 50  # in validation and in the test; from fewer nothing is chosen


@dataclass(frozen=True)
class Trained:
    """A bundle and how it was made.

    Args:
        bundle: ready to save or to recommend from.
        measured: the fit and its test figures.
        parts: the split.
    """

    bundle: Bundle
    measured: EvaluatedModel
    parts: Split


def train(
    data: Dataset,
    model: Model,
    *,
    splitter: Splitter | None = None,
    seed: int = 0,
    device: str = "cpu",
    checkpoint_dir: Path | None = None,
    resume: bool = False,
    progress: ProgressCallback | None = None,
    k: int = 10,
    all_items: bool = False,
    extra_items: AnyArray | None = None,
    fitter: Fitter | None = None,
    keep_forgetting: bool = False,
    exact_forgetting: bool = False,
) -> Trained:
    """Split a clean data set, fit, measure, and put the bundle together.

    Args:
        data: cleaned. Its columns of ids are released when the ratings are indexed, unless the caller holds them.
        model: what to fit.
        splitter: the splitter; when None, see `default_split`.
        seed: of the split and the fit.
        device: ``cpu`` or ``cuda``.
        checkpoint_dir: where checkpoints go, or None.
        resume: go on from the checkpoint.
        progress: called after every epoch.
        k: length of the lists that are measured.
        all_items: movies of the catalogue that nobody has rated get rows, too; they always do for a model that can tell
            movies by their features.
        extra_items: ids of movies that get rows without a rating, such as those that are new.
        fitter: called with model, ratings and context in place of the model's own ``fit``, such as
            `reelgraph.distributed.training.RayFit`.
        keep_forgetting: keep what single people can be forgotten with at once, in a file of its own in the bundle.
        exact_forgetting: only parts are fitted that forget at once, and what they need is kept.

    Raises:
        ConfigError: nobody has two ratings, or the model has no form that forgets at once and that was asked for.
        InsufficientMemoryError: the split and the fit need more memory than is free; nothing has been begun.
    """
    require_type("train", "data", data, Dataset)
    require_methods("train", "model", model, "Model", "fit")
    if exact_forgetting:
        model = _with_exact_updates(model)
    if all_items or isinstance(model, SupportsColdItems):
        extra_items = data.catalogue.item_id
    keep_forgetting = keep_forgetting or exact_forgetting
    require_memory_to_train(
        None if fitter else model, data, all_items=extra_items is not None, keep_forgetting=keep_forgetting
    )
    interactions = index(data.ratings, extra_items=extra_items)
    data = _without_ratings(data)
    parts = split(interactions, splitter, seed) if splitter else default_split(interactions, seed)
    if len(parts.test) == 0:
        raise ConfigError("data", "nobody has ratings enough to hold one back; people need at least two")
    context = fit_context(
        data,
        parts,
        seed=seed,
        device=device,
        checkpoint_dir=checkpoint_dir,
        resume=resume,
        progress=progress,
        keep_forgetting=keep_forgetting,
    )
    measured = fit_and_measure(model, data, parts, context, k, None, fitter)
    bundle = Bundle.create(
        measured.fit, data, parts, model=model, seed=seed, report=measured.report, ratings=interactions
    )
    return Trained(bundle, measured, parts)


def default_split(interactions: Interactions, seed: int = 0) -> Split:
    """What is held back where nobody said so: for validation, what people rated when they came back another day.

    That is what lists are made for; see `LastVisits`. Where the data have no times, or fewer than 50 people came back,
    it is a random tenth of each person's ratings, and another for the test.

    Args:
        interactions: all ratings.
        seed: of what the split draws.

    Raises:
        ConfigError: no ratings are left for train.
    """
    if interactions.timestamp is not None:
        parts = split(interactions, LastVisits(), seed)
        if min(len(parts.valid), len(parts.test)) >= _MIN_RETURNING_PEOPLE:
            return parts
    return split(interactions, PerUser(valid=0.1, test=0.1), seed)


def _without_ratings(data: Dataset) -> Dataset:
    """The data set with its movies and users, but no ratings: indexed, they need not stay in memory through the fit."""
    return dataclasses.replace(data, ratings=data.ratings.take(np.empty(0, np.int64)))


def _with_exact_updates(model: Model) -> Model:
    """The model in a form that forgets at once.

    Raises:
        ConfigError: it has none.
    """
    if not isinstance(model, ForgetsAtOnce):
        raise ConfigError(
            "--exact-forgetting",
            f"{model.name} forgets only at the next fit; graph-filter, popularity, bias and blends of them do at once",
        )
    exact: Model = model.with_exact_updates()
    return exact
