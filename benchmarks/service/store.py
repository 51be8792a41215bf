"""``python -m benchmarks.service.store``: how fast a store reads and writes, on generated people with 20 ratings each.

The people are generated: ids are numbers, movies are drawn from 87,000. One line of JSON a store.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.store import Impression, NewRating, open_store
from reelgraph.store.sql_store import SqlStore
from tests import postgres_server

_RATINGS, _MOVIES, _HEAVY = 20, 87_000, 100
_AT_ONCE = 500  # people in one call while filling
_THREADS = 8
_SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}
_MORE = 10**9  # ids of people from here on are not those that were filled in


def fill(store: SqlStore, people: int, seed: int = 0) -> float:
    """Rate for so many people; seconds taken."""
    draw, began = np.random.default_rng(seed), time.perf_counter()
    for first in range(0, people, _AT_ONCE):
        users = range(first, min(first + _AT_ONCE, people))
        movies = draw.integers(0, _MOVIES, (len(users), _RATINGS))
        stars = draw.integers(1, 11, movies.shape) / 2
        store.rate(
            [
                NewRating(str(user), str(movie), star, 1_700_000_000)
                for user, row, given in zip(users, movies.tolist(), stars.tolist(), strict=True)
                for movie, star in zip(row, given, strict=True)
            ]
        )
    return time.perf_counter() - began


def measure(store: SqlStore, folder: Path, people: int, *, seed: int = 0, whole: bool = True) -> dict[str, Any]:
    """Time reads, writes and, where ``whole`` is asked for, what goes over all of the store.

    Args:
        store: filled.
        folder: for a dump, and the store that it is restored into.
        people: in it.
        seed: of who is asked.
        whole: dump, restore, rebuild and vacuum, too.
    """
    draw = random.Random(seed)
    store.rate([NewRating("heavy", str(movie), 4.0, 1) for movie in range(_HEAVY)])
    found: dict[str, Any] = {
        "person_20": _spread(lambda: store.person(str(draw.randrange(people))), 5000),
        "person_100": _spread(lambda: store.person("heavy"), 5000),
        "version": _spread(store.version, 5000),
        "rate_one": _spread(lambda: store.rate([NewRating(str(draw.randrange(people)), "1", 4.0, 1)]), 300),
        "rates_a_second": round(_together(store), 1),
        "bytes_a_served_list": _bytes_of_a_list(store),
    }
    if whole:
        dumped, other = folder / "dump.jsonl.gz", folder / "restored.db"
        found["dump_seconds"] = _seconds(lambda: store.dump(dumped))
        found["dump_mb"] = round(dumped.stat().st_size / 1e6, 1)
        empty = open_store(other)
        found["restore_sqlite_seconds"] = _seconds(lambda: empty.restore(dumped))
        empty.close()
        found["rebuild_seconds"] = _seconds(store.rebuild)
        found["vacuum_seconds"] = _seconds(store.vacuum)
    return found


def size(store: SqlStore) -> int:
    """Bytes of a store in its files, the write-ahead log apart."""
    with store.backend.engine.connect() as connection:
        number: int = connection.exec_driver_sql(_SIZE[connection.dialect.name]).scalar_one()
    return number


def _bytes_of_a_list(store: SqlStore, lists: int = 5000) -> float:
    """Bytes that a served list of ten takes."""
    before, draw = size(store), random.Random(0)
    movies = [tuple(str(draw.randrange(_MOVIES)) for _ in range(10)) for _ in range(lists)]
    scores = tuple(round(draw.random(), 4) for _ in range(10))
    store.add_impressions(
        [Impression(f"list-{n:012}", str(n), movies[n], 1_700_000_000, "0" * 64, scores) for n in range(lists)]
    )
    taken = size(store) - before
    store.delete_impressions(2**40)
    return round(taken / lists, 1)


def _together(store: SqlStore, seconds: float = 3.0) -> float:
    """Ratings a second of threads that wait for the disk together."""
    deadline = time.perf_counter() + seconds

    def work(thread: int) -> int:
        done = 0
        while time.perf_counter() < deadline:
            store.rate([NewRating(str(_MORE + thread), str(done), 4.0, 1)])
            done += 1
        return done

    with ThreadPoolExecutor(_THREADS) as pool:
        return sum(pool.map(work, range(_THREADS))) / seconds


def _spread(call: Callable[[], object], times: int) -> dict[str, float]:
    """Milliseconds: the middle one of many calls, and the one that a hundredth takes longer than."""
    taken = sorted(_once(call) for _ in range(times))
    return {"p50_ms": round(taken[times // 2] * 1e3, 3), "p99_ms": round(taken[times * 99 // 100] * 1e3, 3)}


def _once(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _seconds(call: Callable[[], object]) -> float:
    return round(_once(call), 1)


def main(words: Sequence[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service.store", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--file", type=Path, help="keep the SQLite file here; go on with it where it is filled")
    parser.add_argument("--quick", action="store_true", help="leave out what goes over the whole store")
    asked = parser.parse_args(words)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = os.fspath(asked.file or folder / "people.db")
        if asked.store == "postgresql":
            url = stack.enter_context(postgres_server.server()).new_database("people")
        store = open_store(url)
        stack.callback(store.close)
        report: dict[str, Any] = {"store": asked.store, "people": asked.people, "ratings": asked.people * _RATINGS}
        if not store.users(n=1):
            seconds = fill(store, asked.people)
            report["filled_a_second"] = round(asked.people * _RATINGS / seconds)
        report["bytes_a_rating"] = round(size(store) / report["ratings"], 1)
        print(json.dumps(report | measure(store, folder, asked.people, whole=not asked.quick)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
