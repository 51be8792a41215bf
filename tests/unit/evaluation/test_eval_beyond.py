"""Variety, surprise, popularity and calibration of lists, worked by hand on five movies of two genres."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reelgraph.core import EvalPart, Matrix, TopK
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.evaluation import OF_GENRES, RANKING, evaluate, measurable, rank_all
from reelgraph.evaluation.metrics import beyond_accuracy

#                 A  B     rows 0 to 4; the last has no genre
GENRES = Matrix(np.array([[1, 0], [1, 1], [0, 1], [1, 1], [0, 0]], np.float32))
NAN = np.nan
HALF = 1 / np.sqrt(2)  # cosine of {A} and {A, B}


def csr(rows: list[list[float]]) -> Matrix:
    return Matrix(np.array(rows, dtype=np.float32))


def test_diversity_is_one_less_the_mean_cosine_of_the_pairs() -> None:
    lists = np.array([[0, 1, 2], [1, 3, -1], [2, 0, -1], [3, 4, 1], [0, 4, -1], [0, -1, -1], [-1, -1, -1]])
    # 0-1 and 1-2: 1 / sqrt 2, 0-2: 0 -> mean sqrt 2 / 3; same genres: 1; none shared: 0; 4 does not count; no pair.
    expected = [1 - np.sqrt(2) / 3, 0, 1, 0, NAN, NAN, NAN]
    assert_allclose(beyond_accuracy.diversity(lists, GENRES), expected, atol=1e-12)


def test_unexpectedness_is_one_less_the_mean_cosine_with_the_history() -> None:
    history = csr([[0, 4, 0, 0, 0], [3, 0, 5, 0, 0], [0, 0, 0, 0, 2], [0, 0, 0, 0, 0]])
    lists = np.array([[0, 2], [0, 4], [0, 1], [0, 1]])
    # {A}, {B} with {A, B}: both 1 / sqrt 2; {A} with {A}, {B}: (1 + 0) / 2; a history without genres; without movies
    assert_allclose(beyond_accuracy.unexpectedness(lists, history, GENRES), [1 - HALF, 1 / 2, NAN, NAN])


def test_popularity_lift_is_relative_to_ones_own_movies() -> None:
    known = np.array([4, 2, 1, 3, 0])
    history = csr([[5, 0, 1, 0, 0]] * 4 + [[0, 0, 0, 0, 3], [0] * 5])
    lists = np.array([[1, 3], [0, -1], [2, 4], [-1, -1], [0, 1], [0, 1]])
    # own mean (4 + 1) / 2 = 2.5; lists: 2.5, 4, 0.5, none; a movie that nobody knows; no movie
    assert_allclose(beyond_accuracy.popularity_lift(lists, history, known), [0, 0.6, -0.8, NAN, NAN, NAN])


def test_genres_are_shared_evenly_by_movie_and_by_person() -> None:
    # 0 and 1: A (1 + 1/2) / 2, B (0 + 1/2) / 2, whatever the stars; 4 has none and counts for nothing
    found = beyond_accuracy.genre_shares(csr([[5, 1, 0, 0, 0], [1, 5, 0, 0, 3], [0, 0, 0, 0, 5], [0] * 5]), GENRES)
    assert_allclose(found, [[0.75, 0.25], [0.75, 0.25], [0, 0], [0, 0]])


def test_miscalibration_is_the_smoothed_divergence() -> None:
    wanted = np.array([[0.75, 0.25], [1, 0], [0.5, 0.5], [0.5, 0.5], [0, 0], [1, 0]])
    shown = np.array([[0.5, 0.5], [0, 1], [0.5, 0.5], [1, 0], [1, 0], [0, 0]])
    # q~ = 0.99 q + 0.01 p: (0.5025, 0.4975); (0.01, 0.99); (0.5, 0.5); (0.995, 0.005); no history; no list
    expected = [
        0.75 * np.log(0.75 / 0.5025) + 0.25 * np.log(0.25 / 0.4975), -np.log(0.01), 0,
        0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005), NAN, NAN,
    ]  # fmt: skip
    assert_allclose(beyond_accuracy.miscalibration(wanted, shown), expected, atol=1e-12)
    # with alpha = 1/2: (0.625, 0.375)
    half = 0.75 * np.log(0.75 / 0.625) + 0.25 * np.log(0.25 / 0.375)
    assert beyond_accuracy.miscalibration(wanted[:1], shown[:1], alpha=0.5)[0] == pytest.approx(half)


def test_lists_as_patterns() -> None:
    found = beyond_accuracy.as_pattern(np.array([[3, 0], [2, -1], [-1, -1]]), 4)
    assert found.has_sorted_indices
    assert_array_equal(found.toarray(), [[1, 0, 0, 1], [0, 0, 1, 0], [0] * 4])


# ---------------------------------------------------------------------------------------------- through evaluate


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


HISTORY = csr([[5, 0, 0, 0, 0], [0, 4, 0, 0, 0], [3, 4, 0, 0, 0]])
PART = EvalPart(np.arange(3), HISTORY, csr([[0, 5, 2, 0, 0], [0, 0, 0, 4, 0], [0, 0, 0, 0, 1]]), HISTORY)


def test_evaluate_measures_genres_where_they_are_given() -> None:
    found = evaluate(Ranks(), PART, k=3, genres=GENRES)
    assert tuple(found) == tuple(f"{name}@3" for name in RANKING + OF_GENRES)
    assert measurable(Ranks(), GENRES) == RANKING + OF_GENRES
    # lists [4, 3, 2] for all; 3-2: cosine 1 / sqrt 2; genres of 3 and 2: A 1/4, B 3/4
    assert_allclose(found.per_user["diversity@3"], [1 - HALF] * 3)
    far = np.log(1 / (0.99 * 0.25 + 0.01))  # history {A}
    even = 0.5 * np.log(0.5 / (0.99 * 0.25 + 0.005)) + 0.5 * np.log(0.5 / (0.99 * 0.75 + 0.005))  # {A, B}
    own = 0.75 * np.log(0.75 / (0.99 * 0.25 + 0.0075)) + 0.25 * np.log(0.25 / (0.99 * 0.75 + 0.0025))  # {A}, {A, B}
    assert_allclose(found.per_user["miscalibration@3"], [far, even, own])
    # cosines of 3 and 2 with {A}: 1 / sqrt 2 and 0; with {A, B}: 1 and 1 / sqrt 2
    expected = [1 - HALF / 2, 1 - (1 + HALF) / 2, 1 - (HALF / 2 + (1 + HALF) / 2) / 2]
    assert_allclose(found.per_user["unexpectedness@3"], expected)
    # known by 2, 2, 0, 0, 0 of the three: nothing shown is known
    assert_allclose(found.per_user["popularity_lift@3"], [-1, -1, -1])


def test_without_genres_they_are_left_out_and_refused_when_asked_for() -> None:
    none = Matrix((5, 0), dtype=np.float32)
    assert set(OF_GENRES).isdisjoint(measurable(Ranks()))
    assert measurable(Ranks(), none) == RANKING
    for genres in (None, none):
        for name in OF_GENRES:
            with pytest.raises(ConfigError, match=f"{name}: needs the genres of the items"):
                evaluate(Ranks(), PART, metrics=(name,), genres=genres)
    with pytest.raises(ConfigError, match="genres: of 4 items, where the scorer ranks 5"):
        evaluate(Ranks(), PART, genres=GENRES[:4])


def test_what_nobody_has_a_value_of_is_left_out_by_default_only() -> None:
    assert "diversity@1" not in evaluate(Ranks(), PART, k=1, genres=GENRES).summary  # one movie makes no pair
    with pytest.raises(ConfigError, match="diversity@1: no person"):
        evaluate(Ranks(), PART, k=1, genres=GENRES, metrics=("diversity",))
    nothing = Matrix((3, 5), dtype=np.float32)
    found = evaluate(Ranks(), dataclasses.replace(PART, history=nothing, seen=nothing), k=2)
    assert "popularity_lift@2" not in found.summary


def test_given_lists_are_measured_in_place_of_the_ranking() -> None:
    own = rank_all(Ranks(), PART, 3)
    assert evaluate(Ranks(), PART, 3, lists=own).summary == evaluate(Ranks(), PART, 3).summary
    other = TopK(np.array([[1, 2, 3], [3, 0, 4], [4, 2, -1]]), np.zeros((3, 3), np.float32))
    assert_allclose(evaluate(Ranks(), PART, 3, lists=other).per_user["precision@3"], [2 / 3, 1 / 3, 1 / 3])


def test_given_lists_must_be_whole_and_show_nothing_seen() -> None:
    with pytest.raises(ConfigError, match=r"lists: of shape \(3, 2\), expected \(3, 3\)"):
        evaluate(Ranks(), PART, 3, lists=rank_all(Ranks(), PART, 2))
    beyond_the_catalogue = TopK(np.full((3, 1), PART.target.shape[1]), np.zeros((3, 1), np.float32))
    with pytest.raises(ConfigError, match="lists: item rows are not all from -1 to"):
        evaluate(Ranks(), PART, 1, lists=beyond_the_catalogue)
    seen = TopK(np.array([[1], [1], [4]]), np.zeros((3, 1), np.float32))
    with pytest.raises(LeakError, match="a list shows an item that is in seen"):
        evaluate(Ranks(), PART, 1, lists=seen)
