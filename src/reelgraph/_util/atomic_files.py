"""Writing files and folders so that they are there whole or not at all, even when the process is killed in between."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO


def atomic_write(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` in one step: a reader sees the old file or the new one, never a half.

    Raises:
        OSError: the old file is untouched, and no temporary file is left.
    """
    with atomic_writer(path) as file:
        file.write(content)


@contextlib.contextmanager
def atomic_writer(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """As `atomic_write`, for content that comes bit by bit: ``path`` is replaced when the block ends without an error.

    Args:
        path: the file.
        mode: who may do what with it, before the process's own mask.
    """
    temporary = _beside(path)
    try:
        _make_folder(path.parent)
        _clear_stale(path)
        temporary.touch(mode)
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:  # an interrupt too
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def atomic_write_folder(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write ``contents`` (file name -> bytes) as the folder ``path``, replacing the folder that is there.

    The new folder is written and flushed under a temporary name first; then the old one is set aside, the new one
    renamed, the old one removed. Killed between the two renames, `recover_folder` brings the old one back.

    Raises:
        OSError: what was at ``path`` is untouched, and the temporary folder is gone.
    """
    temporary = _beside(path)
    try:
        _make_folder(path.parent)
        _clear_stale(path)
        temporary.mkdir()
        for name, content in contents.items():
            _write_flushed(temporary / name, content)
        recover_folder(path)
        if path.exists():
            shutil.rmtree(_aside(path), ignore_errors=True)
            path.rename(_aside(path))
        temporary.rename(path)
    except BaseException:  # an interrupt too
        shutil.rmtree(temporary, ignore_errors=True)
        recover_folder(path)
        raise
    shutil.rmtree(_aside(path), ignore_errors=True)


@contextlib.contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` among processes, for reading, changing and writing it in one go; waits for it.

    The lock is a file beside it that stays; where the system has no such locks, nothing is held.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    _make_folder(path.parent)
    with (path.parent / f".{path.name}.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # let go of when the file is closed
        yield


def recover_folder(path: Path) -> None:
    """Bring back the folder that a killed `atomic_write_folder` had set aside, if ``path`` itself is missing."""
    if not path.exists() and _aside(path).exists():
        _aside(path).rename(path)


def remove_backup(path: Path) -> bool:
    """Remove the older folder that a killed `atomic_write_folder` left beside the new one; is nothing of it left?

    For those who must know that what was replaced is gone: `atomic_write_folder` itself does not fail over it.
    """
    if path.exists():
        shutil.rmtree(_aside(path), ignore_errors=True)
    return not _aside(path).exists()


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # says too little: what exists is a file
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None


def _write_flushed(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _beside(path: Path) -> Path:
    return path.parent / f".{path.name}.{os.getpid()}.part"


def _clear_stale(path: Path) -> None:
    """Remove what killed processes left half-written beside ``path``."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        pid = left.name.split(".")[-2]
        if pid == str(os.getpid()) or (pid.isdecimal() and not _alive(int(pid))):
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # there, and somebody else's
        return True
    return True


def _aside(path: Path) -> Path:
    return path.parent / f".{path.name}.previous"
