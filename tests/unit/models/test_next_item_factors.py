"""The trained part of the next item: its loops against their definitions, and its gradients against differences."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.core import EvalPart, FitContext, FloatArray, IntArray, Matrix
from reelgraph.core.errors import LeakError
from reelgraph.models.next_item import factor_kernels as kernels
from reelgraph.models.next_item.factor_training import FactorTraining
from reelgraph.models.next_item.model import NextItem
from reelgraph.models.next_item.moments import Sequences
from reelgraph.scorers import NextItemScorer
from reelgraph.scorers.next_item.fading import fading_entries
from tests.conftest import make_interactions

STARTS = np.array([0, 3, 5])
ITEMS = np.array([2, 0, 1, 1, 3], np.int32)
KEEP = np.array([1.0, 2.0, 0.0, 1.0, 1.0], np.float32)
DECAYS, SCALE = np.array([0.0, 0.5], np.float32), np.array([1.0, 0.7], np.float32)


@pytest.fixture
def vectors() -> FloatArray:
    return np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)


def histories(vectors: FloatArray) -> FloatArray:
    out = np.empty((len(ITEMS), vectors.shape[2]), np.float32)
    kernels.histories(STARTS, ITEMS, KEEP, vectors, DECAYS, SCALE, out)
    return out


def test_histories_by_hand(vectors: FloatArray) -> None:
    last, fading = vectors
    expected = np.zeros((5, 3))
    expected[1] = last[2] + 0.7 * fading[2]
    expected[2] = 2 * last[0] + 0.7 * (2 * fading[0] + 0.5 * fading[2])
    expected[4] = last[1] + 0.7 * fading[1]
    np.testing.assert_allclose(histories(vectors), expected, rtol=1e-6)


def test_gradients_of_histories_are_their_transpose(vectors: FloatArray) -> None:
    draw = np.random.default_rng(1)
    by_sums, direction = draw.normal(size=(5, 3)).astype(np.float32), draw.normal(size=(2, 4, 3)).astype(np.float32)
    gradient = np.zeros_like(vectors)
    kernels.add_history_gradients(STARTS, ITEMS, KEEP, by_sums, DECAYS, SCALE, gradient)
    np.testing.assert_allclose((gradient * direction).sum(), (by_sums * histories(direction)).sum(), rtol=1e-4)


def softmax(logits: FloatArray, own: FloatArray, slot: IntArray, log_weight: FloatArray) -> float:
    return kernels.sampled_softmax(STARTS, ITEMS, slot, log_weight, logits, own)


def test_the_softmax_over_all_items_leaves_out_what_was_rated() -> None:
    everything = np.random.default_rng(2).normal(size=(5, 4))
    open_items = [[0, 1, 2, 3], [0, 1, 3], [1, 3], [0, 1, 2, 3], [0, 2, 3]]  # not yet rated, the next one included
    expected = np.zeros((5, 4))
    loss = 0.0
    for t, left in enumerate(open_items):
        chance = np.exp(everything[t, left]) / np.exp(everything[t, left]).sum()
        expected[t, left] = chance
        loss -= np.log(chance[left.index(ITEMS[t])])
        expected[t, ITEMS[t]] -= 1.0
    logits, own = everything.astype(np.float32), everything[np.arange(5), ITEMS].astype(np.float32)
    assert softmax(logits, own, np.arange(4), np.zeros(4, np.float32)) == pytest.approx(loss, rel=1e-5)
    is_own = np.arange(4) == ITEMS[:, None]
    np.testing.assert_allclose(np.where(is_own, own[:, None], logits), expected, atol=1e-6)
    assert not logits[is_own].any()  # its gradient is in `own`


def test_a_large_logit_that_is_left_out_changes_nothing() -> None:
    # All logits are 0, so 4, 3, 2, 4 and 3 movies not yet rated are alike. What is left out has 200, beside which e^0
    # is 0 in float32: item 0 at the third rating of the first person, item 1 at the second one of the second.
    logits, own = np.zeros((5, 4), np.float32), np.zeros(5, np.float32)
    logits[2, 0] = logits[4, 1] = 200.0
    assert softmax(logits, own, np.arange(4), np.zeros(4, np.float32)) == pytest.approx(np.log(4 * 3 * 2 * 4 * 3))
    np.testing.assert_allclose(own, [-3 / 4, -2 / 3, -1 / 2, -3 / 4, -2 / 3], rtol=1e-6)
    left_out = [{ITEMS[0]}, {2, ITEMS[1]}, {2, 0, ITEMS[2]}, {ITEMS[3]}, {1, ITEMS[4]}]
    expected = [
        [0.0 if item in out else 1 / n for item in range(4)] for out, n in zip(left_out, (4, 3, 2, 4, 3), strict=True)
    ]
    np.testing.assert_allclose(logits, expected, rtol=1e-6)


def test_a_drawn_item_counts_for_those_that_were_not() -> None:
    # Item 3 alone is drawn, with the chance 1/4: beside the own item of logit 0 it counts like four of its kind.
    logits, own = np.zeros((5, 1), np.float32), np.zeros(5, np.float32)
    loss = softmax(logits, own, np.array([-1, -1, -1, 0]), np.log(np.array([4.0], np.float32)))
    assert loss == pytest.approx(4 * np.log(5.0), rel=1e-6)  # of the last rating, item 3 itself, it is 0
    np.testing.assert_allclose(logits[:, 0], [0.8, 0.8, 0.8, 0.8, 0.0], rtol=1e-6)
    np.testing.assert_allclose(own, [-0.8, -0.8, -0.8, -0.8, 0.0], atol=1e-6)


def test_adam_moves_the_rows_it_is_given_and_clears_their_gradients() -> None:
    values, gradient = np.ones((3, 2), np.float32), np.full((3, 2), 5.0, np.float32)
    kernels.adam(np.array([0, 2]), values, gradient, np.zeros_like(values), np.zeros_like(values), 0.1, 1)
    np.testing.assert_allclose(values, [[0.9, 0.9], [1.0, 1.0], [0.9, 0.9]], rtol=1e-5)  # the first step is the rate
    np.testing.assert_array_equal(gradient, [[0, 0], [5, 5], [0, 0]])


def test_training_lowers_the_loss_and_repeats() -> None:
    draw = np.random.default_rng(3)
    starts = draw.integers(10, size=60)
    items = np.concatenate([(start + np.arange(6)) % 10 for start in starts]).astype(np.int32)
    sequences = Sequences(np.arange(61) * 6, items)
    losses: list[float] = []
    training = FactorTraining(dim=8, batch_ratings=60, epochs=12, negatives=30)
    first, again = (
        training.fit(sequences, 10, np.random.default_rng(0), lambda _, loss: losses.append(loss)) for _ in range(2)
    )
    assert losses[11] < 0.5 * losses[0]
    np.testing.assert_array_equal(first.rated, again.rated)
    assert len(losses) == 24
    limited = dataclasses.replace(training, most_ratings=500)
    limited.fit(sequences, 10, np.random.default_rng(0), lambda _, loss: losses.append(loss))
    assert len(losses) == 26  # 360 ratings in the first pass, and some of the second


def test_vectors_score_as_they_were_trained(vectors: FloatArray) -> None:
    scorer = (
        NextItem(closed_form=0.0, epochs=1)
        .fit(make_interactions([(0, 2, 3.0), (0, 0, 3.0), (0, 1, 3.0), (1, 1, 3.0), (1, 3, 3.0)], 2, 4))
        .scorer
    )
    assert isinstance(scorer, NextItemScorer)
    scorer = dataclasses.replace(
        scorer, factor_decays=DECAYS.astype(np.float64), rated=vectors * SCALE[:, None, None],
        next_items=np.eye(4, 3, dtype=np.float32), factor_base=np.zeros(4, np.float32),
    )  # fmt: skip
    history = Matrix((np.ones(2, np.float32), [0, 2], [0, 2]), shape=(1, 4))
    order = Matrix((np.array([1, 0], np.int32), [0, 2], [0, 2]), shape=(1, 4))
    last, fading = vectors
    expected = last[0] + 0.7 * (fading[0] + 0.5 * fading[2])
    np.testing.assert_allclose(scorer.score_in_order(history, order)[0, :3], expected, rtol=1e-5)


def test_entries_fade_by_age_and_are_means_where_the_order_is_unknown() -> None:
    history = Matrix((np.ones(4, np.float32), [0, 2, 3, 1], [0, 3, 3, 4]), shape=(3, 4))
    order = Matrix((np.array([2, 0, 1, 0], np.int32), history.indices, history.indptr), shape=(3, 4))
    np.testing.assert_allclose(fading_entries(np.array([0.0, 0.5]), history, order), [[1, 0, 0, 1], [1, 0.25, 0.5, 1]])
    np.testing.assert_allclose(
        fading_entries(np.array([0.0, 0.5]), history, None), [[1 / 3] * 3 + [1], [1.75 / 3] * 3 + [1]]
    )


def test_the_weights_of_the_parts_are_chosen_where_there_is_a_validation_part() -> None:
    draw = np.random.default_rng(4)
    sequences = [draw.permutation(12)[:8].tolist() for _ in range(50)]
    edges = [(user, item, 3.0) for user, items in enumerate(sequences) for item in items]
    whole = make_interactions(edges, 50, 12)
    is_last = np.arange(len(whole)) % 8 == 7
    train, target = whole.take(~is_last), whole.take(is_last)
    valid = EvalPart(np.arange(50), train.matrix(), target.matrix(), train.matrix(), history_time=train.times())
    result = NextItem(epochs=1, dim=4).fit(train, FitContext(valid=valid))
    assert "weights" in result.stopped_because
    assert "weights" not in NextItem(epochs=1, dim=4, choose=False).fit(train, FitContext(valid=valid)).stopped_because
    with pytest.raises(LeakError):
        NextItem().fit(whole, FitContext(valid=valid))
