"""The calibration kept beside the figures is that of the predictions, and the picture is drawn from what was kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.calibration import draw, tables
from reelgraph.core import Matrix, RatingDistribution, RatingPrediction
from reelgraph.scorers import PopularityScorer
from tests.conftest import STARS, make_interactions, make_part


class Fixed:
    """Says 25 % for four stars or more of every movie."""

    kind = "fixed"
    levels = STARS.levels()
    n_items = 3

    def rate(self, history: Matrix, items: np.ndarray) -> RatingPrediction:
        chances = np.tile([0.25, 0.25, 0.25, 0.125, 0.125], (history.shape[0], len(items), 1))
        return RatingPrediction(np.full(chances.shape[:2], 2.6, np.float32), RatingDistribution(self.levels, chances))

    def score(self, history: Matrix) -> np.ndarray:
        return np.zeros(history.shape, np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def test_tables_are_those_of_the_predictions_and_the_picture_is_drawn_from_them(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    target = make_interactions([(0, 1, 5), (0, 2, 3), (1, 0, 4), (1, 2, 1)], 2, 3).matrix()
    part = make_part(Matrix((2, 3), dtype=np.float32), target)
    kept = tables(Fixed(), part, STARS)  # type: ignore[arg-type]
    assert kept is not None
    table = json.loads(json.dumps(kept))["reliability"]
    # One bin, 0.2 to 0.3, holds all four; two of them came true.
    assert table["count"][2] == 4
    assert table["predicted"][2] == 0.25
    assert table["observed"][2] == 0.5
    assert table["predicted"][0] is None
    assert sum(kept["pit"]) == pytest.approx(1.0, abs=1e-5)
    results = tmp_path / "results.jsonl"
    rows = [
        {"protocol": "ml-100k-u1", "model": "bayes-gcn", "calibration": kept},
        {"protocol": "ml-100k-u1", "model": "bias"},
    ]
    results.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [path.name for path in draw(results, tmp_path)] == ["reliability-ml-100k-u1.png"]
    assert (tmp_path / "reliability-ml-100k-u1.png").read_bytes()[:4] == b"\x89PNG"


def test_a_model_without_a_distribution_has_no_tables() -> None:
    part = make_part(Matrix((1, 3), dtype=np.float32), make_interactions([(0, 1, 5)], 1, 3).matrix())
    assert tables(PopularityScorer(np.ones(3, np.float32)), part, STARS) is None
