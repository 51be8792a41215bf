"""The search: a known optimum, and a study that is gone on with."""

from __future__ import annotations

import dataclasses
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reelgraph.core.errors import CapabilityError, ConfigError, TrainingError
from reelgraph.data import PerUser, index, split
from reelgraph.evaluation import PreparedData
from reelgraph.pipeline import make_model
from reelgraph.tuning import Choice, Range, tune
from tests.unit.tuning.toy import SPACE, STRONG, TEMPORAL, Toy, dataset, prepared, search

pytest.importorskip("optuna", reason='optuna is not installed: pip install "reelgraph[tune]"')


# ------------------------------------------------------------------------------------------------ what it finds


def test_the_known_optimum_is_found() -> None:
    found = search(trials=60)
    assert found.settings["kind"] == "good"
    assert found.settings["x"] == pytest.approx(0.3, abs=0.1)
    assert found.best.value == pytest.approx((found.settings["x"] - 0.3) ** 4, abs=1e-6)
    assert [found.metric, found.lower_is_better, len(found.trials)] == ["mse", True, 60]
    assert found.best.value == min(trial.value for trial in found.trials if trial.value is not None)
    assert found.ranked()[0] == found.best
    assert next(iter(found.importance)) in SPACE
    assert sum(found.importance.values()) == pytest.approx(1.0)


def test_same_seed_same_trials_and_another_seed_others() -> None:
    one, same, other = (search(trials=8, seed=seed) for seed in (4, 4, 5))
    assert [trial.settings for trial in one.trials] == [trial.settings for trial in same.trials]
    assert [trial.settings for trial in one.trials] != [trial.settings for trial in other.trials]


def test_a_higher_metric_is_better_where_it_is_one() -> None:
    # all true ratings are 4: 3.5 and more is predicted, and all is found, where the penalty is taken
    data = dataset(4.0)
    given = PreparedData(split(index(data.ratings), PerUser(0.2, 0.2), 0), data)
    found = tune("toy", STRONG, given, metric="recall_rated", space={"kind": SPACE["kind"]}, trials=8)
    assert {trial.settings["kind"]: trial.value for trial in found.trials} == {"good": 0.0, "bad": 1.0}
    assert [found.metric, found.lower_is_better, found.best.value] == ["recall_rated@10", False, 1.0]
    assert found.settings == {"kind": "bad"}


def test_fixed_settings_reach_every_trial_and_the_config() -> None:
    found = search(trials=3, fixed={"kind": "bad"})
    assert {fit["kind"] for fit in Toy.fits} == {"bad"}
    assert set(found.best.settings) == {"x"}
    assert found.settings["kind"] == "bad"


def test_whole_ranges_try_whole_numbers() -> None:
    found = search(trials=5, space={"epochs": Range(1, 4)})
    assert {type(trial.settings["epochs"]) for trial in found.trials} == {int}


# ------------------------------------------------------------------------------------------------ failures, pruning


def test_failed_trials_are_recorded_and_survived() -> None:
    found = search(trials=30, space={"x": Range(-1.0, 1.0), "fails": Choice((True, False))})
    assert 0 < found.count("failed") < 30
    assert {trial.error for trial in found.trials if trial.state == "failed"} == {"it will not train"}
    assert found.settings["fails"] is False


def test_when_all_fail_the_reason_is_said() -> None:
    with pytest.raises(TrainingError, match="none of 3 trials completed: it will not train"):
        search(trials=3, space={"fails": Choice((True,))})


def test_bad_trials_of_a_model_with_epochs_are_pruned_and_without_epochs_never() -> None:
    slow = search(trials=25, fixed={"epochs": 12})
    assert slow.count("pruned") > 0
    assert slow.settings["kind"] == "good"
    assert all(trial.value is None for trial in slow.trials if trial.state == "pruned")
    assert search(trials=25).count("pruned") == 0


def test_epochs_that_report_another_metric_prune_nothing() -> None:
    assert search(metric="mae", trials=20, fixed={"epochs": 12}).count("pruned") == 0


def test_no_trial_begins_after_the_time_is_over() -> None:
    Toy.before = lambda _: time.sleep(0.05)
    found = search(trials=1000, timeout=0.2)
    assert 1 <= len(found.trials) <= 5
    assert found.stopped_because == "0.2 seconds are over"


# ------------------------------------------------------------------------------------------------ going on


def stop_at(number: int) -> Callable[[int], None]:
    def before(fit: int) -> None:
        if fit == number:
            raise KeyboardInterrupt

    return before


def test_interrupted_and_gone_on_with_equals_uninterrupted(tmp_path: Path) -> None:
    whole = search(trials=16)
    Toy.fits.clear()
    Toy.before = stop_at(13)
    with pytest.raises(KeyboardInterrupt):
        search(trials=16, study=tmp_path / "s.db")
    Toy.before = None
    Toy.fits.clear()
    found = search(trials=16, study=tmp_path / "s.db")
    assert len(Toy.fits) == 4  # twelve were kept, the thirteenth is made again
    assert [(t.number, t.settings, t.value) for t in found.trials] == [
        (t.number, t.settings, t.value) for t in whole.trials
    ]
    Toy.fits.clear()
    assert search(trials=16, study=tmp_path / "s.db").to_toml() == whole.to_toml()
    assert Toy.fits == []
    assert len(search(trials=20, study=tmp_path / "s.db").trials) == 20
    assert len(Toy.fits) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["s.db"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"metric": "mae"}, "metric was 'mse', now 'mae'"),
        ({"seed": 1}, "seed was 0, now 1"),
        ({"fixed": {"epochs": 1}}, "fixed was"),
        ({"space": {"x": Range(-2.0, 1.0)}}, "space was"),
    ],
)
def test_study_of_another_run_is_refused(tmp_path: Path, change: dict[str, Any], key: str) -> None:
    path = tmp_path / "s.db"
    search(trials=2, study=path)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=rf"s\.db: is the study of another run: {key}"):
        search(**{"trials": 4, "study": path, **change})
    assert path.read_bytes() == before


def test_study_on_other_data_another_protocol_or_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    search(trials=2, study=path)
    other = PreparedData(prepared().split, dataclasses.replace(dataset(), sha256="e" * 64))
    with pytest.raises(ConfigError, match="another run: data_sha256"):
        tune("toy", STRONG, other, metric="mse", space=SPACE, study=path)
    with pytest.raises(ConfigError, match="another run: protocol"):
        tune("toy", TEMPORAL, prepared(), metric="mse", space=SPACE, study=path)
    with pytest.raises(ConfigError, match="another run: model was 'toy', now 'bias'"):
        tune("bias", STRONG, prepared(), metric="mse", study=path)
    with pytest.raises(ConfigError, match="another run: split_seed"):
        tune("toy", STRONG, prepared(seed=1), metric="mse", space=SPACE, study=path)


def test_study_without_a_finished_trial_holds_nobody_to_anything(tmp_path: Path) -> None:
    Toy.before = stop_at(1)
    with pytest.raises(KeyboardInterrupt):
        search(study=tmp_path / "s.db")
    Toy.before = None
    assert not search(study=tmp_path / "s.db", metric="ndcg", trials=2).lower_is_better


def test_foreign_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "own.db"
    text.write_text("my notes, long enough to be taken for a file of another kind " * 4)
    with sqlite3.connect(other) as file:
        file.execute("CREATE TABLE mine (a)")
    file.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(ConfigError, match="exists and is not a study"):
            search(study=path)
        assert path.read_bytes() == before


def test_two_processes_do_not_work_on_one_study(tmp_path: Path) -> None:
    def again(_: int) -> None:
        Toy.before = None
        with pytest.raises(ConfigError, match="is in use by another reelgraph tune"):
            search(study=tmp_path / "s.db")

    Toy.before = again
    assert len(search(study=tmp_path / "s.db", trials=2).trials) == 2


# ------------------------------------------------------------------------------------------------ refusals, config


def test_config_goes_through_make_model(tmp_path: Path) -> None:
    found = search(trials=12, fixed={"epochs": 2})
    file = tmp_path / "best.toml"
    file.write_text(found.to_toml())
    assert dataclasses.asdict(make_model(None, file)) == {"fails": False, **found.settings}
    assert dataclasses.asdict(make_model("toy", file)) == {"fails": False, **found.settings}
    text = found.to_toml()
    for words in ("12 trials", "seed 0", "Protocol strong", f"mse {found.best.value:.6f} on validation", "f" * 64):
        assert words in text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"trials": 0}, "trials: 0 is not valid"),
        ({"metric": "rmes"}, "rmes: unknown metric.*did you mean 'rmse'"),
        ({"metric": "novelty"}, "novelty: is better neither low nor high; tune on one of ndcg"),
        ({"space": {"y": Range(0.0, 1.0)}}, "the space of toy: y: unknown setting"),
        ({"fixed": {"x": 0.1, "kind": "bad"}}, "nothing is left to tune"),
        ({"fixed": {"kind": None}}, "kind: None cannot be written to a config file"),
    ],
)
def test_bad_words_are_refused_before_any_fit(change: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        search(**change)
    assert Toy.fits == []


def test_split_without_validation_is_refused() -> None:
    with pytest.raises(ConfigError, match="strong: there is no validation part to tune on"):
        tune("toy", STRONG, prepared(PerUser(0.0, 0.2)), metric="mse", space=SPACE)


def test_model_that_cannot_be_asked_for_the_metric_says_so() -> None:
    with pytest.raises(CapabilityError, match="^spy predicts no stars, so it has no mse$"):
        tune("spy", STRONG, prepared(), metric="mse", space={"x": Range(0.0, 1.0)})


def test_without_optuna_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(CapabilityError, match=r'tuning needs optuna .*pip install "reelgraph\[tune\]"'):
        search()
