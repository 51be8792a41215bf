"""Figures of targets that follow each other, of the first days, and means over people."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.core import EvalPart, FloatArray, Matrix
from reelgraph.core.errors import CapabilityError, ConfigError, LeakError
from reelgraph.data import one_by_one
from reelgraph.evaluation import PROTOCOLS, evaluate, protocol_named
from reelgraph.evaluation.full_ranking import RankedHits, rank_hits
from reelgraph.evaluation.metrics.direction import base_name

_DAY = 86_400


@dataclass(frozen=True)
class _NextRow:
    """Ranks the item after the newest one first; in the order of the rows where the order is not known."""

    kind: ClassVar[str] = "next-row"
    n_items: int

    def score(self, history: Matrix) -> FloatArray:
        return np.tile(-np.arange(self.n_items, dtype=np.float32), (history.shape[0], 1))

    def score_in_order(self, history: Matrix, order: Matrix, times: Matrix | None = None) -> FloatArray:
        scores = np.zeros(history.shape, np.float32)
        for row in range(len(scores)):
            places = order[[row]]
            newest = places.indices[np.argmax(places.data)]
            scores[row] = -((np.arange(self.n_items) - newest - 1) % self.n_items)
        return scores

    def arrays(self) -> dict[str, FloatArray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def _split() -> rg.Split:
    """Two people go through the items in order after the cut: user 0 from item 2 to 7, user 1 back from 7 to 5."""
    user = [0, 0, 1, 1, 2, 2, 2, 2, *[0] * 6, *[1] * 3]
    item = [0, 1, 9, 8, 0, 1, 2, 3, *range(2, 8), 7, 6, 5]
    time = [1, 2, 1, 2, 3, 3, 3, 4, *(10 + _DAY * day for day in range(6)), 10, 11, 12]
    order = np.argsort(time, kind="stable")
    table = {name: np.array(values)[order] for name, values in (("user", user), ("item", item), ("timestamp", time))}
    table["rating"] = np.full(len(user), 4)
    return rg.split(rg.index(rg.from_frame(table).ratings), rg.Successive(train=0.42, valid=0.06))


def test_each_target_has_a_list_of_its_own() -> None:
    split = _split()
    assert np.diff(split.test.target.indptr).tolist() == [6, 3]
    report = evaluate(_NextRow(split.train.n_items), split.test, 1, metrics=["hit", "coverage"])
    # Every target of user 0 follows the newest rating. Those of user 1 go back: 9 and 8 are seen, so item 0 of the ten
    # is listed, then 0 again (8 and 9 are seen), then ... never the target.
    assert report.per_user["hit@1"].tolist() == [1.0, 0.0]
    assert report.weight["hit@1"].tolist() == [6.0, 3.0]
    assert report["hit@1"].mean == pytest.approx(6 / 9)
    assert (report["hit@1"].low, report["hit@1"].high) == (0.0, 1.0)  # people are drawn, not ratings
    assert report["coverage@1"].mean == pytest.approx(7 / 10)  # items 2 to 7, and 0
    assert "means over targets, intervals over people" in report.protocol


def test_figures_are_those_of_all_rows_together() -> None:
    split = _split()
    scorer = rg.Popularity().fit(split.train).scorer
    (rows,) = one_by_one(split.test)
    whole, of_rows = (evaluate(scorer, part, [1, 3], train=split.train, metrics=None) for part in (split.test, rows))
    assert whole.summary == of_rows.summary
    assert list(whole) == list(of_rows)
    assert [len(values) for values in whole.per_user.values()] == [2] * len(whole.per_user)


def test_lists_may_be_given_for_each_target() -> None:
    split = _split()
    scorer = _NextRow(split.train.n_items)
    ranked = [rank_hits(scorer, batch, batch.target, 3) for batch in one_by_one(split.test, 10)]
    assert len(ranked) > 1
    lists = RankedHits.concatenated(ranked)
    metrics = ["ndcg", "mrr", "novelty"]
    given, own = (evaluate(scorer, split.test, 3, metrics=metrics, lists=each) for each in (lists, None))
    assert given.summary == own.summary
    plain = evaluate(scorer, split.test, 3, metrics=metrics, lists=lists.lists)
    assert plain["novelty@3"] == own["novelty@3"]
    with pytest.raises(ConfigError, match="of shape"):
        evaluate(scorer, split.test, 3, metrics=metrics, lists=lists.rows(slice(0, 4)))


def test_only_lists_are_measured() -> None:
    split = _split()
    scorer = rg.Bias().fit(split.train).scorer
    assert not {"rmse", "precision_rated@10"} & set(evaluate(scorer, split.test))
    with pytest.raises(CapabilityError, match="rmse"):
        evaluate(scorer, split.test, metrics=["rmse"])
    table = {"user_id": [0], "item_id": [2], "rank": [1]}
    with pytest.raises(ConfigError, match="one list for each person"):
        evaluate(table, split.test, metrics=["ndcg"])


def test_a_younger_history_is_a_leak() -> None:
    (rows,) = one_by_one(_split().test)
    assert rows.history_time is not None
    late = rows.history_time.copy()
    late.data = late.data + 7 * _DAY
    with pytest.raises(LeakError, match="the history of user row 0"):
        evaluate(_NextRow(10), dataclasses.replace(rows, history_time=late), 1, metrics=["hit"])


def test_the_protocol_shows_means_over_people_too() -> None:
    split = _split()
    report = PROTOCOLS["next"].measure(_NextRow(split.train.n_items), split)
    assert report["hit@10"].mean == 1.0
    assert report["ndcg@10"].mean != report["ndcg_people@10"].mean
    per_person = report.per_user["ndcg@10"]
    assert report["ndcg_people@10"].mean == pytest.approx(per_person.mean())
    assert report["ndcg@10"].mean == pytest.approx((6 * per_person[0] + 3 * per_person[1]) / 9)
    assert list(report)[:3] == ["ndcg@10", "hit@10", "mrr@10"]


def _temporal() -> rg.Split:
    """Two people after a cut; user 0 has a target 10 and one 40 days after it, user 1 one 50 days after it."""
    time = [0, 1, 0, 1, 20, 21, 20 + 10 * _DAY, 20 + 40 * _DAY, 20 + 50 * _DAY]
    table = {
        "user": [0, 0, 1, 1, 2, 2, 0, 0, 1],
        "item": [0, 1, 2, 3, 4, 5, 4, 2, 0],
        "rating": [4] * 9,
        "timestamp": [1 + t for t in time],
    }
    return rg.split(rg.index(rg.from_frame(table).ratings), rg.Temporal(train=0.4, valid=0.05))


def test_temporal_shows_the_first_days() -> None:
    split = _temporal()
    assert split.spec.settings["test_from"] == 21
    scorer = rg.Popularity().fit(split.train).scorer
    report = PROTOCOLS["temporal"].measure(scorer, split)
    early = EvalPart(
        split.test.users[:1], split.test.history[[0]], Matrix(np.array([[0.0, 0, 0, 0, 4, 0]])), split.test.seen[[0]]
    )
    expected = evaluate(scorer, early, 10, metrics=["ndcg", "recall"], train=split.train)
    for name in ("ndcg", "recall"):
        assert report[f"{name}_30d@10"].mean == expected[f"{name}@10"].mean
        np.testing.assert_array_equal(report.per_user[f"{name}_30d@10"], [expected[f"{name}@10"].mean, np.nan])
    assert "30 days after the cut, of the 1 person" in report.protocol
    lists = rank_hits(scorer, split.test, split.test.target, 10)
    of_lists = PROTOCOLS["temporal"].measure(scorer, split, lists=lists)
    assert of_lists["ndcg_30d@10"].mean == report["ndcg_30d@10"].mean


def test_temporal_may_be_cut_earlier() -> None:
    splitter = protocol_named("temporal:70").splitter
    assert callable(splitter)
    temporal = splitter(1000)
    assert isinstance(temporal, rg.Temporal)
    assert (temporal.train + temporal.valid, temporal.until) == pytest.approx((0.56, 0.8))
    assert "train part of temporal" in protocol_named("temporal:50").text
    with pytest.raises(ConfigError, match="from 1 to 99"):
        protocol_named("temporal:100")


def test_variants_are_better_where_the_metric_is() -> None:
    assert [base_name(name) for name in ("ndcg_30d@10", "mrr_people@5", "ndcg_all@10", "ndcg_liked@10")] == [
        "ndcg", "mrr", "ndcg", "ndcg_liked",
    ]  # fmt: skip
