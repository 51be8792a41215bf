"""When a gain on validation is more than chance."""

import numpy as np
import pytest

from reelgraph.models.validation_gain import is_gain


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
