"""Models of other packages: named, fitted, saved, loaded and tuned; and what a bundle of a stranger may not do."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import reelgraph as rg
from reelgraph import pipeline
from reelgraph.bundle import plugin_scorers
from reelgraph.bundle.manifest import MANIFEST, manifest_digest, manifest_text
from reelgraph.cli import main
from reelgraph.core import plugins
from reelgraph.core.errors import BundleError, ConfigError, PluginError
from reelgraph.scorers import BlendScorer, PopularityScorer
from reelgraph.tuning import Choice, Range, default_space, space_of
from tests.plugin_package import Install, blocks
from tests.unit.tuning.toy import STRONG, dataset, prepared

EASE = {"ease_model": blocks("python")[0]}


@pytest.fixture
def ease_model(ease: Path) -> Any:
    return importlib.import_module("ease_model")


def bundle_of(model: Any) -> rg.Bundle:
    return pipeline.train(dataset(), model).bundle


def test_installed_model_is_known_by_name_and_by_path(ease_model: Any) -> None:
    assert rg.model_names() == (*rg.MODELS, "ease")
    assert rg.model_class("ease") is rg.model_class("ease_model:EASE") is rg.model_class(ease_model.EASE)
    assert pipeline.make_model("ease", settings={"ridge": 7.0}) == ease_model.EASE(ridge=7.0)
    with pytest.raises(ConfigError, match="ridge: 0.0 is not valid"):
        pipeline.make_model("ease", settings={"ridge": 0.0})
    with pytest.raises(ConfigError, match=r"known are .*ease.*did you mean 'ease'\?"):
        rg.model_class("easy")


def test_bundle_of_a_registered_model_loads_and_says_whose_it_is(ease_model: Any, tmp_path: Path) -> None:
    before = bundle_of(ease_model.EASE(ridge=7.0))
    path = before.save(tmp_path / "B")
    after = rg.Bundle.load(path)
    assert type(after.scorer) is ease_model.EASEScorer
    assert (after.scorer.score(after.history) == before.scorer.score(before.history)).all()
    assert after.info["model"] == {"name": "ease", "class": "ease_model:EASE", "settings": {"ridge": 7.0}}
    manifest = json.loads((path / MANIFEST).read_text())
    assert manifest["scorer"]["outside"] == {"ease": {"class": "ease_model:EASEScorer", "package": "ease-model 1.0"}}


def test_part_of_a_blend_may_be_of_another_package(ease_model: Any, tmp_path: Path) -> None:
    before = bundle_of(ease_model.EASE())
    blend = BlendScorer((before.scorer, PopularityScorer(before.scorer.weights[0] * 0)), (1.0, 0.0))  # type: ignore[attr-defined]
    changed = rg.Bundle(blend, before.users, before.items, before.history, before.catalogue, before.scale, before.info)
    after = rg.Bundle.load(changed.save(tmp_path / "B"))
    assert isinstance(after.scorer, BlendScorer)
    assert type(after.scorer.parts[0]) is ease_model.EASEScorer


@pytest.fixture
def unregistered(ease_model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle of a scorer that no installed package registers, and that this process has not imported."""
    path = bundle_of(ease_model.EASE()).save(tmp_path / "B")
    monkeypatch.setattr(plugins, "installed", lambda group: ())
    monkeypatch.setattr(plugin_scorers, "_allowed", [])
    del sys.modules["ease_model"]
    return path


def test_bundle_does_not_import_what_nobody_has_chosen(unregistered: Path) -> None:
    with pytest.raises(BundleError, match=r"class ease_model:EASEScorer of ease-model 1\.0.*--allow ease_model:EASE"):
        rg.Bundle.load(unregistered)
    with pytest.raises(BundleError, match="which is not part of reelgraph"):
        rg.Bundle.load(unregistered, allow=["ease_model:EASE", "other:EASEScorer"])
    assert "ease_model" not in sys.modules


def test_caller_may_name_a_scorer_for_one_call_or_for_the_process(unregistered: Path) -> None:
    assert rg.Bundle.load(unregistered, allow=["ease_model:EASEScorer"]).scorer.kind == "ease"
    with pytest.raises(BundleError, match="not part of reelgraph"):
        rg.Bundle.load(unregistered)
    scorer_class = sys.modules["ease_model"].EASEScorer
    assert type(rg.Bundle.load(unregistered, allow=[scorer_class]).scorer) is scorer_class
    rg.allow_scorers(scorer_class)
    assert type(rg.Bundle.load(unregistered).scorer) is scorer_class


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("antigravity:Scorer", "the class antigravity:Scorer.*not part of reelgraph"),
        ("ease_model:np.ndarray", "ease_model:np.ndarray is not a class of scorers of kind 'ease'"),
        ("ease_model:EASE", "ease_model:EASE is not a class of scorers"),
        ("ease_model:nothing", "not part of reelgraph"),
        (7, "does not say where its scorers are defined"),
    ],
)
def test_changed_manifest_cannot_choose_a_class(ease_model: Any, tmp_path: Path, named: object, problem: str) -> None:
    path = bundle_of(ease_model.EASE()).save(tmp_path / "B")
    manifest = json.loads((path / MANIFEST).read_text())
    manifest["scorer"]["outside"]["ease"]["class"] = named
    manifest["digest"] = manifest_digest(manifest)
    (path / MANIFEST).write_text(manifest_text(manifest))
    with pytest.raises(BundleError, match=problem):
        rg.Bundle.load(path)
    assert "antigravity" not in sys.modules


def test_scorer_elsewhere_is_registered_by_its_kind(install: Install, tmp_path: Path) -> None:
    model, scorer = EASE["ease_model"].split("@dataclass(frozen=True)\nclass EASE:")
    head = scorer_text = model
    text = (
        head.split("@dataclass")[0]
        + "from ease_scorer import EASEScorer\n\n@dataclass(frozen=True)\nclass EASE:"
        + scorer
    )
    points = {"reelgraph.models": {"ease": "ease_model:EASE"}, "reelgraph.scorers": {"ease": "ease_scorer:EASEScorer"}}
    install("ease-model", {"ease_model": text, "ease_scorer": scorer_text}, points)
    path = bundle_of(rg.model_class("ease")()).save(tmp_path / "B")
    assert type(rg.Bundle.load(path).scorer).__module__ == "ease_scorer"


def test_scorer_that_its_class_cannot_restore_is_not_saved(install: Install, tmp_path: Path) -> None:
    install("ease-model", {"ease_model": EASE["ease_model"].replace('return {"weights"', 'return {"weight"')}, {})
    bundle = bundle_of(importlib.import_module("ease_model").EASE())
    with pytest.raises(BundleError, match=r"not saved: the scorer 'ease'.*unexpected keyword argument 'weight'"):
        bundle.save(tmp_path / "B")
    assert not (tmp_path / "B").exists()


def test_faulty_registrations_name_the_entry_point_and_its_package(install: Install) -> None:
    install("broken", {"broken": "1 / 0"}, {"reelgraph.models": {"boom": "broken:Model", "gone": "no_such:Model"}})
    for name, error in (("boom", "broken:Model cannot be imported: ZeroDivisionError"), ("gone", "No module named")):
        with pytest.raises(PluginError, match=rf"entry point '{name}' \(reelgraph\.models\) of broken 1\.0: .*{error}"):
            rg.model_class(name)
    install("twice", EASE, {"reelgraph.models": {"ease": "ease_model:EASE", "ridge": "ease_model:EASE"}})
    with pytest.raises(PluginError, match=r"'ridge'.*of twice 1\.0: the model ease_model:EASE calls itself 'ease'"):
        rg.model_class("ridge")
    install("again", {}, {"reelgraph.models": {"ease": "ease_model:EASE"}})
    with pytest.raises(PluginError, match=r"'ease' .*registered by again 1\.0 and by twice 1\.0"):
        rg.model_class("ease")


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("ease_model:EASES", "ease_model:EASES: cannot be imported: AttributeError.*'EASES'"),
        ("no_such_module:EASE", "cannot be imported: ModuleNotFoundError"),
        ("ease_model:", "expected package.module:Class"),
        ("ease_model:EASEScorer", "EASEScorer is not a model: it must have a text `name` and have a method `fit`"),
        ("ease_model:np", "expected the class of a model"),
    ],
)
@pytest.mark.usefixtures("ease")
def test_wrong_paths_of_models_are_refused_by_name(named: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        rg.model_class(named)


def test_own_search_space_is_searched(ease_model: Any) -> None:
    assert default_space("ease") == {"ridge": Range(1.0, 1000.0, log=True)}
    result = rg.tune(ease_model.EASE, STRONG, prepared(), metric="ndcg", trials=2)
    assert result.model == "ease"
    assert 'model = "ease"' in result.to_toml()
    assert 1.0 <= result.settings["ridge"] <= 1000.0
    assert space_of("ease_model:EASE", {}, {"ridge": Choice((1.0, 2.0))}) == {"ridge": Choice((1.0, 2.0))}


@pytest.mark.parametrize(
    ("space", "problem"),
    [
        ('{"ridge": 3.0}', r"EASE\.search_space: ridge: 3\.0 is not valid: expected a list of values or"),
        ('{"rigde": [1.0]}', "default space of ease: rigde: unknown setting"),
        ('{"ridge": [0.0, 1.0]}', r"default space of ease: ridge: 0\.0 is not valid"),
        ("[1]", r"EASE\.search_space: \[1\] is not valid: expected settings and ranges"),
        ("None", r"ease: has no search space; its settings are ridge; give one: .*--space.*search_space"),
    ],
)
def test_wrong_search_spaces_are_refused_by_name(install: Install, space: str, problem: str) -> None:
    text = EASE["ease_model"].replace('{"ridge": {"low": 1.0, "high": 1000.0, "log": True}}', space)
    install("ease-model", {"ease_model": text}, {"reelgraph.models": {"ease": "ease_model:EASE"}})
    with pytest.raises(ConfigError, match=problem):
        space_of("ease", {})


@pytest.mark.usefixtures("ease")
def test_config_file_cannot_make_a_module_be_imported(tmp_path: Path) -> None:
    file = tmp_path / "best.toml"
    file.write_text('model = "ease_model:EASE"\n[settings]\nridge = 3.0\n')
    with pytest.raises(
        ConfigError, match="best.toml: model: 'ease_model:EASE' is not registered by a package; name it"
    ):
        pipeline.make_model(None, file)
    assert "ease_model" not in sys.modules
    assert pipeline.make_model("ease_model:EASE", file).ridge == 3.0  # type: ignore[attr-defined]
    file.write_text('model = "ease"\n')
    assert pipeline.make_model(None, file).ridge == 100.0  # type: ignore[attr-defined]


def test_doctor_says_what_is_wrong_with_a_registration(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    points = {"ease": "ease_model:EASE", "bias": "ease_model:EASE", "ridge": "ease_model:EASE"}
    install("ease-model", EASE, {"reelgraph.models": points, "reelgraph.readers": {"gone": "no_such_reader"}})
    assert main(["doctor", "--json"]) == 0
    status = {row["what"]: row["status"] for row in json.loads(capsys.readouterr().out)}
    assert status["model ease"] == "ok"
    assert status["model bias"] == "not used: a model of reelgraph has this name"
    assert "calls itself 'ease'" in status["model ridge"]
    assert "cannot be imported" in status["reader gone"]
    assert rg.model_class("bias") is rg.Bias


def test_benchmarks_take_models_of_other_packages(ease_model: Any) -> None:
    from benchmarks.__main__ import _chosen

    chosen = _chosen(["popularity", "ease", "ease_model:EASE"], [])
    assert [type(model) for model in chosen.values()] == [rg.Popularity, ease_model.EASE, ease_model.EASE]
