"""How cleaning and measurements look in the shell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reelgraph.bundle import installed_versions
from reelgraph.cli.output import fits, out, print_table
from reelgraph.core import CleanReport, EvalReport, Metric
from reelgraph.core.display import counted
from reelgraph.data.clean_steps import UNKNOWN_TIMES
from reelgraph.evaluation import as_rows

if TYPE_CHECKING:  # the pipeline imports all models and readers, which those who recommend do without
    from reelgraph import pipeline


def clean_summary(report: CleanReport) -> str:
    """One line: what came in, what went out, and why."""
    steps = [f"{name} {count:,}" for name, count in dropped_rows(report).items()]
    dropped = f"; dropped: {', '.join(steps)}" if steps else "; nothing dropped"
    n_unknown = sum(step.count for step in report.steps if step.name == UNKNOWN_TIMES)
    unknown = f"; {n_unknown:,} without a time, taken as older than all others" if n_unknown else ""
    return f"{counted(report.rows_in, 'rating')} read, {report.rows_out:,} kept{dropped}{unknown}"


def dropped_rows(report: CleanReport) -> dict[str, int]:
    """Name of each step that dropped rows -> their number."""
    return {step.name: step.count for step in report.steps if step.count and step.action == "dropped"}


def clean_table(report: CleanReport, *, only_counted: bool = False) -> None:
    """The steps of cleaning, with their examples; with ``only_counted`` those that found something."""
    steps = [step for step in report.steps if step.count or not only_counted]
    rows = [[step.name, step.action, step.count, "; ".join(step.examples)] for step in steps]
    caption = (
        f"{counted(report.rows_in, 'row')} in - {report.dropped:,} dropped = {counted(report.rows_out, 'row')} out"
    )
    if without_rows := len(report.steps) - len(steps):
        caption += f"; {without_rows} {'other ' if steps else ''}checks found nothing"
    if not steps:
        out.print(f"Cleaning: {caption}")
        return
    print_table("Cleaning", ["step", "action", "count", "examples"], rows, caption)


def report_table(reports: Mapping[str, EvalReport], title: str) -> None:
    """One row a metric, one column a model, each figure with its 95 % interval."""
    metrics = list(dict.fromkeys(metric for report in reports.values() for metric in report))
    columns = ["metric", *reports]
    layouts = [
        [[metric, *(layout(report.summary.get(metric)) for report in reports.values())] for metric in metrics]
        for layout in (_one_line, _two_lines, _two_short_lines)
    ]
    rows = next((rows for rows in layouts if fits(columns, rows)), layouts[-1])
    first = next(iter(reports.values()))
    print_table(title, columns, rows, "; ".join([first.protocol, *first.notes]))


def _one_line(metric: Metric | None) -> str:
    return "-" if metric is None else str(metric)


def _two_lines(metric: Metric | None) -> str:
    """The interval under the mean: three models side by side fit into 80 columns."""
    return _one_line(metric).replace(" ", "\n", 1)


def _two_short_lines(metric: Metric | None) -> str:
    """Three decimals and no brackets: four models side by side fit into 80 columns."""
    if metric is None:
        return "-"
    interval = f"\n{metric.low:.3f}-{metric.high:.3f}" if metric.low < metric.high else ""
    return f"{metric.mean:.3f}{interval}"


def report_row(name: str, measured: pipeline.EvaluatedModel) -> dict[str, Any]:
    """A measurement as JSON-ready figures."""
    return {
        **as_rows({name: measured.report})[0],
        "fit_seconds": round(measured.fit.seconds, 3),
        "score_seconds": round(measured.score_seconds, 3),
        "best_epoch": measured.fit.best_epoch,
        "versions": installed_versions(),
    }
