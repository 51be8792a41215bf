"""People thinned to few ratings."""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy.cold_start import thinned
from reelgraph.core import Matrix
from tests.conftest import make_part


def test_thinned_people_keep_some_of_their_own_ratings_and_all_targets() -> None:
    draw = np.random.default_rng(0)
    stars = (draw.integers(1, 6, (6, 20)) * (draw.random((6, 20)) < 0.6)).astype(np.float32)
    target = np.where(draw.random((6, 20)) < 0.3, stars, 0).astype(np.float32)
    target[:, 0] = stars[:, 0] = 3.0
    part = make_part(Matrix(stars - target), Matrix(target))
    five, two, none = (thinned(part, ratings, seed=1) for ratings in (5, 2, 0))
    whole = part.history.toarray()
    for few, ratings in ((five, 5), (two, 2), (none, 0)):
        kept = few.history.toarray()
        assert ((kept == whole) | (kept == 0)).all()
        np.testing.assert_array_equal((kept > 0).sum(axis=1), np.minimum((whole > 0).sum(axis=1), ratings))
        np.testing.assert_array_equal(few.target.toarray(), part.target.toarray())
        assert few.history_time is None
        assert (few.users == -1).all()
    assert ((two.history.toarray() == 0) | (five.history.toarray() > 0)).all()
