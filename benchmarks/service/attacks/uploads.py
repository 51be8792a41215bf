"""Attack 4: uploads as large as allowed, many at once, each of which is put on the disk, in a container into memory."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from benchmarks.service.attacks.target import ATTACKER, MIB, Target

_UPLOADS, _MIB_EACH = 20, 31


def attack(target: Target) -> dict[str, str]:
    """Send 20 uploads of 31 MiB at once, without the token that a visitor's upload needs."""
    figures = {}
    for path in ("/api/import", "/api/me/import"):
        peak, statuses = _upload(target, path)
        answers = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
        figures[f"on the disk at once, 20 x 31 MiB to {path}, MiB"] = f"{peak:.0f}"
        figures[f"answers to them ({path})"] = answers
    return figures


def _upload(target: Target, path: str) -> tuple[float, Counter[str]]:
    content, done, peak = b"\x00" * _MIB_EACH * MIB, threading.Event(), [0.0]

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], _temporary_mib(target))

    def upload(_: int) -> str:
        try:
            with target.client(ATTACKER) as client:
                return str(client.post(path, files={"file": ("x", content)}).status_code)
        except httpx.HTTPError:
            return "closed"

    watching = threading.Thread(target=watch)
    watching.start()
    with ThreadPoolExecutor(_UPLOADS) as threads:
        statuses = Counter(threads.map(upload, range(_UPLOADS)))
    done.set()
    watching.join()
    return peak[0], statuses


def _temporary_mib(target: Target) -> float:
    """Size of the temporary files of the process, those that have no name any more included."""
    sizes = {}
    descriptors = Path(f"/proc/{target.pid}/fd")
    with contextlib.suppress(OSError):
        for descriptor in descriptors.iterdir():
            with contextlib.suppress(OSError):
                if str(target.temporary) in str(descriptor.readlink()):
                    status = descriptor.stat()
                    sizes[status.st_ino] = status.st_size
    for folder, _, names in os.walk(target.temporary):
        for name in names:
            with contextlib.suppress(OSError):
                status = Path(folder, name).stat()
                if stat.S_ISREG(status.st_mode):
                    sizes[status.st_ino] = status.st_size
    return sum(sizes.values()) / MIB
