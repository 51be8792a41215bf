"""``reelgraph evaluate``."""

from __future__ import annotations

from typing import Annotated

import typer

from reelgraph import pipeline
from reelgraph.cli.group_tables import group_rows, group_table, grouped
from reelgraph.cli.options import Config, Data, Json, ModelName, Seed, Settings
from reelgraph.cli.output import err, print_json, progress_bar
from reelgraph.cli.sources import locate
from reelgraph.cli.tables import report_row, report_table
from reelgraph.core import config
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import PROTOCOLS


def evaluate(
    data: Data,
    protocol: Annotated[str, typer.Option("--protocol", help=f"One of: {', '.join(PROTOCOLS)}.")] = "temporal",
    model: ModelName = None,
    config_file: Config = None,
    settings: Settings = None,
    seed: Seed = 0,
    with_groups: Annotated[
        bool, typer.Option("--by-group", help="Also by number of ratings, gender, age and occupation, where known.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit a model and measure it under a named protocol, each figure with its 95 % interval.

    Parts that overlap or reach across a cut in time are refused. Figures below the popularity floor, or better than
    is known to be possible, are warned of on stderr.

    Examples:
      reelgraph evaluate ml-100k/ --protocol ml-100k-u1 --model gcn

      reelgraph evaluate sample --protocol temporal --model popularity --json

      reelgraph evaluate ml-1m/ --protocol recbole-ml-1m --model popularity --by-group
    """
    if protocol not in PROTOCOLS:
        raise ConfigError.unknown(protocol, PROTOCOLS, "protocol")
    chosen = pipeline.make_model(
        model or (None if config_file else "blend"), config_file, config.parse_assignments(settings or [])
    )
    prepared = pipeline.prepare(PROTOCOLS[protocol], locate(data), seed)
    with progress_bar() as progress:
        measured = pipeline.run_protocol(PROTOCOLS[protocol], prepared, chosen, seed, progress)
    for line in pipeline.plausibility_warnings(PROTOCOLS[protocol], prepared, measured):
        err.print(f"WARNING: {chosen.name}: {line}", soft_wrap=True)
    if as_json:
        row = report_row(chosen.name, measured)
        if with_groups:
            row["groups"] = group_rows(grouped(measured, prepared))
        print_json({**row, "protocol": protocol, "text": row["protocol"], "data_sha256": prepared.dataset.sha256})
        return
    report_table({chosen.name: measured.report}, f"{chosen.name}, protocol {protocol}")
    if with_groups:
        group_table(grouped(measured, prepared), f"{chosen.name} by group")
