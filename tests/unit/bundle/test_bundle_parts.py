"""What is in a file of its own or left out: what only forgetting needs, and people."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from reelgraph.bundle import MANIFEST, Bundle, contents
from reelgraph.bundle.history_arrays import history_arrays, history_of, unpacked
from reelgraph.core import DataSize, FitContext, Matrix
from reelgraph.core.errors import BundleError, CapabilityError, ConfigError, UnknownIdError
from reelgraph.data import PerUser, index, split
from reelgraph.models.baselines import Bias
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.models.blend import Blend
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.recommend import Recommender
from reelgraph.unlearning.exact import forget
from reelgraph.unlearning.receipt import forget_in_bundle
from tests.unit.unlearning.test_unlearning import data

DATA = data(n_ratings=300)
NAMED = dataclasses.replace(
    DATA,
    ratings=dataclasses.replace(
        DATA.ratings, user_id=np.array([f"somebody{user:03d}" for user in DATA.ratings.user_id])
    ),
    profiles=dataclasses.replace(
        DATA.profiles, user_id=np.array([f"somebody{user:03d}" for user in DATA.profiles.user_id])
    ),
)
PERSON = {100: 5.0, 104: 2.0, 111: 4.0}


def bundle(model: Any, dataset: Any = DATA, **context: Any) -> Bundle:
    parts = split(index(dataset.ratings), PerUser(valid=0.1, test=0.1), seed=0)
    fit = model.fit(parts.train, FitContext(catalogue=dataset.catalogue, profiles=dataset.profiles, **context))
    return Bundle.create(fit, dataset, parts, model=model)


HEAD = GraphFilter(choose=False, form="head", head_items=9)


@pytest.mark.parametrize(
    ("stars", "time", "expected"),
    [
        (3.5, 10**9, {"data": "f2", "indices": "u2", "indptr": "u4", "times": "u4", "learnt": "u1"}),
        (4.3, -1, {"data": "f4", "indices": "u2", "indptr": "u4", "times": "i8", "learnt": "u1"}),
        (4097.0, 2**40, {"data": "f4", "indices": "u2", "indptr": "u4", "times": "i8", "learnt": "u1"}),
    ],
)
def test_ratings_are_kept_exactly_in_the_smallest_types(stars: float, time: int, expected: dict[str, str]) -> None:
    history = Matrix(np.array([[0, stars, 1.0], [0, 0, 0], [2.5, 0, 0]], np.float32))
    times, is_train = np.array([time, 5, 7]), np.array([True, False, True])
    arrays = history_arrays(history, times, is_train)
    assert {name: array.dtype.str[1:] for name, array in arrays.items()} == expected
    again, times_again, is_train_again = history_of(unpacked(arrays), (3, 3))
    assert again.dtype == np.float32
    np.testing.assert_array_equal(again.toarray(), history.toarray())
    assert times_again is not None
    assert is_train_again is not None
    assert times_again.tolist() == times.tolist()
    assert is_train_again.tolist() == is_train.tolist()


def test_rows_beyond_sixteen_bits_stay_as_they_are() -> None:
    history = Matrix((np.ones(1, np.float32), np.array([65_536]), np.array([0, 1])), shape=(1, 65_537))
    arrays = history_arrays(history, None, None)
    assert sorted(arrays) == ["data", "indices", "indptr"]
    assert history_of(unpacked(arrays), (1, 65_537))[0].indices.tolist() == [65_536]


def test_leaving_people_out_asks_once_what_a_scorer_keeps_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    dropped: list[int] = []

    class Asked(type):
        def __instancecheck__(cls, scorer: object) -> bool:
            asked.append(scorer)
            return hasattr(scorer, "drop_user")

    class Storing:
        def drop_user(self, user_row: int) -> Storing:
            dropped.append(user_row)
            return self

    monkeypatch.setattr(contents, "StoresUserFeatures", Asked("StoresUserFeatures", (), {}))
    bundle(Bias()).without_people()
    assert (len(asked), dropped) == (1, [])
    contents._without_users(Storing(), 4)  # type: ignore[arg-type]
    assert dropped == [3, 2, 1, 0]


def test_what_only_forgetting_needs_is_mapped_from_a_file_of_its_own(tmp_path: Path) -> None:
    full = bundle(Blend(rankers=("graph-filter",), stars="none", settings={"graph-filter": HEAD_SETTINGS}))
    assert not (full.save(tmp_path / "bare") / "forgetting.safetensors").exists()
    kept = bundle(HEAD, keep_forgetting=True)
    path = kept.save(tmp_path / "kept")
    assert list(load_file(path / "forgetting.safetensors")) == ["graph", "inverse"]
    assert "inverse" not in load_file(path / "scorer.safetensors")
    loaded: Any = Bundle.load(path).scorer
    assert isinstance(loaded.inverse, np.memmap)
    np.testing.assert_array_equal(loaded.inverse, kept.scorer.arrays()["inverse"])
    receipt = forget_in_bundle(path, 7, verify=True)
    assert receipt.differences["compact-filter"] < 1e-5
    assert receipt.before["forgetting.safetensors"] != receipt.after["forgetting.safetensors"]
    again, _ = forget(kept, 7)
    np.testing.assert_array_equal(Bundle.load(path).scorer.arrays()["inverse"], again.scorer.arrays()["inverse"])


HEAD_SETTINGS = {"choose": False, "form": "head", "head_items": 9}


def test_a_blend_keeps_it_by_part(tmp_path: Path) -> None:
    model = Blend(rankers=("graph-filter",), stars="none", settings={"graph-filter": HEAD_SETTINGS})
    path = bundle(model, keep_forgetting=True).save(tmp_path / "b")
    assert list(load_file(path / "forgetting.safetensors")) == ["0.graph", "0.inverse"]
    reduced, report = forget(Bundle.load(path), 7)
    assert "beyond its 9 most rated ones changes at the next fit" in report.parts[0].how
    assert 7 not in reduced.users


@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_damaged_file_of_forgetting_is_refused(tmp_path: Path, place: int) -> None:
    path = bundle(HEAD, keep_forgetting=True).save(tmp_path / "b")
    file = path / "forgetting.safetensors"
    content = bytearray(file.read_bytes())
    content[place] ^= 0x10
    file.write_bytes(content)
    with pytest.raises(BundleError, match=r"forgetting\.safetensors is damaged"):
        forget_in_bundle(path, 7)
    file.write_bytes(content[:-1])
    with pytest.raises(BundleError, match=r"forgetting\.safetensors is damaged: its size"):
        Bundle.load(path)
    file.unlink()
    with pytest.raises(BundleError, match=r"forgetting\.safetensors cannot be read"):
        Bundle.load(path)


def test_without_the_file_the_ratings_go_and_the_receipt_says_what_stays(tmp_path: Path) -> None:
    path = bundle(HEAD).save(tmp_path / "b")
    scorer = (path / "scorer.safetensors").read_bytes()
    receipt = forget_in_bundle(path, 7, verify=True)
    (part,) = receipt.forgotten.parts
    assert not part.exactly
    assert "trained with --keep-forgetting it would change at once" in part.how
    assert receipt.differences == {}
    assert (path / "scorer.safetensors").read_bytes() == scorer
    assert 7 not in Bundle.load(path).users


MODELS: dict[str, Any] = {
    "graph-filter": HEAD,
    "bias": Bias(),
    "blend": Blend(
        settings={"bayes-gcn": {"dim": 2, "draws": 4, "burn_in": 1, "keep": 3}, "graph-filter": HEAD_SETTINGS}
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_without_people_nothing_of_a_user_is_in_the_folder(tmp_path: Path, name: str) -> None:
    full = bundle(MODELS[name], NAMED, keep_forgetting=True)
    path = full.save(tmp_path / "b", with_people=False)
    files = {file.name: file.read_bytes() for file in path.iterdir()}
    assert sorted(files) == [
        "catalogue.parquet", "manifest.json", "scorer.safetensors", "statistics.safetensors"
    ]  # fmt: skip
    assert not any(b"somebody" in content for content in files.values())
    n_users = len(full.users)
    assert n_users not in (len(full.items), 9)
    for file in ("scorer.safetensors", "statistics.safetensors"):
        for key, array in load_file(path / file).items():
            assert not {n_users, n_users + 1} & set(array.shape), key
    counts = set(np.diff(full.history.indptr).tolist()) & {len(full.history.data)}
    assert not counts
    manifest = json.loads(files[MANIFEST])
    assert not _lists_as_long_as(manifest, n_users)


def _lists_as_long_as(value: Any, length: int) -> bool:
    if isinstance(value, dict):
        return any(_lists_as_long_as(item, length) for item in value.values())
    return isinstance(value, list) and (len(value) == length or any(_lists_as_long_as(item, length) for item in value))


@pytest.mark.parametrize("name", MODELS)
def test_without_people_new_people_get_the_same(tmp_path: Path, name: str) -> None:
    full = bundle(MODELS[name], NAMED)
    bare = Bundle.load(full.save(tmp_path / "b", with_people=False))
    assert not bare.has_people
    before, after = Recommender(full), Recommender(bare)
    for person in ({}, PERSON, [100, 104]):
        lists = [recommender.recommend(person, 5) for recommender in (before, after)]
        assert [row.item_id for row in lists[0]] == [row.item_id for row in lists[1]]
        np.testing.assert_allclose([row.score for row in lists[1]], [row.score for row in lists[0]], atol=1e-5)
    assert after.explain(PERSON, 105).reasons[0].share == pytest.approx(
        before.explain(PERSON, 105).reasons[0].share, abs=1e-5
    )
    if name != "bias":
        assert [row.item_id for row in after.similar(100, 3)] == [row.item_id for row in before.similar(100, 3)]
    assert np.array_equal(after.is_new, before.is_new)
    assert after.portrait(PERSON).rated == 3


def test_without_people_known_users_are_one_clear_error(tmp_path: Path) -> None:
    path = bundle(HEAD).save(tmp_path / "b", with_people=False)
    recommender = Recommender(Bundle.load(path))
    text = "saved without people: give ratings"
    for ask in (
        lambda: recommender.recommend(7),
        lambda: recommender.explain(7, 100),
        lambda: recommender.recommend_all(users=[7]),
        lambda: forget_in_bundle(path, 7),
    ):
        with pytest.raises(UnknownIdError, match=text):
            ask()
    with pytest.raises(CapabilityError, match=text):
        recommender.recommend_all()


def test_stars_of_few_people_are_left_out(tmp_path: Path) -> None:
    full = bundle(Bias())
    counts = np.bincount(full.history.indices, minlength=len(full.items))
    rare = full.items.id(int(np.argmin(counts)))
    keep = np.cumsum(full.history.indices == full.items.row(rare)) <= 4
    is_rare = full.history.indices == full.items.row(rare)
    kept = ~is_rare | keep
    indptr = np.concatenate([[0], np.cumsum(kept)])[full.history.indptr]
    few = dataclasses.replace(
        full,
        history=Matrix((full.history.data[kept], full.history.indices[kept], indptr), shape=full.history.shape),
        times=None,
        is_train=None,
    )
    bare = Bundle.load(few.save(tmp_path / "b", with_people=False))
    row = full.items.row(rare)
    assert bare.item_statistics.counts[row] == few.item_statistics.counts[row] == 4
    assert np.isnan(bare.item_statistics.star_totals[row])
    assert bare.item_statistics.liked_counts[row] == 0
    others = np.arange(len(full.items)) != row
    np.testing.assert_array_equal(bare.item_statistics.star_totals[others], few.item_statistics.star_totals[others])
    assert bare.item_statistics.mean == few.item_statistics.mean


def test_an_unknown_profile_is_an_average_one_with_and_without_people() -> None:
    full = bundle(BayesGCN(dim=2, draws=6, burn_in=1, keep=4)).scorer
    assert full.arrays()["profile"].shape[1] > 0  # type: ignore[attr-defined]
    bare: Any = full.without_users()  # type: ignore[attr-defined]
    assert bare.profile_indptr.tolist() == [0]
    assert bare.profile_indices.size == 0
    person = Matrix(np.eye(1, full.n_items, 3, dtype=np.float32) * 4)
    expected: Any = full
    np.testing.assert_allclose(bare.rate(person).stars, expected.rate(person).stars, atol=1e-4)


def test_exact_forgetting_takes_what_forgets_at_once() -> None:
    exact = Blend(settings={"graph-filter": {"ridge": 3.0}}).with_exact_updates()
    resolved, _ = exact.resolved(DataSize(20, 20, 200))
    assert resolved.stars == "bias"
    assert resolved.settings["graph-filter"] == {"ridge": 3.0, "exact_updates": True}
    fitted = bundle(exact)
    reduced, report = forget(fitted, 7)
    assert [(part.kind, part.exactly) for part in report.parts] == [("item-filter", True), ("bias", True)]
    lines = Recommender(reduced).recommend(PERSON, 3)
    assert all(1 <= (line.stars or 0) <= 5 for line in lines)
    for model in (
        Blend(rankers=("lightgcn",)),
        GraphFilter(form="low-rank"),
        GraphFilter(closed_form=0, spectral_weight=1),
    ):
        with pytest.raises(ConfigError, match="--exact-forgetting"):
            model.with_exact_updates()


def test_half_precision_stays_within_its_range() -> None:
    scorer: Any = bundle(BayesGCN(dim=2, draws=4, burn_in=1, keep=2)).scorer
    assert {name: scorer.arrays()[name].dtype.name for name in ("item", "neighbour", "date", "date_drawn")} == {
        "item": "float16", "neighbour": "float16", "date": "float16", "date_drawn": "float32",
    }  # fmt: skip


def test_statistics_of_another_catalogue_are_refused(tmp_path: Path) -> None:
    full = bundle(Bias())
    longer = dataclasses.replace(full.item_statistics, counts=np.zeros(3, np.int64))
    with pytest.raises(BundleError, match="3 counts for 14 items"):
        dataclasses.replace(full, statistics=longer).save(tmp_path / "b")
