"""The folder of generated data: what cannot be replaced or is another run's is refused before any work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reelgraph.core.errors import ConfigError
from reelgraph.data.generation import working_folder as module
from reelgraph.data.generation.generate import generate
from reelgraph.data.generation.shapes import SHAPES, Shape

TINY = Shape(
    name="tiny", n_movies=400, n_ratings=60_000, fewest=20, most=150, median=30.0, spread=0.8,
    counts={1: 900.0, 20: 700.0, 100: 200.0, 400: 5.0}, largest_id=1_000, first=789_652_004, last=1_697_164_147,
)  # fmt: skip


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Shape:
    monkeypatch.setitem(SHAPES, "tiny", TINY)  # type: ignore[arg-type]
    return TINY


@pytest.mark.parametrize("out", [".", "{here}", "link-here", "file/x", "file/deep/x", "circle"])
def test_a_folder_that_cannot_be_replaced_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    here, messages = (
        tmp_path / "here",
        {"circle": "cannot be made: ", "file/x": "cannot be made: .*file is not a folder"},
    )
    here.mkdir()
    (tmp_path / "file").write_text("mine")
    links = {"link-here": here, "circle": tmp_path / "circle"}
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    monkeypatch.chdir(here)
    default = "is the folder you are in, which cannot be replaced: name a new folder in it"
    name = out.format(here=here)
    with pytest.raises(ConfigError, match=messages.get(out.replace("deep/", ""), default)):
        generate("ml-32m", 1_000, name if name.startswith((".", "/")) else Path("..") / name)
    assert {file.name for file in tmp_path.rglob("*")} == {"here", "file", *links}


def test_a_mount_point_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == tmp_path)
    with pytest.raises(ConfigError, match="is a mount point, which cannot be replaced: name a new folder in it"):
        generate("ml-32m", 1_000, tmp_path)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_counts_as_the_folder_that_it_names(tiny: Shape, tmp_path: Path, is_there: bool) -> None:
    target, link = tmp_path / "deep" / "target", tmp_path / "link"
    (target if is_there else target.parent).mkdir(parents=True)
    link.symlink_to(target)
    assert generate("tiny", 2_000, link).path == link
    assert link.is_symlink()
    assert (target / "ratings.csv").read_bytes().count(b"\n") == 2_001
    assert [file.name for file in target.parent.iterdir()] == ["target"]


def test_a_folder_that_another_run_has_filled_meanwhile_is_refused_without_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def lock_of_another_run(path: Path) -> Iterator[None]:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "ratings.csv").write_text("theirs")
        yield

    monkeypatch.setattr(module, "file_lock", lock_of_another_run)
    with pytest.raises(ConfigError, match="out is not empty: give another folder, or remove this one"):
        generate("ml-32m", 1_000, tmp_path / "out")
    assert {file.name for file in tmp_path.rglob("*")} == {"out", "ratings.csv"}
