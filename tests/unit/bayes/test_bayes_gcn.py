"""`bayes-gcn` as a whole on small planted data: resume, threads, chains, times, outputs, half stars."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.core import (
    Catalogue,
    EvalPart,
    FitContext,
    Interactions,
    Matrix,
    PredictsRatingAt,
    Progress,
    RatingScale,
    config,
)
from reelgraph.core.errors import LeakError, TrainingError
from reelgraph.evaluation.metrics.rating import predict_targets
from reelgraph.models.bayes_gcn import rating_order
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.scorers import BayesScorer
from tests.conftest import make_interactions, make_part
from tests.unit.bayes.planted import told_apart_by_gender

SMALL = BayesGCN(dim=3, draws=12, burn_in=4, keep=6, tolerance=0, threads=1, checkpoint_every=3)


def scorer(model: BayesGCN, train: Interactions, context: FitContext | None = None) -> BayesScorer:
    found = model.fit(train, context).scorer
    assert isinstance(found, BayesScorer)
    return found


def assert_same(one: BayesScorer, other: BayesScorer) -> None:
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name], err_msg=name)
    assert one.settings() == other.settings()


def rmse(model: BayesScorer, part: EvalPart) -> float:
    return float(np.sqrt(np.mean((predict_targets(model, part) - part.target.data) ** 2)))


def sittings(seed: int = 0) -> tuple[Interactions, EvalPart]:
    """60 people rate 40 movies in ten sittings of four; a sitting shifts all its ratings by the same 1.2 * normal."""
    draw = np.random.default_rng(seed)
    kept: list[tuple[int, int, float, int]] = []
    held: list[tuple[int, int, float, int]] = []
    for user in range(60):
        items = draw.permutation(40)
        for sitting in range(10):
            shift = 1.2 * draw.normal()
            for place, item in enumerate(items[4 * sitting : 4 * sitting + 4].tolist()):
                stars = float(np.clip(np.round(3 + shift + 0.4 * draw.normal()), 1, 5))
                row = (user, item, stars, 1_000_000_000 + 86_400 * 30 * sitting + 977 * user)
                (held if place == 3 else kept).append(row)

    def edges(rows: list[tuple[int, int, float, int]]) -> Interactions:
        inter = make_interactions([row[:3] for row in rows], 60, 40)
        return dataclasses.replace(inter, timestamp=np.array([row[3] for row in rows]))

    train, test = edges(kept), edges(held)
    history = train.matrix()
    part = EvalPart(np.arange(60), history, test.matrix(), history, train.times(), test.times())
    return train, part


@pytest.mark.parametrize("output", ["ordinal", "gaussian"])
@pytest.mark.parametrize("chains", [1, 2])
@pytest.mark.parametrize("stop_after", [3, 11])
def test_resumed_equals_uninterrupted_bit_for_bit(
    tmp_path: Path, planted: tuple[Interactions, EvalPart], output: Any, chains: int, stop_after: int
) -> None:
    train, _ = planted
    model = dataclasses.replace(SMALL, output=output, chains=chains)
    whole = model.fit(train, FitContext(seed=3))

    class Stop(Exception):  # noqa: N818
        pass

    def stop(progress: Progress) -> None:
        if progress.done == stop_after:
            raise Stop

    with pytest.raises(Stop):
        model.fit(train, FitContext(seed=3, checkpoint_dir=tmp_path, progress=stop))
    resumed = model.fit(train, FitContext(seed=3, checkpoint_dir=tmp_path, resume=True))
    assert isinstance(whole.scorer, BayesScorer)
    assert isinstance(resumed.scorer, BayesScorer)
    assert_same(whole.scorer, resumed.scorer)
    assert [epoch.train_loss for epoch in whole.history] == [epoch.train_loss for epoch in resumed.history]


def test_running_validation_rmse_survives_a_resume(tmp_path: Path) -> None:
    train, part = sittings()
    whole = SMALL.fit(train, FitContext(valid=part))
    again = SMALL.fit(train, FitContext(valid=part, checkpoint_dir=tmp_path))
    resumed = SMALL.fit(train, FitContext(valid=part, checkpoint_dir=tmp_path, resume=True))
    assert [epoch.valid for epoch in whole.history] == [epoch.valid for epoch in again.history]
    assert [epoch.valid for epoch in whole.history] == [epoch.valid for epoch in resumed.history]
    assert 0.3 < whole.history[-1].valid["rmse"] < 1.2


def test_checkpoint_of_another_run_is_refused(tmp_path: Path, tiny: Interactions) -> None:
    SMALL.fit(tiny, FitContext(checkpoint_dir=tmp_path))
    with pytest.raises(TrainingError, match="of another run: seed was 0, now 1"):
        SMALL.fit(tiny, FitContext(seed=1, checkpoint_dir=tmp_path, resume=True))


def test_threads_change_no_digit(monkeypatch: pytest.MonkeyPatch, planted: tuple[Interactions, EvalPart]) -> None:
    monkeypatch.setattr(rating_order, "BLOCK_RATINGS", 100)  # split even short loops
    train, _ = planted
    train = dataclasses.replace(train, timestamp=np.arange(len(train)) // 3 * 1_000)
    assert_same(scorer(SMALL, train), scorer(dataclasses.replace(SMALL, threads=3), train))


def test_seeds_and_chains_differ(planted: tuple[Interactions, EvalPart]) -> None:
    train, _ = planted
    first, other = (scorer(SMALL, train, FitContext(seed=seed)).item for seed in (0, 1))
    assert not np.array_equal(first, other)
    two = scorer(dataclasses.replace(SMALL, chains=2), train)
    assert len(two.item) == 6
    np.testing.assert_array_equal(two.item[::2], first[[1, 3, 5]])  # three of the first chain, every fourth sweep
    assert not np.array_equal(two.item[1::2], two.item[::2])


def test_times_are_used_when_given() -> None:
    train, part = sittings()
    fitted = scorer(dataclasses.replace(SMALL, draws=60, keep=30), train)
    assert isinstance(fitted, PredictsRatingAt)
    blind = dataclasses.replace(part, history_time=None, target_time=None)
    assert rmse(fitted, part) < 0.85  # the noise and the rounding are about 0.5, three ratings tell the shift
    assert rmse(fitted, blind) > 1.0  # the shift is left
    without = scorer(dataclasses.replace(SMALL, session_effects=False, dates=False), train)
    assert without.moment_seconds.size == 0
    assert rmse(without, part) == pytest.approx(rmse(without, blind), abs=1e-6)


def test_distribution_is_calibrated_without_times() -> None:
    """The spread of the sittings joins the noise, so the chances of the levels match their frequencies."""
    train, part = sittings()
    fitted = scorer(dataclasses.replace(SMALL, draws=60, keep=30), train)
    predicted = fitted.rate_at(part.history, part.target)
    assert predicted.distribution is not None
    chance = predicted.distribution.probability[0]
    np.testing.assert_allclose(chance.sum(axis=1), 1.0, atol=1e-5)
    frequency = np.bincount(part.target.data.astype(int) - 1, minlength=5) / len(chance)
    np.testing.assert_allclose(chance.mean(axis=0), frequency, atol=0.05)


def test_rate_and_rate_at_without_times_agree(planted: tuple[Interactions, EvalPart]) -> None:
    train, part = planted
    fitted = scorer(SMALL, train)
    table = fitted.rate(part.history).stars
    rows = np.repeat(np.arange(200), np.diff(part.target.indptr))
    single = fitted.rate_at(part.history, part.target).stars[0]
    np.testing.assert_allclose(single, table[rows, part.target.indices], atol=2e-3)


@pytest.mark.parametrize("output", ["ordinal", "gaussian"])
def test_half_stars_and_ten_levels(output: Any) -> None:
    draw = np.random.default_rng(5)
    quality = draw.normal(size=20)
    edges = [
        (user, item, float(np.clip(np.round(2 * (2.75 + quality[item] + 0.4 * draw.normal())) / 2, 0.5, 5)))
        for user in range(40)
        for item in range(20)
    ]
    train = make_interactions(edges, 40, 20, RatingScale(0.5, 5.0, 0.5))
    fitted = scorer(dataclasses.replace(SMALL, output=output, draws=40, neighbours=False), train)
    prediction = fitted.rate(Matrix((1, 20), dtype=np.float32))
    assert prediction.distribution is not None
    assert prediction.distribution.probability.shape == (1, 20, 10)
    np.testing.assert_allclose(prediction.distribution.levels, np.arange(0.5, 5.5, 0.5))
    np.testing.assert_allclose(prediction.stars[0], np.clip(2.75 + quality, 0.5, 5.0), atol=0.35)


def test_side_features_reach_a_movie_without_ratings() -> None:
    """Comedies are loved, dramas are not: an unrated comedy is predicted above an unrated drama."""
    draw = np.random.default_rng(6)
    genres = tuple(("Comedy",) if item % 2 else ("Drama",) for item in range(30))
    edges = [
        (user, item, float(np.clip(np.round(3 + (1 if item % 2 else -1) + 0.5 * draw.normal()), 1, 5)))
        for user in range(40)
        for item in range(28)
    ]
    train = make_interactions(edges, 40, 30)
    catalogue = dataclasses.replace(Catalogue.from_ids(train.items.ids), genres=genres)
    model = dataclasses.replace(SMALL, draws=100, keep=100, neighbours=False)  # a movie without raters has none
    stars = scorer(model, train, FitContext(catalogue=catalogue)).rate(train.matrix()).stars
    assert (stars[:, 29] > stars[:, 28] + 0.8).all()
    bare = scorer(model, train).rate(train.matrix()).stars
    assert abs(float((bare[:, 29] - bare[:, 28]).mean())) < 0.5


def test_profiles_are_used_for_people_who_are_known() -> None:
    train, profiles = told_apart_by_gender()
    fitted = scorer(dataclasses.replace(SMALL, draws=40), train, FitContext(profiles=profiles))
    nothing = Matrix((2, 30), dtype=np.float32)
    asked = Matrix(np.ones((2, 30), np.float32))
    known = fitted.rate_at(nothing, asked, users=np.array([0, 1])).stars[0].reshape(2, 30).mean(axis=1)
    unknown = fitted.rate_at(nothing, asked).stars[0].reshape(2, 30).mean(axis=1)
    assert known[0] > unknown[0] + 0.4
    assert known[1] < unknown[1] - 0.4


def test_leaks_and_empty_data_are_refused(planted: tuple[Interactions, EvalPart], tiny: Interactions) -> None:
    train, _ = planted
    with pytest.raises(LeakError):
        SMALL.fit(train, FitContext(valid=make_part(train.matrix(), train.matrix())))
    with pytest.raises(TrainingError, match="no ratings"):
        SMALL.fit(tiny.take(np.zeros(0, np.int64)))


def test_progress_tells_sweeps_and_running_rmse() -> None:
    train, part = sittings()
    steps: list[Progress] = []
    SMALL.fit(train, FitContext(valid=part, progress=steps.append))
    assert [step.done for step in steps] == list(range(1, 17))
    assert all(step.total == 16 and step.unit == "sweeps" and step.values["rmse"] > 0 for step in steps)


def test_the_point_is_the_mean_or_the_median_of_the_same_distribution() -> None:
    train, part = sittings()
    mean, median = (scorer(dataclasses.replace(SMALL, point=point), train) for point in ("mean", "median"))
    one, other = (model.rate(part.history[:5]) for model in (mean, median))
    assert one.distribution is not None
    assert other.distribution is not None
    np.testing.assert_array_equal(one.distribution.probability, other.distribution.probability)
    np.testing.assert_allclose(one.stars, np.clip(one.distribution.mean(), 1, 5), atol=1e-6)
    np.testing.assert_allclose(other.stars, np.clip(other.distribution.median(), 1, 5), atol=1e-6)
    assert np.abs(one.stars - other.stars).max() > 0.01


def test_a_checkpoint_of_other_times_is_refused(tmp_path: Path) -> None:
    train, _ = sittings()
    SMALL.fit(train, FitContext(checkpoint_dir=tmp_path))
    assert train.timestamp is not None
    other = dataclasses.replace(train, timestamp=train.timestamp // 2)
    with pytest.raises(TrainingError, match="another run: data_sha256"):
        SMALL.fit(other, FitContext(checkpoint_dir=tmp_path, resume=True))


def test_validation_is_followed_without_times_where_no_field_needs_them() -> None:
    train, part = sittings()
    train, part = dataclasses.replace(train, timestamp=None), dataclasses.replace(part, target_time=None)
    history = SMALL.fit(train, FitContext(valid=part)).history
    assert all(record.valid["rmse"] > 0 for record in history)


def test_stars_between_two_levels_are_folded_in_as_the_nearer() -> None:
    train, part = sittings()
    model = scorer(SMALL, train)

    def with_stars(stars: float) -> Any:
        history = part.history[[0]].copy()
        history.data = np.full_like(history.data, stars)
        return model.rate(history).stars

    np.testing.assert_array_equal(with_stars(3.4), with_stars(3.0))
    np.testing.assert_array_equal(with_stars(3.6), with_stars(4.0))


def test_the_old_name_of_the_session_effects_is_read_too() -> None:
    assert config.from_dict(BayesGCN, {"moments": False}) == BayesGCN(session_effects=False)
