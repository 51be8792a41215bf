"""What is not saved because it could not be loaded, and what is not a bundle of this reelgraph."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import MANIFEST, Bundle
from reelgraph.core import IdIndex, RatingScale
from reelgraph.core.errors import BundleError, ConfigError
from reelgraph.scorers import BiasScorer
from tests.unit.bundle.saved_bundles import bundle, contents, resealed


class SecondBiasScorer(BiasScorer):
    """A scorer of another package that calls itself by the kind of one of reelgraph's own."""


def _not_loadable() -> dict[str, tuple[Bundle, str]]:
    """Bundles that could be written but not read, with what is wrong."""
    whole = bundle()
    history = whole.history.copy()
    history.data[0] = np.nan
    ten_items = BiasScorer(np.zeros(10), 3.0, 5.0, 1.0, 5.0, np.ones(10, np.int64))
    of_own_kind = SecondBiasScorer(np.zeros(6), 3.0, 5.0, 1.0, 5.0, np.ones(6, np.int64))
    times = np.arange(whole.history.nnz + 1)
    return {
        "a scorer of a kind that is taken": (
            dataclasses.replace(whole, scorer=of_own_kind),
            "the kind 'bias' is one of reelgraph's own",
        ),
        "another number of items": (dataclasses.replace(whole, scorer=ten_items), "the scorer has 10 items"),
        "one level": (dataclasses.replace(whole, scale=RatingScale(1, 1, 1)), "an invalid rating scale"),
        "no number": (dataclasses.replace(whole, history=history), "not a finite number"),
        "too many times": (dataclasses.replace(whole, times=times), f"values for {whole.history.nnz} ratings"),
        "two users with one id": (
            dataclasses.replace(whole, users=IdIndex(np.array([7, 7, 5, 1]), "user")),
            "duplicate user ids",
        ),
        "info that JSON cannot hold": (dataclasses.replace(whole, info={"model": object()}), "cannot be written"),
    }


@pytest.mark.parametrize("what", _not_loadable())
def test_what_could_not_be_loaded_is_not_saved(saved: Path, what: str) -> None:
    before = contents(saved)
    faulty, problem = _not_loadable()[what]
    with pytest.raises(BundleError, match=f"not saved.*{problem}"):
        faulty.save(saved)
    assert contents(saved) == before


def test_scale_and_feedback_go_together() -> None:
    with pytest.raises(ConfigError, match="implicit feedback has no scale"):
        dataclasses.replace(bundle(), feedback="implicit")
    with pytest.raises(ConfigError, match="explicit ratings need a scale"):
        dataclasses.replace(bundle(), scale=None)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"format_version": 4}, "is of format version 4, this reelgraph reads 1 to 3.*train it again"),
        ({"format": "model-card"}, "is not of a reelgraph bundle"),
        ({"scorer": {"kind": "pickle", "settings": {}}}, "unknown kind of scorer 'pickle'.*known are .*bias"),
        ({"scorer": {"kind": "bias", "settings": {}}}, "does not match its manifest"),
        ({"scorer": None}, "does not match its manifest"),
        ({"scale": {"low": 1}}, "does not match its manifest"),
        ({"scale": None}, "explicit ratings need a scale"),
        ({"feedback": "implicit"}, "implicit feedback has no scale"),
        ({"feedback": "stars"}, "stars: unknown feedback"),
        ({"files": {}}, r"scorer\.safetensors is damaged"),
        ({"files": None}, MANIFEST),
    ],
)
def test_foreign_or_future_manifest_is_refused(saved: Path, changes: dict[str, Any], text: str) -> None:
    resealed(saved, **changes)
    with pytest.raises(BundleError, match=text):
        Bundle.load(saved)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff\xfe", b'{"name": "my web app"}', b"[" * 100_000])
def test_a_manifest_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError, match=MANIFEST):
        Bundle.load(tmp_path)


def test_missing_folder_or_a_file_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "nothing", tmp_path, tmp_path / "file"):
        with pytest.raises(BundleError, match="is not a bundle: no manifest"):
            Bundle.load(path)


def test_scorer_of_other_items_is_refused(tmp_path: Path) -> None:
    odd = dataclasses.replace(bundle(), scorer=BiasScorer(np.zeros(5), 3.0, 5.0, 1.0, 5.0))
    with pytest.raises(BundleError, match="the scorer has 5 items, the catalogue 6"):
        odd.save(tmp_path / "B")
