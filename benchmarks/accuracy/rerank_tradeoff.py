"""What each dial costs in accuracy, on the validation part: variety, calibration, popular to niche, safe to bold.

``python -m benchmarks.accuracy.rerank_tradeoff PROTOCOL --model NAME --data DIR [--by niche] [--picture FILE]
[--json]`` fits a model on the train part and prints, for each place of the dial, NDCG and recall beside diversity,
miscalibration, popularity lift and coverage, with intervals and the paired differences to dial 0. With ``--json`` one
JSON object a place. The test part is not looked at.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import Model, PredictsDistribution
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import PROTOCOLS, PreparedData, Protocol
from reelgraph.pipeline import prepare
from reelgraph.recommend.rerank.tradeoff import RerankOption, TradeoffPoint, measure_tradeoff

ALL: tuple[RerankOption, ...] = get_args(RerankOption)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    protocol: Annotated[str, typer.Argument(help=f"One of: {', '.join(PROTOCOLS)}.")],
    model: Annotated[str, typer.Option(help="The model.")] = "popularity",
    data: Annotated[Path, typer.Option(help="The folder that holds the data sets, or one data set.")] = Path("data"),
    by: Annotated[str | None, typer.Option(help=f"{', '.join(ALL)}; all that the model can do if not given.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with other settings of the model.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and the fit.")] = 0,
    picture: Annotated[Path | None, typer.Option(help="Draw accuracy against diversity into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a place on stdout, nothing else.")] = False,
) -> None:
    """Measure the re-rankers along their dials."""
    if protocol not in PROTOCOLS:
        raise ConfigError.unknown(protocol, PROTOCOLS)
    wanted = tuple(one for one in ALL if by in (None, one))
    if not wanted:
        raise ConfigError.unknown(str(by), ALL)
    chosen = pipeline.make_model(model, config)
    prepared = prepare(PROTOCOLS[protocol], data, seed)
    curves = prices(PROTOCOLS[protocol], prepared, chosen, wanted, seed)
    for name, points in curves.items():
        if as_json:
            _lines(points, {"protocol": protocol, "model": chosen.name, "by": name, "part": "valid", "seed": seed,
                            "data_sha256": prepared.dataset.sha256, "versions": installed_versions()})  # fmt: skip
        else:
            _table(points, f"{chosen.name}, {protocol}, validation part: the dial of {name}")
    if picture is not None:
        from reelgraph.plots import price_curve

        price_curve(curves).savefig(picture)


def prices(
    protocol: Protocol, prepared: PreparedData, model: Model, by: Sequence[RerankOption], seed: int = 0
) -> dict[str, tuple[TradeoffPoint, ...]]:
    """The curve of each re-ranker, of one fit, on the validation part."""
    parts = prepared.split
    scorer = model.fit(parts.train, pipeline.fit_context(prepared.dataset, parts, seed=seed)).scorer
    genres = pipeline.genres_of(prepared.dataset, parts)
    if len(by) > 1 and not isinstance(scorer, PredictsDistribution):
        by = tuple(name for name in by if name != "bold")
    return {
        name: measure_tradeoff(
            scorer, parts.valid, genres, name, k=protocol.k, train=parts.train, relevant_from=protocol.relevant_from,
            seed=seed,
        )
        for name in by
    }  # fmt: skip


def _lines(points: Sequence[TradeoffPoint], head: dict[str, Any]) -> None:
    for point in points:
        kinds = {"metrics": point.report.summary, "difference": point.difference}
        figures = {
            kind: {name: {"mean": f.mean, "low": f.low, "high": f.high} for name, f in of.items()}
            for kind, of in kinds.items()
        }
        print(json.dumps(finite({**head, "dial": point.weight, **figures})), flush=True)


def _table(points: Sequence[TradeoffPoint], title: str) -> None:
    names = list(points[0].report)
    rows = [[f"{point.weight:g}", *(_cell(point, name) for name in names)] for point in points]
    print_table(title, ["dial", *names], rows, "under each figure: the paired difference to dial 0 with its interval")


def _cell(point: TradeoffPoint, name: str) -> str:
    if name not in point.report.summary:
        return "-"
    figure = str(point.report[name]).replace(" ", "\n", 1)
    if not point.weight or name not in point.difference:
        return figure
    change = point.difference[name]
    return f"{point.report[name].mean:.4f}\n{change.mean:+.4f}\n[{change.low:+.4f}, {change.high:+.4f}]"


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.accuracy.rerank_tradeoff"))
