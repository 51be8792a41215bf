"""The plots of the model card as SVG; the style sheet has the colours."""

from __future__ import annotations

import numpy as np

from reelgraph.evaluation import Reliability
from reelgraph.serve.web.messages import Translator

_WIDTH, _HEIGHT = 420, 300
_AXIS_ENDS = (0.25, 0.5, 0.75, 1.0, 2.0)  # divided into five steps
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 24, 14, 46


def reliability_plot(table: Reliability, high: float, t: Translator) -> str:
    """Predicted probability of a high rating against the share of high ratings, with 95 % intervals."""
    has_ratings = table.count > 0
    columns = (table.predicted, table.observed, table.low, table.high, table.count)
    max_count = max(int(table.count.max()), 1)
    shapes = f'<path class="ideal" d="M{_x(0)} {_y(0)} L{_x(1)} {_y(1)}"/>'
    for predicted, observed, low, top, count in zip(*(column[has_ratings].tolist() for column in columns), strict=True):
        radius = 2.5 + 2.5 * (count / max_count) ** 0.5
        shapes += f'<path class="whisker" d="M{_x(predicted)} {_y(low)} V{_y(top)}"/>'
        shapes += (
            f'<circle class="dot" cx="{_x(predicted)}" cy="{_y(observed)}" r="{radius:.1f}">'
            f"<title>{_dot_title(t, predicted, observed, count)}</title></circle>"
        )
    event = t("chart.event", stars=t.stars(table.stars), high=t.stars(high))
    ticks = [t.percent(share) for share in np.linspace(0, 1, 6).tolist()]
    labels = t("chart.calibration", event=event), t("chart.predicted", event=event), t("chart.share_of_ratings")
    return _with_axes(shapes, *labels, ticks)


def _dot_title(t: Translator, predicted: float, observed: float, count: int) -> str:
    ratings = t("count.ratings", count=count)
    return t("chart.dot", predicted=t.percent(predicted), observed=t.percent(observed), ratings=ratings)


def popularity_plot(watched: list[float], listed: list[float], t: Translator) -> str:
    """Shares of ratings and of listed movies by tenths of the catalogue, the most rated tenth first.

    Args:
        watched: shares of the ratings.
        listed: shares of the lists.
        t: writes the labels.
    """
    axis_end = next(end for end in _AXIS_ENDS if end >= max(*watched, *listed))
    slot = (_WIDTH - _LEFT - _RIGHT) / len(watched)
    shapes = ""
    for tenth, (watched_share, listed_share) in enumerate(zip(watched, listed, strict=True)):
        for offset, share, kind, title in (
            (0.12, watched_share, "watched", "chart.tenth_of_ratings"),
            (0.5, listed_share, "listed", "chart.tenth_of_lists"),
        ):
            x, y = _LEFT + slot * (tenth + offset), _y(share / axis_end)
            shapes += (
                f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{0.36 * slot:.1f}" height="{_y(0) - y:.1f}" rx="2">'
                f"<title>{t(title, tenth=tenth + 1, share=t.percent(share, 1))}</title></rect>"
            )
    ticks = [t.percent(share) for share in np.linspace(0, axis_end, 6).tolist()]
    names = [str(tenth + 1) for tenth in range(len(watched))]
    return _with_axes(shapes, t("chart.popularity"), t("chart.tenths"), t("chart.share"), ticks, names)


def _with_axes(
    shapes: str, label: str, x_label: str, y_label: str, y_ticks: list[str], x_names: list[str] | None = None
) -> str:
    """A plot with its axes. Without ``x_names``, one for each slot, the x axis has the ticks of the y axis."""
    axes = ""
    for step, tick in enumerate(y_ticks):
        y = _y(step / (len(y_ticks) - 1))
        axes += f'<path class="grid" d="M{_LEFT} {y} H{_WIDTH - _RIGHT}"/>'
        axes += f'<text class="tick end" x="{_LEFT - 8}" y="{y + 4:.1f}">{tick}</text>'
    x_ticks = y_ticks if x_names is None else x_names
    for step, tick in enumerate(x_ticks):
        share = step / (len(x_ticks) - 1) if x_names is None else (step + 0.5) / len(x_ticks)
        axes += f'<text class="tick mid" x="{_x(share)}" y="{_HEIGHT - _BOTTOM + 18}">{tick}</text>'
    centre_x, centre_y = (_LEFT + _WIDTH - _RIGHT) / 2, (_TOP + _HEIGHT - _BOTTOM) / 2
    axes += f'<text class="axis mid" x="{centre_x}" y="{_HEIGHT - 8}">{x_label}</text>'
    axes += f'<text class="axis mid" x="14" y="{centre_y}" transform="rotate(-90 14 {centre_y})">{y_label}</text>'
    return f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{axes}{shapes}</svg>'


def _x(share: float) -> float:
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)
