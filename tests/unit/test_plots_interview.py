"""Curves of ways of asking: a line a way, at the figures, with their intervals."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from reelgraph.core.errors import ConfigError
from reelgraph.plots import interview_curves


def row(way: str, answers: int, mean: float) -> dict[str, Any]:
    figure = {"mean": mean, "low": mean - 0.1, "high": mean + 0.2}
    return {"way": way, "answers": answers, "metrics": dict.fromkeys(("rmse", "ndcg@10", "questions"), figure)}


def test_lines_lie_at_the_figures_and_bars_at_their_ends() -> None:
    rows = [row(way, n, 1.0 + n / 10 + place) for n in (5, 10) for place, way in enumerate(("popular", "best-next"))]
    figure = interview_curves(rows)
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == [
        "RMSE (stars)", "NDCG@10", "questions asked",
    ]  # fmt: skip
    for axes in figure.axes:
        assert [line.get_label() for line in axes.lines] == ["popular", "best-next"]
        assert list(axes.lines[1].get_ydata()) == pytest.approx([2.5, 3.0])
        assert list(axes.lines[0].get_xdata()) == pytest.approx([4.85, 9.85])
        ends = axes.collections[0].get_segments()
        assert [point for segment in ends for point in segment[:, 1].tolist()] == pytest.approx([1.4, 1.7, 1.9, 2.2])
    assert figure.axes[2].get_yscale() == "log"


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ConfigError, match="rows"):
        interview_curves([])
