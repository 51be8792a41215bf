import dataclasses

import numpy as np
import pytest

from reelgraph.core import (
    IdIndex,
    RatingDistribution,
    Ratings,
    RatingScale,
    RowFault,
    at_least,
    single_row,
    whole_number,
)
from reelgraph.core.errors import ConfigError, UnknownIdError


def test_ids_are_found_as_numbers_or_text() -> None:
    numbers, words = IdIndex(np.array([3, 7]), "user"), IdIndex(np.array(["a", "7"]), "user")
    assert (numbers.row(7), numbers.row("7"), numbers.row(np.int64(7))) == (1, 1, 1)
    assert (words.row("7"), words.row(7)) == (1, 1)
    assert numbers.rows([7, 3, 7]).tolist() == [1, 0, 1]


@pytest.mark.parametrize("number", [0, 7, -7, 2**63 - 1, -(2**63)])
def test_a_whole_number_is_what_is_written_as_it_is(number: int) -> None:
    assert whole_number(str(number)) == number
    assert IdIndex(np.array([3, number]), "user").row(str(number)) == 1


@pytest.mark.parametrize(
    "text", ["007", "00", "-0", "-07", "+7", "7 ", "", "-", "7.0", "٧", "²", str(2**63), "9" * 5000]
)
def test_other_texts_are_no_whole_numbers(text: str) -> None:
    assert whole_number(text) is None


def test_the_id_of_a_row_is_a_python_number_or_text() -> None:
    numbers, words = IdIndex(np.array([3, 7]), "item"), IdIndex(np.array(["a", "7"]), "item")
    assert (numbers.id(1), words.id(1)) == (7, "7")
    assert (type(numbers.id(1)), type(words.id(1))) == (int, str)


def test_a_matrix_of_one_row() -> None:
    matrix = single_row(np.array([4.0, 2.5], np.float32), np.array([0, 3], np.int32), 5)
    assert matrix.toarray().tolist() == [[4.0, 0.0, 0.0, 2.5, 0.0]]
    assert (matrix.dtype, matrix.nnz) == (np.float32, 2)


@pytest.mark.parametrize("key", ["--5", "-", "", "9" * 5000, "x", 8, None, 3.5, "007", "+7", " 7", "7.0", "٧"])
def test_an_unknown_id_is_one_clear_error(key: object) -> None:
    with pytest.raises(UnknownIdError, match=r"unknown user .* \(2 are known, e.g. 3\)"):
        IdIndex(np.array([3, 7]), "user").row(key)


def test_an_empty_index_knows_nothing() -> None:
    with pytest.raises(UnknownIdError, match="0 are known"):
        IdIndex(np.array([], dtype=np.int64), "user").row(1)


def test_half_star_scale_by_hand() -> None:
    scale = RatingScale(0.5, 5.0, 0.5)
    assert scale.levels().tolist() == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]
    stars = np.array([0.0, 0.5, 3.2, 5.0, 5.5, np.nan])
    assert scale.contains(stars).tolist() == [False, True, False, True, False, False]
    assert scale.clip(np.array([-1.0, 3.2, 9.0])).tolist() == [0.5, 3.2, 5.0]


def test_a_rating_on_the_threshold_reaches_it_whatever_its_float_type() -> None:
    scale = RatingScale(1.0, 7.0, 0.2)  # liked from 0.8 * 7, which is above float32(5.6)
    for dtype in (np.float32, np.float64):
        assert at_least(np.array([5.4, 5.6, 5.8], dtype), scale.liked_from).tolist() == [False, True, True]


def test_appended_ratings_keep_their_order_and_their_faults_point_at_their_rows() -> None:
    scale, fault = RatingScale(1, 5, 1), RowFault(1, 2, "rating", "x", "not a number")
    first = Ratings(np.array([1, 2]), np.array([7, 8]), np.array([4.0, 5.0]), np.array([10, 20]), scale, "a", (fault,))
    second = Ratings(np.array([3, 1]), np.array([7, 9]), np.array([1.0, 2.0]), np.array([30, 40]), scale, "b", (fault,))
    both = first.append(second)
    assert both.user_id.tolist() == [1, 2, 3, 1]
    assert both.item_id.tolist() == [7, 8, 7, 9]
    assert both.rating.tolist() == [4.0, 5.0, 1.0, 2.0]
    assert both.timestamp is not None
    assert both.timestamp.tolist() == [10, 20, 30, 40]
    assert both.source == "a + b"
    assert [found.row for found in both.faults] == [1, 3]
    assert first.append(dataclasses.replace(second, timestamp=None)).timestamp is None


# ------------------------------------------------------------------------------------------ distributions


FIVE = RatingDistribution(np.arange(1.0, 6.0), np.array([[0.1, 0.2, 0.4, 0.2, 0.1], [0.0, 0.0, 1.0, 0.0, 0.0]]))


def test_chances_of_so_many_stars_or_more() -> None:
    np.testing.assert_allclose(FIVE.at_least(4.0), [0.3, 0.0])
    np.testing.assert_allclose(FIVE.at_least(3.5), [0.3, 0.0])  # none between 3 and 4
    np.testing.assert_allclose(FIVE.at_least(1.0), [1.0, 1.0])
    np.testing.assert_allclose(FIVE.at_least(6.0), [0.0, 0.0])
    halves = RatingDistribution(RatingScale(0.1, 1.0, 0.1).levels(), np.full(10, 0.1))
    np.testing.assert_allclose(halves.at_least(0.3), 0.8)  # 0.1 + 2 * 0.1 is a little more than 0.3


def test_intervals_of_whole_stars() -> None:
    # Cells [0.5, 1.5] ... [4.5, 5.5]; F = 0.1, 0.3, 0.7, 0.9, 1. Quantiles 0.1 and 0.9 are the ends of cells 1 and 4.
    low, high = FIVE.interval(0.8)
    # Certainty of 3 is an even spread over [2.5, 3.5].
    np.testing.assert_allclose([low, high], [[1.5, 2.6], [4.5, 3.4]])
    # 0.025 is a quarter of the first cell, 0.975 three quarters of the last: beyond the scale by a quarter.
    low, high = FIVE.interval(0.95)
    np.testing.assert_allclose([low, high], [[0.75, 2.525], [5.25, 3.475]])
    # The middle cell is [0.3, 0.7]: quantiles 0.35 and 0.65 lie at 1/8 and 7/8 of it.
    low, high = FIVE.interval(0.3)
    np.testing.assert_allclose([low[0], high[0]], [2.625, 3.375])


def test_intervals_of_half_stars() -> None:
    # Ten cells of half a star from 0.25 to 5.25, a tenth each: quantile q lies at 0.25 + 5 q.
    even = RatingDistribution(RatingScale(0.5, 5.0, 0.5).levels(), np.full((2, 3, 10), 0.1, np.float32))
    low, high = even.interval(0.95)
    assert low.shape == (2, 3)
    np.testing.assert_allclose([low[1, 2], high[1, 2]], [0.375, 5.125], rtol=1e-6)


def test_the_fewest_levels_that_hold_enough() -> None:
    # 0.1, 0.2, 0.4, 0.2, 0.1: three levels from 2 hold 0.8 exactly; certainty of 3 is one level.
    low, high = FIVE.likely_levels(0.8)
    np.testing.assert_array_equal([low, high], [[2.0, 3.0], [4.0, 3.0]])
    # Two runs of two levels hold 0.6: the lowest of equal ones.
    low, high = FIVE.likely_levels(0.5)
    np.testing.assert_array_equal([low, high], [[2.0, 3.0], [3.0, 3.0]])
    low, high = FIVE.likely_levels(0.95)
    np.testing.assert_array_equal([low, high], [[1.0, 3.0], [5.0, 3.0]])


def test_likely_levels_against_all_runs() -> None:
    rng = np.random.default_rng(0)
    levels = RatingScale(0.5, 5.0, 0.5).levels()
    chances = RatingDistribution(levels, rng.dirichlet(np.full(10, 0.5), (40, 3)).astype(np.float32))
    low, high = chances.likely_levels(0.8)
    for index in np.ndindex(40, 3):
        probability = chances.probability[index].astype(np.float64)
        runs = [
            (end - start, -probability[start : end + 1].sum(), start) for start in range(10) for end in range(start, 10)
        ]
        length, _, start = min(run for run in runs if -run[1] >= 0.8 * probability.sum() - 1e-9)
        assert (low[index], high[index]) == (levels[start], levels[start + length])


@pytest.mark.parametrize("coverage", [0.0, 1.0, -0.1, np.nan])
def test_an_interval_needs_a_probability(coverage: float) -> None:
    with pytest.raises(ConfigError, match="expected a number between 0 and 1"):
        FIVE.interval(coverage)
    with pytest.raises(ConfigError, match="expected a number between 0 and 1"):
        FIVE.likely_levels(coverage)


def test_median_of_a_distribution_by_hand() -> None:
    # Cells 0.5..1.5, 1.5..2.5 and 2.5..3.5: 0.2 lies below 1.5, so 0.3 of the 0.6 in the second cell is left.
    distribution = RatingDistribution(np.array([1.0, 2.0, 3.0]), np.array([[0.2, 0.6, 0.2], [0.1, 0.1, 0.8]]))
    np.testing.assert_allclose(distribution.median(), [2.0, 2.5 + 0.3 / 0.8])
