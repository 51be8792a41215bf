"""At most so many values: all of them as they are, or a sample without repeats in ascending order."""

import numpy as np
import pytest

from reelgraph._util.subsample import subsample


@pytest.mark.parametrize("max_size", [3, 4])
def test_few_values_are_all_taken_and_nothing_is_drawn(max_size):
    values, rng = np.array([2, 5, 9]), np.random.default_rng(0)
    assert subsample(values, max_size, rng) is values
    assert rng.random() == np.random.default_rng(0).random()


def test_a_sample_has_no_repeats_and_ascends():
    values = np.arange(10, 1000, 10, np.int32)
    sample = subsample(values, 40, np.random.default_rng(0))
    assert sample.dtype == np.int32
    assert len(sample) == 40
    assert np.all(np.diff(sample) > 0)
    assert np.isin(sample, values).all()


def test_it_is_the_set_that_the_generator_chooses():
    values = np.array([1, 4, 6, 7, 20, 21])
    sample = subsample(values, 3, np.random.default_rng(5))
    assert sample.tolist() == sorted(np.random.default_rng(5).choice(values, 3, replace=False).tolist())


def test_each_value_is_equally_likely():
    rng, n_draws = np.random.default_rng(0), 3000
    counts = np.bincount(np.concatenate([subsample(np.arange(5), 2, rng) for _ in range(n_draws)]))
    assert counts / n_draws == pytest.approx(np.full(5, 0.4), abs=4 * (0.4 * 0.6 / n_draws) ** 0.5)


def test_nothing_may_be_taken():
    assert subsample(np.arange(4), 0, np.random.default_rng(0)).tolist() == []
