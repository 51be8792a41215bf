"""Earlier bundles are kept, one of them comes back in one step, and forgetting reaches them too."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock, Timeout

from reelgraph import Bundle, Random, from_frame, index, split
from reelgraph.bundle import bundle_lock, kept_bundles, read_manifest, remove_kept_bundles, replace_bundle, roll_back
from reelgraph.core.errors import BundleError
from reelgraph.models import model_class
from reelgraph.unlearning.receipt import forget_in_bundle

TABLE = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}


def version(number: int) -> Bundle:
    """A bundle that differs from every other one in its seed."""
    data = from_frame(TABLE)
    parts = split(index(data.ratings), Random(valid=0.0, test=0.0))
    return Bundle.create(model_class("popularity")().fit(parts.train), data, parts, seed=number)


def seed_of(path: Path) -> int:
    return int(Bundle.load(path).info["seed"])


def test_the_last_ones_are_kept_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "current"
    digests = [replace_bundle(path, version(number), keep=2) for number in range(4)]
    assert [bundle.digest for bundle in kept_bundles(path)] == [digest[:12] for digest in digests[2:0:-1]]
    assert [seed_of(bundle.path) for bundle in kept_bundles(path)] == [2, 1]
    assert roll_back(path).digest == digests[2][:12]
    assert seed_of(path) == 2
    assert roll_back(path).digest == digests[1][:12]  # further back, not forth again
    assert seed_of(path) == 1
    with pytest.raises(BundleError, match=f"kept are: {digests[3][:12]}, {digests[2][:12]}, {digests[1][:12]}"):
        roll_back(path)
    assert roll_back(path, digests[3][:6]).digest == digests[3][:12]
    assert seed_of(path) == 3
    assert sorted(entry.name for entry in tmp_path.iterdir() if not entry.name.endswith(".lock")) == [
        "current", "current-previous",
    ]  # fmt: skip


def test_after_a_roll_back_and_a_new_bundle_the_way_back_is_to_the_good_one(tmp_path: Path) -> None:
    path = tmp_path / "current"
    for number in range(3):
        replace_bundle(path, version(number), keep=3)
    roll_back(path)  # 2 was bad, so that 1 is in use
    replace_bundle(path, version(3), keep=3)
    roll_back(path)
    assert seed_of(path) == 1


def test_nothing_to_go_back_to(tmp_path: Path) -> None:
    path = tmp_path / "current"
    replace_bundle(path, version(0), keep=0)
    replace_bundle(path, version(1), keep=0)
    with pytest.raises(BundleError, match=r"no earlier bundle .* \(kept are: none\)"):
        roll_back(path)
    assert seed_of(path) == 1
    with pytest.raises(BundleError, match="no earlier bundle"):
        roll_back(path, read_manifest(path)["digest"])  # it is in use


def test_a_damaged_bundle_is_no_way_back(tmp_path: Path) -> None:
    path = tmp_path / "current"
    for number in range(2):
        replace_bundle(path, version(number), keep=2)
    file = kept_bundles(path)[0].path / "history.safetensors"
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleError, match="history.safetensors"):
        roll_back(path)
    assert seed_of(path) == 1


def test_files_are_linked_or_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "current"
    for number in range(2):
        replace_bundle(path, version(number), keep=2)
    before = kept_bundles(path)[0].path / "manifest.json"
    roll_back(path)
    assert before.samefile(path / "manifest.json")

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    replace_bundle(path, version(2), keep=2)
    roll_back(path)
    assert seed_of(path) == 0
    assert not before.exists() or not before.samefile(path / "manifest.json")


def test_forgetting_removes_the_earlier_bundles(tmp_path: Path) -> None:
    path = tmp_path / "current"
    for number in range(3):
        replace_bundle(path, version(number), keep=2)
    receipt = forget_in_bundle(path, 1)
    assert receipt.kept_removed == 2
    assert kept_bundles(path) == []
    assert 1 not in Bundle.load(path).users
    assert not any(np.isin(1, Bundle.load(folder).users.ids) for folder in tmp_path.glob("current-previous/*"))
    assert remove_kept_bundles(path) == 0


def test_within_the_lock_of_a_bundle_it_may_be_replaced(tmp_path: Path) -> None:
    path = version(0).save(tmp_path / "current")
    with bundle_lock(path):
        replace_bundle(path, version(1), keep=1)
        assert roll_back(path).number == 1
        with pytest.raises(Timeout), FileLock(tmp_path / ".current.lock", timeout=0):
            pass
    assert seed_of(path) == 0


def test_a_bundle_behind_a_link_is_replaced_and_comes_back(tmp_path: Path) -> None:
    version(0).save(tmp_path / "v")
    link = tmp_path / "current"
    link.symlink_to("v")
    replace_bundle(link, version(1), keep=1)
    assert (link.is_symlink(), seed_of(tmp_path / "v")) == (True, 1)
    roll_back(link)
    assert (link.is_symlink(), seed_of(tmp_path / "v")) == (True, 0)


def test_where_there_is_no_bundle_nothing_is_made(tmp_path: Path) -> None:
    path = tmp_path / "no" / "bundle"
    with pytest.raises(BundleError, match="not a bundle"), bundle_lock(path):
        pass
    with pytest.raises(BundleError, match="not a bundle"):
        forget_in_bundle(path, 1)
    with pytest.raises(BundleError, match="kept are: none"):
        roll_back(path)
    assert list(tmp_path.iterdir()) == []
