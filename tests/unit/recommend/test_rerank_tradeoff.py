"""What a re-ranker costs, on four people whose figures can be worked by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reelgraph.core import EvalPart, Matrix, RatingDistribution, RatingPrediction
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.evaluation import evaluate, paired
from reelgraph.recommend.rerank.tradeoff import UNIT_WEIGHTS, measure_tradeoff
from reelgraph.scorers import PopularityScorer
from tests.conftest import make_interactions

#                 A  B  C    rows 0 to 5; ranked 0, 1, 2, 3, 4, 5 by popularity
GENRES = Matrix(np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], np.float32))
SCORER = PopularityScorer(np.array([60, 50, 40, 30, 20, 10]))
HISTORY = Matrix(np.array([[0, 0, 0, 0, 0, 4]] * 4, np.float32))
TARGET = Matrix(np.array([[5, 0, 0, 0, 0, 0], [0, 5, 0, 0, 0, 0], [0, 0, 0, 5, 0, 0], [0, 4, 0, 0, 0, 0]], np.float32))
PART = EvalPart(np.arange(4), HISTORY, TARGET, HISTORY)
SECOND = 1 / np.log2(3)


def test_the_price_of_diversity_by_hand() -> None:
    plain, varied = measure_tradeoff(SCORER, PART, GENRES, "diversity", weights=(1.0,), k=2)
    assert (plain.weight, varied.weight) == (0.0, 1.0)
    # lists [0, 1] and [0, 3]: ndcg 1, second, 0, second against 1, 0, second, 0; diversity 0 against 1
    assert_allclose(plain.report.per_user["ndcg@2"], [1, SECOND, 0, SECOND])
    assert_allclose(varied.report.per_user["ndcg@2"], [1, 0, SECOND, 0])
    assert varied.difference["ndcg@2"].mean == pytest.approx(-SECOND / 4)
    assert varied.difference["diversity@2"].mean == pytest.approx(1)
    assert varied.difference["ndcg@2"] == paired(varied.report, plain.report, "ndcg@2")
    assert plain.difference["ndcg@2"].low == plain.difference["ndcg@2"].high == 0
    assert "coverage@2" in varied.report.summary
    assert "coverage@2" not in varied.difference


def test_the_price_of_calibration_by_hand() -> None:
    plain, true = measure_tradeoff(SCORER, PART, GENRES, "calibration", weights=(0.0, 1.0), k=2)
    # the history is {A, B}, evenly: [0, 3] is even, [0, 1] all A
    assert true.report["miscalibration@2"].mean == pytest.approx(0, abs=1e-9)
    far = 0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005)
    assert true.difference["miscalibration@2"].mean == pytest.approx(-far)
    assert plain.report["miscalibration@2"].mean == pytest.approx(far)


def test_dial_zero_is_the_model_itself_and_comes_first() -> None:
    points = measure_tradeoff(SCORER, PART, GENRES, "diversity", k=2, seed=3, relevant_from=5.0)
    assert tuple(point.weight for point in points) == UNIT_WEIGHTS
    plain = evaluate(
        SCORER, PART, 2, metrics=("ndcg", "recall", "diversity", "miscalibration", "popularity_lift", "coverage"),
        genres=GENRES, seed=3, relevant_from=5.0,
    )  # fmt: skip
    assert points[0].report.summary == plain.summary
    assert np.isnan(plain.per_user["ndcg@2"][3])  # 4 stars


def test_the_change_is_over_those_who_have_a_value_at_both() -> None:
    genres = GENRES.toarray()
    genres[1] = 0  # nothing is known of movie 1
    history = Matrix(np.array([[0, 0, 0, 0, 0, 4], [0, 4, 0, 0, 0, 0]], np.float32))
    target = Matrix(np.array([[5, 0, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0]], np.float32))
    part = EvalPart(np.arange(2), history, target, history)
    plain, varied = measure_tradeoff(SCORER, part, Matrix(genres), "diversity", weights=(1.0,), k=2)
    assert_allclose(plain.report.per_user["diversity@2"], [np.nan, 0])  # [0, 1] and [0, 2]
    assert_allclose(varied.report.per_user["diversity@2"], [1, 1])  # [0, 3] both
    assert varied.difference["diversity@2"].mean == pytest.approx(1)


def test_only_candidates_are_re_ranked() -> None:
    part = dataclasses.replace(PART, candidates=np.array([0, 1, 4]))
    _, varied = measure_tradeoff(SCORER, part, GENRES, "diversity", weights=(1.0,), k=2)
    assert varied.report["coverage@2"].mean == pytest.approx(2 / 3)  # 0 and 4


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'diversity'"):
        measure_tradeoff(SCORER, PART, GENRES, "divercity")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="diversity: 2 is not valid"):
        measure_tradeoff(SCORER, PART, GENRES, "diversity", weights=(2,))
    with pytest.raises(ConfigError, match="diversity: needs the genres"):
        measure_tradeoff(SCORER, PART, Matrix((6, 0), dtype=np.float32), "diversity", weights=(0.5,))


def test_the_price_of_niche_by_hand() -> None:
    train = make_interactions([(4 + n, item, 4.0) for item in range(6) for n in range(6 - item)], 10, 6)
    plain, popular, niche = measure_tradeoff(SCORER, PART, GENRES, "niche", weights=(-1.0, 1.0), k=2, train=train)
    assert (plain.weight, popular.weight, niche.weight) == (0.0, -1.0, 1.0)
    assert popular.report.per_user["ndcg@2"].tolist() == plain.report.per_user["ndcg@2"].tolist()
    # lists [4, 3]: the third person's 3 is second
    assert_allclose(niche.report.per_user["ndcg@2"], [0, 0, SECOND, 0])
    with pytest.raises(ConfigError, match="niche: needs the training ratings"):
        measure_tradeoff(SCORER, PART, GENRES, "niche")


def test_the_price_of_bold_by_hand() -> None:
    class Unsure:
        """Movie i is 3 - i/10 stars, plus or minus i/10 * 2."""

        kind, n_items, levels = "unsure", 6, np.arange(1.0, 6.0)

        def score(self, history: Matrix) -> np.ndarray:
            return SCORER.score(history)

        def rate(self, history: Matrix, items: np.ndarray | None = None) -> RatingPrediction:
            item_rows = np.arange(6) if items is None else items
            half = 0.1 * np.maximum(item_rows, 0) / 2
            probability = np.stack([half, 0 * half, 1 - 2 * half, 0 * half, half], axis=-1)[None]
            return RatingPrediction(probability @ self.levels, RatingDistribution(self.levels, probability))

        def arrays(self) -> dict[str, np.ndarray]:
            return {}

        def settings(self) -> dict[str, object]:
            return {}

    plain, safe, bold = measure_tradeoff(Unsure(), PART, GENRES, "bold", weights=(-1.0, 1.0), k=2)  # type: ignore[arg-type]
    spread = 2 * np.sqrt(0.1 * np.arange(6))
    assert_allclose(plain.report.per_user["spread@2"], spread[[0, 1]].mean(), rtol=1e-6)
    assert_allclose(safe.report.per_user["spread@2"], spread[[0, 1]].mean(), rtol=1e-6)
    assert_allclose(bold.report.per_user["spread@2"], spread[[3, 4]].mean(), rtol=1e-6)
    assert_allclose(plain.report.per_user["hit_stars@2"], [5, 5, np.nan, 4])
    assert_allclose(bold.report.per_user["hit_stars@2"], [np.nan, np.nan, 5, np.nan])
    assert_allclose(plain.report.per_user["hit_low@2"], [0, 0, np.nan, 1])  # 4 is the lower of the two known ratings
    with pytest.raises(CapabilityError, match="predicts no distribution"):
        measure_tradeoff(SCORER, PART, GENRES, "bold")
