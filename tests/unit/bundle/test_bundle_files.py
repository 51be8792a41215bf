"""A bundle comes back as it was, or is refused by the name of the file that is wrong."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph._util.json_values import finite
from reelgraph.bundle import FORMAT, MANIFEST, Bundle, require_bundle_path
from reelgraph.core import Catalogue, Dataset, FitResult, IdIndex, Matrix, Ratings, RatingScale
from reelgraph.core.errors import BundleError, ConfigError
from reelgraph.data import PerUser, index, split
from reelgraph.models.baselines import Bias
from reelgraph.scorers import BiasScorer, FoldInScorer

FILES = ("manifest.json", "scorer.safetensors", "history.safetensors", "catalogue.parquet", "users.parquet")
TITLES = ["Amélie (2001)", "七人の侍 (1954)", 'A "quoted", title\\', "", "🎬", "x" * 300]


def bundle(ids: str = "int", seed: int = 0) -> Bundle:
    """Four people and six movies, with titles that are hard to write down."""
    draw = np.random.default_rng(seed)
    items = 10 * np.arange(6) if ids == "int" else np.array([f"tt{n:07d}" for n in range(6)])
    users = np.array([7, 3, 5, 1]) if ids == "int" else np.array(["zoë", "bob", "al", "d,e"])
    bare = Catalogue.from_ids(items)
    catalogue = dataclasses.replace(
        bare,
        title=np.array(TITLES),
        year=np.array([2001, 1954, 0, 0, 1999, 2010]),
        genres=(("Comedy", "Romance"), ("Drama",), (), (), ("Comedy",), ()),
        tags=(("paris",), (), (), (), (), ()),
        people=((), ("Kurosawa",), (), (), (), ()),
        imdb_id=np.array(["tt0211915", "", "", "", "", ""]),
        tmdb_id=np.array([194, 0, 0, 0, 0, 0]),
        runtime=np.array([122, 207, 0, 0, 0, 90]),
    )
    ratings = np.where(draw.random((4, 6)) < 0.6, draw.integers(1, 6, (4, 6)), 0).astype(np.float32)
    scorer = FoldInScorer(
        design=draw.normal(size=(6, 3)),
        base=3 + draw.normal(size=6),
        vectors=draw.normal(size=(6, 2)).astype(np.float32),
        counts=np.array([3, 0, 1, 7, 2, 2]),
        prior_mean=draw.normal(size=3),
        prior_precision=np.eye(3) + 0.1,
        noise=1 / 3,
        damping=10.0,
        low=1.0,
        high=5.0,
    )
    info = {"model": {"name": "test"}, "seed": seed, "small": 1e-05, "metrics": {"ndcg@10": {"mean": float("nan")}}}
    return Bundle(
        scorer, IdIndex(users, "user"), IdIndex(items, "item"), Matrix(ratings), catalogue, RatingScale(1, 5, 1), info
    )


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


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return bundle().save(tmp_path / "B")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


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


def resealed(path: Path, **changes: Any) -> None:
    """Write another manifest whose digest is right, as an older or newer program would."""
    manifest = json.loads((path / MANIFEST).read_text()) | changes
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    manifest["digest"] = hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    (path / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


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


class SecondBiasScorer(BiasScorer):
    """A scorer of another package that calls itself by the kind of one of reelgraph's own."""


def _not_loadable() -> dict[str, tuple[Bundle, str]]:
    """Bundles that could be written but not read, with what is wrong."""
    whole = bundle()
    history = whole.history.copy()
    history.data[0] = np.nan
    ten_items = BiasScorer(np.zeros(10), 3.0, 5.0, 1.0, 5.0, np.ones(10, np.int64))
    of_own_kind = SecondBiasScorer(np.zeros(6), 3.0, 5.0, 1.0, 5.0, np.ones(6, np.int64))
    times = np.arange(whole.history.nnz + 1)
    return {
        "a scorer of a kind that is taken": (
            dataclasses.replace(whole, scorer=of_own_kind),
            "the kind 'bias' is one of reelgraph's own",
        ),
        "another number of items": (dataclasses.replace(whole, scorer=ten_items), "the scorer has 10 items"),
        "one level": (dataclasses.replace(whole, scale=RatingScale(1, 1, 1)), "an invalid rating scale"),
        "no number": (dataclasses.replace(whole, history=history), "not a finite number"),
        "too many times": (dataclasses.replace(whole, times=times), f"values for {whole.history.nnz} ratings"),
        "two users with one id": (
            dataclasses.replace(whole, users=IdIndex(np.array([7, 7, 5, 1]), "user")),
            "duplicate user ids",
        ),
        "info that JSON cannot hold": (dataclasses.replace(whole, info={"model": object()}), "cannot be written"),
    }


@pytest.mark.parametrize("what", _not_loadable())
def test_what_could_not_be_loaded_is_not_saved(saved: Path, what: str) -> None:
    before = contents(saved)
    faulty, problem = _not_loadable()[what]
    with pytest.raises(BundleError, match=f"not saved.*{problem}"):
        faulty.save(saved)
    assert contents(saved) == before


@pytest.mark.parametrize("feedback", ["implicit", "counts"])
def test_feedback_without_a_scale_comes_back(tmp_path: Path, feedback: Any) -> None:
    views = dataclasses.replace(bundle(), scale=None, feedback=feedback)
    path = views.save(tmp_path / "B")
    after = Bundle.load(path)
    assert (after.feedback, after.scale) == (feedback, None)
    manifest = json.loads((path / MANIFEST).read_text())
    assert (manifest["feedback"], manifest["scale"]) == (feedback, None)


def test_scale_and_feedback_go_together() -> None:
    with pytest.raises(ConfigError, match="implicit feedback has no scale"):
        dataclasses.replace(bundle(), feedback="implicit")
    with pytest.raises(ConfigError, match="explicit ratings need a scale"):
        dataclasses.replace(bundle(), scale=None)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"format_version": 4}, "is of format version 4, this reelgraph reads 1 to 3.*train it again"),
        ({"format": "model-card"}, "is not of a reelgraph bundle"),
        ({"scorer": {"kind": "pickle", "settings": {}}}, "unknown kind of scorer 'pickle'.*known are .*bias"),
        ({"scorer": {"kind": "bias", "settings": {}}}, "does not match its manifest"),
        ({"scorer": None}, "does not match its manifest"),
        ({"scale": {"low": 1}}, "does not match its manifest"),
        ({"scale": None}, "explicit ratings need a scale"),
        ({"feedback": "implicit"}, "implicit feedback has no scale"),
        ({"feedback": "stars"}, "stars: unknown feedback"),
        ({"files": {}}, r"scorer\.safetensors is damaged"),
        ({"files": None}, MANIFEST),
    ],
)
def test_foreign_or_future_manifest_is_refused(saved: Path, changes: dict[str, Any], text: str) -> None:
    resealed(saved, **changes)
    with pytest.raises(BundleError, match=text):
        Bundle.load(saved)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff\xfe", b'{"name": "my web app"}', b"[" * 100_000])
def test_a_manifest_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError, match=MANIFEST):
        Bundle.load(tmp_path)


def test_missing_folder_or_a_file_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "nothing", tmp_path, tmp_path / "file"):
        with pytest.raises(BundleError, match="is not a bundle: no manifest"):
            Bundle.load(path)


def test_scorer_of_other_items_is_refused(tmp_path: Path) -> None:
    odd = dataclasses.replace(bundle(), scorer=BiasScorer(np.zeros(5), 3.0, 5.0, 1.0, 5.0))
    with pytest.raises(BundleError, match="the scorer has 5 items, the catalogue 6"):
        odd.save(tmp_path / "B")


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
