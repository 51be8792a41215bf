"""All steps in one call each: reading, cleaning, splitting, fitting, evaluation and bundling."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import (
    AnyArray,
    Catalogue,
    CleanReport,
    Dataset,
    EvalReport,
    FitContext,
    FitResult,
    Interactions,
    Matrix,
    Model,
    ProgressCallback,
    Split,
    SupportsColdItems,
    config,
)
from reelgraph.core.argument_checks import require_methods, require_type
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data import (
    CleanRules,
    PerUser,
    PredefinedSplit,
    Splitter,
    check_split,
    clean,
    features,
    index,
    read,
    read_fold,
    split,
)
from reelgraph.data.readers.options import ReadOptions
from reelgraph.evaluation import (
    CEILINGS,
    RANKING,
    PreparedData,
    Protocol,
    ShippedFold,
    check_figures,
    evaluate,
    measurable,
)
from reelgraph.models import model_class, model_names, model_reference

_HINT = "look at the steps with: reelgraph data describe PATH, and at the rules in reelgraph.CleanRules"


def load(
    source: str | Path, rules: CleanRules | None = None, options: ReadOptions | None = None
) -> tuple[Dataset, CleanReport]:
    """Read a data set and clean it.

    Args:
        source: a folder, a zip, a file, or ``sample``.
        rules: what cleaning takes out.
        options: scale and columns; found in the data when None.

    Raises:
        DataFormatError: the source is missing, empty or not of a known layout, no rating is left, or most ratings are
            off the scale.
    """
    options = options or ReadOptions()
    data, report = clean(
        read(source, scale=options.scale, columns=options.columns, feedback=options.feedback), rules or CleanRules()
    )
    if report.rows_out == 0:  # nothing is left by the rules
        raise DataFormatError(data.ratings.source, f"no rating is left of {report.rows_in:,}", hint=_HINT)
    return data, report


def make_model(
    name: str | type[Any] | None, config_file: Path | None = None, settings: Mapping[str, Any] | None = None
) -> Model:
    """A model from its name, a config file and single settings; the latter win over the former.

    A config file is TOML with ``model = "gcn"`` and a table ``[settings]``. A file never makes a module be imported: a
    model that it names as ``package.module:Class`` must be named by the caller, too.

    Args:
        name: a name, ``package.module:Class`` or a class, see `reelgraph.models.model_class`; None for the file's.
        config_file: its path, or None.
        settings: by name.

    Raises:
        ConfigError: a model or setting is unknown or off, or the file names another model.
    """
    file_settings: dict[str, Any] = {}
    if config_file is not None:
        file_model, file_settings = _read_config(config_file)
        name = _same_model(name, file_model, config_file)
    if name is None:
        where = "model" if config_file is None else f"{config_file}: model"
        raise ConfigError(where, f'is not named; give model = "NAME", one of {", ".join(model_names())}')
    cls = model_class(name)
    named = config.current_names(cls, file_settings) | config.current_names(cls, settings or {})
    model: Model = config.from_dict(cls, named)
    return model


def _same_model(name: str | type[Any] | None, file_model: str | None, config_file: Path) -> str | type[Any] | None:
    """The model that the caller and the file name."""
    if name is None:
        if file_model is not None and ":" in file_model:
            hint = "name it yourself, too: --model, or in Python the first argument"
            raise ConfigError(f"{config_file}: model", f"{file_model!r} is not registered by a package; {hint}")
        return file_model
    reference = name if isinstance(name, str) else model_reference(name)
    if file_model not in (None, reference):
        raise ConfigError("model", f"{config_file} is for {file_model!r}, not for {reference!r}")
    return name


def _read_config(path: Path) -> tuple[str | None, dict[str, Any]]:
    """The model's name, where the file gives one, and its settings."""
    document = config.read_toml(path)
    for key in document:
        if key not in ("model", "settings"):
            suggestion = ConfigError.unknown(key, ("model", "settings")).did_you_mean
            raise ConfigError(f"{path}: {key}", "unknown setting; known are model, settings", suggestion)
    name, settings = document.get("model"), document.get("settings", {})
    if not isinstance(name, str | None) or not isinstance(settings, dict):
        raise ConfigError(str(path), 'expected model = "NAME" and a table [settings]')
    return name, settings


def prepare(
    protocol: Protocol,
    source: str | Path | Dataset,
    seed: int = 0,
    *,
    join_valid: bool = False,
    options: ReadOptions | None = None,
) -> PreparedData:
    """Read, clean, index and split a data set for a protocol.

    Args:
        protocol: says which data set, and how it is split.
        source: a data set, whatever `reelgraph.data.read` takes, or a folder that holds ``protocol.folder``.
        seed: of what the split draws.
        join_valid: give the validation ratings to train, see `reelgraph.data.split`.
        options: scale and columns of the source; found in it when None.

    Raises:
        DataFormatError: the files are not what was expected.
        ConfigError: the protocol is defined on another data set.
        CapabilityError: the protocol is defined on stars, and the data have none.
    """
    require_type("prepare", "protocol", protocol, Protocol)
    folder = None
    if isinstance(source, Dataset):
        dataset, _ = clean(source)
    else:
        inside = Path(source) / protocol.folder
        if inside.is_dir():
            source = inside
        folder = Path(source)
        # Not the folder: a text may also be the name of a data set, such as "sample".
        dataset, _ = load(source, options=options)
    protocol.require_defined_on(dataset.ratings)
    n_ratings = len(dataset.ratings)
    if protocol.n_ratings not in (None, n_ratings):
        raise ConfigError(
            protocol.name,
            f"is defined on {protocol.folder} with {protocol.n_ratings:,} ratings; "
            f"{dataset.ratings.source} has {n_ratings:,}",
        )
    if isinstance(protocol.splitter, ShippedFold):
        interactions, splitter = _shipped_fold(folder, protocol.splitter)
    else:
        interactions = index(dataset.ratings, min_rating=protocol.min_rating)
        splitter = protocol.splitter(len(interactions))
    return PreparedData(split(interactions, splitter, seed, join_valid=join_valid), dataset)


def _shipped_fold(folder: Path | None, fold: ShippedFold) -> tuple[Interactions, Splitter]:
    """The ratings of a fold's two files, base first, and the splitter that tests on the second."""
    if folder is None:
        raise ConfigError("data", f"{fold.name}.base and {fold.name}.test are files: give the folder that holds them")
    base, test = read_fold(folder, fold.name)
    interactions = index(base.append(test))
    test_edges = np.arange(len(base), len(interactions))
    return interactions, PredefinedSplit(test_edges, valid=fold.valid, name=fold.name)


@dataclass(frozen=True)
class Measured:
    """A model fitted and measured on one split.

    Args:
        model: its hyper-parameters.
        fit: what the fit gave.
        report: quality on the test part.
        score_seconds: wall time of the measuring.
    """

    model: Model
    fit: FitResult
    report: EvalReport
    score_seconds: float


def run_protocol(
    protocol: Protocol, prepared: PreparedData, model: Model, seed: int = 0, progress: ProgressCallback | None = None
) -> Measured:
    """Fit a model on a protocol's train part, choose on its validation part, measure once on its test part.

    Args:
        protocol: gives the metrics.
        prepared: data from `prepare`.
        model: what to fit; its settings were fixed before.
        seed: of the fit.
        progress: called after every epoch.
    """
    fit = model.fit(prepared.split.train, fit_context(prepared.dataset, prepared.split, seed=seed, progress=progress))
    genres, started = genres_of(prepared.dataset, prepared.split), time.perf_counter()
    report = protocol.measure(fit.scorer, prepared.split, genres=genres)
    return Measured(model, fit, report, time.perf_counter() - started)


def plausibility_warnings(protocol: Protocol, prepared: PreparedData, measured: Measured) -> tuple[str, ...]:
    """Warnings about an implausible measurement, one line each: worse than `popularity`, or too good to be true.

    Args:
        protocol: that it was made under.
        prepared: the same that it was made on.
        measured: what `run_protocol` gave.

    Cost: one fit and measurement of `popularity`, where the protocol ranks.
    """
    return report_warnings(protocol, prepared, measured.report, is_floor=measured.model.name == "popularity")


def report_warnings(
    protocol: Protocol, prepared: PreparedData, report: EvalReport, *, is_floor: bool = False
) -> tuple[str, ...]:
    """As `plausibility_warnings`, for a report from elsewhere, such as one of lists.

    Args:
        protocol: that it was made under.
        prepared: the data that it was made on.
        report: the figures.
        is_floor: they are those of `popularity` itself.
    """
    floor = None
    ranks = [name for name in protocol.metrics if name.partition("@")[0] in RANKING]
    if ranks and not is_floor:
        fit = make_model("popularity").fit(prepared.split.train)
        floor = dataclasses.replace(protocol, metrics=tuple(ranks)).measure(
            fit.scorer, prepared.split, seed=report.seed
        )
    return check_figures(report, floor, CEILINGS.get(protocol.name, ()))


def compare(
    models: Mapping[str, Model],
    data: Dataset,
    parts: Split,
    *,
    k: int = 10,
    seed: int = 0,
    metrics: Sequence[str] | None = None,
    progress: ProgressCallback | None = None,
) -> dict[str, Measured]:
    """Fit and measure several models on one split, so that their per-user figures can be paired.

    Args:
        models: by the name to show.
        data: the cleaned data set, for side features.
        parts: its split.
        k: length of the lists.
        seed: of the fits and the bootstrap.
        metrics: see `evaluate`; those about stars are left out for models that predict none.
        progress: called after every epoch, the name of the model before the stage.

    Raises:
        LeakError: a test target is in the training data or a history, see `check_split`.
    """
    check_split(parts)
    measured = {}
    for name, model in models.items():
        context = fit_context(data, parts, seed=seed, progress=_with_name(progress, name))
        measured[name] = _measured(model, data, parts, context, k, metrics)
    return measured


def _with_name(progress: ProgressCallback | None, name: str) -> ProgressCallback | None:
    """The same callback with the model's name before each stage, or None."""
    if progress is None:
        return None
    return lambda step: progress(dataclasses.replace(step, stage=f"{name} {step.stage}"))


def fit_context(data: Dataset, parts: Split, **settings: Any) -> FitContext:
    """The `FitContext` of a fit on ``parts.train``: the validation part and what is known of movies and users.

    Args:
        data: the cleaned data set.
        parts: its split.
        **settings: further fields of `FitContext`.
    """
    valid = parts.valid if len(parts.valid) else None
    catalogue = _with_known_tags(data.catalogue, parts)
    return FitContext(valid=valid, catalogue=catalogue, profiles=data.profiles, **settings)


def _with_known_tags(catalogue: Catalogue, parts: Split) -> Catalogue:
    """The catalogue with the tags that could be known when the training ratings were: tags are people's words too."""
    if parts.spec.kind == "temporal":  # they carry no time here, and many were given after the cut
        keeps_tags = np.zeros(len(catalogue), np.bool_)
    elif parts.spec.kind == "cold-items" and not parts.spec.settings["tags"]:  # who tags a movie has seen it
        keeps_tags = np.isin(catalogue.item_id, parts.train.items.ids[np.unique(parts.train.item_row)])
    else:
        return catalogue
    tags = tuple(tags if is_kept else () for tags, is_kept in zip(catalogue.tags, keeps_tags.tolist(), strict=True))
    return dataclasses.replace(catalogue, tags=tags)


def genres_of(data: Dataset, parts: Split) -> Matrix:
    """Genres of the items of a split, ``(n_items, n_genres)`` 0/1 CSR; without columns where no genre is known."""
    return features.items(data.catalogue, parts.train.items.ids)["genres"].matrix


def _measured(
    model: Model, data: Dataset, parts: Split, context: FitContext, k: int, metrics: Sequence[str] | None
) -> Measured:
    fit = model.fit(parts.train, context)
    genres, started = genres_of(data, parts), time.perf_counter()
    if metrics is not None:
        metrics = [name for name in metrics if name in measurable(fit.scorer, genres, parts.train.feedback)]
    text = f"{data.name}, {parts.spec.kind} split, seed {parts.spec.seed}"
    report = evaluate(
        fit.scorer, parts.test, k, metrics=metrics, train=parts.train, genres=genres, seed=context.seed, protocol=text
    )
    return Measured(model, fit, report, time.perf_counter() - started)


@dataclass(frozen=True)
class Trained:
    """A bundle and how it was made.

    Args:
        bundle: ready to save or to recommend from.
        measured: the fit and its test figures.
        parts: the split.
    """

    bundle: Bundle
    measured: Measured
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
) -> Trained:
    """Split a clean data set, fit, measure, and put the bundle together.

    Args:
        data: cleaned.
        model: what to fit.
        splitter: the splitter; 10 % of each person's ratings for validation and 10 % for the test when None.
        seed: of the split and the fit.
        device: ``cpu`` or ``cuda``.
        checkpoint_dir: where checkpoints go, or None.
        resume: go on from the checkpoint.
        progress: called after every epoch.
        k: length of the lists that are measured.
        all_items: movies of the catalogue that nobody has rated get rows, too; they always do for a model that can tell
            movies by their features.
        extra_items: ids of movies that get rows without a rating, such as those that are new.
    """
    require_type("train", "data", data, Dataset)
    require_methods("train", "model", model, "Model", "fit")
    if all_items or isinstance(model, SupportsColdItems):
        extra_items = data.catalogue.item_id
    parts = split(index(data.ratings, extra_items=extra_items), splitter or PerUser(valid=0.1, test=0.1), seed)
    if len(parts.test) == 0:
        raise ConfigError("data", "nobody has ratings enough to hold one back; people need at least two")
    context = fit_context(
        data, parts, seed=seed, device=device, checkpoint_dir=checkpoint_dir, resume=resume, progress=progress
    )
    measured = _measured(model, data, parts, context, k, None)
    bundle = Bundle.create(measured.fit, data, parts, model=model, seed=seed, report=measured.report)
    return Trained(bundle, measured, parts)
