"""Groups part people: none twice, none left out, and their means make the mean of all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reelgraph.core import EvalPart, EvalReport, Matrix
from reelgraph.evaluation import Grouping, by_group, summarise
from reelgraph.evaluation.groups import history_thirds

FIGURES = st.floats(0, 10, allow_nan=False)


@settings(deadline=None)
@given(hnp.arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 9)))
def test_thirds_part_people_in_order(lengths: np.ndarray) -> None:
    history = Matrix((np.arange(9)[None, :] < lengths[:, None]).astype(np.float32))
    found = history_thirds(EvalPart(np.arange(len(lengths)), history, history, history))
    assert set(found.member.tolist()) <= {0, 1, 2}
    for place in (0, 1):
        low, high = lengths[found.member == place], lengths[found.member > place]
        assert not len(low) or not len(high) or low.max() < high.min()
    groups = by_group(EvalReport({"x": np.ones(len(lengths))}, {}, {}, "", 0), [found])
    assert sum(group.people for group in groups) == len(lengths)


@settings(deadline=None, max_examples=50)
@given(st.data(), st.integers(1, 25))
def test_means_weighted_by_size_make_the_mean_of_all(data: st.DataObject, n: int) -> None:
    labels = data.draw(hnp.arrays("<U1", n, elements=st.sampled_from(["a", "b", "c", ""])))
    values = data.draw(hnp.arrays(np.float64, n, elements=FIGURES))
    weights = data.draw(hnp.arrays(np.float64, n, elements=st.integers(1, 5)))
    report = EvalReport({"ndcg": values, "mse": values}, {"mse": weights}, {}, "", 0)
    grouping = Grouping.by_label("letter", labels)
    groups = by_group(report, [grouping])
    assert sorted(group.name for group in groups) == sorted({label or "unknown" for label in labels.tolist()})
    assert sum(group.people for group in groups) == n
    whole = summarise(report.per_user, report.weight, 0)
    assert sum(g.people * g.metrics["ndcg"].mean for g in groups) / n == pytest.approx(whole["ndcg"].mean)
    amount = [weights[grouping.member == grouping.names.index(group.name)].sum() for group in groups]
    mean = sum(w * g.metrics["mse"].mean for w, g in zip(amount, groups, strict=True)) / weights.sum()
    assert mean == pytest.approx(whole["mse"].mean)
