"""The order of the ratings in the sampler, and the draws that are kept of it."""

from __future__ import annotations

import numpy as np

from reelgraph.models.bayes_gcn import rating_order
from reelgraph.models.bayes_gcn.posterior_draws import ThinnedDraws


def test_ratings_are_sorted_by_user_time_and_item_whatever_their_order() -> None:
    draw = np.random.default_rng(0)
    user, item, time = draw.integers(0, 7, 300), draw.integers(0, 500, 300), draw.integers(-1, 12, 300)
    order, starts = rating_order.by_user_and_time(user, item, time, 9, 500)
    expected = np.lexsort((item, time, user))
    for column in (user, item, time):
        np.testing.assert_array_equal(column[order], column[expected])
    assert order.dtype == np.int32
    assert starts.tolist() == np.searchsorted(user[expected], np.arange(10)).tolist()
    without, _ = rating_order.by_user_and_time(user, item, None, 9, 500)
    np.testing.assert_array_equal(item[without], item[np.lexsort((item, user))])


def test_counting_sort_is_the_stable_argsort() -> None:
    code = np.random.default_rng(1).integers(0, 40, 1_000).astype(np.int32)
    starts = rating_order.row_starts(code, 41)
    np.testing.assert_array_equal(rating_order.stable_order(code, starts), np.argsort(code, kind="stable"))
    np.testing.assert_array_equal(starts, np.searchsorted(np.sort(code), np.arange(42)))


def test_blocks_cover_all_rows_with_as_many_ratings_each() -> None:
    starts = np.concatenate([[0, 0], np.cumsum([10, 200_000, 5, 5, 0, 70_000, 1, 65_536])])
    cuts = rating_order.blocks(starts)
    assert cuts[0] == 0
    assert cuts[-1] == len(starts) - 1
    assert (np.diff(cuts) > 0).all()
    sizes = np.diff(starts[cuts])
    assert (sizes[:-1] <= rating_order.BLOCK_RATINGS + np.diff(starts).max()).all()
    assert rating_order.blocks(np.array([0])).tolist() == [0]


def test_draws_stay_evenly_spread_when_their_number_is_not_known_before() -> None:
    thinned = ThinnedDraws(4)
    for step in range(1, 31):
        thinned.add([{"step": np.array([step, chain])} for chain in range(2)])
        steps = [draw["step"][0] for draw in thinned.chosen(2)[::2]]
        assert len(steps) == min(step, 4)
        if step >= 8:
            assert max(np.diff([0, *steps])) - min(np.diff([0, *steps])) <= 4
            assert step - steps[-1] < 4
        again = ThinnedDraws(4)
        again.restore(list(thinned.kept), thinned.steps)
        assert again.__dict__ == thinned.__dict__
    assert [draw["step"].tolist() for draw in thinned.chosen(2)] == [[s, c] for s in (8, 16, 24, 28) for c in range(2)]
