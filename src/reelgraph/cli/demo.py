"""``reelgraph demo``: every step on real ratings, from the raw file to a list with reasons, in some three minutes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from reelgraph import pipeline
from reelgraph.bundle import Bundle, installed_versions, read_manifest, require_bundle_path
from reelgraph.cli.demo_tables import (
    difference_in_words,
    graph_table,
    loved_table,
    picks_table,
    typical_user,
)
from reelgraph.cli.list_tables import as_records
from reelgraph.cli.options import Columns, FeedbackKind, Json, Scale, Seed
from reelgraph.cli.output import err, out, print_json, progress_bar
from reelgraph.cli.serve import default_store, serve_and_tell
from reelgraph.cli.sources import open_data, read_options
from reelgraph.cli.tables import clean_table, report_row, report_table
from reelgraph.core import Dataset, Interactions, Metric, Model, RequiresStars, Split
from reelgraph.core.errors import BundleError, CapabilityError, ConfigError
from reelgraph.data import PerUser, index, split
from reelgraph.evaluation import paired
from reelgraph.graph import BipartiteGraph
from reelgraph.models.blend import Blend
from reelgraph.models.blend_parts import AUTO_RANKERS, CLOSED_FORMS, is_torch_installed
from reelgraph.recommend import Recommender
from reelgraph.serve import ServeSettings, require

_METRICS = ("ndcg", "recall", "hit", "coverage", "novelty", "rmse", "mae", "precision_rated", "recall_rated")
_BUNDLE = Path("out/demo")
_BASELINES = ("popularity", "bias")
_QUICK_BLEND: Mapping[str, Any] = {"rankers": ("graph-filter",), "settings": {"graph-filter": {"quick_search": True}}}
_TRAINED = {
    "gcn": "graph convolutions that learn the stars",
    "blend": "bayes-gcn predicts the stars",
}


def demo(
    data: Annotated[
        str, typer.Argument(metavar="[DATA]", help="A data set; the sample ratings when not given.")
    ] = "sample",
    out_path: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Folder to write.")] = _BUNDLE,
    config_files: Annotated[
        list[Path] | None, typer.Option("--config", help="TOML file with other settings for gcn or blend; repeatable.")
    ] = None,
    seed: Seed = 0,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve", help="Then open the page of the bundle; nothing is trained where BUNDLE is up to date."
        ),
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port of the service; 0 for a free one.")
    ] = 8000,
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    as_json: Json = False,
) -> None:
    """Clean, split, train, measure and recommend on real ratings.

    Trains gcn, the reference graph network, and blend, the default model, measures both beside two baselines, and
    writes a bundle of blend. To end in some three minutes, blend ranks with graph-filter alone here and searches its
    settings briefly; `reelgraph train` has all of it.

    Examples:
      reelgraph demo

      reelgraph demo --serve

      reelgraph demo ml-100k/ --out out/ml-100k
    """
    require_bundle_path(out_path)  # before the work, not after it
    if serve:
        require()
    models = _models(config_files or ())
    dataset, report = open_data(data, read_options(scale, columns, feedback))
    models = _fitting(models, dataset)
    if serve and _is_current(out_path, models["blend"], dataset, seed):
        err.print(f"{out_path} holds blend trained on this data: not trained again", soft_wrap=True)
    else:
        if not as_json:
            clean_table(report, only_counted=True)
        _train_and_show(models, dataset, out_path, seed, as_json)
    if serve:
        settings = ServeSettings(out_path, default_store(out_path), port=port, open=True)
        serve_and_tell(settings)


def _models(config_files: Sequence[Path]) -> dict[str, Model]:
    """The models of the table by name; those that need a package that is not installed are left out."""
    configured = [pipeline.make_model(None, path) for path in config_files]
    for model in configured:
        if model.name not in _TRAINED:
            raise ConfigError("--config", f"the demo trains {' and '.join(_TRAINED)}, not {model.name!r}")
    models: dict[str, Model] = {model.name: model for model in configured}
    for name in (*_BASELINES, *_TRAINED):
        try:
            models.setdefault(name, Blend(**_QUICK_BLEND) if name == "blend" else pipeline.make_model(name))
        except CapabilityError as error:
            if name != "gcn":
                raise
            err.print(f"gcn is left out: {error}", soft_wrap=True)
    return {name: models[name] for name in (*_BASELINES, *_TRAINED) if name in models}


def _fitting(models: Mapping[str, Model], dataset: Dataset) -> dict[str, Model]:
    """The models that can be fitted to the data: without those of stars where there are none."""
    if dataset.ratings.scale is not None:
        return dict(models)
    star_models = [name for name, model in models.items() if isinstance(model, RequiresStars)]
    err.print(f"{', '.join(star_models)} left out: the data have no stars", soft_wrap=True)
    return {name: model for name, model in models.items() if name not in star_models}


def _is_current(path: Path, model: Model, dataset: Dataset, seed: int) -> bool:
    """Whether the bundle at ``path`` holds ``model`` trained on ``dataset`` by this version of reelgraph."""
    try:
        info: Mapping[str, Any] = read_manifest(path)["info"]
    except BundleError:
        return False
    settings = json.loads(json.dumps(dataclasses.asdict(model)))  # type: ignore[call-overload]
    return bool(
        info["model"] == {"name": model.name, "settings": settings}
        and info["seed"] == seed
        and info["data"]["sha256"] == dataset.sha256
        and info["versions"]["reelgraph"] == installed_versions()["reelgraph"]
    )


def _train_and_show(models: Mapping[str, Model], dataset: Dataset, out_path: Path, seed: int, as_json: bool) -> None:
    """Train and measure the models, write the bundle of blend, and show what it recommends to one user."""
    interactions = index(dataset.ratings)
    parts = split(interactions, PerUser(valid=0.1, test=0.1), seed)
    if not as_json:
        graph_table(BipartiteGraph.build(parts.train), parts.spec.counts)
    measured = _measure(models, dataset, parts, seed, as_json)
    blend = measured["blend"]
    Bundle.create(blend.fit, dataset, parts, model=blend.model, seed=seed, report=blend.report).save(out_path)
    if as_json:
        print_json(_figures(measured, out_path, interactions))
        return
    reports = {name: result.report for name, result in measured.items()}
    report_table(reports, "Quality on the test part, 95 % intervals")
    for metric, baseline in _comparisons(measured):
        out.print(difference_in_words(metric, "blend", baseline, _difference(measured, metric, baseline)))
    out.print("(differences over the same people, with 95 % intervals)")
    recommender, user = Recommender(Bundle.load(out_path)), typical_user(interactions)
    loved_table(recommender, user)
    picks_table(recommender, user)
    out.print(f"wrote {out_path}; its page in the browser:", soft_wrap=True)
    if find_spec("uvicorn") is None:
        out.print('  make page  (in a checkout), or pip install "reelgraph[serve]" and then', soft_wrap=True)
    out.print(f"  reelgraph serve {out_path} --open", soft_wrap=True)


def _measure(
    models: Mapping[str, Model], dataset: Dataset, parts: Split, seed: int, as_json: bool
) -> dict[str, pipeline.EvaluatedModel]:
    screen = err if as_json else out
    for name in (name for name in _TRAINED if name in models):
        screen.print(f"Training {name}: {_description(models[name], has_stars=dataset.ratings.scale is not None)}")
    with progress_bar() as progress:
        measured = pipeline.compare(models, dataset, parts, seed=seed, metrics=_METRICS, progress=progress)
    times = [f"{name} {measured[name].fit.seconds:.1f} s" for name in _TRAINED if name in measured]
    screen.print(f"trained: {', '.join(times)}")
    return measured


def _description(model: Model, *, has_stars: bool) -> str:
    """What a model that is trained consists of."""
    if not isinstance(model, Blend):
        return _TRAINED[model.name]
    with_torch = AUTO_RANKERS if is_torch_installed() else CLOSED_FORMS
    names = with_torch if model.rankers == "auto" else model.rankers
    rankers = f"{' and '.join(names)} {'rank' if len(names) > 1 else 'ranks'}"
    return f"{rankers}, {_TRAINED[model.name]}" if has_stars else rankers


def _comparisons(measured: Mapping[str, pipeline.EvaluatedModel]) -> list[tuple[str, str]]:
    """What blend is compared with: metric and the name of the other model."""
    pairs = [("ndcg@10", "popularity"), ("rmse", "gcn" if "gcn" in measured else "bias")]
    return [(metric, name) for metric, name in pairs if metric in measured["blend"].report.summary]


def _difference(measured: Mapping[str, pipeline.EvaluatedModel], metric: str, baseline: str) -> Metric:
    return paired(measured["blend"].report, measured[baseline].report, metric)


def _figures(
    measured: Mapping[str, pipeline.EvaluatedModel], out_path: Path, interactions: Interactions
) -> Mapping[str, Any]:
    """All that the demo shows, JSON-ready."""
    recommender, user = Recommender(Bundle.load(out_path)), typical_user(interactions)
    picks = recommender.recommend(user, 10)
    return {
        "bundle": str(out_path),
        "models": [report_row(name, result) for name, result in measured.items()],
        "differences": [
            {"metric": metric, "model": "blend", "baseline": baseline}
            | dataclasses.asdict(_difference(measured, metric, baseline))
            for metric, baseline in _comparisons(measured)
        ],
        "user_id": user,
        "items": [
            {**record, "reason": recommender.explain(user, record["item_id"]).sentence}
            for record in as_records(picks, {})
        ],
    }
