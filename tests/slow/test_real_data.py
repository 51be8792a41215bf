"""Real ratings: a floor and a ceiling for each figure. Better than the ceiling is a leak until proved otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reelgraph import pipeline
from reelgraph.core import EvalReport
from reelgraph.evaluation import PROTOCOLS
from reelgraph.pipeline import prepare

pytestmark = pytest.mark.slow

Find = Callable[[str], Path]
ONE_MATRIX = {"choose": False, "recency": 0.2}


def report(find: Find, protocol: str, model: str) -> EvalReport:
    chosen = PROTOCOLS[protocol]
    prepared = prepare(chosen, find(chosen.folder), seed=0)
    return pipeline.run_protocol(chosen, prepared, pipeline.make_model(model)).report


def test_ml_100k_u1_asks_for_the_shipped_test_file_and_tells_nothing_of_it(real_data: Find) -> None:
    split = prepare(PROTOCOLS["ml-100k-u1"], real_data("ml-100k"), seed=0).split
    train, known = split.train.matrix(), split.train
    shipped = np.loadtxt(real_data("ml-100k") / "u1.test", dtype=np.int64)
    users, items = known.users.rows(shipped[:, 0]), known.items.rows(shipped[:, 1])
    true = dict(zip(zip(users.tolist(), items.tolist(), strict=True), shipped[:, 2].tolist(), strict=True))
    for part in (split.valid, split.test):
        assert train[part.users].multiply(part.target).nnz == 0
        assert abs(part.history - train[part.users]).nnz == 0
    target = split.test.target
    rows = np.repeat(split.test.users, np.diff(target.indptr)).tolist()
    asked = dict(zip(zip(rows, target.indices.tolist(), strict=True), target.data.tolist(), strict=True))
    assert asked == true
    assert len(known) + split.valid.target.nnz == 80_000


@pytest.mark.timeout(1800)
def test_gcn_on_ml_100k_u1(real_data: Find) -> None:
    rmse = report(real_data, "ml-100k-u1", "gcn")["rmse"].mean
    # With side features it gives 0.898. Under 0.889 would beat every network known (GLocal-K, picked on the test).
    assert 0.889 <= rmse <= 0.935


def test_source_honest(real_data: Find) -> None:
    gcn, bias = (report(real_data, "source-honest", name) for name in ("gcn", "bias"))
    assert 0.70 <= gcn["mse"].mean <= 0.745
    assert 0.75 <= bias["mse"].mean <= 0.775  # damped means: about 0.762
    for metric in ("precision_rated@10", "recall_rated@10"):
        assert bias[metric].mean < gcn[metric].mean < 0.95


def test_popularity_on_recbole_ml_1m(real_data: Find) -> None:
    protocol = PROTOCOLS["recbole-ml-1m"]
    split = prepare(protocol, real_data("ml-1m"), seed=0).split
    assert split.train.n_users == 6039
    assert split.train.n_items == 3628
    assert sum(split.spec.counts.values()) == 836_478
    ndcg = report(real_data, "recbole-ml-1m", "popularity")["ndcg@10"].mean
    # RecBole's own Pop is near 0.12; EASE, which personalises, reaches 0.288.
    assert 0.08 <= ndcg <= 0.16


def test_the_next_rating_on_ml_1m(real_data: Find) -> None:
    protocol = PROTOCOLS["next-loo"]
    prepared = prepare(protocol, real_data("ml-1m"), seed=0)
    assert len(prepared.split.test) == 6040
    recent = pipeline.run_protocol(protocol, prepared, pipeline.make_model("graph-filter", settings=ONE_MATRIX)).report
    # 0.1186. Published: eSASRec 0.177, and 0.188 with settings picked on the test.
    assert 0.115 <= recent["ndcg@10"].mean <= 0.123


def test_the_next_ratings_after_a_cut_on_ml_1m(real_data: Find) -> None:
    protocol = PROTOCOLS["next"]
    prepared = prepare(protocol, real_data("ml-1m"), seed=0)
    assert (len(prepared.split.test), prepared.split.test.target.nnz) == (1180, 95_812)
    assert len(prepared.split.valid) == 5000
    alike = {**ONE_MATRIX, "recency": 0.0}
    report = pipeline.run_protocol(protocol, prepared, pipeline.make_model("graph-filter", settings=alike)).report
    # 0.0314 over ratings and 0.0432 over people; with the last ratings counting more 0.09.
    assert 0.029 <= report["ndcg@10"].mean <= 0.034
    assert 0.040 <= report["ndcg_people@10"].mean <= 0.046


@pytest.mark.timeout(1800)
def test_next_on_ml_1m(real_data: Find) -> None:
    ndcg = report(real_data, "next-loo", "next")["ndcg@10"].mean
    # Networks of attention have 0.17 to 0.188 as published; the regression alone has 0.168.
    assert 0.185 <= ndcg <= 0.205
