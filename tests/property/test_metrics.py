import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reelgraph.core import EvalPart, Matrix, RatingPrediction
from reelgraph.evaluation import evaluate, top_k
from reelgraph.evaluation.metrics import ranking as m

BY_HITS = (m.ndcg, m.recall, m.precision, m.hit, m.mrr, m.average_precision)


@st.composite
def hits(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 8)))
    found = draw(hnp.arrays(bool, shape))
    missed = draw(hnp.arrays(np.int64, shape[0], elements=st.integers(0, 9)))
    return found, found.sum(axis=1) + missed


@given(hits())
def test_metrics_lie_between_nothing_and_one(table: tuple[np.ndarray, np.ndarray]) -> None:
    found, n_relevant = table
    for metric in BY_HITS:
        values = metric(found, n_relevant)
        assert np.array_equal(np.isnan(values), n_relevant == 0)
        there = values[n_relevant > 0]
        assert ((there >= 0) & (there <= 1 + 1e-12)).all()
        assert np.array_equal(there > 0, found[n_relevant > 0].any(axis=1))


@given(st.integers(1, 10), st.integers(1, 15))
def test_a_perfect_list_gives_one(k: int, n_relevant: int) -> None:
    found = (np.arange(k) < n_relevant)[None, :]
    for metric in (m.ndcg, m.hit, m.mrr, m.average_precision):
        assert metric(found, np.array([n_relevant]))[0] == pytest.approx(1.0)
    assert m.recall(found, np.array([n_relevant]))[0] == pytest.approx(min(k, n_relevant) / n_relevant)
    assert m.precision(found, np.array([n_relevant]))[0] == pytest.approx(min(k, n_relevant) / k)


@given(hits(), st.data())
def test_moving_a_hit_up_never_lowers_a_metric(table: tuple[np.ndarray, np.ndarray], data: st.DataObject) -> None:
    found, n_relevant = table
    place = data.draw(st.integers(0, found.shape[1] - 1))
    better = found.copy()
    rows = found[:, place] & ~found[:, 0]
    better[rows, 0], better[rows, place] = True, False
    for metric in BY_HITS:
        gain = metric(better, n_relevant) - metric(found, n_relevant)
        assert (gain[n_relevant > 0] >= -1e-12).all()


@settings(max_examples=200, deadline=None)  # the first call compiles
@given(st.data(), st.integers(1, 12))
def test_top_k_equals_a_slow_stable_sort(data: st.DataObject, k: int) -> None:
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 10)))
    scores = data.draw(hnp.arrays(np.float32, shape, elements=st.sampled_from([-2.5, -1.0, -0.0, 0.0, 0.5, 3.0])))
    seen = data.draw(hnp.arrays(bool, shape))
    lists = top_k(scores, Matrix(seen.astype(np.int8)), k)
    for row in range(shape[0]):
        ranked = sorted((-float(scores[row, i]), i) for i in range(shape[1]) if not seen[row, i])[:k]
        empty = k - len(ranked)
        assert lists.items[row].tolist() == [item for _, item in ranked] + [-1] * empty
        assert lists.scores[row].tolist() == [-score for score, _ in ranked] + [-np.inf] * empty


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 1500), st.integers(1, 300), st.sampled_from([2, 40, 10**6]))
def test_top_k_of_long_rows_equals_a_stable_sort(seed: int, n_items: int, k: int, distinct: int) -> None:
    draw = np.random.default_rng(seed)
    scores = (draw.integers(-distinct, distinct, (3, n_items)) / 7.0) * draw.choice([-1.0, 1.0], (3, 1))
    seen, pool = draw.random((3, n_items)) < draw.random(), np.flatnonzero(draw.random(n_items) < 0.7)
    for candidates in (None, pool):
        lists = top_k(scores, Matrix(seen.astype(np.int8)), k, candidates)
        asked = np.arange(n_items) if candidates is None else candidates
        for row in range(3):
            free = asked[~seen[row, asked]]
            ranked = free[np.argsort(-scores[row, free].astype(np.float32), kind="stable")][:k]
            assert lists.items[row].tolist() == ranked.tolist() + [-1] * (k - len(ranked))
            assert np.array_equal(lists.scores[row, : len(ranked)], scores[row, ranked].astype(np.float32))


class Taste:
    """Scores by items like those of the history; enough to differ from person to person."""

    kind = "taste"

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items
        self.alike = np.random.default_rng(0).random((n_items, n_items)).astype(np.float32)

    def score(self, history: Matrix) -> np.ndarray:
        return history @ self.alike

    def rate(self, history: Matrix, items: np.ndarray | None = None) -> RatingPrediction:
        stars = np.clip(self.score(history), 1, 5)
        return RatingPrediction(stars if items is None else stars[:, items])

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def taken(part: EvalPart, order: np.ndarray) -> EvalPart:
    return dataclasses.replace(
        part, users=part.users[order], history=part.history[order], target=part.target[order], seen=part.seen[order]
    )


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_permuting_people_permutes_their_values(data: st.DataObject) -> None:
    roles = data.draw(hnp.arrays(np.int8, (5, 8), elements=st.integers(0, 2)))  # 1: history, 2: target
    assume((roles == 2).any(axis=1).all())
    history, target = Matrix(np.where(roles == 1, 3.0, 0.0)), Matrix(np.where(roles == 2, 4.0, 0.0))
    part = EvalPart(np.arange(5), history, target, history)
    order = np.array(data.draw(st.permutations(range(5))))
    straight, mixed = evaluate(Taste(8), part, k=3), evaluate(Taste(8), taken(part, order), k=3)
    for name, values in straight.per_user.items():
        np.testing.assert_allclose(mixed.per_user[name], values[order], rtol=1e-5)
        assert mixed[name].mean == pytest.approx(straight[name].mean, rel=1e-5)


@given(st.data())
def test_rated_precision_and_recall_equal_a_slow_loop(data: st.DataObject) -> None:
    n, k = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    size = data.draw(st.integers(1, 20))
    stars = st.sampled_from([1.0, 2.0, 3.0, 3.5, 4.0, 5.0])
    predicted, true = (data.draw(hnp.arrays(np.float64, size, elements=stars)) for _ in range(2))
    person = data.draw(hnp.arrays(np.int64, size, elements=st.integers(0, n - 1)))
    precision, recall = m.rated_precision_recall(predicted, true, person, n, k, threshold=3.5)
    for who in range(n):
        own = [i for i in range(size) if person[i] == who]
        if not own:
            assert np.isnan(precision[who])
            assert np.isnan(recall[who])
            continue
        right = 0.0
        for i in own:
            better = sum(predicted[j] > predicted[i] for j in own)
            equal = sum(predicted[j] == predicted[i] for j in own)
            share = min(max(k - better, 0) / equal, 1.0)  # of the orders of the equals in which i is looked at
            right += share * (predicted[i] >= 3.5 and true[i] >= 3.5)
        recommended = min(k, sum(predicted[i] >= 3.5 for i in own))
        relevant = sum(true[i] >= 3.5 for i in own)
        assert precision[who] == pytest.approx(right / recommended if recommended else 0)
        assert recall[who] == pytest.approx(right / relevant if relevant else 0)
