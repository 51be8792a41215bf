"""Models fitted and measured on one split."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reelgraph._util.subsample import subsample
from reelgraph.core import (
    Dataset,
    EvalPart,
    EvalReport,
    FitContext,
    FitResult,
    Interactions,
    Model,
    ProgressCallback,
    Split,
)
from reelgraph.core.display import counted
from reelgraph.data import check_split
from reelgraph.evaluation import CEILINGS, RANKING, PreparedData, Protocol, check_figures, evaluate, measurable
from reelgraph.pipeline.fit_inputs import fit_context, genres_of
from reelgraph.pipeline.memory_check import require_memory_to_fit
from reelgraph.pipeline.model_settings import make_model

Fitter = Callable[[Model, Interactions, FitContext], FitResult]  #: fits a model somewhere else than in this process

MAX_PEOPLE = 20_000
"""People of the test part whose figures `train` and `compare` measure; beyond them, as many drawn at random."""


@dataclass(frozen=True)
class EvaluatedModel:
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
) -> EvaluatedModel:
    """Fit a model on a protocol's train part, choose on its validation part, measure once on its test part.

    Args:
        protocol: gives the metrics.
        prepared: data from `prepare`.
        model: what to fit; its settings were fixed before.
        seed: of the fit.
        progress: called after every epoch.
    """
    require_memory_to_fit(model, prepared.split.train)
    fit = model.fit(prepared.split.train, fit_context(prepared.dataset, prepared.split, seed=seed, progress=progress))
    genres, started = genres_of(prepared.dataset, prepared.split), time.perf_counter()
    report = protocol.measure(fit.scorer, prepared.split, genres=genres)
    return EvaluatedModel(model, fit, report, time.perf_counter() - started)


def plausibility_warnings(protocol: Protocol, prepared: PreparedData, measured: EvaluatedModel) -> tuple[str, ...]:
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
) -> dict[str, EvaluatedModel]:
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
        measured[name] = fit_and_measure(model, data, parts, context, k, metrics)
    return measured


def fit_and_measure(
    model: Model,
    data: Dataset,
    parts: Split,
    context: FitContext,
    k: int,
    metrics: Sequence[str] | None,
    fitter: Fitter | None = None,
) -> EvaluatedModel:
    """Fit a model on the train part, and measure it on the test part; ``metrics`` that it cannot have are left out.

    Of a test part of more than `MAX_PEOPLE` people as many are measured, and the report says so.
    """
    if fitter is None:
        require_memory_to_fit(model, parts.train, keep_forgetting=context.keep_forgetting)
    fit = model.fit(parts.train, context) if fitter is None else fitter(model, parts.train, context)
    genres, started = genres_of(data, parts), time.perf_counter()
    if metrics is not None:
        metrics = [name for name in metrics if name in measurable(fit.scorer, genres, parts.train.feedback)]
    test = _sample_of_people(parts.test, MAX_PEOPLE, context.seed)
    text = f"{data.name}, {parts.spec.kind} split, seed {parts.spec.seed}"
    if len(test) < len(parts.test):
        text += f", {len(test):,} of {counted(len(parts.test), 'person')}"
    report = evaluate(
        fit.scorer, test, k, metrics=metrics, train=parts.train, genres=genres, seed=context.seed, protocol=text
    )
    return EvaluatedModel(model, fit, report, time.perf_counter() - started)


def _sample_of_people(part: EvalPart, most: int, seed: int) -> EvalPart:
    """The part, or ``most`` of its people drawn at random, in the order of the part."""
    if len(part) <= most:
        return part
    return part.take(subsample(np.arange(len(part)), most, np.random.default_rng(seed)))


def _with_name(progress: ProgressCallback | None, name: str) -> ProgressCallback | None:
    """The same callback with the model's name before each stage, or None."""
    if progress is None:
        return None
    return lambda step: progress(dataclasses.replace(step, stage=f"{name} {step.stage}"))
