"""Kill -9 under write load, again and again: is everything acknowledged still there?

Run with ``python -m benchmarks.service.crash_recovery``.

Eight threads rate as fast as they can, each rating by a person of its own; after a while, drawn by seed, the writing
process is killed with SIGKILL, and each person whose rating was acknowledged is looked for. The writing process is
one that uses the store itself, or with --bundle the service, asked over HTTP. With --gate it retrains meanwhile, and
the bundle in use is looked at too: see `gate_kills`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.service import gate_kills
from reelgraph.bundle import Bundle
from reelgraph.store import NewRating, Store, open_store
from tests import postgres_server

_THREADS = 8
_STARS = 4.0
_SHORTEST, _LONGEST = 0.05, 0.5  # seconds of load before the kill

Load = Callable[[str, int, float], set[str]]  # store, round, seconds -> people whose rating was acknowledged


@dataclass(frozen=True)
class Killed:
    """What the kills left.

    Args:
        store: kind of database.
        through: what was killed.
        kills: how often.
        acknowledged: ratings, over all rounds.
        kept: people in the store at the end; those beyond ``acknowledged`` had not been told yet.
        lost: acknowledged ratings that are not there, after their round or at the end.
        differences: rows in which the state differs from the log at the end.
    """

    store: str
    through: str
    kills: int
    acknowledged: int
    kept: int
    lost: int
    differences: int


def missing(store: Store, people: set[str], item: str) -> set[str]:
    """Those of the people whose rating is not there."""
    found = {name: store.person(name) for name in people}
    return {name for name, one in found.items() if one is None or item not in one.ratings}


def run(kind: str, url: str, load: Load, through: str, item: str, times: int, seed: int = 0) -> Killed:
    """Kill so many times.

    Args:
        kind: of database, to be told.
        url: of an empty store.
        load: writes until it is killed.
        through: what is killed, to be told.
        item: that is rated.
        times: kills.
        seed: of the times at which they come.
    """
    draw = random.Random(seed)
    everybody: set[str] = set()
    lost: set[str] = set()
    for number in range(times):
        acknowledged = load(url, number, draw.uniform(_SHORTEST, _LONGEST))
        store = open_store(url)
        lost |= missing(store, acknowledged, item)
        store.close()
        everybody |= acknowledged
    store = open_store(url)
    lost |= missing(store, everybody, item)
    kept, differences = store.counts().users, store.rebuild().differences
    store.close()
    return Killed(kind, through, times, len(everybody), kept, len(lost), differences)


def store_load(item: str) -> Load:
    """A process that writes to the store."""

    def load(url: str, number: int, seconds: float) -> set[str]:
        context = multiprocessing.get_context("spawn")
        told, says = context.Pipe(duplex=False)
        process = context.Process(target=_write, args=(url, number, item, says), daemon=True)
        process.start()
        says.close()
        acknowledged: set[str] = set()
        deadline = float("inf")
        while time.monotonic() < deadline:
            if told.poll(0.01):
                acknowledged.add(told.recv())
                deadline = min(deadline, time.monotonic() + seconds)  # from the first acknowledgement on
            elif not process.is_alive():
                raise RuntimeError("the writer ended by itself")
        process.kill()
        process.join()
        with suppress(EOFError):
            while True:  # what it had said before it died; a word cut in two is none
                acknowledged.add(told.recv())
        return acknowledged

    return load


def _write(url: str, number: int, item: str, says: Connection) -> None:
    store, lock = open_store(url), threading.Lock()

    def work(thread: int) -> None:
        for count in range(10**9):
            name = f"{number}-{thread}-{count}"
            store.rate([NewRating(name, item, _STARS, count)])
            with lock:
                says.send(name)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def service_load(bundle: Path, item: str) -> Load:
    """``reelgraph serve``, asked over HTTP."""
    import httpx

    def load(url: str, number: int, seconds: float) -> set[str]:
        port = _free_port()
        words = ["serve", str(bundle), "--store", url, "--port", str(port), "--open", "--rate", "0", "--watch", "0"]
        process = subprocess.Popen([sys.executable, "-m", "reelgraph", *words], stderr=subprocess.DEVNULL)
        acknowledged: set[str] = set()

        def work(thread: int) -> None:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client, suppress(httpx.HTTPError):
                for count in range(10**9):
                    name = f"{number}-{thread}-{count}"
                    rating = {"user_id": name, "item_id": item, "stars": _STARS}
                    if client.post("/api/ratings", json=[rating]).raise_for_status():
                        acknowledged.add(name)

        try:
            _wait_until(lambda: httpx.get(f"http://127.0.0.1:{port}/api/health/ready").is_success, process)
            threads = [threading.Thread(target=work, args=(thread,)) for thread in range(_THREADS)]
            for thread in threads:
                thread.start()
            _wait_until(lambda: bool(acknowledged), process)  # the load counts from the first acknowledgement on
            time.sleep(seconds)
        finally:
            process.kill()
            process.wait()
        for thread in threads:
            thread.join()
        return acknowledged

    return load


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the service ended by itself")
        with suppress(OSError, Exception):
            if ready():
                return
        time.sleep(0.05)
    raise RuntimeError(f"the service did not answer for {seconds:.0f} s")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def _address(kind: str) -> Iterator[str]:
    """The address of a new store."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield os.fspath(Path(folder) / "people.db")
        return
    with postgres_server.server() as server:
        yield server.new_database("people")


def main(words: Sequence[str] | None = None) -> int:
    """Run it; 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service.crash_recovery", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--bundle", type=Path, help="kill the service of this bundle, in place of a bare writer")
    parser.add_argument("--gate", action="store_true", help="kill a process that retrains and rates")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(words)
    item = "1" if asked.bundle is None else str(Bundle.load(asked.bundle).items.ids[0])
    load = store_load(item) if asked.bundle is None else service_load(asked.bundle, item)
    through = "writer" if asked.bundle is None else "service"
    lost = 0
    for kind in ("sqlite", "postgresql") if asked.store == "both" else (asked.store,):
        with _address(kind) as url:
            if asked.gate:
                killed = gate_kills.run(kind, url, asked.times, asked.seed)
                print(json.dumps(asdict(killed)), flush=True)
                lost += killed.lost + killed.differences + killed.unusable
                continue
            found = run(kind, url, load, through, item, asked.times, asked.seed)
        print(json.dumps(asdict(found)), flush=True)
        lost += found.lost + found.differences
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
