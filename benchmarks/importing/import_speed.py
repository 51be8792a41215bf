"""How long the import of a long list takes, and how much memory."""

from __future__ import annotations

import csv
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

import reelgraph as rg
from benchmarks.importing.service_lists import service_list
from reelgraph.core import Catalogue


def import_seconds(full: Catalogue, rows: int, seed: int = 0) -> dict[str, Any]:
    """Wall time, processor time and peak of Python's memory of importing a Letterboxd table of so many rows."""
    entries = [movie.entry for movie in service_list(full, {}, seed)]
    generator = np.random.default_rng(seed)
    chosen = [entries[place] for place in generator.integers(len(entries), size=rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ratings.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("Date", "Name", "Year", "Letterboxd URI", "Rating"))
            writer.writerows(
                ("2024-01-01", entry.title, entry.year or "", f"https://boxd.it/{n}", 4)
                for n, entry in enumerate(chosen)
            )
        started, processor_started = time.perf_counter(), time.process_time()
        imported = rg.import_export(path, full)
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - processor_started
        tracemalloc.start()
        rg.import_export(path, full)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return {
        "rows": imported.rows,
        "titles": len(full),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "peak_mib": round(peak / 2**20),
    }
