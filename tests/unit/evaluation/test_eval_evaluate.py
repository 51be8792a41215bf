"""`evaluate` end to end on a catalogue of five items and three people."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reelgraph.core import (
    EvalPart,
    IdIndex,
    IntArray,
    Interactions,
    Matrix,
    RatingDistribution,
    RatingPrediction,
    RatingScale,
)
from reelgraph.core.errors import CapabilityError, ConfigError, LeakError, TrainingError
from reelgraph.evaluation import DISTRIBUTION, RANKING, RATING, as_rows, evaluate, paired, target_predictions


def csr(rows: list[list[float]]) -> Matrix:
    return Matrix(np.array(rows, dtype=np.float32))


HISTORY = [[5, 0, 0, 0, 0], [0, 4, 0, 0, 0], [3, 4, 0, 0, 0]]
TARGET = [[0, 5, 2, 0, 0], [0, 0, 0, 4, 0], [0, 0, 0, 0, 1]]
SEEN = [[1, 0, 0, 0, 0], [0, 1, 0, 0, 1], [1, 1, 0, 0, 0]]
PART = EvalPart(np.array([3, 5, 8]), csr(HISTORY), csr(TARGET), csr(SEEN))


class Ranks:
    """Ranks every catalogue 4, 3, 2, 1, 0."""

    kind = "ranks"
    n_items = 5

    def score(self, history: Matrix) -> np.ndarray:
        return np.broadcast_to(np.arange(5, dtype=np.float32), history.shape)

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


class Rates(Ranks):
    """Gives item i the stars ``stars[i]``."""

    kind = "rates"

    def __init__(self, stars: list[float]) -> None:
        self.stars = np.array(stars, dtype=np.float32)

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        row = self.stars if items is None else self.stars[items]
        return RatingPrediction(np.tile(row, (history.shape[0], 1)))


class Doubts(Rates):
    """Gives item i the stars 3, 4, 5 with the chances ``chances[i]``."""

    kind = "doubts"
    levels = np.array([3.0, 4.0, 5.0])

    def __init__(self, chances: list[list[float]]) -> None:
        self.chances, self.asked = np.array(chances, dtype=np.float32), 0
        super().__init__((self.chances @ self.levels).tolist())

    def rate(self, history: Matrix, items: IntArray | None = None) -> RatingPrediction:
        self.asked += 1
        own = self.chances if items is None else self.chances[items]
        chances = np.tile(own, (history.shape[0], 1, 1))
        return RatingPrediction(super().rate(history, items).stars, RatingDistribution(self.levels.copy(), chances))


class DoubtsAt(Doubts):
    """The same, rating by rating."""

    def rate_at(self, history: Matrix, target: Matrix, **_: object) -> RatingPrediction:
        self.asked += 1
        chances = self.chances[target.indices][None]
        return RatingPrediction(chances @ self.levels, RatingDistribution(self.levels.copy(), chances))


# By item; of the items rated in PART, 1 to 4. The ratings 5, 2 | 4 | 1 count as the levels 5, 3 | 4 | 3.
CHANCES = [[1, 0, 0], [0.1, 0.3, 0.6], [0.5, 0.25, 0.25], [0.2, 0.5, 0.3], [0.8, 0.1, 0.1]]


def test_lists_and_their_metrics() -> None:
    # Lists of two: person 0 unseen 4, 3, 2, 1 -> [4, 3], relevant {1, 2}: no hit.
    # Person 1 may not be shown 1 and 4 -> [3, 2], relevant {3}: hit at rank 1.
    # Person 2 may not be shown 0 and 1 -> [4, 3], relevant {4}: hit at rank 1.
    found = evaluate(Ranks(), PART, k=2)
    assert tuple(found) == tuple(f"{name}@2" for name in RANKING)
    assert_allclose(found.per_user["ndcg@2"], [0, 1, 1])
    assert_allclose(found.per_user["recall@2"], [0, 1, 1])
    assert_allclose(found.per_user["precision@2"], [0, 1 / 2, 1 / 2])
    assert_allclose(found.per_user["mrr@2"], [0, 1, 1])
    assert_allclose(found.per_user["map@2"], [0, 1, 1])
    assert found["hit@2"].mean == pytest.approx(2 / 3)
    # shown: items 4, 3 | 3, 2 | 4, 3 -> three of five
    assert found["coverage@2"].mean == pytest.approx(3 / 5)
    assert found["coverage@2"].low == found["coverage@2"].high == found["coverage@2"].mean
    # known by 2, 2, 0, 0, 0 of three people: every item shown is known to none -> log2(4 / 1) bits, percentile 1.5/5
    assert found["novelty@2"].mean == pytest.approx(2.0)
    assert found["popularity@2"].mean == pytest.approx(0.3)


def test_lower_ratings_may_count_as_irrelevant() -> None:
    found = evaluate(Ranks(), PART, k=4, relevant_from=4.0)
    # Person 0: list 4, 3, 2, 1, relevant {1} -> rank 4; person 1: list 3, 2, 0, relevant {3}; person 2: no relevant.
    assert_allclose(found.per_user["mrr@4"], [1 / 4, 1, np.nan])
    assert found["mrr@4"].mean == pytest.approx(5 / 8)
    assert "target ratings >= 4" in found.protocol


def test_candidates_alone_are_ranked() -> None:
    part = dataclasses.replace(PART, candidates=np.array([1, 2, 3]))
    found = evaluate(Ranks(), part, k=2)
    # lists [3, 2], [3, 2], [3, 2]; relevant {1, 2}, {3}, {4}
    assert_allclose(found.per_user["mrr@2"], [1 / 2, 1, 0])
    assert found["coverage@2"].mean == pytest.approx(2 / 3)


def test_stars_person_by_person_and_over_all_ratings() -> None:
    found = evaluate(Rates([3, 4, 4, 4, 3]), PART, k=2, metrics=RATING)
    # errors: person 0: 4 - 5, 4 - 2; person 1: 4 - 4; person 2: 3 - 1
    assert_allclose(found.per_user["mse"], [(1 + 4) / 2, 0, 4])
    assert_allclose(found.per_user["mae"], [1.5, 0, 2])
    assert found["mse"].mean == pytest.approx(9 / 4)
    assert found["rmse"].mean == pytest.approx(1.5)
    assert found["mae"].mean == pytest.approx(5 / 4)
    # person 0 recommends items 1 and 2, one is relevant; person 1 item 3, relevant; person 2 nothing
    assert_allclose(found.per_user["precision_rated@2"], [1 / 2, 1, 0])
    assert_allclose(found.per_user["recall_rated@2"], [1, 1, 0])


@pytest.mark.parametrize("scorer", [Doubts(CHANCES), DoubtsAt(CHANCES)])
def test_distributions_person_by_person_and_over_all_ratings(scorer: Doubts) -> None:
    found = evaluate(scorer, PART, metrics=DISTRIBUTION)
    assert tuple(found) == DISTRIBUTION
    # F: item 1: 0.1, 0.4; item 2: 0.5, 0.75; item 3: 0.2, 0.7; item 4: 0.8, 0.9
    # 5 by item 1: 0.1^2 + 0.4^2 = 0.17; 3 by item 2: 0.5^2 + 0.25^2 = 0.3125; 4 by item 3: 0.2^2 + 0.3^2 = 0.13;
    # 3 by item 4: 0.2^2 + 0.1^2 = 0.05
    assert_allclose(found.per_user["crps"], [(0.17 + 0.3125) / 2, 0.13, 0.05], rtol=1e-6)
    assert found["crps"].mean == pytest.approx((0.17 + 0.3125 + 0.13 + 0.05) / 4)
    assert found["crps"].low < found["crps"].mean < found["crps"].high
    assert found["log_loss"].mean == pytest.approx(-np.log(0.6 * 0.5 * 0.5 * 0.8) / 4)
    # [0.1, 0.9] of the cells [0.4, 1], [0, 0.5], [0.2, 0.7], [0, 0.8]: 0.5 / 0.6, 0.4 / 0.5, 1, 0.7 / 0.8
    assert_allclose(found.per_user["coverage_80"], [(5 / 6 + 4 / 5) / 2, 1, 7 / 8], rtol=1e-6)
    # [0.025, 0.975]: 0.575 / 0.6, 0.475 / 0.5, 1, 0.775 / 0.8
    assert found["coverage_95"].mean == pytest.approx((0.575 / 0.6 + 0.95 + 1 + 0.775 / 0.8) / 4)
    # P(4 or more) 0.9, 0.5, 0.8, 0.2 in four bins; came 1, 0, 1, 0: (0.1 + 0.5 + 0.2 + 0.2) / 4
    assert found["ece"].mean == pytest.approx(0.25)
    # 0.2 of the last two people, drawn alone 8 times in 27; 0.3 of the first one, drawn alone once in 27.
    assert (found["ece"].low, found["ece"].high) == pytest.approx((0.2, 0.3))
    assert "ece" not in found.per_user
    assert "ece: of P(stars >= 4) in 10 bins" in found.protocol
    with pytest.raises(ConfigError, match="ece: is a figure of all people together"):
        paired(found, found, "ece")
    # P(5) 0.6, 0.25, 0.3, 0.1; came 1, 0, 0, 0: (0.4 + 0.25 + 0.3 + 0.1) / 4, none in the same bin
    assert evaluate(scorer, PART, metrics=("ece",), liked_from=5.0)["ece"].mean == pytest.approx(1.05 / 4)


@pytest.mark.parametrize("kind", [Doubts, DoubtsAt])
def test_stars_and_chances_come_of_one_pass(kind: type[Doubts]) -> None:
    scorer = kind(CHANCES)
    assert tuple(evaluate(scorer, PART, k=2))[-len(DISTRIBUTION) :] == DISTRIBUTION
    assert scorer.asked == 1
    whole, pieces = (target_predictions(scorer, PART, memory_bytes=b) for b in (2**20, 1))
    assert scorer.asked == 1 + 1 + 3  # one person at a time
    assert whole.distribution is not None
    assert pieces.distribution is not None
    assert_array_equal(whole.distribution.probability, np.array(CHANCES, np.float32)[[1, 2, 3, 4]])
    assert_array_equal(whole.distribution.probability, pieces.distribution.probability)
    assert_array_equal(whole.stars, pieces.stars)
    assert target_predictions(Rates([3] * 5), PART).distribution is None


def test_a_model_of_points_has_no_distribution_to_measure() -> None:
    scorer = Rates([3] * 5)
    assert not set(DISTRIBUTION) & set(evaluate(scorer, PART))
    for name in DISTRIBUTION:
        with pytest.raises(CapabilityError, match=f"rates predicts no distribution of the stars, so it has no {name}"):
            evaluate(scorer, PART, metrics=(name,))


@pytest.mark.parametrize("chances", [[0.5, 0.5, 0.1], [-0.1, 0.6, 0.5], [np.nan, 0.5, 0.5]])
def test_chances_that_are_none_are_refused(chances: list[float]) -> None:
    scorer = Doubts([*CHANCES[:4], chances])
    scorer.stars[4] = 3.0
    with pytest.raises(TrainingError, match="predicted distribution"):
        evaluate(scorer, PART, metrics=("crps",))


def test_a_distribution_that_was_promised_must_come() -> None:
    scorer = Rates([3] * 5)
    scorer.levels = Doubts.levels
    with pytest.raises(TrainingError, match="carries no distribution"):
        evaluate(scorer, PART, metrics=("mse",))


def test_predictions_meet_their_own_item_when_targets_overlap() -> None:
    history, target = csr([[1, 0, 0, 0, 0]] * 3), csr([[0, 0, 3, 0, 3], [0, 3, 3, 0, 0], [0, 0, 0, 0, 3]])
    found = evaluate(Rates([0, 1, 2, 3, 5]), EvalPart(np.arange(3), history, target, history), metrics=("mse", "mae"))
    # person 0: 2 - 3, 5 - 3; person 1: 1 - 3, 2 - 3; person 2: 5 - 3
    assert_allclose(found.per_user["mse"], [(1 + 4) / 2, (4 + 1) / 2, 4])


def test_train_gives_popularity_and_the_scale_to_clip_to() -> None:
    train = Interactions(
        IdIndex(np.arange(9)),
        IdIndex(np.arange(5)),
        np.array([3, 5, 8], dtype=np.int32),
        np.array([4, 4, 0], dtype=np.int32),
        np.array([5, 4, 3], dtype=np.float32),
        None,
        RatingScale(1, 5, 1),
    )
    found = evaluate(Rates([9, 9, 9, 9, 9]), PART, k=1, train=train)
    assert_allclose(found.per_user["mse"], [(0 + 9) / 2, 1, 16])  # clipped to 5
    # lists [4], [3], [4]: known to 2, 0, 2 of nine people
    bits = -np.log2(np.array([3, 1, 3]) / 10)
    assert_allclose(found.per_user["novelty@1"], bits)


def test_batches_change_nothing() -> None:
    whole, pieces = (evaluate(Rates([3, 4, 2, 4, 3]), PART, memory_bytes=b) for b in (2**20, 1))
    for name in whole:
        assert whole[name] == pieces[name]


def test_metrics_are_given_in_the_order_asked_for() -> None:
    assert tuple(evaluate(Rates([3] * 5), PART, k=3, metrics=("mae", "recall", "gini"))) == (
        "mae",
        "recall@3",
        "gini@3",
    )


def test_a_metric_of_all_lists_may_be_asked_for_alone() -> None:
    found = evaluate(Ranks(), PART, k=2, metrics=("coverage",))
    assert found["coverage@2"].mean == pytest.approx(3 / 5)
    assert found.per_user == {}


def test_a_model_of_ranks_only_cannot_be_asked_for_stars() -> None:
    with pytest.raises(CapabilityError, match="ranks predicts no stars"):
        evaluate(Ranks(), PART, metrics=("rmse",))


def test_an_unknown_metric_is_named_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="did you mean 'ndcg'"):
        evaluate(Ranks(), PART, metrics=("ndgc",))


@pytest.mark.parametrize("where", ["seen", "history"])
def test_a_target_that_is_known_is_a_leak(where: str) -> None:
    leaking = csr([[5, 1, 0, 0, 0], *HISTORY[1:]])
    with pytest.raises(LeakError, match="share 1 rating"):
        evaluate(Ranks(), dataclasses.replace(PART, **{where: leaking}))


def test_history_must_be_marked_as_seen() -> None:
    with pytest.raises(LeakError, match="not marked as seen"):
        evaluate(Ranks(), dataclasses.replace(PART, seen=csr([[0] * 5, *SEEN[1:]])))


def test_predictions_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(TrainingError, match="not a finite number"):
        evaluate(Rates([3, np.nan, 3, 3, 3]), PART, metrics=("mse",))


def test_nobody_to_ask_is_an_error() -> None:
    empty = EvalPart(np.zeros(0, np.int64), *(Matrix((0, 5)) for _ in range(3)))
    with pytest.raises(ConfigError, match="no people"):
        evaluate(Ranks(), empty)
    with pytest.raises(ConfigError, match="k: 0"):
        evaluate(Ranks(), PART, k=0)


def test_rows_for_tables() -> None:
    found = evaluate(Ranks(), PART, k=2, metrics=("hit",), seed=7)
    assert as_rows({"ranks": found}) == [
        {
            "model": "ranks",
            "metrics": {"hit@2": {"mean": found["hit@2"].mean, "low": found["hit@2"].low, "high": found["hit@2"].high}},
            "protocol": found.protocol,
            "seed": 7,
        }
    ]
