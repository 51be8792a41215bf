"""The reference network: what it learns, what it refuses, and that stopping changes nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reelgraph.core import Catalogue, EvalPart, FitContext, FitResult, Interactions, Matrix, Profiles, Progress
from reelgraph.core.errors import CapabilityError, ConfigError, LeakError, TrainingError
from reelgraph.evaluation.metrics.rating import predict_targets
from reelgraph.models.baselines import Bias
from reelgraph.models.gcn import model
from reelgraph.models.gcn.model import GCN
from reelgraph.models.gcn.network import GCNNetwork
from reelgraph.scorers import FoldInScorer
from tests.conftest import make_interactions, make_part

torch.set_num_threads(1)

SMALL = GCN(dim=4, layers=2, epochs=6, batch_size=24, learning_rate=0.05)


def catalogue(genres: list[tuple[str, ...]]) -> Catalogue:
    n = len(genres)
    bare = Catalogue.from_ids(1000 + np.arange(n))
    return dataclasses.replace(bare, genres=tuple(genres), year=1990 + np.arange(n))


def profiles(n: int) -> Profiles:
    return Profiles(
        100 + np.arange(n), np.resize(np.array(["F", "M"]), n), np.resize(np.array(["25-34", "35-44"]), n),
        np.resize(np.array(["writer", "farmer", "none"]), n), np.resize(np.array(["1", "9"]), n),
    )  # fmt: skip


def board(n_users: int = 24, n_items: int = 12, rated: int = 7) -> tuple[Interactions, EvalPart]:
    """5 stars where user and item are both even or both odd, else 1; ``rated`` of each user's items are kept."""
    draw = np.random.default_rng(0)
    kept: list[tuple[int, int, float]] = []
    held: list[tuple[int, int, float]] = []
    for user in range(n_users):
        for place, item in enumerate(draw.permutation(n_items).tolist()):
            (kept if place < rated else held).append((user, item, 5.0 if (user + item) % 2 == 0 else 1.0))
    train = make_interactions(kept, n_users, n_items)
    return train, make_part(train.matrix(), make_interactions(held, n_users, n_items).matrix())


def stop_after(epoch: int) -> Any:
    def progress(step: Progress) -> None:
        if step.done == epoch:
            raise KeyboardInterrupt

    return progress


def assert_same(one: FitResult, other: FitResult) -> None:
    for name, array in one.scorer.arrays().items():
        np.testing.assert_array_equal(array, other.scorer.arrays()[name], err_msg=name)
    assert one.scorer.settings() == other.scorer.settings()
    assert one.best_epoch == other.best_epoch
    assert [(e.epoch, e.train_loss, e.valid) for e in one.history] == [
        (e.epoch, e.train_loss, e.valid) for e in other.history
    ]


@pytest.mark.parametrize("stopped", [1, 3])
@pytest.mark.parametrize(
    "changes",
    [
        {"edge_dropout": 0.3},
        {"edge_dropout": 0.3, "features": False, "optimiser": "adamw", "weight_decay": 0.01, "loss": "huber"},
        {"schedule": "cosine", "optimiser": "sgd", "learning_rate": 0.01},
    ],
    ids=["dropout and features", "adamw and huber", "cosine and sgd"],
)
def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path: Path, changes: dict[str, Any], stopped: int) -> None:
    train, part = board()
    model = dataclasses.replace(SMALL, **changes)
    context = FitContext(
        seed=3, valid=part, catalogue=catalogue([("Even",), ("Odd", "Late")] * 6), profiles=profiles(24)
    )
    whole = model.fit(train, context)
    assert len(whole.history) > 3
    cut = dataclasses.replace(context, checkpoint_dir=tmp_path, progress=stop_after(stopped))
    with pytest.raises(KeyboardInterrupt):
        model.fit(train, cut)
    told: list[int] = []
    resumed = model.fit(train, dataclasses.replace(cut, resume=True, progress=lambda step: told.append(step.done)))
    assert told[0] == stopped + 1  # it did go on, not start again
    assert_same(whole, resumed)


def test_without_resume_the_checkpoint_is_not_looked_at(tmp_path: Path) -> None:
    train, part = board()
    context = FitContext(valid=part, checkpoint_dir=tmp_path)
    dataclasses.replace(SMALL, dim=2).fit(train, context)
    assert_same(SMALL.fit(train, context), SMALL.fit(train, FitContext(valid=part)))


@pytest.mark.parametrize("what", ["seed", "data", "settings"])
def test_checkpoint_of_another_run_is_refused(tmp_path: Path, what: str) -> None:
    train, _ = board()
    context = FitContext(checkpoint_dir=tmp_path, resume=True)
    SMALL.fit(train, context)
    model = dataclasses.replace(SMALL, l2=0.5) if what == "settings" else SMALL
    other = dataclasses.replace(context, seed=1) if what == "seed" else context
    data = board(rated=6)[0] if what == "data" else train
    with pytest.raises(TrainingError, match="of another run: (seed|train_sha256|settings) was"):
        model.fit(data, other)


def test_finished_run_can_be_resumed_for_more_epochs(tmp_path: Path) -> None:
    train, _ = board()
    context = FitContext(checkpoint_dir=tmp_path, resume=True)
    SMALL.fit(train, context)
    more = dataclasses.replace(SMALL, epochs=9)
    assert_same(more.fit(train, context), more.fit(train, FitContext()))


def test_each_epoch_drops_other_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[float, int]] = []
    monkeypatch.setattr(
        GCNNetwork, "set_edge_dropout", lambda _, share, draw: drawn.append((share, draw.initial_seed()))
    )
    dataclasses.replace(SMALL, edge_dropout=0.3).fit(board()[0])
    assert [share for share, _ in drawn] == [0.3] * 6
    assert len({seed for _, seed in drawn}) == 6


def test_seed_decides_the_arrays() -> None:
    train, _ = board()
    first, other = (SMALL.fit(train, FitContext(seed=seed)).scorer.arrays()["vectors"] for seed in (0, 1))
    assert not np.allclose(first, other)


def test_validation_edge_in_the_graph_is_a_leak() -> None:
    train, part = board()
    target = part.target.toarray()
    target[5, train.item_row[train.user_row == 5][0]] = 4
    leaking = dataclasses.replace(part, target=Matrix(target))
    with pytest.raises(LeakError, match="holds 1 of the edges to be predicted, such as user row 5"):
        SMALL.fit(train, FitContext(valid=leaking))


def test_beats_damped_means_on_planted_tastes(planted: tuple[Interactions, EvalPart]) -> None:
    train, part = planted
    model = GCN(dim=8, layers=2, epochs=12, batch_size=256, learning_rate=0.03)
    errors = [
        float(np.mean((predict_targets(one.fit(train).scorer, part) - part.target.data) ** 2))
        for one in (model, Bias())
    ]
    assert errors[0] < 0.7 * errors[1]
    assert errors[0] > 0.25  # the noise alone has that variance: less would be a leak


def test_training_loss_falls_and_validation_is_followed() -> None:
    train, part = board()
    result = dataclasses.replace(SMALL, epochs=10, batch_size=8).fit(train, FitContext(valid=part))
    losses = [epoch.train_loss for epoch in result.history]
    assert losses[-1] < 0.3 * losses[0]
    assert {"mse", "recall@10"} == set(result.history[0].valid)
    best = min(result.history, key=lambda epoch: epoch.valid["mse"])
    assert result.best_epoch == best.epoch


def test_noise_is_chosen_on_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    train, part = board()
    context = FitContext(valid=part)
    chosen = SMALL.fit(train, context).scorer
    factors = model._NOISE_FACTORS
    monkeypatch.setattr(model, "_NOISE_FACTORS", (1.0,))
    plain = SMALL.fit(train, context).scorer
    assert isinstance(chosen, FoldInScorer)
    assert isinstance(plain, FoldInScorer)
    tried = [dataclasses.replace(plain, noise=plain.noise * factor) for factor in factors]
    errors = [float(np.mean((predict_targets(one, part) - part.target.data) ** 2)) for one in tried]
    assert len(set(errors)) == len(errors)
    assert chosen.noise == tried[int(np.argmin(errors))].noise


def test_batch_size_zero_is_a_hundredth_of_the_edges_but_never_under_1024() -> None:
    train, _ = board()  # 168 edges: one batch of all of them
    assert_same(
        dataclasses.replace(SMALL, batch_size=0).fit(train), dataclasses.replace(SMALL, batch_size=1024).fit(train)
    )


def test_an_epoch_is_a_hundred_steps_however_many_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_STEPS", 6)
    monkeypatch.setattr(model, "_MIN_BATCH", 8)
    embed, calls = GCNNetwork.embed, []

    def counted(network: GCNNetwork) -> Any:
        calls.append(network.training)
        return embed(network)

    monkeypatch.setattr(GCNNetwork, "embed", counted)
    for rated in (5, 9):  # 120 and 216 edges: more edges, as many convolutions
        calls.clear()
        dataclasses.replace(SMALL, batch_size=0, epochs=1).fit(board(rated=rated)[0])
        assert sum(calls) == 6


def test_edges_in_memory_at_once_do_not_change_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    train, part = board()
    one = dataclasses.replace(SMALL, optimiser="sgd", learning_rate=0.01).fit(train, FitContext(valid=part))
    monkeypatch.setattr(model, "_CHUNK", 7)  # a step of 24 edges in four parts, the last of 3
    other = dataclasses.replace(SMALL, optimiser="sgd", learning_rate=0.01).fit(train, FitContext(valid=part))
    for name, array in one.scorer.arrays().items():
        np.testing.assert_allclose(array, other.scorer.arrays()[name], rtol=1e-3, atol=1e-5, err_msg=name)
    losses = [[epoch.train_loss for epoch in fit.history] for fit in (one, other)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def test_early_stopping_looks_at_a_sample_of_people(monkeypatch: pytest.MonkeyPatch) -> None:
    train, part = board()
    looked_at: list[int] = []
    usual = model._mse
    monkeypatch.setattr(model, "_mse", lambda scorer, people: looked_at.append(len(people)) or usual(scorer, people))
    monkeypatch.setattr(model, "_MAX_VALID_USERS", 10)
    SMALL.fit(train, FitContext(valid=part))
    assert set(looked_at) == {10}


def test_features_carry_a_movie_that_nobody_rated() -> None:
    # Items 12 and 13 have no rating; their genre says which side they are on.
    train, _ = board()
    wider = make_interactions(
        [(int(u), int(i), float(r)) for u, i, r in zip(train.user_row, train.item_row, train.rating, strict=True)],
        24,
        14,
    )
    known = catalogue([("Even",), ("Odd",)] * 7)
    known = dataclasses.replace(known, year=np.zeros(14, np.int64))
    model = GCN(dim=4, layers=2, epochs=60, batch_size=32, learning_rate=0.05)
    scores = model.fit(wider, FitContext(catalogue=known)).scorer.rate(wider.matrix()).stars
    right = (scores[:, 12] > scores[:, 13]) == (np.arange(24) % 2 == 0)
    assert right.mean() > 0.9
    assert np.abs(scores[:, 12] - scores[:, 13]).mean() > 0.5
    blind = dataclasses.replace(model, features=False).fit(wider, FitContext(catalogue=known)).scorer
    gap = blind.score(wider.matrix())
    assert np.abs(gap[:, 12] - gap[:, 13]).mean() < 0.3


def test_features_without_a_catalogue_change_nothing() -> None:
    train, _ = board()
    assert_same(
        dataclasses.replace(SMALL, features=True).fit(train), dataclasses.replace(SMALL, features=False).fit(train)
    )


def test_nothing_to_train_on_is_refused(tiny: Interactions) -> None:
    with pytest.raises(TrainingError, match="no ratings to train on"):
        SMALL.fit(tiny.take(np.array([], np.int64)))


def test_missing_device_is_refused(tiny: Interactions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(CapabilityError, match="no cuda device here"):
        SMALL.fit(tiny, FitContext(device="cuda"))


def test_diverging_is_one_clear_error() -> None:
    train, _ = board()
    wild = dataclasses.replace(SMALL, learning_rate=1e12, optimiser="sgd", epochs=30)
    with pytest.raises(TrainingError, match="no longer finite"):
        wild.fit(train)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dim", 0), ("layers", -1), ("layers", 1.0), ("epochs", 0), ("batch_size", -1), ("learning_rate", 0.0),
        ("optimiser", "lion"), ("schedule", "step"), ("weight_decay", -0.1), ("l2", -1.0), ("loss", "bpr"),
        ("huber_delta", 0.0), ("edge_dropout", 1.0), ("edge_dropout", -0.1), ("features", 1), ("patience", -1),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"^{key}: {value!r} is not valid"):
        GCN(**{key: value})


def test_people_of_the_part_without_a_held_back_rating_decide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_RECALL_USERS", 3)
    train, valid = board()
    part = dataclasses.replace(valid, target=Matrix(valid.target.toarray() * (np.arange(24)[:, None] >= 12)))
    alone, all_people = (SMALL.fit(train, FitContext(valid=given)) for given in (part.take(np.arange(12, 24)), part))
    assert [epoch.valid for epoch in alone.history] == [epoch.valid for epoch in all_people.history]
