"""A service to attack: a process of its own with a generated bundle, from this source tree or an older one."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

ATTACKER, VISITOR = "127.0.0.2", "127.0.0.3"
"""Addresses of the two clients: of loopback, and unlike 127.0.0.1 not those of a trusted proxy."""

MIB = 2**20
_START_SECONDS = 600
_WRITE_BUNDLE = """
import sys
from pathlib import Path
from benchmarks.service.generated_data import World, bundle
bundle(World.of(int(sys.argv[2]))).save(Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Target:
    """A running service.

    Args:
        url: its address, without a slash at the end.
        pid: its process.
        temporary: the folder of its temporary files.
        key: an API key; "" if it needs none.
        item_ids: some of its movies.
    """

    url: str
    pid: int
    temporary: Path
    key: str
    item_ids: tuple[str, ...]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        url = httpx.URL(self.url)
        return url.host, url.port or 80

    def memory(self) -> float:
        """Memory of the process, MiB."""
        return float(psutil.Process(self.pid).memory_info().rss) / MIB

    def cpu_seconds(self) -> float:
        """Time that the process has computed."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def client(self, source: str, **options: Any) -> httpx.Client:
        """A client with an address of this machine, which waits long and keeps its cookies."""
        transport = httpx.HTTPTransport(local_address=source, limits=httpx.Limits(max_connections=200))
        return httpx.Client(base_url=self.url, transport=transport, timeout=120, **options)

    def connect(self, source: str) -> socket.socket:
        """A bare connection from an address of this machine."""
        return socket.create_connection(self.address, 30, (source, 0))


@contextlib.contextmanager
def serving(source_tree: Path, n_movies: int, *, is_open: bool) -> Iterator[Target]:
    """A service of a source tree, with the defaults of its command line, and with keys unless it is open."""
    with tempfile.TemporaryDirectory(prefix="reelgraph-attacks-") as name:
        folder = Path(name)
        temporary = folder / "tmp"
        temporary.mkdir()
        paths = os.pathsep.join((str(source_tree / "src"), str(source_tree)))
        environment = {**os.environ, "PYTHONPATH": paths, "TMPDIR": str(temporary)}

        def run(*words: str) -> str:
            done = subprocess.run(
                [sys.executable, *words], env=environment, cwd=folder, check=True, capture_output=True, text=True
            )
            return done.stdout

        run("-c", _WRITE_BUNDLE, str(folder / "bundle"), str(n_movies))
        store, key = str(folder / "people.db"), ""
        if not is_open:
            run("-m", "reelgraph", "store", "init", store)
            key = run("-m", "reelgraph", "store", "key", "add", store, "benchmark", "--scope", "read").split()[-1]
        port = _free_port()
        words = [
            "serve",
            str(folder / "bundle"),
            "--store",
            store,
            "--port",
            str(port),
            *(["--open"] if is_open else []),
        ]
        with subprocess.Popen(
            [sys.executable, "-m", "reelgraph", *words], env=environment, cwd=folder, stderr=subprocess.DEVNULL
        ) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                _wait_until_ready(url, process)
                items = httpx.get(f"{url}/api/popular", params={"n": 100}).json()["items"]
                yield Target(url, process.pid, temporary, key, tuple(item["item_id"] for item in items))
            finally:
                process.terminate()


@contextlib.contextmanager
def source_tree_of(commit: str | None) -> Iterator[Path]:
    """The files of a commit, in a folder of their own for as long as they are needed; those here if None."""
    here = Path(__file__).parents[3]
    if commit is None:
        yield here
        return
    git = shutil.which("git") or "git"
    with tempfile.TemporaryDirectory(prefix="reelgraph-before-") as name:
        tree = Path(name, "tree")
        subprocess.run([git, "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=here, check=True)
        try:
            yield tree
        finally:
            subprocess.run([git, "worktree", "remove", "--force", str(tree)], cwd=here, check=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/api/health/ready").status_code == 200:
                return
        if time.monotonic() > until or process.poll() is not None:
            raise TimeoutError(f"the service at {url} did not start")
        time.sleep(0.2)
