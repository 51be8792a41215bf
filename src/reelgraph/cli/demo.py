"""``reelgraph demo``: the whole walk on real ratings, in a minute or two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph.bundle import Bundle, require_bundle_path
from reelgraph.cli.options import Seed
from reelgraph.cli.output import out, print_table, progress_bar
from reelgraph.cli.recommend import lines, order_note
from reelgraph.cli.serve import announce, default_store
from reelgraph.cli.tables import clean_table, open_data, report_table
from reelgraph.core import Dataset, Interactions
from reelgraph.data import PerUser, index, split
from reelgraph.evaluation import paired
from reelgraph.graph import BipartiteGraph
from reelgraph.recommend import Recommender
from reelgraph.serve import ServeSettings, require, run

_METRICS = ("rmse", "mse", "mae", "precision_rated", "recall_rated", "ndcg", "recall", "hit", "coverage", "novelty")
_MODELS = ("popularity", "bias", "gcn")


def demo(
    data: Annotated[
        str, typer.Argument(metavar="[DATA]", help="A data set; the sample ratings when not given.")
    ] = "sample",
    out_path: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Folder to write.")] = Path("out/demo"),
    config_file: Annotated[Path | None, typer.Option("--config", help="TOML file with other settings for gcn.")] = None,
    seed: Seed = 0,
    serve: Annotated[
        bool, typer.Option("--serve", help="Then train the default model too, and open its page on this machine.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Of the service; 0 for a free one.")] = 8000,
) -> None:
    """Walk the whole way on real ratings: clean, graph, train, measure, recommend.

    Examples:
      reelgraph demo

      reelgraph demo --serve

      reelgraph demo ml-100k/ --out out/ml-100k
    """
    require_bundle_path(out_path)  # before the work, not after it
    shown = out_path.with_name(f"{out_path.name}-page")
    settings = ServeSettings(shown, default_store(shown), port=port, open=True)
    if serve:
        require()
        require_bundle_path(shown)
    dataset, report = open_data(data)
    clean_table(report)
    inter = index(dataset.ratings)
    parts = split(inter, PerUser(valid=0.1, test=0.1), seed)
    _graph_table(BipartiteGraph.build(parts.train), parts.spec.counts)
    models = {name: pipeline.make_model(name) for name in _MODELS}
    if config_file is not None:
        models["gcn"] = pipeline.make_model("gcn", config_file)
    out.print("Training gcn (embeddings, graph convolutions, linear output on the pair, squared error)")
    with progress_bar() as progress:
        measured = pipeline.compare(models, dataset, parts, seed=seed, metrics=_METRICS, progress=progress)
    gcn = measured["gcn"]
    out.print(f"gcn: {gcn.fit.stopped_because}; best epoch {gcn.fit.best_epoch}; {gcn.fit.seconds:.1f} s")
    report_table({name: one.report for name, one in measured.items()}, "Quality on the test part, 95 % intervals")
    difference = paired(gcn.report, measured["bias"].report, "mse")
    out.print(f"MSE of gcn minus MSE of bias, paired over people: {difference}")
    out.print(
        "gcn learns stars; on naming the next movie someone rates (ndcg, recall, hit) popularity is hard to beat."
    )
    bundle = Bundle.create(gcn.fit, dataset, parts, model=gcn.model, seed=seed, report=gcn.report)
    bundle.save(out_path)
    _show_person(Recommender(Bundle.load(out_path)), _typical_user(inter))
    out.print(f'wrote {out_path}; next: reelgraph similar {out_path} --item "Toy Story (1995)"', soft_wrap=True)
    if serve:
        _train_for_the_page(dataset, shown, seed)
        run(settings, lambda url: announce(settings, url))


def _train_for_the_page(dataset: Dataset, place: Path, seed: int) -> None:
    """What the page shows best: reasons that add up, and how sure the stars are."""
    out.print("Training blend, the default: graph-filter ranks, bayes-gcn predicts the stars")
    with progress_bar() as progress:
        trained = pipeline.train(dataset, pipeline.make_model("blend"), seed=seed, progress=progress)
    trained.bundle.save(place)
    report_table({"blend": trained.measured.report}, "Quality on the test part, 95 % intervals")


def _graph_table(graph: BipartiteGraph, counts: Mapping[str, int]) -> None:
    found = graph.statistics()
    rows: list[list[object]] = [
        ["users", f"{found.users:,}"],
        ["movies", f"{found.items:,}"],
        ["edges (training ratings)", f"{found.edges:,}"],
        ["density", f"{found.density:.4f}"],
        ["ratings of the median user", f"{found.median_user_degree:g}"],
        ["ratings of the median movie", f"{found.median_item_degree:g}"],
        ["movies without a training rating", f"{found.isolated_items:,}"],
        ["split", ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)],
    ]
    print_table("The user-movie graph", ["what", "value"], rows)


def _typical_user(inter: Interactions) -> int | str:
    """The id of the user whose number of ratings is the upper quartile: enough to have a taste."""
    counts = np.bincount(inter.user_row, minlength=inter.n_users)
    order = np.argsort(counts, kind="stable")
    chosen: int | str = inter.users.ids[order[int(0.75 * (len(order) - 1))]].item()
    return chosen


def _show_person(recommender: Recommender, user: int | str) -> None:
    loved = [[line.title, ", ".join(line.genres), f"{line.score:g}"] for line in recommender.loved(user)]
    print_table(f"Five movies that user {user} loved", ["title", "genres", "stars given"], loved)
    answer = recommender.recommend(user, 10)
    columns, rows = lines(answer)
    print_table(f"Ten recommended to user {user}", columns, rows, order_note(answer))
