"""Where to search: the default spaces fit their models, and files of ranges."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.models import MODELS
from reelgraph.tuning import SPACES, Choice, Range, read_space, space_of


@pytest.mark.parametrize("model", [model for model in SPACES if model in MODELS])
def test_every_default_space_is_one_that_its_model_takes(model: str) -> None:
    assert space_of(model, {}) == SPACES[model]


def test_default_space_that_a_model_does_not_take_is_said_to_be_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelgraph.tuning.spaces.SPACES", {"bias": {"item_dampning": Range(1.0, 2.0)}})
    with pytest.raises(ConfigError, match=r"the default space of bias: item_dampning: unknown setting"):
        space_of("bias", {})


def test_fixed_settings_are_not_searched() -> None:
    assert space_of("bias", {"item_damping": 3.0}) == {"user_damping": SPACES["bias"]["user_damping"]}
    assert space_of("bias", {}, {"item_damping": Choice((1.0, 2.0))}) == {"item_damping": Choice((1.0, 2.0))}


def test_model_without_settings_and_values_that_it_does_not_take() -> None:
    with pytest.raises(ConfigError, match="popularity: there is nothing to tune: it has no settings"):
        space_of("popularity", {})
    with pytest.raises(ConfigError, match=r"did you mean 'gcn'\?"):
        space_of("gnc", {})
    with pytest.raises(ConfigError, match="the space of bias: item_damping: -1.0 is not valid"):
        space_of("bias", {}, {"item_damping": Range(-1.0, 2.0)})
    with pytest.raises(ConfigError, match="dampng: unknown setting"):
        space_of("bias", {"dampng": 1.0})


def test_file_of_ranges(tmp_path: Path) -> None:
    file = tmp_path / "space.toml"
    file.write_text(
        'model = "gcn"\n[space]\nlayers = { low = 1, high = 4 }\nl2 = { low = 0.001, high = 1.0, log = true }\n'
        'dim = [16, 64]\nloss = ["mse", "huber"]\nfeatures = [true, false]\n'
    )
    found = read_space(file, "gcn")
    assert found == {
        "layers": Range(1, 4), "l2": Range(0.001, 1.0, log=True), "dim": Choice((16, 64)),
        "loss": Choice(("mse", "huber")), "features": Choice((True, False)),
    }  # fmt: skip
    assert isinstance(found["layers"], Range)
    assert found["layers"].whole
    assert space_of("gcn", {}, found) == found
    with pytest.raises(ConfigError, match="is for 'gcn', not for 'bias'"):
        read_space(file, "bias")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", r"expected a table \[space\]"),
        ("[space]\n", r"expected a table \[space\]"),
        ("[spaces]\n", "spaces: unknown setting"),
        ("[space]\nx = 3\n", "x: 3 is not valid: expected a list"),
        ("[space]\nx = []\n", "x: values: there is nothing to choose from"),
        ("[space]\nx = [[1]]\n", "x: values"),
        ("[space]\nx = { low = 2, high = 1 }\n", "x: low: 2 is not valid: expected less than high"),
        ("[space]\nx = { low = 0.0, high = 1.0, log = true }\n", "x: low: 0.0 is not valid with log"),
        ("[space]\nx = { low = 1, high = 2, step = 3 }\n", "x: step: unknown setting"),
        ('[space]\nx = { low = "a", high = 2 }\n', "x: low: 'a' is not valid"),
    ],
)
def test_bad_files_of_ranges_are_refused_by_name(tmp_path: Path, text: str, error: str) -> None:
    file = tmp_path / "space.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=rf"space\.toml.*{error}"):
        read_space(file, "gcn")


def test_old_names_of_settings_are_fixed_and_searched_like_the_new_ones() -> None:
    space = space_of("graph-filter", {"sitting": 0.5})
    assert set(space) == set(SPACES["graph-filter"]) - {"session_weight"}
    assert space_of("graph-filter", {}, {"sitting": Choice((0.0, 0.5))}) == {"session_weight": Choice((0.0, 0.5))}
