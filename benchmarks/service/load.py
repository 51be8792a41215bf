"""The service under load, the load generator on the same machine.

``python -m benchmarks.service.load --data FOLDER`` makes, where they are not there, a bundle of 87,000 movies (low-rank
filter, 64 dimensions) and an SQLite store of 1,000,000 people, both generated, and serves them with one worker, keys
and rate limits switched on. `wrk` asks: for known people drawn at random; one person at a time with 100 ratings in the
body; 80 % recommend, 10 % rate, 5 % similar and 5 % search, with an eye on the memory; and for known people while other
bundles are put in the place of the one in use. Beside it the same retrieval as anybody would write it, see
`plain_handler`. Every answer that is neither 2xx nor 3xx counts as failed. One JSON object a run.

``--before COMMIT`` asks for known people, in turns, the service of an older commit and the one here, and compares the
lists of 200 people. ``--model blend`` has a bundle that ranks and predicts stars as the default model does.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import httpx
import numpy as np
import psutil
import typer

from benchmarks.service.attacks.target import source_tree_of
from benchmarks.service.generated_data import Kind, World, bundle, prepare
from benchmarks.service.wrk import Load, wrk
from reelgraph.bundle import installed_versions
from reelgraph.store import open_store

_PLAIN_USERS = 20_000
_TURNS, _COMPARED = 2, 200  # of services beside each other; people whose lists are compared
_MIB = 2**20


def main(
    data: Annotated[Path, typer.Option(help="Folder for the generated bundle and store, a gigabyte.")],
    movies: Annotated[int, typer.Option(min=1_000)] = 87_000,
    users: Annotated[int, typer.Option(min=_PLAIN_USERS)] = 1_000_000,
    ratings: Annotated[float, typer.Option(help="Asked for a person; some are drawn twice.")] = 18.0,
    seconds: Annotated[int, typer.Option(min=1, help="Of each run but the mixed one.")] = 30,
    mixed_seconds: Annotated[int, typer.Option(min=1)] = 300,
    only: Annotated[list[str] | None, typer.Option(help="known, plain, fold-in, mixed or swap; repeatable.")] = None,
    model: Annotated[str, typer.Option(help="low-rank or blend; plain and swap are for the first.")] = "low-rank",
    before: Annotated[str | None, typer.Option(help="Ask the service of this commit, too.")] = None,
) -> None:
    """Print one JSON object a run."""
    if model not in get_args(Kind):
        raise typer.BadParameter(f"{model!r} is not valid: expected low-rank or blend", param_hint="--model")
    data.mkdir(parents=True, exist_ok=True)
    place, people = prepare(data, movies, users, ratings, cast(Kind, model))
    if before is not None:
        with source_tree_of(before) as tree:
            known = Load("known", {"users": users}, seconds, 8)
            for row in _beside(place, people, known, {before[:7]: tree, "now": Path(__file__).parents[2]}):
                print(json.dumps({"run": "known", "model": model, "movies": movies, "users": users, **row}), flush=True)
        return
    plain = Load("known", {"users": _PLAIN_USERS}, seconds, 8)
    runs: Mapping[str, Callable[[], dict[str, Any]]] = {
        "known": lambda: _ask(place, people, Load("known", {"users": users}, seconds, 8)),
        "plain": lambda: _ask_plain(place, people, plain),
        "fold-in": lambda: _ask(place, people, Load("fold-in", {"movies": movies}, seconds, 1)),
        "mixed": lambda: _mixed(place, people, Load("mixed", {"users": users, "movies": movies}, mixed_seconds, 8)),
        "swap": lambda: _swap(place, people, Load("known", {"users": users}, seconds, 8), movies),
    }
    for name, run in runs.items():
        if not only or name in only:
            print(json.dumps({"run": name, "movies": movies, "users": users, **run()}), flush=True)
    print(json.dumps({"versions": installed_versions(), "cpus": os.cpu_count()}))


def _ask(place: Path, people: Path, load: Load) -> dict[str, Any]:
    with _serving(place, people) as (url, key, _):
        return _measured(url, key, load)


def _beside(place: Path, people: Path, load: Load, trees: Mapping[str, Path]) -> Iterator[dict[str, Any]]:
    """The same load on services of several source trees, in turns; their requests a second, and whether lists agree."""
    rates: dict[str, list[float]] = {label: [] for label in trees}
    lists: dict[str, list[Any]] = {}
    for turn in range(_TURNS):
        for label, tree in trees.items():
            with _serving(place, people, tree) as (url, key, _):
                row = _measured(url, key, load)
                rates[label].append(row["requests"] / row["seconds"])
                if turn == 0:
                    lists[label] = [_list_of(url, key, user) for user in range(_COMPARED)]
            yield {"commit": label, "turn": turn, **row}
    first, last = (float(np.median(rates[label])) for label in trees)
    same = sum(one == other for one, other in zip(*lists.values(), strict=True))
    yield {"times_the_requests": round(last / first, 2), "same_lists": same, "of": _COMPARED}


def _list_of(url: str, key: str, user: int) -> list[Any]:
    answer = httpx.get(f"{url}/api/recommend/u{user}", params={"n": 10}, headers={"X-API-Key": key})
    return [item["item_id"] for item in answer.raise_for_status().json()["items"]]


def _ask_plain(place: Path, people: Path, load: Load) -> dict[str, Any]:
    port = _free_port()
    given = {"PLAIN_BUNDLE": place, "PLAIN_STORE": people, "PLAIN_USERS": load.given["users"], "PLAIN_PORT": port}
    environment = {**os.environ, **{name: str(value) for name, value in given.items()}, "OPENBLAS_NUM_THREADS": "1"}
    with _process([sys.executable, "-m", "benchmarks.service.plain_handler"], environment):
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/api/recommend/u1")
        return _measured(url, "", load)


def _measured(url: str, key: str, load: Load) -> dict[str, Any]:
    """After a tenth of the time to warm up."""
    wrk(url, key, load.shortened(0.1))
    return wrk(url, key, load)


def _mixed(place: Path, people: Path, load: Load) -> dict[str, Any]:
    with _serving(place, people) as (url, key, process):
        wrk(url, key, load.shortened(0.1))
        memory: list[float] = []
        done = threading.Event()

        def look() -> None:
            while not done.wait(load.seconds / 60):
                memory.append(psutil.Process(process.pid).memory_info().rss / _MIB)

        looking = threading.Thread(target=look)
        looking.start()
        found = wrk(url, key, load)
        done.set()
        looking.join()
        third = max(1, len(memory) // 3)
        thirds = [round(float(np.mean(part)), 1) for part in (memory[:third], memory[third:-third], memory[-third:])]
        dropped = _metric(httpx.get(f"{url}/metrics").text, "reelgraph_served_lists_dropped_total")
        return {**found, "memory_mib_by_thirds": thirds, "most_mib": round(max(memory), 1), "lists_dropped": dropped}


def _swap(place: Path, people: Path, load: Load, movies: int) -> dict[str, Any]:
    """Other bundles come while it is asked; at the end the first one is there again."""
    world = World.of(movies)
    with _serving(place, people) as (url, key, _):
        used = {httpx.get(f"{url}/api/health/live").json()["bundle"]}
        found: list[dict[str, Any]] = []
        asking = threading.Thread(target=lambda: found.append(wrk(url, key, load)))
        asking.start()
        for version in (1, 2, 0):
            bundle(world, version).save(place)
            until = time.monotonic() + load.seconds / 4
            while time.monotonic() < until:
                used.add(httpx.get(f"{url}/api/health/live").json()["bundle"])
                time.sleep(0.1)
        asking.join()
        reloads = _metric(httpx.get(f"{url}/metrics").text, 'reelgraph_bundle_reloads_total{outcome="loaded"}')
        return {**found[0], "bundles_seen": len(used), "swaps": reloads}


def _metric(text: str, name: str) -> float:
    return next(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


@contextlib.contextmanager
def _serving(place: Path, people: Path, tree: Path | None = None) -> Iterator[tuple[str, str, subprocess.Popen[bytes]]]:
    """A service as an operator starts it, of the package here or of a source tree: address, key and process."""
    store = open_store(people)
    key = store.add_key("benchmark", ["read", "write"])
    store.close()
    port = _free_port()
    words = [
        "serve",
        str(place),
        "--store",
        str(people),
        "--port",
        str(port),
        "--rate",
        "1000000",
        "--burst",
        "1000000",
    ]
    environment = dict(os.environ) if tree is None else {**os.environ, "PYTHONPATH": str(tree / "src")}
    with _process([sys.executable, "-m", "reelgraph", *words], environment) as process:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/api/health/ready")
        yield url, key, process


@contextlib.contextmanager
def _process(words: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(url: str) -> None:
    until = time.monotonic() + 300
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url).status_code == 200:
                return
        if time.monotonic() > until:
            raise TimeoutError(url)
        time.sleep(0.1)


if __name__ == "__main__":
    typer.run(main)
