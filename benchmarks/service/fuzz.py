"""Every route of the service, asked with whatever its own description allows and forbids.

``python -m benchmarks.service.fuzz --cases 5000`` serves the small bundle of the tests with keys switched on, and lets
schemathesis (https://schemathesis.readthedocs.io) ask: all its checks, so no 5xx, no answer that the description does
not promise, nothing accepted that it forbids, nothing given without a key. One JSON object; the exit code is 1 where
anything failed, and then schemathesis says what.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.serve import ServeSettings
from reelgraph.store import open_store
from tests.service.conftest import running, small

_CONFIG = """
[checks.positive_data_acceptance]
# 409: well formed, but it does not fit the bundle in use, such as a genre that no movie of it has.
expected-statuses = ["2xx", "401", "403", "404", "409", "429"]
"""
_REVOKES = "/api/admin/keys/{key_id}"
_MODES = ("examples", "coverage", "fuzzing", "stateful")


def fuzz(cases: int, seed: int = 0, phases: tuple[str, ...] = _MODES) -> tuple[int, int, str]:
    """Exit code of schemathesis, cases that it generated, and what it told.

    Args:
        cases: at least so many, shared among the routes.
        seed: of what is drawn.
        phases: of schemathesis.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small().save(folder / "bundle")
        store = open_store(folder / "people.db")
        key = store.add_key("fuzz", ["read", "write", "admin"])
        settings = ServeSettings(folder / "bundle", "unused", port=0, rate=0.0, watch_seconds=0.0)
        (folder / "schemathesis.toml").write_text(_CONFIG)
        with running(settings, store) as service:
            routes = service.http.get("/api/openapi.json").json()["paths"]
            each = max(1, -(-cases // sum(len(methods) for methods in routes.values())))
            words = [
                sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml"), "run",
                f"{service.http.base_url}/api/openapi.json", "--checks", "all", "--header", f"X-API-Key: {key}",
                "--max-examples", str(each), "--seed", str(seed), "--phases", ",".join(phases), "--no-color",
            ]  # fmt: skip
            # The route that revokes keys comes last: it finds the one that is asked with, which then opens nothing.
            runs = [_run([*words, option, _REVOKES], folder) for option in ("--exclude-path", "--include-path")]
        store.close()
    return max(code for code, _, _ in runs), sum(made for _, made, _ in runs), "\n".join(told for _, _, told in runs)


def _run(words: list[str], folder: Path) -> tuple[int, int, str]:
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder)
    told = done.stdout + done.stderr
    made = re.search(r"([\d,]+) generated", told)
    return done.returncode, int(made.group(1).replace(",", "")) if made else 0, told


def main(cases: Annotated[int, typer.Option(min=1)] = 5_000, seed: int = 0) -> None:
    """Print one JSON object."""
    code, made, told = fuzz(cases, seed)
    if code:
        print(told, file=sys.stderr)
    print(json.dumps({"cases": made, "failed": code != 0, "seed": seed}))
    raise typer.Exit(int(code != 0))


if __name__ == "__main__":
    typer.run(main)
