"""The named protocols: on generated data for how they work, on published data for the figures they are known by."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import reelgraph as rg
from reelgraph.core import (
    Catalogue,
    Dataset,
    IntArray,
    Interactions,
    Matrix,
    RatingDistribution,
    RatingPrediction,
    Ratings,
    RatingScale,
    Split,
)
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.data import index
from reelgraph.data.read import read
from reelgraph.evaluation import DISTRIBUTION, PROTOCOLS, evaluate, protocol_named
from reelgraph.evaluation.metrics.direction import base_name
from reelgraph.evaluation.published_splits import sklearn_holdout
from reelgraph.pipeline import fit_context, prepare

DataFolder = Callable[[str], Path]
T = 1_000_000_000  # 2001
LITERAL, HONEST = PROTOCOLS["source-literal"], PROTOCOLS["source-honest"]


class Damped:
    """Mean + item offset + user offset, each damped: a second writing of the floor, for these tests only."""

    kind = "damped"

    def __init__(self, train: Interactions, damping: float) -> None:
        self.damping, self.mean, self.n_items = damping, float(train.rating.mean()), train.n_items
        total = np.bincount(train.item_row, weights=train.rating - self.mean, minlength=train.n_items)
        self.item = total / (np.bincount(train.item_row, minlength=train.n_items) + damping)

    def score(self, history: Matrix) -> np.ndarray:
        user = np.zeros(history.shape[0])
        for row in range(history.shape[0]):
            own = slice(history.indptr[row], history.indptr[row + 1])
            left = history.data[own] - self.mean - self.item[history.indices[own]]
            user[row] = left.sum() / (len(left) + self.damping)
        return (self.mean + user[:, None] + self.item).astype(np.float32)

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        stars = self.score(history)
        return RatingPrediction(stars if items is None else stars[:, items])

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, Any]:
        return {}


class Spread(Damped):
    """The same stars, every number of them from 1 to 5 as likely as the other."""

    kind = "spread"
    levels = np.arange(1.0, 6.0)

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        stars = super().rate(history, items).stars
        return RatingPrediction(stars, RatingDistribution(self.levels.copy(), np.full((*stars.shape, 5), 0.2)))


class Constant(Damped):
    """One number."""

    kind = "constant"

    def __init__(self, stars: float, n_items: int) -> None:
        self.stars, self.n_items = stars, n_items

    def score(self, history: Matrix) -> np.ndarray:
        return np.full(history.shape, self.stars, np.float32)


class Order:
    """Ranks by item row and predicts no stars."""

    kind = "order"

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items

    def score(self, history: Matrix) -> np.ndarray:
        return np.broadcast_to(-np.arange(self.n_items, dtype=np.float32), history.shape)

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, Any]:
        return {}


def generated(n_users: int = 40, n_items: int = 50, per_user: int = 25) -> Dataset:
    rng = np.random.default_rng(0)
    items = np.concatenate([rng.permutation(n_items)[:per_user] for _ in range(n_users)])
    ratings = Ratings(
        np.repeat(np.arange(n_users), per_user),
        items,
        rng.integers(1, 6, len(items)).astype(float),
        rng.integers(10**9, 10**9 + 10**6, len(items)),
        RatingScale(1, 5, 1),
        "generated",
    )
    return Dataset("generated", ratings, Catalogue.from_ids(np.arange(n_items)), None, "0" * 64)


def on_any(name: str) -> Any:
    return dataclasses.replace(PROTOCOLS[name], n_ratings=None)


def test_the_names_are_those_of_the_design() -> None:
    folds = [f"ml-100k-u{n}" for n in range(1, 6)]
    others = ["ml-1m-90-10", "recbole-ml-1m", "temporal", "strong", "cold-items", "cold-items-untagged"]
    on_any_data = ["per-user", "random", "leave-last-out", "next-loo", "next-loo-random", "next", "last-n", "k-fold"]
    assert list(PROTOCOLS) == ["source-literal", "source-honest", *folds, *others, *on_any_data]
    assert all(name == protocol.name for name, protocol in PROTOCOLS.items())


@pytest.mark.parametrize(("name", "hidden"), [("cold-items", False), ("cold-items-untagged", True)])
def test_tags_of_movies_without_a_rating(name: str, hidden: bool) -> None:
    data = generated()
    tagged = dataclasses.replace(data.catalogue, tags=tuple(("odd",) for _ in range(len(data.catalogue))))
    prepared_data = prepare(on_any(name), dataclasses.replace(data, catalogue=tagged))
    catalogue_of_fit = fit_context(prepared_data.dataset, prepared_data.split).catalogue
    assert catalogue_of_fit is not None
    train = prepared_data.split.train
    rated = np.isin(catalogue_of_fit.item_id, train.items.ids[np.unique(train.item_row)])
    assert np.count_nonzero(~rated) > 0
    assert catalogue_of_fit.tags == tuple(("odd",) if known or not hidden else () for known in rated.tolist())


@pytest.mark.parametrize("name", [name for name in PROTOCOLS if not name.startswith("ml-100k")])
def test_every_protocol_measures_what_it_says(name: str) -> None:
    protocol = on_any(name)
    prepared = prepare(protocol, generated(), seed=1)
    scorer = Spread(prepared.split.train, 5)
    genres = Matrix(np.eye(prepared.split.train.n_items))
    for part in ("valid", "test"):
        report = protocol.measure(scorer, prepared.split, part, genres=genres)
        plain = [label.partition("@")[0] for label in report if label.partition("@")[0] == base_name(label)]
        assert plain == list(protocol.metrics)
        assert report.protocol.startswith(f"{name}: ")
        assert all(np.isfinite([figure.low, figure.mean, figure.high]).all() for figure in report.summary.values())


def test_distributions_are_measured_where_there_are_some() -> None:
    with_stars = {name for name, protocol in PROTOCOLS.items() if "mse" in protocol.metrics} - {"source-literal"}
    assert {name for name, protocol in PROTOCOLS.items() if "crps" in protocol.metrics} == with_stars
    protocol = on_any("ml-1m-90-10")
    split = prepare(protocol, generated()).split
    spread, points = (protocol.measure(kind(split.train, 5), split) for kind in (Spread, Damped))
    assert [name for name in spread if name not in points] == [*DISTRIBUTION, "levels_80"]
    # Ratings drawn evenly from five: nothing to know and nothing claimed.
    assert spread["log_loss"].mean == pytest.approx(np.log(5))
    assert spread["coverage_80"].low < 0.8 < spread["coverage_80"].high
    assert spread["levels_80"].low < 0.8 < spread["levels_80"].high  # four of five levels hold it
    assert spread["crps"].mean == pytest.approx(0.8, abs=0.1)  # (1.2 + 0.6 + 0.4 + 0.6 + 1.2) / 5


def test_protocols_with_a_number() -> None:
    assert protocol_named("last-n") is PROTOCOLS["last-n"]
    last_three = prepare(protocol_named("last-n:3"), generated()).split
    assert set(np.diff(last_three.test.target.indptr)) == {3}
    assert protocol_named("k-fold:4").folds == 4
    for name, message in (
        ("last-m", "unknown protocol.*did you mean 'last-n'"),
        ("strong:3", "expected NAME"),
        ("k-fold:1", "from 2 to 1,000,000"),
        ("last-n:x", "expected NAME"),
        ("last-n:0", "from 1 to 1,000,000"),
        (f"last-n:{10**22}", "from 1 to 1,000,000"),
        ("last-n:" + "9" * 5000, "from 1 to 1,000,000"),
        ("temporal:100", "from 1 to 99"),
    ):
        with pytest.raises(ConfigError, match=message):
            protocol_named(name)


def _few(**columns: list[int]) -> Dataset:
    return rg.from_frame({"user": [1, 1, 1, 2, 2, 2], "item": [1, 2, 3, 1, 2, 4], **columns})


def test_a_metric_that_nobody_has_a_value_of_is_left_out_and_named() -> None:
    prepared = prepare(PROTOCOLS["leave-last-out"], _few(rating=[4, 5, 1, 5, 4, 2], timestamp=[T, T + 1, T + 2] * 2))
    split, scorer = prepared.split, rg.Popularity().fit(prepared.split.train).scorer
    report = PROTOCOLS["leave-last-out"].measure(scorer, split)
    assert "ndcg@10" in report
    assert "ndcg_liked@10" not in report  # the last ratings are 1 and 2 stars
    assert report.notes == ("nobody has a value of ndcg_liked@10",)
    with pytest.raises(ConfigError, match="ndcg_liked@10.*no person"):  # asked for by name
        evaluate(scorer, split.test, metrics=["ndcg", "ndcg_liked"], train=split.train)
    with pytest.raises(ConfigError, match="ndcg_liked@10.*no person"):  # nothing would be left
        evaluate(scorer, split.test, metrics=["ndcg_liked"], train=split.train, only_with_values=True)


@pytest.mark.parametrize(
    ("name", "times", "message"),
    [
        ("next", [T] * 6, "the oldest 5 of 6 have the same time"),
        ("temporal", [T] * 6, "the oldest 5 of 6 have the same time"),
        ("next-loo", None, "no times.*per-user"),
        ("strong", [T, T + 1, T + 2] * 2, "strong: the test is empty: of the 6 ratings by 2 people it holds none back"),
    ],
)
def test_a_split_that_cannot_be_measured_is_refused_before_the_fit(
    name: str, times: list[int] | None, message: str
) -> None:
    columns = {"rating": [4, 5, 1, 5, 4, 2]} | ({} if times is None else {"timestamp": times})
    with pytest.raises(ConfigError, match=message):
        prepare(PROTOCOLS[name], _few(**columns))


def test_thresholds_follow_the_scale() -> None:
    data = generated()
    tens = dataclasses.replace(data.ratings, rating=data.ratings.rating * 2, scale=RatingScale(1, 10, 1))
    reports = []
    for ratings in (data.ratings, tens):
        prepared_data = prepare(on_any("cold-items"), dataclasses.replace(data, ratings=ratings))
        split = prepared_data.split
        reports.append(PROTOCOLS["cold-items"].measure(Damped(split.train, 5), split))
    five, ten = reports
    assert "target ratings >= 8" in ten.protocol
    assert five["ndcg"] == ten["ndcg"]
    prepared_data = prepare(on_any("random"), dataclasses.replace(data, ratings=tens))
    train = prepared_data.split.train
    text = evaluate(Spread(train, 10), prepared_data.split.test, train=train).protocol
    assert "threshold 7 stars" in text
    assert "P(stars >= 8)" in text


def test_a_protocol_of_another_data_set_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"source-honest: is defined on ml-latest-small with 100,836 ratings.*1,000"):
        prepare(HONEST, generated())


def test_shipped_folds_need_their_folder() -> None:
    with pytest.raises(ConfigError, match=r"u1\.base and u1\.test are files"):
        prepare(on_any("ml-100k-u1"), generated())


def test_a_model_of_ranks_is_measured_by_ranks_or_refused() -> None:
    data = generated()
    strong = prepare(on_any("strong"), data).split
    report = PROTOCOLS["strong"].measure(Order(50), strong)
    assert "rmse" not in report.summary
    assert "ndcg@10" in report.summary
    literal = prepare(on_any("source-literal"), data).split
    with pytest.raises(CapabilityError, match="order predicts no stars, so it has no (mse|rmse)$"):
        LITERAL.measure(Order(literal.train.n_items), literal)


def test_cold_items_are_ranked_alone_and_among_all() -> None:
    protocol = on_any("cold-items")
    split: Split = prepare(protocol, generated(), seed=2).split
    report = protocol.measure(Order(50), split)
    assert "ndcg_all@10" in report.summary
    assert "10 % of the movies" in report.protocol
    # five held-out movies and lists of ten: all are found when they are ranked alone, few among all
    assert report["recall@10"].mean == pytest.approx(1.0)
    assert report["recall_all@10"].mean < 0.9
    liked = np.array([(row.data >= 4).sum() for row in (split.test.target[[n]] for n in range(len(split.test)))])
    assert_array_equal(np.isnan(report.per_user["recall@10"]), liked == 0)


def test_joined_validation_is_said_beside_the_number() -> None:
    protocol = on_any("ml-1m-90-10")
    separate, joined = (prepare(protocol, generated(), join_valid=join).split for join in (False, True))
    assert len(joined.train) == len(separate.train) + separate.valid.target.nnz == 1000 - 101
    assert "validation joined to train" in protocol.measure(Order(50), joined).protocol
    assert "validation joined" not in protocol.measure(Order(50), separate).protocol


def test_the_seed_draws_no_part_of_the_source_split() -> None:
    first, reseeded = (prepare(on_any("source-honest"), generated(), seed=seed).split for seed in (0, 1))
    assert_array_equal(first.test.target.toarray(), reseeded.test.target.toarray())
    assert_array_equal(first.valid.target.toarray(), reseeded.valid.target.toarray())


@pytest.mark.parametrize(("n", "share", "state"), [(2, 0.5, 0), (10, 0.2, 1), (48_581, 0.2, 1), (20_168, 0.5, 1)])
def test_holdout_draws_as_scikit_learn_does(n: int, share: float, state: int) -> None:
    model_selection = pytest.importorskip("sklearn.model_selection")
    train, test = model_selection.train_test_split(np.arange(n), test_size=share, random_state=state)
    ours = sklearn_holdout(n, share, state)
    assert_array_equal(ours[0], train)
    assert_array_equal(ours[1], test)


# --------------------------------------------------------------------------------------------- published data


def test_source_literal_cannot_tell_a_constant_from_a_model(real_data: DataFolder) -> None:
    split = prepare(LITERAL, real_data("ml-latest-small")).split
    assert [split.spec.counts[part] for part in ("train", "valid", "test")] == [38_864, 4_858, 4_858]
    report = LITERAL.measure(Constant(4.36, split.train.n_items), split)
    assert report["mse"].mean == pytest.approx(0.188, abs=0.0005)
    assert report["precision_rated@20"].mean == 1.0
    assert report["recall_rated@20"].mean == pytest.approx(0.964, abs=0.0005)


def test_source_honest_floor(real_data: DataFolder) -> None:
    split = prepare(HONEST, real_data("ml-latest-small")).split
    assert [split.spec.counts[part] for part in ("train", "valid", "test")] == [80_668, 10_084, 10_084]
    report = HONEST.measure(Damped(split.train, 10.0), split)
    assert report["mse"].mean == pytest.approx(0.762, abs=0.002)
    assert report["precision_rated@10"].mean == pytest.approx(0.68, abs=0.01)
    assert report["recall_rated@10"].mean == pytest.approx(0.57, abs=0.01)
    constant = HONEST.measure(Constant(3.5, split.train.n_items), split)
    assert constant["mse"].mean > 1.0  # unlike source-literal, this one sees the difference


def test_source_split_is_that_of_scikit_learn(real_data: DataFolder) -> None:
    model_selection = pytest.importorskip("sklearn.model_selection")
    folder = real_data("ml-latest-small")
    split, inter = prepare(HONEST, folder).split, index(read(folder).ratings)
    _, rest = model_selection.train_test_split(np.arange(len(inter)), test_size=0.2, random_state=1)
    _, test = model_selection.train_test_split(rest, test_size=0.5, random_state=1)
    assert (split.test.target != inter.take(test).matrix()[split.test.users]).nnz == 0


def test_shipped_fold_is_the_one_in_the_files(real_data: DataFolder) -> None:
    folder = real_data("ml-100k")
    split = prepare(PROTOCOLS["ml-100k-u1"], folder, seed=3).split
    assert [split.spec.counts[part] for part in ("train", "valid", "test")] == [76_000, 4_000, 20_000]
    shipped = np.loadtxt(folder / "u1.test", dtype=np.int64)
    expected = {(user, item): stars for user, item, stars, _ in shipped.tolist()}
    target = split.test.target.tocoo()
    users, items = split.train.users.ids[split.test.users[target.coords[0]]], split.train.items.ids[target.coords[1]]
    assert dict(zip(zip(users.tolist(), items.tolist(), strict=True), target.data.tolist(), strict=True)) == expected
    report = PROTOCOLS["ml-100k-u1"].measure(Damped(split.train, 5.0), split)
    assert 0.94 < report["rmse"].mean < 0.97  # a floor and a ceiling: damped means, no more and no less


@pytest.mark.slow
def test_recbole_counts(real_data: DataFolder) -> None:
    split = prepare(PROTOCOLS["recbole-ml-1m"], real_data("ml-1m")).split
    assert (split.train.n_users, split.train.n_items, sum(split.spec.counts.values())) == (6_039, 3_628, 836_478)
    count = np.bincount(split.train.user_row, minlength=6_039)
    count[split.test.users] += np.diff(split.test.target.indptr)
    count[split.valid.users] += np.diff(split.valid.target.indptr)
    expected = np.where(count >= 2, np.maximum(1, count // 10), 0)
    assert_array_equal(np.diff(split.test.target.indptr), expected[split.test.users])
    assert split.spec.counts["test"] == expected.sum()


@pytest.mark.slow
def test_ninety_ten_rows(real_data: DataFolder) -> None:
    folder = real_data("ml-1m")
    split = prepare(PROTOCOLS["ml-1m-90-10"], folder).split
    assert split.spec.counts["test"] == 100_021
    order = np.arange(1_000_209)
    np.random.RandomState(0).shuffle(order)
    inter = index(read(folder).ratings)
    expected = inter.take(order[:100_021]).matrix()[split.test.users]
    assert (split.test.target != expected).nnz == 0
