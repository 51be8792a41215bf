"""When a gain on validation is more than chance."""

import dataclasses

import numpy as np
import pytest

from reelgraph.core import Matrix
from reelgraph.evaluation import evaluate
from reelgraph.models.blend_weights import choose_weights
from reelgraph.models.validation_gain import counted_people, is_gain
from reelgraph.scorers import PopularityScorer
from tests.conftest import make_part


@pytest.mark.parametrize("differences", [[], [0.001], [0.2, 0.2], [1.0] * 9])
def test_few_people_move_nothing(differences: list[float]) -> None:
    assert not is_gain(np.array(differences))


def test_a_gain_is_above_its_standard_error() -> None:
    values = np.array([1.0] * 5 + [-1.0] * 5)  # the standard error of the mean is 1 / 3
    assert is_gain(values + 0.334)
    assert not is_gain(values + 0.333)
    assert not is_gain(values + 0.334, n_errors=1.01)


def test_a_gain_is_above_what_rounding_makes() -> None:
    assert is_gain(np.full(10, 1.1e-4))
    assert not is_gain(np.full(10, 0.9e-4))


def test_targets_that_are_ranked_one_by_one_are_not_called_people() -> None:
    assert counted_people(np.array([4])) == "1 validation person"
    assert counted_people(np.array([4, 7])) == "2 validation people"
    assert counted_people(np.array([4, 4, 4, 7, 7])) == "5 targets of 2 validation people"
    history = np.zeros((3, 5))
    history[:, 4] = 3.0
    target = np.zeros((3, 5))
    target[[0, 1, 2], [0, 1, 0]] = 3.0
    part = dataclasses.replace(make_part(Matrix(history), Matrix(target)), users=np.array([4, 4, 7]))
    scorers = [PopularityScorer(np.arange(5)), PopularityScorer(np.arange(5)[::-1].copy())]
    _, words = choose_weights(("a", "b"), scorers, part, 0)
    assert words.startswith("weights by NDCG@10 of 3 targets of 2 validation people (")
    assert evaluate(scorers[0], part, 2, metrics=["ndcg"]).protocol.endswith("; 2 people, 3 target ratings")
