"""Forgetting in a bundle equals never having known, leaves a receipt, and happens whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import MANIFEST, Bundle
from reelgraph.core import Catalogue, Dataset, FitContext, FitResult, IdIndex, Profiles, Ratings, RatingScale, Split
from reelgraph.core.errors import BundleError, UnknownIdError
from reelgraph.data import PerUser, index, split
from reelgraph.models.baselines import Bias, Popularity
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.models.graph_filter import settings
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.recommend import Recommender
from reelgraph.scorers import BayesScorer, BlendScorer, ItemFilterScorer
from reelgraph.unlearning.exact import forget
from reelgraph.unlearning.plan import forgetting_plan
from reelgraph.unlearning.receipt import forget_in_bundle, refit_differences

N_USERS, N_ITEMS = 30, 14
MODELS: dict[str, Any] = {
    "graph-filter": GraphFilter(ridge=3.0, choose=False),
    "what is rated later": GraphFilter(ridge=3.0, choose=False, later_weight=1.0, later_scale=2.0),
    "popularity": Popularity(),
    "bias": Bias(),
}


def data(seed: int = 0, n_ratings: int = 200) -> Dataset:
    draw = np.random.default_rng(seed)
    cells = draw.permutation(N_USERS * N_ITEMS)[:n_ratings]
    items = np.arange(N_ITEMS) + 100
    catalogue = dataclasses.replace(
        Catalogue.from_ids(items), genres=tuple((("A",), ("B",))[n % 2] for n in range(N_ITEMS)),
        year=np.arange(N_ITEMS) * 7 + 1920,
    )  # fmt: skip
    users = cells // N_ITEMS + 1
    groups = np.array([("F", "M")[n % 2] for n in range(N_USERS)])
    profiles = Profiles(np.arange(N_USERS) + 1, groups, groups, groups, groups)
    ratings = Ratings(
        users, cells % N_ITEMS + 100, draw.integers(1, 6, n_ratings).astype(float),
        10**9 + draw.integers(0, 20_000, n_ratings), RatingScale(1, 5, 1), "made",
    )  # fmt: skip
    return Dataset("made", ratings, catalogue, profiles, "0" * 64)


DATA = data()
PARTS = split(index(DATA.ratings), PerUser(valid=0.1, test=0.1), seed=0)


def bundle(fit: FitResult, parts: Split = PARTS, model: Any = None) -> Bundle:
    return Bundle.create(fit, DATA, parts, model=model)


def fitted_bundle(name: str) -> Bundle:
    return bundle(MODELS[name].fit(PARTS.train, FitContext(catalogue=DATA.catalogue)))


def refit(name: str, gone: np.ndarray) -> Any:
    return MODELS[name].fit(PARTS.train.take(~gone), FitContext(catalogue=DATA.catalogue)).scorer


@pytest.mark.parametrize("name", MODELS)
def test_forgetting_then_asking_equals_never_having_known(name: str) -> None:
    full = fitted_bundle(name)
    for user in (1, 7, 30):
        reduced, report = forget(full, user)
        assert [part.exactly for part in report.parts] == [True]
        fresh = refit(name, PARTS.train.user_row == full.users.row(user))
        for key, array in reduced.scorer.arrays().items():
            np.testing.assert_allclose(array, fresh.arrays()[key], rtol=0, atol=1e-8, err_msg=key)
        rest = full.users.ids != user
        of_rest = np.repeat(rest, np.diff(full.history.indptr))
        refitted = dataclasses.replace(
            full,
            scorer=fresh,
            users=IdIndex(full.users.ids[rest], "user"),
            history=full.history[rest],
            is_train=None if full.is_train is None else full.is_train[of_rest],
        )
        for other_user in (2, 11, 29):
            after_forgetting, never_known = (Recommender(b).recommend(other_user, 6) for b in (reduced, refitted))
            assert [line.item_id for line in after_forgetting] == [line.item_id for line in never_known]
            np.testing.assert_allclose(
                [x.score for x in after_forgetting], [x.score for x in never_known], rtol=1e-5, atol=1e-6
            )
        with pytest.raises(UnknownIdError):
            Recommender(reduced).recommend(user)


@pytest.mark.parametrize("name", MODELS)
def test_one_rating_forgotten_equals_a_fit_without_it(name: str) -> None:
    full = fitted_bundle(name)
    positions = np.flatnonzero(PARTS.train.user_row == full.users.row(4))
    item = int(PARTS.train.items.ids[PARTS.train.item_row[positions[1]]])
    reduced, report = forget(full, 4, item)
    assert (report.ratings, report.learnt) == (1, 1)
    fresh = refit(name, np.isin(np.arange(len(PARTS.train)), positions[1]))
    for key, array in reduced.scorer.arrays().items():
        np.testing.assert_allclose(array, fresh.arrays()[key], rtol=0, atol=1e-8, err_msg=key)
    assert item in {line.item_id for line in Recommender(reduced).recommend(4, N_ITEMS)}
    assert item not in {line.item_id for line in Recommender(full).recommend(4, N_ITEMS)}
    with pytest.raises(UnknownIdError, match="has no rating of item"):
        forget(reduced, 4, item)


def test_the_receipt_says_what_of_a_large_catalogue_stays() -> None:
    dense_data = data(n_ratings=400)
    parts = split(index(dense_data.ratings), PerUser(valid=0.1, test=0.1), seed=0)
    context = FitContext(catalogue=dense_data.catalogue)
    rest = parts.train.take(parts.train.user_row != parts.train.users.row(7))
    for n_head, is_exact in ((9, False), (N_ITEMS, True)):
        model = GraphFilter(ridge=3.0, choose=False, form="head", head_items=n_head, exact_updates=True)
        reduced, report = forget(Bundle.create(model.fit(parts.train, context), dense_data, parts), 7)
        (part,) = report.parts
        assert part.exactly == is_exact
        text = f"what speaks for the 5 movies beyond its {n_head} most rated ones changes at the next fit"
        assert (text in part.how) == (not is_exact)
        fresh = model.fit(rest, context).scorer
        np.testing.assert_allclose(reduced.scorer.arrays()["inverse"], fresh.arrays()["inverse"], atol=1e-5)


def test_a_refit_has_the_same_part_of_what_is_rated_later() -> None:
    model = GraphFilter(ridge=3.0, choose=False, later_weight=1.0, exact_updates=True)  # its scale is measured
    for form in ({}, {"form": "head", "head_items": N_ITEMS}):
        fit = dataclasses.replace(model, **form).fit(PARTS.train, FitContext(catalogue=DATA.catalogue))
        reduced, report = forget(bundle(fit), 7)
        assert report.parts[0].exactly
        differences = refit_differences(reduced)
        assert 0 < max(differences.values()) < (1e-8 if not form else 1e-5)
        (part,), (plan,) = report.parts, forgetting_plan(fit.scorer)
        assert part.held_fixed == "the same scale of what is rated later"
        assert part.how.endswith("up to rounding, with the same scale of what is rated later")
        assert plan.how.endswith("up to rounding, with the same scale of what is rated later")
        assert reduced.scorer.settings()["later_weight"] == fit.scorer.settings()["later_weight"] > 0


def test_a_refit_has_the_same_head_where_others_are_rated_most_now() -> None:
    favourites = {item: range(1, 21 - item) for item in range(6)}  # movie 4 has 16 fans, movie 5 has 15
    table = {"user": [u for fans in favourites.values() for u in fans]}
    table |= {"item": [item for item, fans in favourites.items() for _ in fans], "rating": [4] * len(table["user"])}
    table["user"] += [16, 1, 2]
    table["item"] += [5, 6, 6]
    table["rating"] += [5, 5, 5]
    ratings = rg.from_frame(table)
    parts = split(index(ratings.ratings), PerUser(valid=0.0, test=0.0), seed=0)
    model = GraphFilter(ridge=3.0, choose=False, form="head", head_items=5, exact_updates=True)
    full = Bundle.create(model.fit(parts.train), ratings, parts)
    reduced = forget(full, 15)[0]
    reduced, report = forget(reduced, 14, 4)
    reduced, report = forget(reduced, 13, 4)
    counts = np.bincount(reduced.train_interactions().item_row, minlength=7)
    assert counts[5] > counts[4]  # so a new fit would have another movie in its head
    (part,) = report.parts
    assert part.held_fixed == "the same 5 movies in its head"
    assert part.how.endswith(", with the same 5 movies in its head")
    assert 0 <= refit_differences(reduced)["compact-filter"] < 1e-5


@pytest.mark.parametrize("form", ["dense", "head"])
@pytest.mark.parametrize("compact", [True, False])
def test_a_refit_has_the_same_movies_where_an_update_added_some(
    form: Any, compact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "_MAX_WRITTEN_OUT", 5)
    model = GraphFilter(
        ridge=3.0, choose=False, form=form, head_items=N_ITEMS, compact=compact, exact_updates=True, factors=14
    )
    full = bundle(model.fit(PARTS.train, FitContext(catalogue=DATA.catalogue)))
    bare = Catalogue.from_ids(np.array([900, 901]))
    movies = dataclasses.replace(bare, genres=(("A",), ("B",)), year=np.array([1990, 2000]))
    reduced, report = forget(rg.update(full, None, movies)[0], 7)
    place = "matrix" if form == "dense" and not compact else "head"
    assert f"the same 14 movies in its {place}" in report.parts[0].how
    assert max(refit_differences(reduced).values()) < 1e-5


def test_a_rating_that_was_held_back_changes_nothing_that_was_learnt() -> None:
    full = fitted_bundle("graph-filter")
    row = int(np.flatnonzero(np.diff(PARTS.test.target.indptr))[0])
    user = int(PARTS.test.users[row])
    item = PARTS.train.items.ids[PARTS.test.target[[row]].indices[0]].item()
    reduced, report = forget(full, full.users.id(user), item)
    assert (report.ratings, report.learnt, report.parts[0].exactly) == (1, 0, True)
    assert reduced.scorer is full.scorer
    assert reduced.history.nnz == full.history.nnz - 1


def test_a_blend_forgets_what_it_can_and_says_what_it_cannot() -> None:
    context = FitContext(catalogue=DATA.catalogue, profiles=DATA.profiles)
    stars = BayesGCN(draws=6, burn_in=2, dim=2, keep=2, threads=1).fit(PARTS.train, context).scorer
    filtered = fitted_bundle("graph-filter").scorer
    full = bundle(FitResult(BlendScorer((filtered, stars), (1.0, 0.0))))
    reduced, report = forget(full, 3)
    assert [(part.kind, part.exactly) for part in report.parts] == [("item-filter", True), ("bayes", False)]
    assert "until the next fit" in report.parts[1].how
    assert isinstance(reduced.scorer, BlendScorer)
    assert isinstance(stars, BayesScorer)
    bayes = reduced.scorer.parts[1]
    assert isinstance(bayes, BayesScorer)
    # What it keeps by user row goes with the row: the profile of the person after is now at their place.
    assert len(bayes.profile_indptr) == N_USERS

    def profile(scorer: BayesScorer, row: int) -> list[int]:
        return scorer.profile_indices[scorer.profile_indptr[row] : scorer.profile_indptr[row + 1]].tolist()

    row = full.users.row(3)
    assert profile(stars, row)
    assert [profile(bayes, n) for n in range(N_USERS - 1)] == [profile(stars, n) for n in range(N_USERS) if n != row]


def test_a_bundle_of_format_1_forgets_what_is_stored_and_says_the_rest(tmp_path: Path) -> None:
    old = dataclasses.replace(fitted_bundle("graph-filter"), times=None, is_train=None)
    reduced, report = forget(old, 3)
    assert (report.learnt, report.parts[0].exactly) == (None, False)
    assert "train it again" in report.parts[0].how
    assert 3 not in reduced.users
    with pytest.raises(BundleError, match="train it again"):
        refit_differences(old)


def test_the_bundle_keeps_what_was_learnt_from_and_when(tmp_path: Path) -> None:
    again = Bundle.load(fitted_bundle("bias").save(tmp_path / "B")).train_interactions()
    for loaded, original in ((again.matrix(), PARTS.train.matrix()), (again.times(), PARTS.train.times())):
        assert loaded is not None
        assert original is not None
        np.testing.assert_array_equal(loaded.indptr, original.indptr)
        np.testing.assert_array_equal(loaded.indices, original.indices)
        np.testing.assert_array_equal(loaded.data, original.data)


def test_receipt_hashes_and_the_difference_to_a_new_fit(tmp_path: Path) -> None:
    path = fitted_bundle("graph-filter").save(tmp_path / "B")
    receipt = forget_in_bundle(path, 5, verify=True)
    assert 0 <= receipt.differences["item-filter"] < 1e-8
    changed = {name for name in receipt.before if receipt.before[name] != receipt.after[name]}
    assert changed == {"scorer.safetensors", "history.safetensors", "users.parquet", MANIFEST}
    reduced = Bundle.load(path)
    manifest = json.loads((path / MANIFEST).read_text())
    assert manifest["files"]["scorer.safetensors"]["sha256"] == receipt.after["scorer.safetensors"]
    assert reduced.info["forgotten"]["people"] == 1
    assert forget_in_bundle(path, 6, 103 if 103 in _rated(reduced, 6) else _rated(reduced, 6)[0]).forgotten.ratings == 1
    assert Bundle.load(path).info["forgotten"] == {
        "people": 1, "ratings": receipt.forgotten.ratings + 1, "until_next_fit": [],
    }  # fmt: skip


def _rated(full: Bundle, user: int) -> list[int]:
    return full.items.ids[full.history[[full.users.row(user)]].indices].tolist()


def test_a_changed_matrix_is_seen_by_the_refit() -> None:
    full = fitted_bundle("graph-filter")
    assert isinstance(full.scorer, ItemFilterScorer)
    assert refit_differences(full)["item-filter"] < 1e-12
    spoilt = dataclasses.replace(full.scorer, inverse=full.scorer.inverse * 1.01)
    assert refit_differences(dataclasses.replace(full, scorer=spoilt))["item-filter"] > 1e-3


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("step", ["os.fsync", "atomic_files.exchange_paths", "pathlib.Path.rename"])
def test_a_killed_forget_leaves_the_old_bundle_whole(tmp_path: Path, step: str) -> None:
    path = fitted_bundle("popularity").save(tmp_path / "B")
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    code = (
        "import os, pathlib, signal, sys\n"
        "from reelgraph._util import atomic_files\n"
        "from reelgraph.unlearning.receipt import forget_in_bundle\n"
        "atomic_files.exchange_paths = lambda *paths: False\n"  # the way of systems without it is tried too
        "die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{step} = die\n"
        "forget_in_bundle(sys.argv[1], 5)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], env=dict(os.environ), check=False)
    assert ended.returncode == -9
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before
    assert 5 in Bundle.load(path).users


def test_the_older_bundle_that_a_killed_call_left_is_removed_too(tmp_path: Path) -> None:
    path = fitted_bundle("popularity").save(tmp_path / "B")
    backup = tmp_path / ".B.previous"  # where a replaced bundle is set aside until the new one is in place
    backup.mkdir()
    (backup / "history.safetensors").write_bytes(b"ratings of somebody who was forgotten")
    forget_in_bundle(path, 5)
    assert not backup.exists()
    assert {entry.name for entry in tmp_path.iterdir()} == {"B", ".B.lock"}


def test_two_at_once_both_take_effect(tmp_path: Path) -> None:
    path = fitted_bundle("popularity").save(tmp_path / "B")
    threads = [threading.Thread(target=forget_in_bundle, args=(path, user)) for user in (5, 6, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reduced = Bundle.load(path)
    assert len(reduced.users) == N_USERS - 3
    assert reduced.info["forgotten"]["people"] == 3
