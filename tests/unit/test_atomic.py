"""Files and folders are there whole or not at all: the disk fills, the process dies, at every step."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from reelgraph._util import atomic_files
from reelgraph._util.atomic_files import atomic_write, atomic_write_folder, file_lock, recover_folder

OLD = {"a.bin": b"old a", "b.bin": b"old b"}
NEW = {"a.bin": b"new a", "c.bin": b"new c"}


def tree(folder: Path) -> dict[str, bytes]:
    """Everything under a folder, hidden and temporary files included."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def fail_at(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, call: int, error: BaseException
) -> Callable[[], int]:
    """Let the ``call``-th call of a function raise, and all others pass; returns the number of calls so far."""
    real, calls = getattr(owner, name), [0]

    def wrapped(*args: object, **named: object) -> object:
        calls[0] += 1
        if calls[0] == call:
            raise error
        return real(*args, **named)

    monkeypatch.setattr(owner, name, wrapped)
    return lambda: calls[0]


def full() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def test_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.bin"
    atomic_write(path, b"one")
    atomic_write(path, b"two")
    assert tree(tmp_path) == {"deep/a.bin": b"two"}


def test_folder_is_written_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "B"
    atomic_write_folder(path, OLD)
    atomic_write_folder(path, NEW)
    assert tree(tmp_path / "deep") == {f"B/{name}": content for name, content in NEW.items()}


@pytest.mark.parametrize("error", [full(), KeyboardInterrupt()], ids=["disk full", "interrupt"])
@pytest.mark.parametrize(("owner", "name"), [(os, "fsync"), (Path, "open"), (Path, "replace")])
def test_failed_file_leaves_the_old_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, error: BaseException
) -> None:
    path = tmp_path / "a.bin"
    atomic_write(path, b"old")
    fail_at(monkeypatch, owner, name, 1, error)
    with pytest.raises(type(error)):
        atomic_write(path, b"new")
    monkeypatch.undo()
    assert tree(tmp_path) == {"a.bin": b"old"}


@pytest.mark.parametrize("error", [full(), KeyboardInterrupt()], ids=["disk full", "interrupt"])
@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [
        (Path, "mkdir", 2), (Path, "open", 1), (Path, "open", 2), (os, "fsync", 1), (os, "fsync", 2),
        (Path, "rename", 1), (Path, "rename", 2),
    ],
)  # fmt: skip
def test_failed_folder_leaves_the_old_one_whole_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, call: int, error: BaseException
) -> None:
    path = tmp_path / "B"
    atomic_write_folder(path, OLD)
    if name == "rename":  # the way of systems that cannot exchange folders
        monkeypatch.setattr(atomic_files, "exchange_paths", lambda *paths: False)
    calls = fail_at(monkeypatch, owner, name, call, error)
    with pytest.raises(type(error)):
        atomic_write_folder(path, NEW)
    assert calls() >= call  # it did reach that step
    monkeypatch.undo()
    assert tree(tmp_path) == {f"B/{file}": content for file, content in OLD.items()}
    assert [entry.name for entry in tmp_path.iterdir()] == ["B"]


def test_failed_first_folder_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, os, "fsync", 2, full())
    with pytest.raises(OSError, match="No space left"):
        atomic_write_folder(tmp_path / "B", NEW)
    assert list(tmp_path.iterdir()) == []


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


def kill_at_rename(monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    """Die before the ``call``-th rename: no clean-up runs, as after kill -9."""
    monkeypatch.setattr(atomic_files, "exchange_paths", lambda *paths: False)  # as where the system cannot
    fail_at(monkeypatch, Path, "rename", call, Killed())
    monkeypatch.setattr(atomic_files, "recover_folder", lambda path: None)
    monkeypatch.setattr(shutil, "rmtree", lambda *args, **named: None)


def test_killed_between_the_renames_the_old_folder_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "B"
    atomic_write_folder(path, OLD)
    kill_at_rename(monkeypatch, 2)
    with pytest.raises(Killed):
        atomic_write_folder(path, NEW)
    monkeypatch.undo()
    assert not path.exists()  # the moment that recover is for
    recover_folder(path)
    assert tree(path) == OLD


def test_killed_between_the_renames_the_next_save_goes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "B"
    atomic_write_folder(path, OLD)
    kill_at_rename(monkeypatch, 2)
    with pytest.raises(Killed):
        atomic_write_folder(path, NEW)
    monkeypatch.undo()
    atomic_write_folder(path, NEW)
    assert [entry.name for entry in tmp_path.iterdir()] == ["B"]
    assert tree(path) == NEW


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot exchange folders")
def test_the_folder_is_exchanged_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "B"
    atomic_write_folder(path, OLD)
    fail_at(monkeypatch, Path, "rename", 1, Killed())  # the way with a moment in between is not gone
    atomic_write_folder(path, NEW)
    assert tree(path) == NEW
    assert [entry.name for entry in tmp_path.iterdir()] == ["B"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot exchange folders")
def test_exchanged_paths(tmp_path: Path) -> None:
    for name, contents in (("A", OLD), ("B", NEW)):
        atomic_write_folder(tmp_path / name, contents)
    assert atomic_files.exchange_paths(tmp_path / "A", tmp_path / "B")
    assert (tree(tmp_path / "A"), tree(tmp_path / "B")) == (NEW, OLD)
    with pytest.raises(FileNotFoundError, match="nothing"):
        atomic_files.exchange_paths(tmp_path / "A", tmp_path / "nothing")
    assert tree(tmp_path / "A") == NEW


def test_recover_leaves_a_present_folder_alone(tmp_path: Path) -> None:
    atomic_write_folder(tmp_path / "B", NEW)
    atomic_write_folder(tmp_path / ".B.previous", OLD)
    recover_folder(tmp_path / "B")
    assert tree(tmp_path / "B") == NEW
    recover_folder(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_parent_that_is_a_file_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    for write in (
        lambda: atomic_write(tmp_path / "file" / "a", b""),
        lambda: atomic_write_folder(tmp_path / "file" / "B", {}),
    ):
        with pytest.raises(NotADirectoryError, match="file"):
            write()
    assert tree(tmp_path) == {"file": b"mine"}


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, running = tmp_path / f".b.{dead.pid}.part", tmp_path / ".b.1.part"
    left.mkdir()
    (left / "half").write_bytes(b"x")
    running.mkdir()  # process 1 is always there
    atomic_write_folder(tmp_path / "b", {"a": b"1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.1.part", "b"]


def test_without_signal_0_only_old_temporaries_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic_files, "_HAS_SIGNAL_0", False)
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("this would end the process on Windows"))
    young, old = tmp_path / ".b.1.part", tmp_path / ".b.2.part"
    for path, age in ((young, 3_600), (old, 100_000)):
        path.write_bytes(b"x")
        os.utime(path, (time.time() - age,) * 2)
    atomic_write(tmp_path / "b", b"1")
    assert tree(tmp_path) == {".b.1.part": b"x", "b": b"1"}


def test_the_lock_keeps_others_out_until_it_is_released(tmp_path: Path) -> None:
    other = FileLock(tmp_path / "deep" / ".b.lock", timeout=0)
    with file_lock(tmp_path / "deep" / "b"), pytest.raises(Timeout), other:
        pass
    with other:
        assert other.is_locked


def test_who_holds_the_lock_may_take_it_again_and_keeps_it_until_the_end(tmp_path: Path) -> None:
    other = FileLock(tmp_path / ".b.lock", timeout=0)
    with file_lock(tmp_path / "b"):
        with file_lock(tmp_path / "b"):
            pass
        with pytest.raises(Timeout), other:
            pass
    with other:
        assert other.is_locked


def test_a_link_to_a_folder_stays_and_what_it_names_is_replaced(tmp_path: Path) -> None:
    atomic_write_folder(tmp_path / "v1", OLD)
    (tmp_path / "current").symlink_to("v1")
    atomic_write_folder(tmp_path / "current", NEW)
    assert (tmp_path / "current").is_symlink()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["current", "v1"]
    assert tree(tmp_path / "v1") == NEW
    with file_lock(tmp_path / "current"), pytest.raises(Timeout), FileLock(tmp_path / ".v1.lock", timeout=0):
        pass
    (tmp_path / "next").symlink_to("v2")  # names nothing yet
    atomic_write_folder(tmp_path / "next", OLD)
    assert tree(tmp_path / "v2") == OLD
