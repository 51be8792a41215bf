"""A bundle replaces a bundle and nothing else, and a failure leaves the old one whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reelgraph.bundle import MANIFEST, Bundle, require_bundle_path
from reelgraph.core.errors import BundleError
from tests.unit.bundle.saved_bundles import bundle, contents


def foreign(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").write_bytes(b"meow")
    yield folder
    yield folder / "cat.jpg"
    web = tmp_path / "web"
    web.mkdir()
    (web / MANIFEST).write_text('{"name": "my web app", "icons": []}')
    (web / "index.html").write_text("<p>")
    yield web
    odd = tmp_path / "odd"
    (odd / MANIFEST).mkdir(parents=True)
    (odd / "work.txt").write_text("years of it")
    yield odd


def test_what_is_not_a_bundle_is_never_replaced(tmp_path: Path) -> None:
    for path in foreign(tmp_path):
        before = contents(tmp_path)
        with pytest.raises(BundleError, match=f"{path.name} exists and is not a bundle.*give another path"):
            bundle().save(path)
        with pytest.raises(BundleError):
            require_bundle_path(path)
        assert contents(tmp_path) == before


def test_nothing_is_saved_inside_a_bundle(tmp_path: Path) -> None:
    outer = bundle().save(tmp_path / "B")
    before = contents(tmp_path)
    for path in (outer / "sub", outer / "deep" / "sub"):
        with pytest.raises(BundleError, match="lies inside the bundle .*B, whose folder is replaced whole"):
            bundle().save(path)
    assert contents(tmp_path) == before


def test_empty_folder_bundle_and_damaged_bundle_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "B"
    path.mkdir()
    for _ in range(2):
        bundle().save(path)
        Bundle.load(path)
    manifest = path / MANIFEST
    manifest.write_text(manifest.read_text().replace('"seed": 0', '"seed": 1'), encoding="utf-8")
    with pytest.raises(BundleError):
        Bundle.load(path)
    bundle(seed=1).save(path)
    assert Bundle.load(path).info["seed"] == 1


@pytest.mark.parametrize("step", range(1, 6))
@pytest.mark.parametrize("where", ["write", "fsync"])
def test_full_disk_leaves_the_old_bundle_whole(
    saved: Path, monkeypatch: pytest.MonkeyPatch, where: str, step: int
) -> None:
    before, calls = contents(saved.parent), [0]
    full = OSError(errno.ENOSPC, "No space left on device")
    real_open, real_fsync = Path.open, os.fsync

    class Full:
        """A file on a disk that takes half of what it is given."""

        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, content: bytes) -> None:
            self.file.write(content[: len(content) // 2])
            raise full

    def opened(path: Path, mode: str = "r", *args: Any, **named: Any) -> Any:
        file = real_open(path, mode, *args, **named)
        calls[0] += mode == "wb"
        return Full(file) if mode == "wb" and calls[0] == step else file

    def fsync(number: int) -> None:
        calls[0] += 1
        if calls[0] == step:
            raise full
        real_fsync(number)

    if where == "write":
        monkeypatch.setattr(Path, "open", opened)
    else:
        monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(
        BundleError, match="cannot write .*B: No space left on device.*what was there before is untouched"
    ):
        bundle(seed=1).save(saved)
    monkeypatch.undo()
    assert calls[0] == step
    assert contents(saved.parent) == before
    assert [entry.name for entry in saved.parent.iterdir()] == ["B"]
    assert Bundle.load(saved).info["seed"] == 0


def test_killed_between_the_renames_the_old_bundle_is_read(saved: Path) -> None:
    saved.rename(saved.parent / ".B.previous")  # what kill -9 leaves behind at that moment
    assert Bundle.load(saved).info["seed"] == 0
    assert [entry.name for entry in saved.parent.iterdir()] == ["B"]
