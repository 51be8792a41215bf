"""Kill -9 in the middle of a retraining: the bundle in use is the old one or the new one, never none.

``python -m benchmarks.service.crash_recovery --gate`` runs it. The process that is killed retrains on the store while
two of its threads rate. A third of the kills comes before the gate, a third while it compares the bundles, and a third
while the new bundle takes the place of the old one.
"""

from __future__ import annotations

import itertools
import multiprocessing
import random
import tempfile
import threading
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from reelgraph.bundle import MANIFEST, Bundle, kept_bundles, read_manifest
from reelgraph.store import NewRating, open_store

_THREADS = 2
_PEOPLE, _MOVIES = 60, 40
# Not polars, whose threads do not survive a fork.
_PRELOAD = ["numba", "scipy.sparse", "scipy.linalg", "sqlalchemy", "alembic", "typer", "rich", "pydantic"]
_PHASES = ("before the gate", "in the gate", "in the exchange")
_AFTER_MESSAGE = ("start", "gate", "exchange")  # what the process says when a phase begins
_SHORTER = 0.7
_MODEL = "popularity"
_ITEM = "1"


@dataclass
class GateKills:
    """What the kills left.

    Args:
        store: kind of database.
        kills: by phase.
        completed: retrainings that were over before the kill.
        old: kills after which the old bundle was in use.
        new: kills after which the new one was.
        unusable: kills after which there was none, or one that cannot be loaded; kept ones included.
        acknowledged: ratings, over all rounds.
        lost: acknowledged ratings that are not in the store.
        differences: rows in which the state differs from the log at the end.
    """

    store: str
    kills: dict[str, int] = field(default_factory=dict)
    completed: int = 0
    old: int = 0
    new: int = 0
    unusable: int = 0
    acknowledged: int = 0
    lost: int = 0
    differences: int = 0


def run(kind: str, url: str, times: int, seed: int = 0) -> GateKills:
    """Kill so many times.

    Args:
        kind: of database, to be told.
        url: of an empty store.
        times: kills.
        seed: of the times at which they come.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    draw, result, people = random.Random(seed), GateKills(kind), set[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder / "data")
        open_store(url).close()
        seconds = _phase_seconds(context, folder, url)
        kills: Counter[str] = Counter()
        number = 0
        while kills.total() < times:
            phase = kills.total() % len(_PHASES)
            before = read_manifest(folder / "current")["digest"]
            names, reached = _round(context, folder, url, number, phase, draw.uniform(0, seconds[phase]))
            number, people = number + 1, people | names
            if reached is None:
                result.completed += 1
            else:
                kills[_PHASES[reached]] += 1
            if reached != phase:  # the phase is shorter than it was when nobody rated
                seconds[phase] *= _SHORTER
            _count_bundle(result, folder / "current", before)
        result.kills = dict(kills)
    store = open_store(url)
    result.acknowledged = len(people)
    result.lost = sum((person := store.person(name)) is None or _ITEM not in person.ratings for name in people)
    result.differences = store.rebuild().differences
    store.close()
    return result


def write_data(folder: Path) -> None:
    """A data set in which everybody rated ten of the first fifteen movies, and two others."""
    folder.mkdir()
    draw, rows = np.random.default_rng(5), []
    for user in range(1, _PEOPLE + 1):
        movies = [*(1 + draw.permutation(15)[:10]).tolist(), *(16 + draw.permutation(_MOVIES - 15)[:2]).tolist()]
        rows += [f"{user},{movie},4.0,{1_000_000_000 + n}" for n, movie in enumerate(movies)]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    names = [f"{movie},Film {movie} (1999),Drama" for movie in range(1, _MOVIES + 1)]
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "\n".join(names) + "\n")


def _phase_seconds(context: multiprocessing.context.ForkServerContext, folder: Path, url: str) -> list[float]:
    """How long each phase takes, from a retraining that nobody kills; the first of two makes the bundle in use."""
    seconds: list[float] = []
    for _ in range(2):
        hears, says = context.Pipe(duplex=False)
        process = context.Process(target=retrain, args=(folder, url, None, says), daemon=True)
        process.start()
        says.close()
        begun: dict[str, float] = {}
        with suppress(EOFError):
            while True:
                begun[hears.recv()] = time.monotonic()
        process.join()
        if process.exitcode:
            raise RuntimeError(f"a retraining that nobody killed ended with {process.exitcode}")
        marks = [begun.get(word, 0.0) for word in (*_AFTER_MESSAGE, "end")]
        seconds = [max(later - earlier, 0.01) for earlier, later in itertools.pairwise(marks)]
    return seconds


def _round(
    context: multiprocessing.context.ForkServerContext, folder: Path, url: str, number: int, phase: int, seconds: float
) -> tuple[set[str], int | None]:
    """One retraining, killed so many seconds after the phase began.

    Returns:
        Whose rating was acknowledged, and the phase in which it was killed; None if it was over before.
    """
    hears, says = context.Pipe(duplex=False)
    process = context.Process(target=retrain, args=(folder, url, number, says), daemon=True)
    process.start()
    says.close()
    names, deadline, reached = set[str](), float("inf"), None
    with suppress(EOFError):
        while True:
            if hears.poll(max(min(deadline - time.monotonic(), 0.2), 0.0)):
                word = hears.recv()
                if word == "end":
                    reached = None
                    break
                if word in _AFTER_MESSAGE:
                    reached = _AFTER_MESSAGE.index(word)
                    if reached == phase:
                        deadline = time.monotonic() + seconds
                else:
                    names.add(word)
            elif time.monotonic() >= deadline:
                break
    process.kill()
    process.join()
    with suppress(EOFError):
        while True:  # what it had said before it died
            names |= {hears.recv()} - {*_AFTER_MESSAGE, "end"}
    return names, reached


def retrain(folder: Path, url: str, number: int | None, says: Connection) -> None:
    """Retrain, and say what begins; with a number, two threads rate meanwhile and say whose rating is acknowledged."""
    from reelgraph.cli import main, store_retrain

    lock = threading.Lock()

    def say(word: str) -> None:
        with lock:
            says.send(word)

    def announced(word: str, function: object) -> object:
        def call(*args: object, **named: object) -> object:
            say(word)
            return function(*args, **named)  # type: ignore[operator]

        return call

    def work(thread: int) -> None:
        store = open_store(url)
        for count in range(10**9):
            name = f"{number}-{thread}-{count}"
            store.rate([NewRating(name, _ITEM, 4.0, count)])
            say(name)

    for name, word in (("compare", "gate"), ("replace_bundle", "exchange")):
        setattr(store_retrain, name, announced(word, getattr(store_retrain, name)))
    say("start")
    for thread in range(_THREADS if number is not None else 0):
        threading.Thread(target=work, args=(thread,), daemon=True).start()
    words = ["store", "retrain", url, str(folder / "data"), "--out", str(folder / "current"), "--keep", "2", "--json"]
    words += ["--seed", str(number or 0)]  # another seed, another bundle
    words += [] if (folder / "current").exists() else ["--model", _MODEL]
    with (folder / "output").open("a") as file, redirect_stdout(file), redirect_stderr(file):
        code = main(words)
    say("end")
    if code:
        raise SystemExit(code)


def _count_bundle(result: GateKills, path: Path, before: str) -> None:
    """What lies at the path, as a process that may not write would see it."""
    try:
        if not (path / MANIFEST).is_file():
            raise FileNotFoundError(path)
        for folder in (path, *(kept.path for kept in kept_bundles(path))):
            Bundle.load(folder)
        is_old = read_manifest(path)["digest"] == before
        result.old, result.new = result.old + is_old, result.new + (not is_old)
    except Exception:
        result.unusable += 1
