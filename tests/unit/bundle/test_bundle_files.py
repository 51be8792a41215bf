"""A bundle comes back as it was, and a damaged file is refused by its name."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph._util.json_values import finite
from reelgraph.bundle import FORMAT, MANIFEST, Bundle
from reelgraph.core import Catalogue, Dataset, FitResult, Ratings, RatingScale
from reelgraph.core.errors import BundleError
from reelgraph.data import PerUser, index, split
from reelgraph.models.baselines import Bias
from tests.unit.bundle.saved_bundles import FILES, TITLES, bundle, contents, resealed


def test_repr_is_one_screen() -> None:
    measured = {
        "model": {"name": "gcn"},
        "data": {"name": "toy"},
        "metrics": {"rmse": {"mean": 0.875}},
        "protocol": "p",
    }
    assert repr(dataclasses.replace(bundle(), info=measured)) == (
        f"Bundle of gcn on toy: 4 users, 6 items, {bundle().history.nnz} ratings\nmetric    mean\nrmse    0.8750\np"
    )
    assert repr(dataclasses.replace(bundle(), info={})) == (
        f"Bundle of fold-in on unknown data: 4 users, 6 items, {bundle().history.nnz} ratings"
    )


@pytest.mark.parametrize("ids", ["int", "str"])
def test_comes_back_as_it_was(tmp_path: Path, ids: str) -> None:
    before = bundle(ids)
    after = Bundle.load(before.save(tmp_path / "deep" / "B"))
    np.testing.assert_array_equal(after.scorer.score(before.history), before.scorer.score(before.history))
    np.testing.assert_array_equal(after.history.toarray(), before.history.toarray())
    assert after.history.dtype == np.float32
    for name in ("users", "items"):
        before_value, after_value = getattr(before, name).ids, getattr(after, name).ids
        np.testing.assert_array_equal(before_value, after_value)
        assert before_value.dtype.kind == after_value.dtype.kind
    for field in dataclasses.fields(Catalogue):
        before_value, after_value = getattr(before.catalogue, field.name), getattr(after.catalogue, field.name)
        assert (
            (before_value == after_value)
            if isinstance(before_value, tuple)
            else (before_value.tolist() == after_value.tolist())
        ), field.name
    assert after.catalogue.title.tolist() == TITLES
    assert after.scale == before.scale
    assert after.scorer.settings() == before.scorer.settings()
    assert after.info["small"] == 1e-05


def test_saving_again_gives_the_same_bytes_but_for_the_date(tmp_path: Path) -> None:
    first = contents(bundle().save(tmp_path / "A"))
    again = contents(Bundle.load(tmp_path / "A").save(tmp_path / "B"))
    assert sorted(first) == sorted(FILES)
    for name in FILES[1:]:
        assert first[name] == again[name], name


def test_manifest_is_strict_json_and_names_every_file(saved: Path) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    manifest = json.loads((saved / MANIFEST).read_text(), parse_constant=refuse)
    assert manifest["format"] == FORMAT
    assert manifest["info"]["metrics"]["ndcg@10"]["mean"] is None
    for name, entry in manifest["files"].items():
        content = (saved / name).read_bytes()
        assert entry == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_not_finite_numbers_become_null() -> None:
    value = {"a": [1.5, float("inf"), (float("nan"), 2)], "b": {"c": float("-inf")}, "d": "nan", "e": True}
    assert finite(value) == {"a": [1.5, None, [None, 2]], "b": {"c": None}, "d": "nan", "e": True}


@pytest.mark.parametrize("bits", [0x01, 0x20, 0xFF])
@pytest.mark.parametrize("place", [0.0, 0.13, 0.5, 0.87, 1.0])
@pytest.mark.parametrize("name", FILES)
def test_flipped_byte_is_refused_by_the_files_name(saved: Path, name: str, place: float, bits: int) -> None:
    file = saved / name
    content = bytearray(file.read_bytes())
    content[int(place * (len(content) - 1))] ^= bits
    file.write_bytes(content)
    with pytest.raises(BundleError, match=name):
        Bundle.load(saved)


def test_no_single_flipped_byte_of_the_manifest_goes_unseen(saved: Path) -> None:
    file = saved / MANIFEST
    whole = file.read_bytes()
    for place in range(len(whole)):
        content = bytearray(whole)
        content[place] ^= 0x20  # changes the case of a letter: 1e-05 stays the same number
        file.write_bytes(content)
        with pytest.raises(BundleError, match=MANIFEST):
            Bundle.load(saved)


@pytest.mark.parametrize("name", FILES)
def test_missing_cut_or_grown_file_is_refused_by_name(saved: Path, name: str) -> None:
    file = saved / name
    whole = file.read_bytes()
    for content in (b"", whole[: len(whole) // 2], whole[:-1], whole + b"\0"):
        file.write_bytes(content)
        with pytest.raises(BundleError, match=name):
            Bundle.load(saved)
    file.unlink()
    with pytest.raises(BundleError, match=name):
        Bundle.load(saved)
    file.mkdir()
    with pytest.raises(BundleError, match=name):
        Bundle.load(saved)


def test_file_of_another_bundle_is_refused(saved: Path, tmp_path: Path) -> None:
    other = bundle(seed=1).save(tmp_path / "other")
    shutil.copy(other / "scorer.safetensors", saved)
    with pytest.raises(BundleError, match=r"scorer\.safetensors is damaged: its size or SHA-256"):
        Bundle.load(saved)


def test_resealed_unchanged_is_still_a_bundle(saved: Path) -> None:
    resealed(saved)
    Bundle.load(saved)


def test_format_1_loads_without_times_and_without_saying_what_was_learnt(saved: Path) -> None:
    resealed(saved, format_version=1)
    old = Bundle.load(saved)
    assert (old.times, old.is_train) == (None, None)
    np.testing.assert_array_equal(old.history.toarray(), bundle().history.toarray())


def test_times_and_what_was_learnt_come_back(tmp_path: Path) -> None:
    whole = bundle()
    n = whole.history.nnz
    timed = dataclasses.replace(whole, times=10**9 + np.arange(n), is_train=np.arange(n) % 3 > 0)
    after = Bundle.load(timed.save(tmp_path / "B"))
    assert after.times is not None
    assert after.is_train is not None
    assert after.times.tolist() == (10**9 + np.arange(n)).tolist()
    assert after.is_train.tolist() == (np.arange(n) % 3 > 0).tolist()


@pytest.mark.parametrize("feedback", ["implicit", "counts"])
def test_feedback_without_a_scale_comes_back(tmp_path: Path, feedback: Any) -> None:
    views = dataclasses.replace(bundle(), scale=None, feedback=feedback)
    path = views.save(tmp_path / "B")
    after = Bundle.load(path)
    assert (after.feedback, after.scale) == (feedback, None)
    manifest = json.loads((path / MANIFEST).read_text())
    assert (manifest["feedback"], manifest["scale"]) == (feedback, None)


def test_nothing_is_pickled(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a bundle holds no pickle")

    for name in ("load", "loads", "Unpickler", "dump", "dumps", "Pickler"):
        monkeypatch.setattr(pickle, name, refuse)
    Bundle.load(bundle().save(saved))
    monkeypatch.undo()
    for name, content in contents(saved).items():
        for protocol in range(2, 6):
            assert not content.startswith(bytes([0x80, protocol])), name
        with pytest.raises(Exception, match=r".+"):
            pickle.loads(content)


def test_create_keeps_all_that_is_known_of_a_person(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    cells = draw.permutation(30 * 12)[:200]
    data = Dataset(
        "toy",
        Ratings(
            np.array([f"u{c // 12}" for c in cells]), np.array([f"m{c % 12}" for c in cells]),
            draw.integers(1, 6, 200).astype(float), None, RatingScale(1, 5, 1), "toy",
        ),
        Catalogue.from_ids(np.array(["m3", "m0", "m99"])), None, "ab" * 32,
    )  # fmt: skip
    parts = split(index(data.ratings), PerUser(valid=0.1, test=0.1), seed=0)
    fit = Bias().fit(parts.train)
    created = Bundle.create(FitResult(fit.scorer), data, parts, model=Bias(), seed=5)
    after = Bundle.load(created.save(tmp_path / "B"))
    assert after.history.nnz == 200 > len(parts.train)
    for user, item, stars in zip(data.ratings.user_id, data.ratings.item_id, data.ratings.rating, strict=True):
        assert after.history[after.users.row(user), after.items.row(item)] == stars
    assert after.catalogue.item_id.tolist() == after.items.ids.tolist()
    assert after.catalogue.title.tolist() == after.items.ids.tolist()
    assert after.info["model"] == {"name": "bias", "settings": {"item_damping": 5.0, "user_damping": 5.0}}
    assert after.info["data"] == {"name": "toy", "sha256": "ab" * 32, "ratings": 200}
    assert after.info["split"]["seed"] == 0
    assert after.info["seed"] == 5
