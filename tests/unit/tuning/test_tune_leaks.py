"""The search never meets a test edge."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelgraph.core import FloatArray
from reelgraph.core.errors import LeakError
from reelgraph.data import PerUser, Random, Temporal, index, split, without_test
from reelgraph.evaluation import PreparedData
from reelgraph.pipeline import fit_context
from reelgraph.tuning import Range, Task, tune
from tests.unit.tuning.toy import STRONG, Spy, dataset, prepared

pytest.importorskip("optuna", reason='optuna is not installed: pip install "reelgraph[tune]"')


def numbers_in(value: Any) -> set[float]:
    """Every number reachable from a value: through dataclasses, mappings, sequences, arrays, matrices and closures."""
    found: set[float] = set()
    open_, done = [value], set()
    while open_:
        one = open_.pop()
        if id(one) in done:
            continue
        done.add(id(one))
        if isinstance(one, np.ndarray):
            found |= set(one.ravel().tolist()) if one.dtype.kind in "iuf" else set()
        elif isinstance(one, sparse.csr_array):
            found |= set(one.data.tolist())
        elif isinstance(one, int | float):
            found.add(one)
        elif isinstance(one, Mapping):
            open_ += [*one.values()]
        elif isinstance(one, list | tuple | set):
            open_ += [*one]
        elif dataclasses.is_dataclass(one):
            open_ += [getattr(one, field.name) for field in dataclasses.fields(one)]
        elif callable(one):
            open_ += [cell.cell_contents for cell in getattr(one, "__closure__", None) or ()]
    return found


@pytest.mark.parametrize("how", [PerUser(0.2, 0.2), Random(0.2, 0.2), Temporal(0.6, 0.2)], ids=lambda how: how.kind)
def test_no_test_edge_reaches_a_model_or_a_scorer(how: Any) -> None:
    # each rating has a time of its own, so a time that is met says which rating was met; rows and stars are small
    data = dataset()
    stamped = dataclasses.replace(data.ratings, timestamp=data.ratings.timestamp + 10_000_000)
    data = dataclasses.replace(data, ratings=stamped)
    parts = split(index(data.ratings), how, 0)
    hidden = set(parts.test.target_time.data.tolist())
    known = set(parts.train.timestamp.tolist()) | set(parts.valid.target_time.data.tolist())
    assert len(hidden) >= 50
    Spy.shown.clear()
    Spy.histories.clear()
    tune("spy", STRONG, PreparedData(parts, data), metric="ndcg", space={"x": Range(0.0, 1.0)}, trials=3)
    assert len(Spy.shown) == 6
    met = {number for number in numbers_in(Spy.shown) if number >= 10_000_000}
    assert not met & hidden
    assert known <= met  # while all the rest is met, and so would be the hidden ones
    item = parts.train.n_items
    assert all(one.shape[1] == item for one in Spy.histories)
    asked = next(np.asarray(one.toarray()) for one in Spy.histories if one.shape[0] == len(parts.valid))
    assert not ((asked > 0) & (dense(parts, "test")[parts.valid.users] > 0)).any()


def dense(parts: Any, name: str) -> FloatArray:
    part = getattr(parts, name)
    whole = np.zeros((parts.train.n_users, parts.train.n_items))
    whole[part.users] = part.target.toarray()
    return whole


def test_a_trial_cannot_be_given_the_test_part() -> None:
    found = prepared()
    context = fit_context(found.dataset, found.split)
    with pytest.raises(LeakError, match="tuning on test: .*without_test"):
        Task("toy", STRONG, found.split, context, {})
    removed = without_test(found.split)
    assert len(removed.test) == removed.test.target.nnz == removed.test.history.nnz == removed.test.seen.nnz == 0
    assert Task("toy", dataclasses.replace(STRONG, metrics=("mse",)), removed, context, {}).value({"x": 0.3}) == 0.0
