"""Run the notebooks from top to bottom and keep their outputs: ``python -m notebooks.build`` (or ``make notebook``).

``python -m notebooks.build tour`` runs one of them. A notebook is its own source: edit it, then build. What changes
from run to run (times of execution) is taken out, so that a rebuild without a change of content leaves a small diff.
`REELGRAPH_TOUR_DATA` names other data for the tour; the benchmark downloads its data, or takes the folder that
`REELGRAPH_ML_100K` names.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from notebooks.pictures import small_png

TOUR, BENCHMARK = (Path(__file__).parent / f"{name}.ipynb" for name in ("tour", "benchmark"))


def parameters_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The cell tagged ``parameters``."""
    return next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))


def run(path: Path = TOUR, settings: Mapping[str, Any] | None = None, timeout: int = 600) -> nbformat.NotebookNode:
    """Execute a notebook in a fresh kernel and return it with its outputs; nothing is written.

    Args:
        path: the notebook.
        settings: values that replace those of the parameters cell, by name.
        timeout: seconds for a cell.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    # Torch and scikit-learn on several threads wait for each other on a busy machine; this work is small.
    # And tqdm warns where there are no Jupyter widgets.
    quiet = {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore:IProgress not found"}
    notebook = nbformat.read(path, as_version=4)
    cell = parameters_cell(notebook)
    cell.source += "".join(f"\n{name} = {value!r}" for name, value in (settings or {}).items())
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=resources).execute(
        env={**quiet, **os.environ}
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                png = small_png(base64.b64decode(output.data["image/png"]))
                output.data["image/png"] = base64.b64encode(png).decode()
    return notebook


if __name__ == "__main__":
    for path in (TOUR, BENCHMARK):
        if not sys.argv[1:] or path.stem in sys.argv[1:]:
            nbformat.write(run(path), path)
            print(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB")
