"""Strict settings: every wrong key and value is refused by name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from reelgraph.core import config
from reelgraph.core.errors import ConfigError


@dataclass(frozen=True)
class Settings:
    epochs: Annotated[int, Field(ge=1)] = 50
    rate: Annotated[float, Field(gt=0)] = 0.5
    loss: Literal["mse", "huber"] = "mse"
    sizes: tuple[int, ...] = ()
    on: bool = True

    def __post_init__(self) -> None:
        config.validate(self)


def test_what_is_not_named_keeps_its_default() -> None:
    assert config.from_dict(Settings, {"epochs": 3}) == Settings(epochs=3)


def test_a_list_becomes_the_tuple_that_toml_cannot_write() -> None:
    assert config.from_dict(Settings, {"sizes": [1, 2]}).sizes == (1, 2)


def test_whole_number_is_taken_for_a_float_setting() -> None:
    assert config.from_dict(Settings, {"rate": 1}).rate == 1.0


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"epochs": 0}, "epochs: 0 is not valid: input should be greater than or equal to 1"),
        ({"epochs": 2.5}, "epochs: 2.5 is not valid"),
        ({"epochs": "3"}, "epochs: '3' is not valid"),
        ({"epochs": True}, "epochs: True is not valid"),
        ({"epochs": None}, "epochs: None is not valid"),
        ({"rate": 0.0}, "rate: 0.0 is not valid"),
        ({"rate": float("nan")}, "rate: nan is not valid"),
        ({"loss": "mae"}, "loss: 'mae' is not valid: input should be 'mse' or 'huber'"),
        ({"on": 1}, "on: 1 is not valid"),
        ({"sizes": [1, "a"]}, "sizes: .* is not valid"),
        ({"epoch": 3}, "epoch: unknown setting; .*did you mean 'epochs'"),
        ({"__class__": 3}, "__class__: unknown setting"),
    ],
)
def test_wrong_values_are_refused_by_name(values: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        config.from_dict(Settings, values)


def test_words_become_settings() -> None:
    words = ["dim=32", "rate=1e-3", "loss=huber", "on=false", "sizes=[1, 2]", "text=a=b", " spaced =1"]
    assert config.parse_assignments(words) == {
        "dim": 32, "rate": 1e-3, "loss": "huber", "on": False, "sizes": [1, 2], "text": "a=b", "spaced": 1,
    }  # fmt: skip


@pytest.mark.parametrize("word", ["dim", "=3", " =3", ""])
def test_a_word_that_is_no_assignment_is_refused(word: str) -> None:
    with pytest.raises(ConfigError, match="expected key=value"):
        config.parse_assignments([word])


def test_toml_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('model = "gcn"\n[settings]\ndim = 8\n')
    assert config.read_toml(file) == {"model": "gcn", "settings": {"dim": 8}}


def test_missing_or_broken_toml_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nope\.toml: no such config file"):
        config.read_toml(tmp_path / "nope.toml")
    file = tmp_path / "broken.toml"
    file.write_bytes(b"model = ")
    with pytest.raises(ConfigError, match=r"broken\.toml: not valid TOML"):
        config.read_toml(file)
    file.write_bytes(b'model = "\xff"')
    with pytest.raises(ConfigError, match=r"broken\.toml: not valid TOML"):
        config.read_toml(file)
