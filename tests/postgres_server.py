"""A PostgreSQL server of one's own for a test or a benchmark: in a temporary folder, on a socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin")
_USER = "postgres"
_IS_ROOT = sys.platform != "win32" and os.getuid() == 0


@dataclass(frozen=True)
class Server:
    """A server, running or not.

    Args:
        programs: folder of ``initdb`` and ``pg_ctl``.
        folder: of its data and its socket.
        safe: does a commit wait for the disk? Killed processes lose nothing either way, power cuts do.
    """

    programs: Path
    folder: Path
    safe: bool = True

    @property
    def data(self) -> Path:
        """Where its files lie."""
        return self.folder / "data"

    def url(self, database: str = "postgres") -> str:
        """The address of a database of it."""
        return f"postgresql://{_USER}@/{database}?host={self.folder}"

    def new_database(self, name: str, like: str = "template1") -> str:
        """Make a database, a copy of another that nobody uses; its address."""
        self._run("psql", "-h", str(self.folder), "-U", _USER, "-qc", f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def create(self) -> None:
        """Make the files."""
        self._run("initdb", "-D", str(self.data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync={'on' if self.safe else 'off'}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self.data), "-o", options, "-l", log)

    def stop(self, how: str = "immediate") -> None:
        """Stop: ``fast`` shuts down, ``immediate`` aborts, and it recovers at the next start."""
        self._run("pg_ctl", "stop", "-w", "-D", str(self.data), "-m", how)

    def kill(self) -> None:
        """Kill it and its children, as the system does when memory runs out."""
        if sys.platform == "win32":
            raise NotImplementedError
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for process in (first, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def running(self) -> bool:
        """Does it run?"""
        return self._call("pg_ctl", "status", "-D", str(self.data)).returncode == 0

    def _run(self, *words: str) -> None:
        done = self._call(*words)
        if done.returncode:
            raise RuntimeError(f"{words[0]} failed: {done.stdout[-500:]}{_tail(self.folder / 'log')}")

    def _call(self, *words: str) -> subprocess.CompletedProcess[str]:
        # The server refuses to be run by root; its output goes to a file, since the server keeps what it is given open.
        who = {"user": _USER, "group": _USER, "extra_groups": []} if _IS_ROOT else {}
        with tempfile.TemporaryFile("w+") as output:
            words = (str(self.programs / words[0]), *words[1:])
            done = subprocess.run(
                words, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True, timeout=60, **who
            )  # type: ignore[call-overload]
            output.seek(0)
            return subprocess.CompletedProcess(words, done.returncode, output.read(), "")


def missing() -> str | None:
    """Why no server can be started here; None when one can."""
    if _programs() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if sys.platform == "win32":
        return "PostgreSQL is not started on Windows"
    import pwd  # not on Windows

    if _IS_ROOT:
        try:
            pwd.getpwnam(_USER)
        except KeyError:
            return f"PostgreSQL does not run as root, and there is no user {_USER}"
    return None


@contextmanager
def server(*, safe: bool = True) -> Iterator[Server]:
    """A running server, whose files are removed at the end.

    Args:
        safe: see `Server`.
    """
    programs = _programs()
    if programs is None:
        raise RuntimeError(str(missing()))
    folder = Path(tempfile.mkdtemp(prefix="rg-pg-"))  # a socket's path must be short
    if _IS_ROOT:
        shutil.chown(folder, _USER, _USER)
    one = Server(programs, folder, safe)
    try:
        one.create()
        one.start()
        yield one
    finally:
        if one.running():
            one.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    for place in _PLACES:
        found += sorted(Path("/").glob(place[1:]), reverse=True)
    return next((folder for folder in found if (folder / "pg_ctl").exists()), None)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-500:] if log.exists() else ""
