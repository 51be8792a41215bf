"""One step in a process of its own, so that its CPU seconds and its largest memory are its own.

``python -m benchmarks.scale.step_process STEP RATINGS FOLDER`` is what the command starts; it prints one JSON object.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from reelgraph._util.json_values import finite
from reelgraph.core.errors import ReelgraphError

_GIB = 2**20  # of the kilobytes in which Linux counts


def measured(step: str, ratings: int, folder: Path) -> dict[str, Any]:
    """Run a step and wait for it: ``seconds``, ``cpu_seconds``, ``peak_gib`` and ``value``, or ``error``.

    ``peak_gib`` is that of the process, or of its largest child where the step starts one.
    """
    words = [sys.executable, "-m", "benchmarks.scale.step_process", step, str(ratings), str(folder)]
    with tempfile.TemporaryFile() as out:
        with subprocess.Popen(words, stdout=out, cwd=Path(__file__).parents[2]) as process:
            try:
                _, status, usage = os.wait4(process.pid, 0)  # not `wait`: this one counts this child alone
            except BaseException:
                process.kill()
                raise
            process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        lines = out.read().decode().splitlines()
    if process.returncode < 0:
        return {"error": f"killed by signal {-process.returncode}"}
    if process.returncode or not lines:
        return {"error": f"ended with code {process.returncode}"}
    found: dict[str, Any] = json.loads(lines[-1])
    if "error" not in found:
        found["peak_gib"] = round(max(usage.ru_maxrss, found.pop("children_kib")) / _GIB, 3)
    return found


def main(step: str, ratings: int, folder: Path) -> None:
    """Run a step in this process and print what it took."""
    import resource

    from benchmarks.scale.prepared import Place
    from benchmarks.scale.steps import STEPS, Clock

    clock = Clock()
    try:
        value = STEPS[step].run(Place(folder, ratings), clock)
    except (ReelgraphError, MemoryError) as error:
        print(json.dumps({"error": str(error) or "not enough memory"}))
        return
    seconds, cpu_seconds = clock.spent()
    found = {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "value": value,
        "children_kib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
    }
    print(json.dumps(finite(found)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
