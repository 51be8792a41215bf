"""Pictures of one recommendation."""

from __future__ import annotations

import numpy as np
import pytest

from reelgraph import plots
from reelgraph.core import RatingDistribution
from reelgraph.core.errors import ConfigError
from reelgraph.plots.theme import THEMES
from reelgraph.recommend import Explanation, Reason

pytest.importorskip("matplotlib", reason='matplotlib is not installed: pip install "reelgraph[plots]"')

from matplotlib.colors import to_hex

LIGHT = THEMES["light"]


def distribution() -> RatingDistribution:
    return RatingDistribution(np.arange(1.0, 6.0), np.array([[[0.0, 0.1, 0.2, 0.4, 0.3]]]))


def explanation(method: str = "sum") -> Explanation:
    reasons = (
        Reason(1, "Alien (1979)", 5.0, 0.5),
        Reason(2, "Heat (1995)", 1.5, -0.25),
        Reason(3, "Big (1988)", 4.0, 0.125),
        Reason(4, "Antz (1998)", 3.0, 0.0625),
    )
    baseline_terms = {"popularity": 0.0625} if method == "sum" else {}
    return Explanation(9, "Brazil (1985)", 0.5, "score", 4.1, reasons, baseline_terms, method)  # type: ignore[arg-type]


def test_bars_are_the_probabilities_and_those_of_a_liked_movie_are_coloured() -> None:
    (axes,) = plots.rating_distribution(distribution(), title="Heat (1995)", liked_from=4.0).axes
    bars = axes.containers[0].patches
    assert [bar.get_height() for bar in bars] == [0.0, 0.1, 0.2, 0.4, 0.3]
    assert [bar.get_x() + bar.get_width() / 2 for bar in bars] == pytest.approx([1, 2, 3, 4, 5])
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [LIGHT.pale] * 3 + [LIGHT.colours[0].lower()] * 2
    texts = [text.get_text() for text in axes.texts]
    assert texts[:5] == ["<1%", "10%", "20%", "40%", "30%"]
    assert texts[5] == "mean 3.90, 80 % from 3 to 5"  # 0.2, 0.4 and 0.3; two levels hold 0.7
    (interval,) = axes.collections
    assert [end for (end, _) in interval.get_segments()[0].tolist()] == [3.0, 5.0]
    assert axes.lines[0].get_xdata() == pytest.approx([3.9])
    assert axes.get_title(loc="left") == "Heat (1995): 70% for 4 stars or more"


def test_without_a_threshold_all_bars_have_one_colour() -> None:
    (axes,) = plots.rating_distribution(distribution()).axes
    assert {to_hex(bar.get_facecolor()) for bar in axes.containers[0].patches} == {LIGHT.colours[0].lower()}
    assert axes.get_title(loc="left") == "Predicted stars"


def test_more_than_one_rating_is_refused() -> None:
    two = RatingDistribution(np.arange(1.0, 6.0), np.full((2, 5), 0.2))
    with pytest.raises(ConfigError, match=r"expected one rating, got probabilities of shape \(2, 5\)"):
        plots.rating_distribution(two)


def test_bars_of_the_reasons_add_up_to_the_score() -> None:
    (axes,) = plots.explanation_bars(explanation(), top=2).axes
    bars = axes.containers[0].patches
    assert [bar.get_width() for bar in bars] == [0.5, -0.25, 0.1875, 0.0625]
    assert sum(bar.get_width() for bar in bars) == explanation().score
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["Alien (1979), 5 stars", "Heat (1995), 1.5 stars", "2 other ratings", "popularity"]
    blue, red = LIGHT.colours[0].lower(), LIGHT.colours[3].lower()
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [blue, red, LIGHT.muted, LIGHT.muted]
    assert [text.get_text() for text in axes.texts] == ["+0.500", "-0.250", "+0.188", "+0.062"]
    assert axes.get_title(loc="left") == "Brazil (1985): score 0.500"
    assert axes.get_xlabel() == "adds to the score"
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the strongest reason is on top"


def test_shares_that_do_not_add_up_are_named_so_and_have_no_rest() -> None:
    (axes,) = plots.explanation_bars(explanation("leave-one-out"), top=2).axes
    assert [bar.get_width() for bar in axes.containers[0].patches] == [0.5, -0.25]
    assert axes.get_xlabel() == "score lost without the rating"


def test_without_reasons_there_is_nothing_to_draw() -> None:
    empty = Explanation(9, "Brazil", 0.5, "stars", 4.1, (), {}, "leave-one-out")
    with pytest.raises(ConfigError, match="no reason to draw"):
        plots.explanation_bars(empty)
    with pytest.raises(ConfigError, match="top: 0 is not at least 1"):
        plots.explanation_bars(explanation(), top=0)
