"""Tables in a shell of 80 columns."""

import io
import subprocess
import sys

import pytest
from rich.console import Console

from reelgraph.cli import output
from reelgraph.cli.tables import report_table
from reelgraph.core import EvalReport, Metric, Progress

FIGURE = "0.7898 [0.5324, 1.1045]"


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    written = io.StringIO()
    monkeypatch.setattr(output, "out", Console(file=written, width=80, highlight=False, markup=False))
    return written


@pytest.mark.parametrize("models", [1, 2, 3])
def test_no_name_and_no_figure_of_a_report_is_cut(paper: io.StringIO, models: int) -> None:
    summary = {name: Metric(0.7898, 0.5324, 1.1045) for name in ("precision_rated@10", "coverage_80", "ece")}
    report = EvalReport({}, {}, summary, "by hand", 0)
    report_table({f"model-{n}": report for n in range(models)}, "Quality")
    text = paper.getvalue()
    assert "precision_rated@10" in text
    assert text.count("[0.5324, 1.1045]") == 3 * models
    assert "…" not in text


def test_a_table_too_wide_is_turned_and_set_in_blocks(paper: io.StringIO) -> None:
    metrics = [f"metric-{n}" for n in range(9)]
    rows = [[f"model-{n}", *([FIGURE] * 9), 1234] for n in range(3)]
    output.print_table("Wide", ["model", *metrics, "MiB"], rows, "a caption")
    text = paper.getvalue()
    lines = text.splitlines()
    # 10 + 23 + 23 and their borders fit, a third model does not.
    assert [line.split() for line in lines if "model" in line] == [
        ["┃", "model", "┃", "model-0", "┃", "model-1", "┃"],
        ["┃", "model", "┃", "model-2", "┃"],
    ]
    assert sum(f"│ {FIGURE} │ {FIGURE} │" in line for line in lines) == 9
    assert text.count(FIGURE) == 27
    assert text.count("1,234") == 3
    assert (text.count("Wide"), text.count("a caption")) == (1, 1)
    assert "…" not in text


def test_a_table_that_fits_and_a_long_one_stay_as_they_are(paper: io.StringIO) -> None:
    output.print_table("Small", ["a", "b", "c"], [[1, 2, 3]])
    output.print_table("None", ["a", "b", "c"], [])
    output.print_table("Long", ["title", "x" * 90], [["one", 1], ["two", 2]])
    heads = [line.split()[1] for line in paper.getvalue().splitlines() if line.startswith("┃")]
    assert heads == ["a", "a", "title"]


WIDTHS = """
import os
os.environ["COLUMNS"] = "123"
from reelgraph.cli.output import err, out
os.environ["COLUMNS"] = "77"
print(out.width, err.width)
"""


def test_the_width_is_read_when_something_is_printed() -> None:
    shell = subprocess.run([sys.executable, "-c", WIDTHS], capture_output=True, text=True, check=True)
    assert shell.stdout.split() == ["77", "77"]


@pytest.mark.parametrize("width", [80, 160])
def test_no_number_beside_a_progress_bar_is_cut(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    written = io.StringIO()
    monkeypatch.setattr(output, "err", Console(file=written, width=width, highlight=False))
    values = {"loss": 0.6129, "mse": 0.8032, "recall@10": 0.0637}
    with output.progress_bar() as progress:
        assert progress is not None
        progress(Progress("blend choose", 7, 50, "epochs", values))
        progress(Progress("blend train", 220, 220, "sweeps", {"loss": 1.4607, "rmse": 0.8141}))
    lines = written.getvalue().splitlines()
    assert any("7/50" in line and "epochs loss 0.6129 mse 0.8032 recall@10 0.0637 0:00:00" in line for line in lines)
    assert any("220/220 sweeps loss 1.4607 rmse 0.8141" in line and line.endswith("0:00:00") for line in lines)
