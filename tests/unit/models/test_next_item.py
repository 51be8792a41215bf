"""The regression of the next item on fading histories: hand-worked sums, brute force, a dense oracle, and fold-in."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.core import FitContext, FloatArray, Interactions, Matrix
from reelgraph.core.errors import CapabilityError, ConfigError, TrainingError
from reelgraph.core.memory import DataSize
from reelgraph.models.next_item import part_weights
from reelgraph.models.next_item.model import NextItem
from reelgraph.models.next_item.moments import Moments, Sequences
from reelgraph.scorers import NextItemScorer
from tests.conftest import make_interactions, make_part

DECAYS = (0.5, 0.9)


def in_order(sequences: list[list[int]], n_items: int) -> Interactions:
    """One rating a second, in the order given."""
    edges = [(user, item, 3.0) for user, items in enumerate(sequences) for item in items]
    return make_interactions(edges, len(sequences), n_items)


@pytest.fixture
def drawn() -> Interactions:
    draw = np.random.default_rng(0)
    return in_order([draw.permutation(9)[: draw.integers(0, 9)].tolist() for _ in range(30)], 9)


def order_of(train: Interactions) -> Matrix:
    """The place of each rating, as `Interactions.ranks_in_time` gives it."""
    times = train.times()
    assert times is not None
    ranks = [np.argsort(np.argsort(row.data, kind="stable")) for row in times]
    return Matrix((np.concatenate(ranks).astype(np.int32), times.indices, times.indptr), shape=times.shape)


def scorer_of(train: Interactions, **settings: object) -> NextItemScorer:
    scorer = NextItem(**({"factors": 0.0} | settings)).fit(train).scorer  # type: ignore[arg-type]
    assert isinstance(scorer, NextItemScorer)
    return scorer


def weights_of(scorer: NextItemScorer) -> FloatArray:
    """B of the closed form, ``(h n_items, n_items)``."""
    return scorer.weights.reshape(-1, scorer.n_items).astype(np.float64) * scorer.unit


def examples(train: Interactions, decays: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    """x and y of each rating, by their definition: ``(n, h n_items + 1)`` and ``(n, n_items)``."""
    x, y = [], []
    sequences = Sequences.of(train)
    for first, last in zip(sequences.starts[:-1], sequences.starts[1:], strict=True):
        for t in range(first, last):
            histories = np.zeros((len(decays), train.n_items))
            for q in range(first, t):
                histories[:, sequences.items[q]] = [decay ** (t - 1 - q) for decay in decays]
            x.append(np.append(histories.ravel(), 1.0))
            y.append(np.eye(train.n_items)[sequences.items[t]])
    return np.array(x), np.array(y)


def test_sums_of_one_person_by_hand() -> None:
    # 0, 1, 2 in this order; x before 1 is (1, 0, 0), before 2 it is (1/2, 1, 0).
    moments = Moments.of(Sequences.of(in_order([[0, 1, 2]], 3)), (0.5,), 3)
    lower = [[1.25, 0, 0, 0], [0.5, 1, 0, 0], [0, 0, 0, 0], [1.5, 1, 0, 3]]
    np.testing.assert_array_equal(np.tril(moments.histories), lower)
    np.testing.assert_array_equal(moments.targets, [[0, 0, 0, 1], [1, 0, 0, 1], [0.5, 1, 0, 1]])


def test_sums_are_those_of_all_ratings_one_by_one(drawn: Interactions) -> None:
    moments = Moments.of(Sequences.of(drawn), DECAYS, 9)
    x, y = examples(drawn, DECAYS)
    np.testing.assert_allclose(np.tril(moments.histories), np.tril(x.T @ x), atol=1e-4)
    np.testing.assert_allclose(moments.targets, y.T @ x, atol=1e-4)


def test_ratings_of_one_second_are_in_the_order_of_the_data(drawn: Interactions) -> None:
    assert drawn.timestamp is not None
    back = np.arange(len(drawn))[::-1]
    of_one_second = dataclasses.replace(drawn, timestamp=np.zeros_like(drawn.timestamp))
    np.testing.assert_array_equal(Sequences.of(of_one_second).items, Sequences.of(drawn).items)
    np.testing.assert_array_equal(Sequences.of(drawn.take(back)).items, Sequences.of(drawn).items)


def test_weights_are_those_of_a_dense_regression(drawn: Interactions) -> None:
    scorer = scorer_of(drawn, decays=DECAYS, ridge=2.0, dropout=0.25, popularity_power=0.5)
    x, y = examples(drawn, DECAYS)
    gram = x.T @ x
    penalty = 2.0 + np.diag(gram) / 3.0
    penalty[-1] = 0.0
    counts = np.bincount(drawn.item_row, minlength=9)
    expected = np.linalg.solve(gram + np.diag(penalty), x.T @ y) * (counts / counts.mean()) ** -0.5
    np.testing.assert_allclose(weights_of(scorer), expected[:-1], atol=1e-3)
    np.testing.assert_allclose(scorer.base, expected[-1], atol=1e-5)


def test_a_person_is_their_ratings_in_order(drawn: Interactions) -> None:
    scorer = scorer_of(drawn, decays=DECAYS, ridge=2.0)
    scores = scorer.score_in_order(drawn.matrix(), order_of(drawn))
    anyone_new = Matrix((np.full(3, 5.0, np.float32), [1, 4, 7], [0, 3]), shape=(1, 9))
    new_scores = scorer.regression.scores(
        anyone_new, Matrix((np.array([2, 0, 1], np.int32), [1, 4, 7], [0, 3]), shape=(1, 9))
    )
    x, _ = examples(in_order([[4, 7, 1, 0]], 9), DECAYS)
    weights = np.concatenate([weights_of(scorer), scorer.base[None]])
    np.testing.assert_allclose(new_scores[0], x[-1] @ weights, atol=1e-6)
    user = int(np.argmax(np.diff(drawn.matrix().indptr)))
    alone = drawn.take(drawn.user_row == user)
    folded_in = scorer.score_in_order(alone.matrix()[[user]], order_of(alone)[[user]])
    np.testing.assert_allclose(folded_in[0], scores[user], atol=1e-7)


def test_an_unknown_order_is_the_mean_over_all_orders() -> None:
    scorer = scorer_of(in_order([[0, 1, 2, 3], [3, 1, 0], [2, 0, 3, 1]], 4), ridge=1.0, decays=DECAYS)
    items, indptr = [0, 1, 3], [0, 3]
    history = Matrix((np.ones(3, np.float32), items, indptr), shape=(1, 4))
    orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    each = [
        scorer.regression.scores(history, Matrix((np.array(order, np.int32), items, indptr), shape=(1, 4)))
        for order in orders
    ]
    np.testing.assert_allclose(scorer.regression.scores(history, None), np.mean(each, axis=0), atol=1e-6)


@pytest.mark.parametrize("parts", [(1.0, 0.0), (0.0, 1.0), (2.0, 0.5)])
@pytest.mark.parametrize("head_items", [0, 5])
def test_reasons_in_order_sum_to_the_scores(drawn: Interactions, head_items: int, parts: tuple[float, float]) -> None:
    scorer = scorer_of(drawn, ridge=2.0, head_items=head_items, closed_form=parts[0], factors=parts[1])
    history, order, items = drawn.matrix(), order_of(drawn), np.array([8, 0, 3])
    scores = scorer.score_in_order(history, order)
    for user in range(drawn.n_users):
        reasons = scorer.contributions_in_order(history[[user]], order[[user]], items)
        np.testing.assert_allclose(reasons.total(), scores[user, items], atol=1e-5)


@pytest.mark.parametrize("parts", [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_the_next_of_a_fixed_round_comes_first(parts: tuple[float, float]) -> None:
    starts = np.random.default_rng(1).integers(12, size=40)
    train = in_order([[(start + k) % 12 for k in range(8)] for start in starts], 12)
    scorer = scorer_of(train, ridge=1.0, closed_form=parts[0], factors=parts[1], batch_ratings=64, epochs=20)
    person = in_order([[5, 6, 7]], 12)
    assert int(scorer.score_in_order(person.matrix(), order_of(person)).argmax()) == 8


def test_pairs_outside_the_head_have_single_transitions() -> None:
    train = in_order([[0, 1, 2], [0, 1, 3], [0, 1]], 4)
    scorer = scorer_of(train, decays=(0.5,), ridge=1.0, head_items=2, popularity_power=0.0)
    np.testing.assert_array_equal(scorer.head, [0, 1])
    tail = Matrix((scorer.tail_weights[0], scorer.tail_items, scorer.tail_starts), shape=(4, 4)).toarray()
    # Item 0 was in three histories as the last, in two as the one before: A = 3 + 2 / 4.
    expected = np.zeros((4, 4))
    expected[0, 2:], expected[1, 2:] = 0.5 / 4.5, 1.0 / 3.0
    np.testing.assert_allclose(tail, expected, rtol=1e-6)
    person = train.take(train.user_row == 2)
    order = order_of(person)[[2]]
    scores = scorer.regression.scores(person.matrix()[[2]], order)
    np.testing.assert_allclose(scores[0, 2:], 1 / 8 + 0.5 * 0.5 / 4.5 + 1 / 3, rtol=1e-5)
    kept = scorer_of(train, decays=(0.5,), ridge=1.0, head_items=2, tail_weights=1)
    assert len(kept.tail_items) == 2


def test_memory_bounds_the_head() -> None:
    model = NextItem(memory_gib=0.25, factors=0.0)
    assert model.n_head(3_000) == 2_896  # 32 bytes for each pair, with two histories
    assert model.n_head(100) == 100
    needed = model.fit_memory(DataSize(10, 100_000, 0)).n_bytes
    assert 0.24 * 2**30 < needed <= 0.25 * 2**30


def test_without_times_it_says_what_to_do(drawn: Interactions) -> None:
    with pytest.raises(CapabilityError, match="no times"):
        NextItem().fit(dataclasses.replace(drawn, timestamp=None))


def test_bad_input_is_refused(drawn: Interactions) -> None:
    with pytest.raises(ConfigError, match="decays"):
        NextItem(decays=())
    with pytest.raises(TrainingError, match="no ratings"):
        NextItem().fit(drawn.take(np.zeros(len(drawn), bool)))
    with pytest.raises(ConfigError, match="closed_form"):
        NextItem(closed_form=0.0, factors=0.0)
    scorer = scorer_of(drawn)
    with pytest.raises(CapabilityError, match="places"):
        scorer.score_in_order(drawn.matrix(), Matrix(drawn.matrix() * 100.0))


def test_without_pairs_the_most_rated_come_first_and_this_is_said() -> None:
    train = in_order([[0], [1], [1], [2], [2], [2]], 4)
    fit = NextItem(epochs=1).fit(train)
    assert fit.stopped_because.endswith("nobody has two ratings with times, so the most rated movies come first")
    assert np.argsort(-fit.scorer.score(train.matrix())[0], kind="stable").tolist() == [2, 1, 0, 3]


def test_equal_times_are_in_the_order_of_the_data_and_this_is_said(drawn: Interactions) -> None:
    same = dataclasses.replace(drawn, timestamp=drawn.user_row.astype(np.int64))
    notes = [NextItem(factors=0.0).fit(train).stopped_because for train in (same, drawn)]
    assert ["their order is that of the data" in note for note in notes] == [True, False]


def test_a_loss_that_diverges_is_an_error(drawn: Interactions) -> None:
    with pytest.raises(TrainingError, match=r"no longer finite.*lower learning_rate"):
        NextItem(learning_rate=1e30, epochs=3).fit(drawn)


def test_weights_of_the_parts_are_chosen_on_people_with_a_next_movie(
    drawn: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_weights, "_MAX_PEOPLE", 2)
    person = int(np.flatnonzero(np.diff(drawn.matrix().indptr) < 9)[-1])
    unrated = np.flatnonzero(drawn.matrix()[[person]].toarray()[0] == 0)[0]
    target = np.zeros((30, 9))
    target[person, unrated] = 3.0
    part = make_part(drawn.matrix(), Matrix(target))
    alone, of_all, nobody = (
        NextItem(factors=1.0).fit(drawn, FitContext(valid=part.take(people))).stopped_because
        for people in (np.array([person]), np.arange(30), np.arange(person))
    )
    assert alone == of_all
    assert "nan" not in of_all
    assert "weights" not in nobody
