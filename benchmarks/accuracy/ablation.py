"""What each part of the default ranking adds, and for whom: the default blend without each of its parts in turn.

``python -m benchmarks.accuracy.ablation PROTOCOL --data DIR [--seed N] [--json]`` fits ``graph-filter`` with all its
parts, without what is rated later and without the low pass, each with its settings chosen anew, and ``lightgcn`` once;
the weights of each pair are chosen as in the default blend. It prints NDCG@10 on the test part, the paired difference
to the default with its 95 % interval, coverage and the mean popularity percentile of the lists. Then the same figures
of the default by group of people: length of the history, gender and age, where the data set has them, with the paired
difference to the default without what is rated later. The stars are left out: they have no part in the ranking.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.accuracy.history_lengths import by_length
from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import EvalReport, FitContext, Interactions, Metric, Scorer
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import PROTOCOLS, PreparedData, Protocol, evaluate, paired
from reelgraph.evaluation.bootstrap import summarise
from reelgraph.evaluation.groups import SMALL, profile_groups
from reelgraph.models.blend_weights import choose_weights
from reelgraph.models.graph_filter.item_graph import GraphSource
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.models.graph_filter.settings_search import SearchLimits, search_settings
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.scorers.blend import BlendScorer

_METRIC = "ndcg@10"
_NAMES = ("graph-filter", "lightgcn")
_FIXED = {"later part": "later_weight", "low pass": "low_pass_weight"}  # part -> the setting that stays 0

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Variant:
    """A ranking and its figures.

    Args:
        name: what is left out.
        about: the weights and settings, in words.
        report: of the test part.
    """

    name: str
    about: str
    report: EvalReport


@app.command()
def main(
    protocol: Annotated[str, typer.Argument(help=f"One of: {', '.join(PROTOCOLS)}.")],
    data: Annotated[Path, typer.Option(help="The folder that holds the data sets, or one data set.")] = Path("data"),
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the fits and the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Measure the default ranking without each of its parts."""
    if protocol not in PROTOCOLS:
        raise ConfigError.unknown(protocol, PROTOCOLS)
    prepared = pipeline.prepare(PROTOCOLS[protocol], data, seed)
    variants = list(measure(PROTOCOLS[protocol], prepared, seed))
    rows = [_row(variant, variants[0]) for variant in variants]
    of_groups = list(group_rows(prepared, variants, seed))
    if as_json:
        about = {"protocol": protocol, "data": prepared.dataset.name, "data_sha256": prepared.dataset.sha256,
                 "seed": seed, "versions": installed_versions()}  # fmt: skip
        for row in [*rows, *of_groups]:
            print(json.dumps(finite({**about, **row})), flush=True)
        return
    columns = ["ranking", "people", _METRIC, "difference", "coverage", "popularity"]
    print_table(f"the default ranking without its parts, {protocol}", columns, [_cells(row) for row in rows])
    if of_groups:
        columns = ["group", "people", _METRIC, "over without later part", "", "popularity"]
        print_table("the default ranking by group", columns, [_cells(row) for row in of_groups])
    print_table("choices", ["ranking", "chosen"], [[variant.name, variant.about] for variant in variants])


def measure(protocol: Protocol, prepared: PreparedData, seed: int) -> Iterator[Variant]:
    """The default, then the default without each part."""
    parts = prepared.split
    context = pipeline.fit_context(prepared.dataset, parts, seed=seed)
    lightgcn = LightGCN().fit(parts.train, context).scorer
    everything, about = _filter(parts.train, context, ())

    def report(scorer: Scorer) -> EvalReport:
        metrics = ["ndcg", "coverage", "popularity"]
        return evaluate(scorer, parts.test, 10, metrics=metrics, train=parts.train,
                        relevant_from=protocol.relevant_from, seed=seed)  # fmt: skip

    def blend(graph_filter: Scorer) -> tuple[Scorer, str]:
        scorers = (graph_filter, lightgcn)
        weights, words = choose_weights(_NAMES, scorers, parts.valid, seed)
        return BlendScorer(scorers, weights), words

    scorer, words = blend(everything)
    yield Variant("default", f"{words}; {about}", report(scorer))
    yield Variant("without lightgcn", "", report(everything))
    for part, setting in _FIXED.items():
        graph_filter, about = _filter(parts.train, context, (setting,))
        scorer, words = blend(graph_filter)
        yield Variant(f"without {part}", f"{words}; {about}", report(scorer))
    yield Variant("lightgcn alone", "", report(lightgcn))


def _filter(train: Interactions, context: FitContext, fixed: tuple[str, ...]) -> tuple[Scorer, str]:
    """``graph-filter`` with its settings chosen, those of ``fixed`` at 0."""
    assert context.valid is not None
    source = GraphSource.of(train, context.catalogue)
    result = search_settings(
        GraphFilter(), source, context.valid, context.seed, lambda trial, best: None, SearchLimits(fixed=fixed)
    )
    if result is None or not isinstance(result.settings, GraphFilter):
        raise ConfigError("protocol", "its validation part has nothing to choose settings by")
    fit = dataclasses.replace(result.settings, choose=False).fit(train, context)
    return fit.scorer, str(result)


def _row(variant: Variant, default: Variant) -> dict[str, Any]:
    report = variant.report
    row = {"ranking": variant.name, "group": "all", "people": len(report.per_user[_METRIC]), "chosen": variant.about}
    row |= {metric: _figures(report[metric]) for metric in (_METRIC, "coverage@10", "popularity@10")}
    if variant is not default:
        row["difference"] = _figures(paired(report, default.report, _METRIC))
    return row


def group_rows(prepared: PreparedData, variants: list[Variant], seed: int) -> Iterator[dict[str, Any]]:
    """The default by group, with the difference to the default without what is rated later."""
    default = variants[0].report
    without = next(variant.report for variant in variants if variant.name == "without later part")
    test = prepared.split.test
    groupings = [by_length(test)]
    if prepared.dataset.profiles is not None:
        user_ids = prepared.split.train.users.ids[test.users]
        kinds = profile_groups(prepared.dataset.profiles, user_ids)
        groupings += [grouping for grouping in kinds if grouping.kind in ("gender", "age band")]
    for grouping in groupings:
        for place, name in enumerate(grouping.names):
            values = default.per_user[_METRIC][grouping.member == place]
            gain = values - without.per_user[_METRIC][grouping.member == place]
            popularity = default.per_user["popularity@10"][grouping.member == place]
            if np.count_nonzero(~np.isnan(values)) < SMALL:
                continue
            figures = summarise({_METRIC: values, "difference": gain, "popularity@10": popularity}, {}, seed)
            yield {
                "ranking": "default",
                "group": f"{grouping.kind} {name}",
                "people": int(np.count_nonzero(~np.isnan(values))),
                "chosen": "",
                **{name: _figures(metric) for name, metric in figures.items()},
            }


def _figures(metric: Metric) -> dict[str, float]:
    return {name: round(float(getattr(metric, name)), 6) for name in ("mean", "low", "high")}


def _cells(row: dict[str, Any]) -> list[object]:
    difference, coverage = row.get("difference"), row.get("coverage@10")
    shown = f"{difference['mean']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]" if difference else ""
    name = row["ranking"] if row["group"] == "all" else row["group"]
    return [name, row["people"], f"{row[_METRIC]['mean']:.4f}", shown,
            f"{coverage['mean']:.4f}" if coverage else "", f"{row['popularity@10']['mean']:.4f}"]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.accuracy.ablation"))
