"""A virtual environment of its own for each library, made on first use and remade when its requirements change."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import venv
from pathlib import Path

from benchmarks.peers.errors import PeerError
from reelgraph.cli.output import err

REQUIREMENTS = Path(__file__).parent / "requirements"
ROOT = Path(__file__).parents[2]
_STAMP = "made-from.sha256"


def fingerprint(requirements: Path) -> str:
    """Hash of what an environment is made from: the requirements and the version of Python, hex."""
    return hashlib.sha256(f"{platform.python_version()}\n".encode() + requirements.read_bytes()).hexdigest()


def interpreter(library: str, home: Path = ROOT / ".peers", requirements: Path = REQUIREMENTS) -> Path:
    """The Python of a library's environment, which is made first where there is none or an outdated one.

    Args:
        library: its requirements are ``LIBRARY.txt``.
        home: folder of the environments.
        requirements: folder of the requirements.

    Raises:
        PeerError: the environment cannot be made.
    """
    listed, folder = requirements / f"{library}.txt", home / library
    stamp, wanted = folder / _STAMP, fingerprint(listed)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    err.print(f"making the environment of {library} in {folder}, which takes minutes")
    # The stamp comes last, so an environment that was left half made has none and is made anew.
    try:
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PeerError(f"its environment cannot be made: {error}") from None
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(
        [*pip, "--requirement", str(listed)], capture_output=True, text=True, env=clean_environment(), check=False
    )
    if done.returncode != 0:
        raise PeerError(f"its environment cannot be installed: {last_line(done.stderr)}")
    stamp.write_text(wanted)
    return python


def clean_environment() -> dict[str, str]:
    """This process's environment variables without those that would lead another Python to our packages."""
    ours = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {"PYTHONNOUSERSITE": "1"}


def last_line(text: str) -> str:
    """The line at the end of a program's messages that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # pip ends with advice; the line it calls an error says more.
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it said nothing"])[-1]
