"""The leak alarm: a leak of every kind is planted, and each is caught by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reelgraph.core import Catalogue, Dataset, EvalReport, Interactions, Matrix, Metric, Ratings, RatingScale, Split
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.data import ColdItems, HeldOutUsers, PerUser, Random, Temporal, check_split, check_train, index, split
from reelgraph.data import without_test as removed
from reelgraph.data.splitting.leak_checks import check_part
from reelgraph.evaluation import CEILINGS, PROTOCOLS, MetricCeiling, PreparedData, check_figures, evaluate
from reelgraph.models.baselines import Popularity
from reelgraph.pipeline import EvaluatedModel, compare, make_model, plausibility_warnings, run_protocol


def dataset(n_users: int = 60, n_items: int = 40, seed: int = 5) -> Dataset:
    """Half of all pairs, more of the last movies, one second after the other; even people like even movies."""
    draw = np.random.default_rng(seed)
    chance = np.linspace(0.1, 0.9, n_items)
    user, item = np.nonzero(draw.random((n_users, n_items)) < chance)
    order = draw.permutation(len(user))
    user, item = user[order], item[order]
    stars = np.where((user + item) % 2 == 0, 5.0, 2.0)
    ratings = Ratings(user, item, stars, 1_000_000 + np.arange(len(user)), RatingScale(1, 5, 1), "by hand")
    return Dataset("by hand", ratings, Catalogue.from_ids(np.arange(n_items)), None, "f" * 64)


KINDS = [Random(), PerUser(0.2, 0.2), Temporal(0.6, 0.2), HeldOutUsers(0.2, 0.2), ColdItems(0.2, 3)]


def parts(how: Any) -> Split:
    return split(index(dataset().ratings), how, seed=1)


def with_edge(train: Interactions, user: int, item: int, time: int = 0) -> Interactions:
    """Train with one more edge, as old as can be if not said otherwise."""
    assert train.timestamp is not None
    return dataclasses.replace(
        train,
        user_row=np.append(train.user_row, user).astype(np.int32),
        item_row=np.append(train.item_row, item).astype(np.int32),
        rating=np.append(train.rating, 3).astype(np.float32),
        timestamp=np.append(train.timestamp, time).astype(np.int64),
    )


def first_target(found: Split, name: str) -> tuple[int, int]:
    part = getattr(found, name)
    row, item = (int(one[0]) for one in part.target.nonzero())
    return int(part.users[row]), item


def marked(matrix: Matrix, row: int, item: int, value: float = 3.0) -> Matrix:
    filled = matrix.tolil()
    filled[row, item] = value
    return Matrix(filled)


# ------------------------------------------------------------------------------------------------ plants


def target_in_train(found: Split, name: str) -> Split:
    return dataclasses.replace(found, train=with_edge(found.train, *first_target(found, name)))


def target_in_history(found: Split, name: str) -> Split:
    part = getattr(found, name)
    row, item = (int(one[0]) for one in part.target.nonzero())
    time = None if part.history_time is None else marked(part.history_time, row, item, 1)
    leaking = dataclasses.replace(
        part, history=marked(part.history, row, item), seen=marked(part.seen, row, item), history_time=time
    )
    return dataclasses.replace(found, **{name: leaking})


def target_of_the_other_part(found: Split, name: str) -> Split:
    other = found.valid if name == "test" else found.test
    candidates = getattr(found, name).candidates
    return dataclasses.replace(found, **{name: dataclasses.replace(other, candidates=candidates)})


@pytest.mark.parametrize("name", ["valid", "test"])
@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (target_in_train, "{name}: t(arget and train share 1 rating|rain contains ratings of its held-out)"),
        (target_in_history, "{name}: target and seen share 1 rating"),
        (target_of_the_other_part, "targets of valid and test share|train contains ratings|target and|ends at"),
    ],
)
@pytest.mark.parametrize("how", KINDS, ids=lambda how: how.kind)
def test_every_planted_leak_is_caught(how: Any, plant: Callable[[Split, str], Split], words: str, name: str) -> None:
    clean = parts(how)
    check_split(clean)
    check_split(removed(clean))
    leaking = plant(clean, name)
    with pytest.raises(LeakError, match=words.format(name=name)) as caught:
        check_split(leaking)
    assert caught.value.hint  # what to do
    scorer = Popularity().fit(clean.train).scorer
    with pytest.raises(LeakError):
        PROTOCOLS["strong"].measure(scorer, leaking)
    with pytest.raises(LeakError):
        compare({"popularity": Popularity()}, dataset(), leaking)


def test_evaluate_refuses_a_train_that_holds_a_target() -> None:
    clean = parts(PerUser(0.2, 0.2))
    scorer = Popularity().fit(clean.train).scorer
    evaluate(scorer, clean.test, train=clean.train, metrics=("ndcg",))
    user, item = first_target(clean, "test")
    leaking = with_edge(clean.train, user, item)
    words = f"target and train share 1 rating, such as user row {user}, item row {item} .*fit on split.train only"
    with pytest.raises(LeakError, match=words):
        evaluate(scorer, clean.test, train=leaking)
    with pytest.raises(LeakError, match="test: target and train share 1 rating"):
        check_train(clean.test, leaking, "test")
    stranger = dataclasses.replace(clean.test, users=np.full(len(clean.test), -1))
    check_train(stranger, leaking)  # of people that train does not know nothing can be said


def test_evaluate_refuses_a_train_of_everything() -> None:
    clean = parts(PerUser(0.2, 0.2))
    with pytest.raises(LeakError, match=f"share {clean.test.target.nnz} ratings"):
        evaluate(Popularity().fit(clean.train).scorer, clean.test, train=index(dataset().ratings))


@pytest.mark.parametrize("name", ["valid", "test"])
def test_history_after_the_cut_is_caught(name: str) -> None:
    clean = parts(Temporal(0.6, 0.2))
    part = getattr(clean, name)
    late = part.history_time.copy()
    late.data = late.data.copy()
    late.data[0] = part.target_time.data.min()
    leaking = dataclasses.replace(clean, **{name: dataclasses.replace(part, history_time=late)})
    with pytest.raises(LeakError, match=rf"{name}: its history ends at \d+, the first target is at .*Temporal"):
        check_split(leaking)


def test_what_lies_between_the_cut_and_the_first_target_is_caught_too() -> None:
    clean = parts(Temporal(0.6, 0.2))
    cut = clean.spec.settings["test_from"]
    times = clean.test.target_time
    assert times is not None
    later = times.copy()
    later.data = later.data + 100  # the first target is long after the cut
    moved = dataclasses.replace(clean, test=dataclasses.replace(clean.test, target_time=later))
    check_split(moved)
    after_cut = with_edge(clean.train, 0, 0, cut)
    free = dataclasses.replace(removed(clean), spec=clean.spec, train=after_cut, valid=removed(clean).test)
    with pytest.raises(LeakError, match=rf"test: train ends at {cut}, the cut is at {cut} \("):
        check_split(free)
    past = clean.test.history_time
    assert past is not None
    late = past.copy()
    late.data = late.data.copy()
    late.data[-1] = cut + 1
    leaking = dataclasses.replace(moved, test=dataclasses.replace(moved.test, history_time=late))
    with pytest.raises(LeakError, match=rf"test: its history ends at {cut + 1}, the cut is at {cut}"):
        check_split(leaking)


def test_train_ratings_of_held_out_people_are_caught() -> None:
    clean = parts(HeldOutUsers(0.2, 0.2))
    user = int(clean.test.users[0])
    item = int(clean.test.history[[0]].indices[0])  # shown at the test, so no target
    with pytest.raises(
        LeakError, match=f"test: train contains ratings of its held-out people: 1, such as of row {user}"
    ):
        check_split(dataclasses.replace(clean, train=with_edge(clean.train, user, item)))


def test_train_ratings_of_held_out_movies_are_caught() -> None:
    clean = parts(ColdItems(0.2, 3))
    assert clean.test.candidates is not None
    item = int(clean.test.candidates[0])
    rated = set(index(dataset().ratings).take(index(dataset().ratings).item_row == item).user_row.tolist())
    user = next(user for user in range(clean.train.n_users) if user not in rated)
    with pytest.raises(
        LeakError, match=f"test: train contains ratings of its held-out items: 1, such as of row {item}"
    ):
        check_split(dataclasses.replace(clean, train=with_edge(clean.train, user, item)))


# ------------------------------------------------------------------------------------------------ floor and ceiling


def report(values: dict[str, np.ndarray]) -> EvalReport:
    summary = {name: Metric(float(one.mean()), float(one.mean()), float(one.mean())) for name, one in values.items()}
    return EvalReport(values, {}, summary, "by hand", 0)


def test_floor_asks_for_more_than_the_paired_interval() -> None:
    draw = np.random.default_rng(0)
    floor = np.clip(draw.normal(0.3, 0.1, 200), 0, 1)
    noise = draw.normal(0, 0.2, 200)
    below = check_figures(report({"ndcg@10": floor - 0.1}), report({"ndcg@10": floor}))
    assert len(below) == 1
    assert below[0].startswith("below the popularity floor: ndcg@10 ")
    assert f"{floor.mean() - 0.1:.4f} against {floor.mean():.4f}, difference -0.1000" in below[0]
    assert check_figures(report({"ndcg@10": floor + 0.1}), report({"ndcg@10": floor})) == ()
    # lower by less than the luck of who was asked
    near = floor + noise - noise.mean() - 0.005
    assert near.mean() < floor.mean()
    assert check_figures(report({"ndcg@10": near}), report({"ndcg@10": floor})) == ()
    # errors: higher is worse; neither-nor metrics and those of one report only say nothing
    assert len(check_figures(report({"mae": floor + 0.1}), report({"mae": floor}))) == 1
    assert check_figures(report({"mae": floor - 0.1}), report({"mae": floor})) == ()
    assert check_figures(report({"novelty@10": floor - 0.1}), report({"novelty@10": floor})) == ()
    assert check_figures(report({"ndcg@10": floor - 0.1}), report({"recall@10": floor})) == ()


def test_ceiling_names_its_source() -> None:
    ceilings = (MetricCeiling("ndcg@10", 0.34, "best known: X"), MetricCeiling("rmse", 0.8, "best known: Y"))
    good, bad = np.full(9, 0.33), np.full(9, 0.35)
    assert check_figures(report({"ndcg@10": good, "rmse": good + 0.6}), None, ceilings) == ()
    found = check_figures(report({"ndcg@10": bad, "rmse": bad + 0.4}), None, ceilings)
    assert [line.split(" (")[0] for line in found] == [
        "too good to be true: ndcg@10 0.3500 is better than 0.34",
        "too good to be true: rmse 0.7500 is better than 0.8",
    ]
    assert "best known: X" in found[0]
    assert check_figures(report({"recall@10": bad}), None, ceilings) == ()


def test_ceilings_are_of_protocols_and_metrics_that_exist() -> None:
    for protocol, ceilings in CEILINGS.items():
        for ceiling in ceilings:
            assert ceiling.metric.split("@")[0] in PROTOCOLS[protocol].metrics
            assert ceiling.metric.endswith(f"@{PROTOCOLS[protocol].k}") or "@" not in ceiling.metric


def test_alarms_of_a_run() -> None:
    data = dataset()
    prepared = PreparedData(parts(PerUser(0.2, 0.2)), data)
    protocol = dataclasses.replace(PROTOCOLS["strong"], metrics=("ndcg", "recall", "rmse"))

    def measured(name: str) -> EvaluatedModel:
        return run_protocol(protocol, prepared, make_model(name))

    assert plausibility_warnings(protocol, prepared, measured("popularity")) == ()
    # Names the movies by row: the rare ones first.
    (line,) = plausibility_warnings(protocol, prepared, measured("constant"))
    assert line.startswith("below the popularity floor: ")


def test_a_catalogue_too_large_for_a_table_of_all_pairs_is_searched_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelgraph.data.splitting.leak_checks._LOOKUP_TABLE_BYTES", -1)
    clean = parts(PerUser(0.2, 0.2))
    user, item = first_target(clean, "test")
    check_train(clean.test, clean.train)
    for order in (slice(None), np.argsort(clean.train.user_row, kind="stable"), slice(None, None, -1)):
        train = clean.train.take(np.arange(len(clean.train))[order])
        check_train(clean.test, train)
        words = f"target and train share 1 rating, such as user row {user}, item row {item}"
        with pytest.raises(LeakError, match=words):
            check_train(clean.test, with_edge(train, user, item))
        with pytest.raises(LeakError, match=words):  # fewer edges than targets
            check_train(clean.test, with_edge(train.take(np.arange(3)), user, item))


@pytest.mark.parametrize("rows", [[-1, 3], [0, 40], [3, 1], [1, 1], []])
def test_candidates_that_are_no_item_rows_are_refused(rows: list[int]) -> None:
    part = dataclasses.replace(parts(PerUser(0.2, 0.2)).test, candidates=np.array(rows, np.int64))
    with pytest.raises(ConfigError, match="part: candidates: expected item rows from 0 to 39, strictly ascending"):
        check_part(part)


def test_a_rating_that_is_there_twice_is_refused() -> None:
    part = parts(PerUser(0.2, 0.2)).test
    twice = np.repeat([1, 2], [part.target.nnz - 1, 1])
    ends = np.append(part.target.indptr[:-1], part.target.nnz + 1)
    target = Matrix(
        (np.repeat(part.target.data, twice), np.repeat(part.target.indices, twice), ends), part.target.shape
    )
    with pytest.raises(ConfigError, match="part: target: a rating occurs twice"):
        check_part(dataclasses.replace(part, target=target))
