"""How data sets, cleaning and measurements look in the shell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelgraph import pipeline
from reelgraph.bundle import installed_versions
from reelgraph.cli.output import print_table, progress_bar
from reelgraph.core import CleanReport, Dataset, EvalReport
from reelgraph.data import DATASETS, get
from reelgraph.evaluation import as_rows


def locate(source: str) -> str | Path:
    """A path as it is; the name of a published data set as its downloaded file."""
    if source in DATASETS and not Path(source).exists():
        with progress_bar() as progress:
            return get(source, progress=progress)
    return source if source == "sample" else Path(source)


def open_data(source: str) -> tuple[Dataset, CleanReport]:
    """Read and clean what was named on the command line."""
    return pipeline.load(locate(source))


def clean_summary(report: CleanReport) -> str:
    """One line: what came in, what went out, and why."""
    steps = [f"{step.name} {step.count:,}" for step in report.steps if step.count and step.action == "dropped"]
    dropped = f"; dropped: {', '.join(steps)}" if steps else "; nothing dropped"
    return f"{report.rows_in:,} ratings read, {report.rows_out:,} kept{dropped}"


def clean_table(report: CleanReport) -> None:
    """Every step of cleaning, with its examples."""
    rows = [[step.name, step.action, step.count, "; ".join(step.examples)] for step in report.steps]
    caption = f"{report.rows_in:,} rows in - {report.dropped:,} dropped = {report.rows_out:,} rows out"
    print_table("Cleaning", ["step", "action", "count", "examples"], rows, caption)


def report_table(reports: Mapping[str, EvalReport], title: str) -> None:
    """One row a metric, one column a model, each figure with its 95 % interval."""
    metrics = list(dict.fromkeys(metric for report in reports.values() for metric in report))
    # Three models side by side fit into 80 columns only with the intervals under the means.
    gap = " " if len(reports) < 3 else "\n"
    rows = [
        [
            metric,
            *(
                str(report[metric]).replace(" ", gap, 1) if metric in report.summary else "-"
                for report in reports.values()
            ),
        ]
        for metric in metrics
    ]
    protocol = next(iter(reports.values())).protocol
    print_table(title, ["metric", *reports], rows, protocol)


def report_row(name: str, measured: pipeline.Measured) -> dict[str, Any]:
    """A measurement as JSON-ready figures."""
    return {
        **as_rows({name: measured.report})[0],
        "fit_seconds": round(measured.fit.seconds, 3),
        "score_seconds": round(measured.score_seconds, 3),
        "best_epoch": measured.fit.best_epoch,
        "versions": installed_versions(),
    }
