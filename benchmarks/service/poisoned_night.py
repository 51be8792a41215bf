"""A night of poisoned ratings: what guests can move, what the gate refuses, and the way back.

Run with ``python -m benchmarks.service.poisoned_night --data DIR``. A bundle is trained and served. Then, one after the
other and each on a store of its own:

- 90 guests rate two films with the highest rating, as in an attack without a key: with the limits for guests, and
  without them, as it was before there were any;
- the same 90 guests, who waited ten days and rated five films;
- a broken program sends 2,000 people who rated twenty seldom rated films. Its bundle is refused; it is put in place by
  force, the service takes it over, and `rollback` puts the earlier one back, which the service takes over, too.

Each prints a line of JSON: the outcome, the exit code, the figures of the gate, and for the first of the two films its
ratings and its place among the most rated ones before and after.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.service.crash_recovery import _free_port, _wait_until
from reelgraph.bundle import Bundle, read_manifest
from reelgraph.cli import main as reelgraph
from reelgraph.store import NewRating, open_store

_GUESTS, _PROGRAM_PEOPLE, _PROGRAM_RATED = 90, 2_000, 20
_DAY = 86_400
_NO_LIMITS = ("--guest-days", "0", "--guest-ratings", "0", "--guest-share", "1000000")


def run(folder: Path, data: Path, model: str, settings: Sequence[str]) -> None:
    """All nights, in a folder of their own."""
    current = folder / "current"
    words = [word for setting in settings for word in ("--set", setting)]
    _call("train", data, "--model", model, *words, "--out", current)
    bundle = Bundle.load(current)
    counts = np.bincount(bundle.history.indices, minlength=len(bundle.items))
    order = np.argsort(counts, kind="stable")
    seldom = [str(item) for item in bundle.items.ids[order[counts[order] >= 3]][:40]]
    highest = 5.0 if bundle.scale is None else bundle.scale.high
    shutil.copytree(current, folder / "before")

    def night(name: str, people: Sequence[str], films: Sequence[str], days_ago: float, *options: str) -> None:
        shutil.rmtree(current)
        shutil.copytree(folder / "before", current)
        store = folder / f"{len(list(folder.iterdir()))}.db"
        _rate(store, people, films, highest, days_ago)
        code, answer = _call("store", "retrain", store, data, "--out", current, *options, "--json")
        _print(name, code, answer, _film(folder / "before", seldom[0]), _film(current, seldom[0]))

    guests = [f"guest-{number:03}" for number in range(_GUESTS)]
    night("90 guests of one night", guests, seldom[:2], 0.0)
    night("90 guests of one night, without limits", guests, seldom[:2], 0.0, *_NO_LIMITS, "--force")
    night("90 guests who waited and rated five films", guests, seldom[:5], 10.0)
    program = [f"app-{number:04}" for number in range(_PROGRAM_PEOPLE)]
    night("2,000 people of a broken program", program, seldom[:_PROGRAM_RATED], 0.0)
    _served_roll_back(folder, data, lambda store: _rate(store, program, seldom[:_PROGRAM_RATED], highest, 0.0))


def _rate(path: Path, people: Sequence[str], films: Sequence[str], stars: float, days_ago: float) -> None:
    at = time.time() - days_ago * _DAY
    store = open_store(path, now=lambda: at)
    for user_id in people:
        store.rate([NewRating(user_id, film, stars, int(at)) for film in films])
    store.close()


def _call(*words: object) -> tuple[int, dict[str, Any]]:
    """A command in this process: its exit code, and the JSON that it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as errors:
        code = reelgraph([str(word) for word in words])
    if code not in (0, 3):
        raise RuntimeError(errors.getvalue())
    text = out.getvalue()
    return code, json.loads(text) if text.startswith("{") else {}


def _film(path: Path, film: str) -> dict[str, int]:
    """Number of ratings of a film, and its place among the most rated ones."""
    bundle = Bundle.load(path)
    counts = np.bincount(bundle.history.indices, minlength=len(bundle.items))
    own = counts[[str(item) for item in bundle.items.ids].index(film)]
    return {"ratings": int(own), "place": int(np.count_nonzero(counts > own)) + 1}


def _print(name: str, code: int, answer: dict[str, Any], before: dict[str, int], after: dict[str, int]) -> None:
    gate = answer["gate"] or {"people": 0, "ratings": 0, "figures": []}
    figures = {
        figure["metric"]: [round(figure[key], 4) for key in ("in_use", "new")]
        + [round(figure["difference"][key], 4) for key in ("mean", "low", "high")]
        for figure in gate["figures"]
    }
    line = {"night": name, "exit_code": code, "outcome": answer["outcome"], "film": [before, after]}
    judged = {"people": gate["people"], "ratings": gate["ratings"], "in_use, new, difference, low, high": figures}
    print(json.dumps({**line, "guests": answer["guests"], "gate": judged}), flush=True)


def _served_roll_back(folder: Path, data: Path, poison: Callable[[Path], None]) -> None:
    """The forced bundle and the one rolled back to, as a running service answers from them."""
    import httpx

    current, store, port = folder / "current", folder / "served.db", _free_port()
    shutil.rmtree(current)
    shutil.copytree(folder / "before", current)
    words = ["serve", str(current), "--store", str(store), "--port", str(port), "--open", "--watch", "0.2"]
    process = subprocess.Popen([sys.executable, "-m", "reelgraph", *words], stderr=subprocess.DEVNULL)
    address, statuses = f"http://127.0.0.1:{port}", []

    def bundle_in_use() -> str:
        answer = httpx.get(f"{address}/api/popular?n=3")
        statuses.append(answer.status_code)
        return str(answer.json()["bundle"])

    try:
        _wait_until(lambda: httpx.get(f"{address}/api/health/ready").is_success, process, 300)
        seen = [bundle_in_use()]
        poison(store)
        refused, _ = _call("store", "retrain", store, data, "--out", current, "--json")
        time.sleep(1)
        seen.append(bundle_in_use())
        forced, _ = _call("store", "retrain", store, data, "--out", current, "--force", "--json")
        _wait_until(lambda: bundle_in_use() == read_manifest(current)["digest"], process, 300)
        seen.append(bundle_in_use())
        back, _ = _call("store", "rollback", current, "--json")
        _wait_until(lambda: bundle_in_use() == read_manifest(current)["digest"], process, 300)
        seen.append(bundle_in_use())
    finally:
        process.terminate()
        process.wait()
    line = {
        "service": "refused, forced, rolled back",
        "exit_codes": [refused, forced, back],
        "bundles": [digest[:12] for digest in seen],
        "answers": len(statuses),
        "failed": sum(status != 200 for status in statuses),
    }
    print(json.dumps(line), flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service.poisoned_night", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a data set")
    parser.add_argument("--model", default="blend")
    parser.add_argument("--set", action="append", default=[], help="a setting of the model")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), asked.data, asked.model, asked.set)
    return 0


if __name__ == "__main__":
    sys.exit(main())
