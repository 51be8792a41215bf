"""How fast titles are found, and how much memory their index takes."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np

from benchmarks.importing.title_writing import first_part_alone, split_title, typo
from reelgraph.core import Catalogue
from reelgraph.data.titles.title_index import TitleIndex
from reelgraph.data.titles.title_search import TitleSearch

_N_QUERIES = 300


def search_speed(full: Catalogue, seed: int = 0) -> dict[str, Any]:
    """Seconds to build, memory, and milliseconds of warm searches: titles, unfinished titles, and typing errors."""
    started = time.process_time()
    search = TitleSearch(TitleIndex(full))
    search.find("no title has this word", 20)
    build_seconds = time.process_time() - started
    generator = np.random.default_rng(seed)
    chosen = generator.integers(len(full), size=_N_QUERIES)
    titles = [first_part_alone(split_title(str(full.title[row]))[0], generator) for row in chosen]
    queries = {
        "titles": titles,
        "unfinished titles": [title[: max(3, len(title) // 2)] for title in titles],
        "typing errors": [typo(title, generator) for title in titles],
        "single words": [title.split()[0] for title in titles],
    }
    row: dict[str, Any] = {"titles": len(full), "build_cpu_seconds": round(build_seconds, 2)}
    for name, texts in queries.items():
        milliseconds = np.array([_milliseconds(search, text) for text in texts])
        row[name] = {"p50_ms": round(float(np.median(milliseconds)), 2)}
        row[name]["p95_ms"] = round(float(np.quantile(milliseconds, 0.95)), 2)
    tracemalloc.start()
    search = TitleSearch(TitleIndex(full))
    search.find("no title has this word", 20)
    row["memory_mib"] = round(tracemalloc.get_traced_memory()[0] / 2**20)
    tracemalloc.stop()
    return row


def _milliseconds(search: TitleSearch, query: str) -> float:
    started = time.perf_counter()
    search.find(query, 20)
    return 1000 * (time.perf_counter() - started)
