"""The picture of what re-ranking costs."""

import numpy as np
import pytest

from reelgraph import plots
from reelgraph.core import EvalReport, Metric
from reelgraph.core.errors import ConfigError
from reelgraph.recommend.rerank.tradeoff import TradeoffPoint

pytest.importorskip("matplotlib", reason='matplotlib is not installed: pip install "reelgraph[plots]"')

from matplotlib.colors import to_hex


def point(dial: float, diversity: float, ndcg: float, low: float, high: float) -> TradeoffPoint:
    figures = {
        "ndcg@10": Metric(ndcg, 0, 1), "diversity@10": Metric(diversity, 0, 1),
        "miscalibration@10": Metric(1 - diversity, 0, 1), "coverage@10": Metric(0.5, 0.5, 0.5),
    }  # fmt: skip
    return TradeoffPoint(dial, EvalReport({}, {}, figures, "by hand", 0), {"ndcg@10": Metric(ndcg - 0.3, low, high)})


CURVE = (point(0, 0.5, 0.30, 0, 0), point(0.5, 0.6, 0.28, -0.03, -0.01), point(1, 0.9, 0.10, -0.25, -0.15))


def test_points_lie_at_both_figures_and_bars_are_the_change() -> None:
    left, right = plots.price_curve({"diversity": CURVE, "calibration": CURVE}).axes
    dashed, curve = left.lines
    assert set(dashed.get_ydata()) == {0.30}
    np.testing.assert_allclose(curve.get_xydata(), [[0.5, 0.30], [0.6, 0.28], [0.9, 0.10]])
    np.testing.assert_allclose(right.lines[1].get_xydata(), [[0.5, 0.30], [0.4, 0.28], [0.1, 0.10]])
    bars = [segment.tolist() for segment in left.collections[0].get_segments()]  # none at dial 0
    np.testing.assert_allclose(bars, [[[0.6, 0.27], [0.6, 0.29]], [[0.9, 0.05], [0.9, 0.15]]])
    assert [text.get_text() for text in left.texts] == ["1"]
    assert left.get_xlabel() == "diversity@10"
    assert right.get_xlabel() == "miscalibration@10 (nats, less to the right)"
    assert left.get_ylabel() == "ndcg@10"
    assert right.get_xlim()[0] > right.get_xlim()[1]
    assert left.get_xlim()[0] < left.get_xlim()[1]
    assert left.get_title(loc="left") == "The price of diversity"
    assert right.get_title(loc="left") == "The price of calibration"


def test_panels_share_a_height_that_holds_both() -> None:
    steep = (CURVE[0], point(1, 0.9, 0.02, -0.3, -0.26))
    left, right = plots.price_curve({"diversity": CURVE, "calibration": steep}).axes
    assert left.get_ylim() == right.get_ylim()
    assert left.get_ylim()[0] < 0.0 < 0.3 < left.get_ylim()[1]


def test_other_metrics_and_the_dark() -> None:
    (axes,) = plots.price_curve({"diversity": CURVE}, gains={"diversity": "miscalibration@10"}, theme="dark").axes
    np.testing.assert_allclose(axes.lines[1].get_xdata(), [0.5, 0.4, 0.1])
    assert to_hex(axes.get_facecolor()) == "#12161c"


def test_what_was_not_measured_is_refused() -> None:
    for nothing in ({}, {"diversity": ()}):
        with pytest.raises(ConfigError, match="no point to draw"):
            plots.price_curve(nothing)
    with pytest.raises(ConfigError, match="did you mean 'ndcg@10'"):
        plots.price_curve({"diversity": CURVE}, cost="ndgc@10")
    with pytest.raises(ConfigError, match="coverage@10: unknown"):  # of all lists together: no paired difference
        plots.price_curve({"diversity": CURVE}, cost="coverage@10")
