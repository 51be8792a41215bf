"""Metrics against a second library: ranx, which is compiled from other people's definitions."""

import contextlib
import warnings
from collections.abc import Iterator

import numba
import numpy as np
import pytest

from reelgraph.core import EvalPart, Matrix
from reelgraph.evaluation import evaluate


@contextlib.contextmanager
def as_plain_python() -> Iterator[None]:
    """Compiling ranx takes a minute and a small table none, so it is read and run as plain Python.

    It imports numba and ir_datasets, which warn about their own futures; ours are not silenced.
    """
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setattr(numba.config, "DISABLE_JIT", 1)
        yield


with as_plain_python():
    ranx = pytest.importorskip("ranx")

N_USERS, N_ITEMS = 60, 40
OURS_TO_RANX = {"ndcg": "ndcg", "recall": "recall", "precision": "precision", "hit": "hit_rate", "mrr": "mrr"}


class Table:
    """Scores from a table; a person is found by their first item."""

    kind = "table"
    n_items = N_ITEMS

    def __init__(self, table: np.ndarray) -> None:
        self.table = table

    def score(self, history: Matrix) -> np.ndarray:
        return self.table[history.data.astype(int)[history.indptr[:-1]]]

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def settings(self) -> dict[str, object]:
        return {}


def case(seed: int) -> tuple[Table, EvalPart]:
    rng = np.random.default_rng(seed)
    history = np.zeros((N_USERS, N_ITEMS), np.float32)
    history[:, 0] = np.arange(N_USERS)  # the number of the person stands where the stars would
    target = rng.random((N_USERS, N_ITEMS)) < 0.15
    target[:, 0], target[:, 1] = False, True
    seen = (rng.random((N_USERS, N_ITEMS)) < 0.2) & ~target
    seen[:, 0] = True
    table = rng.permuted(np.tile(np.arange(N_ITEMS, dtype=np.float32), (N_USERS, 1)), axis=1)  # no ties
    columns = np.zeros(N_USERS, np.int64)
    first = Matrix((history[:, 0], columns, np.arange(N_USERS + 1)), shape=history.shape)
    return Table(table), EvalPart(np.arange(N_USERS), first, Matrix(target * 4.0), Matrix(seen.astype(np.int8)))


def asked_of_ranx(scorer: Table, part: EvalPart, names: list[str]) -> dict[str, np.ndarray]:
    target, seen = part.target.toarray() > 0, part.seen.toarray() > 0
    relevant = {f"u{u:02d}": {f"i{i}": 1 for i in np.flatnonzero(target[u])} for u in range(N_USERS)}
    lists = {
        f"u{u:02d}": {f"i{i}": float(scorer.table[u, i]) for i in range(N_ITEMS) if not seen[u, i]}
        for u in range(N_USERS)
    }
    with as_plain_python():
        run = ranx.Run(lists)
        ranx.evaluate(ranx.Qrels(relevant), run, names, return_mean=False)
    return {name: np.array([run.scores[name][f"u{u:02d}"] for u in range(N_USERS)]) for name in names}


@pytest.mark.parametrize("k", [1, 5, 10])
@pytest.mark.parametrize("seed", [0, 1])
def test_ranking_metrics_equal_those_of_ranx(k: int, seed: int) -> None:
    scorer, part = case(seed)
    found = evaluate(scorer, part, k)
    theirs = asked_of_ranx(scorer, part, [f"{name}@{k}" for name in [*OURS_TO_RANX.values(), "map"]])
    for ours, other in OURS_TO_RANX.items():
        np.testing.assert_allclose(found.per_user[f"{ours}@{k}"], theirs[f"{other}@{k}"], atol=1e-9, err_msg=ours)
    # ranx divides the average precision by all relevant items, we by those that fit in the list
    n_relevant = np.diff(part.target.indptr)
    ours = found.per_user[f"map@{k}"] * np.minimum(n_relevant, k) / n_relevant
    np.testing.assert_allclose(ours, theirs[f"map@{k}"], atol=1e-9)
    assert 0 < found[f"ndcg@{k}"].mean < 1
