"""Atomic writes: a file or folder is complete or absent, even when the process is killed while writing."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import glob
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

_HAS_SIGNAL_0 = sys.platform != "win32"  # signal 0 asks whether a process exists; on Windows it would interrupt it
_CURRENT_FOLDER, _EXCHANGE = -100, 2  # AT_FDCWD; RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS
_ABANDONED_AFTER = 86_400  # seconds after which a temporary file is taken to be abandoned, where signal 0 is missing


def atomic_write(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` in one step: a reader sees the old file or the new one, never a part.

    Raises:
        OSError: the old file is unchanged, and no temporary file remains.
    """
    with atomic_writer(path) as file:
        file.write(content)


@contextlib.contextmanager
def atomic_writer(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """As `atomic_write`, for content written in parts: ``path`` is replaced when the block ends without an error.

    Args:
        path: the file.
        mode: its permissions, before the umask of the process.
    """
    temporary = _temporary_path(path)
    try:
        _make_folder(path.parent)
        _remove_stale_temporaries(path)
        temporary.touch(mode)
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:  # including KeyboardInterrupt
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def atomic_write_folder(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write ``contents`` (file name -> bytes) as the folder ``path``, replacing an existing folder.

    The new folder is first written and flushed under a temporary name, see `replaced_folder`.

    Raises:
        OSError: the folder at ``path`` is unchanged, and the temporary folder is removed.
    """
    with replaced_folder(path) as temporary:
        for name, content in contents.items():
            _write_and_sync(temporary / name, content)


@contextlib.contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """A new, empty folder that takes the place of ``path`` when the block ends without an error.

    Where the system can exchange two folders in one step (Linux, macOS), ``path`` is never missing. Elsewhere the old
    folder is renamed to a backup and the new one to ``path``, and `recover_folder` restores the backup after a kill
    between the two. The old folder is removed afterwards. Where ``path`` is a symbolic link, the folder that it names
    is replaced, and the link stays.

    Raises:
        OSError: the folder at ``path`` is unchanged, and the temporary folder is removed.
    """
    path = _real(path)
    temporary = _temporary_path(path)
    try:
        _make_folder(path.parent)
        _remove_stale_temporaries(path)
        temporary.mkdir()
        yield temporary
        recover_folder(path)
        if not path.exists():
            temporary.rename(path)
        elif not exchange_paths(temporary, path):
            shutil.rmtree(_backup_path(path), ignore_errors=True)
            path.rename(_backup_path(path))
            temporary.rename(path)
    except BaseException:  # including KeyboardInterrupt
        shutil.rmtree(temporary, ignore_errors=True)
        recover_folder(path)
        raise
    shutil.rmtree(temporary, ignore_errors=True)  # the old folder, after an exchange
    shutil.rmtree(_backup_path(path), ignore_errors=True)


def exchange_paths(first: Path, second: Path) -> bool:
    """Exchange what two paths of one file system name, in one step.

    Returns:
        False where the system or the file system cannot; nothing is changed then.

    Raises:
        OSError: a path is missing, or may not be renamed.
    """
    if sys.platform not in ("linux", "darwin"):
        return False
    system, paths = ctypes.CDLL(None, use_errno=True), (os.fsencode(first), os.fsencode(second))
    try:
        if sys.platform == "linux":
            failed = system.renameat2(_CURRENT_FOLDER, paths[0], _CURRENT_FOLDER, paths[1], _EXCHANGE)
        else:
            failed = system.renamex_np(*paths, _EXCHANGE)
    except AttributeError:  # an older system library
        return False
    if failed:
        code = ctypes.get_errno()
        if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
            return False
        raise OSError(code, os.strerror(code), str(second))
    return True


@contextlib.contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` between processes, to read, change and write it as one operation; waits for the lock.

    The lock is a file beside ``path``, or beside the file or folder that it links to, which may stay there. A thread
    that holds it may take it again.
    """
    from filelock import FileLock  # not at the top: only few operations need a lock

    path = _real(path).absolute()  # one name for one lock
    _make_folder(path.parent)
    with FileLock(path.parent / f".{path.name}.lock", is_singleton=True):
        yield


def recover_folder(path: Path) -> None:
    """Restore the backup that a killed `atomic_write_folder` left, if ``path`` itself is missing."""
    path = _real(path)
    if not path.exists() and _backup_path(path).exists():
        _backup_path(path).rename(path)


def remove_backup(path: Path) -> bool:
    """Remove the old folder that a killed `atomic_write_folder` left beside the new one.

    `atomic_write_folder` itself ignores an old folder that it cannot remove.

    Returns:
        True when none remains.
    """
    path = _real(path)
    if path.exists():
        shutil.rmtree(_backup_path(path), ignore_errors=True)
        _remove_stale_temporaries(path)
    return not _backup_path(path).exists() and not _temporary_path(path).exists()


def _real(path: Path) -> Path:
    """What a symbolic link names, whether it is there or not; every other path as it is."""
    return path.resolve() if path.is_symlink() else path


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # the path or one of its parents is a file
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None


def _write_and_sync(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _temporary_path(path: Path) -> Path:
    return path.parent / f".{path.name}.{os.getpid()}.part"


def _remove_stale_temporaries(path: Path) -> None:
    """Remove temporary files and folders of killed processes beside ``path``."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        pid = leftover.name.split(".")[-2]
        if pid == str(os.getpid()) or (pid.isdecimal() and _is_abandoned(leftover, int(pid))):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _is_abandoned(temporary: Path, pid: int) -> bool:
    """Whether the process that wrote ``temporary`` is gone, or, on Windows, most likely gone."""
    if _HAS_SIGNAL_0:
        return not _process_exists(pid)
    return time.time() - temporary.stat().st_mtime > _ABANDONED_AFTER


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # the process exists and belongs to another user
        return True
    return True


def _backup_path(path: Path) -> Path:
    return path.parent / f".{path.name}.previous"
