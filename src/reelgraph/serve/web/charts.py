"""The plots of the model card, as SVG markup that takes its colours from the style sheet."""

from __future__ import annotations

import numpy as np

from reelgraph.evaluation import Reliability

_WIDTH, _HEIGHT = 420, 300
_TOPS = (0.25, 0.5, 0.75, 1.0, 2.0)  # of an axis, in five steps
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 24, 14, 46


def reliability_plot(table: Reliability, high: float) -> str:
    """How often it came true against how probable it was said to be, with 95 % intervals."""
    filled = table.count > 0
    points = zip(
        *(one[filled].tolist() for one in (table.predicted, table.observed, table.low, table.high, table.count)),
        strict=True,
    )
    most = max(int(table.count.max()), 1)
    made = f'<path class="ideal" d="M{_x(0)} {_y(0)} L{_x(1)} {_y(1)}"/>'
    for predicted, observed, low, top, count in points:
        made += f'<path class="whisker" d="M{_x(predicted)} {_y(low)} V{_y(top)}"/>'
        made += (
            f'<circle class="dot" cx="{_x(predicted)}" cy="{_y(observed)}" r="{2.5 + 2.5 * (count / most) ** 0.5:.1f}">'
            f"<title>{predicted:.0%} said, {observed:.0%} came true, {count:,} ratings</title></circle>"
        )
    told = f"said to be {table.stars:g} or more of {high:g} stars"
    label = f"Calibration: ratings {told} with a probability, against the share that were"
    return _framed(
        made, label, f"probability {told}", "share that were", [f"{one:.0%}" for one in np.linspace(0, 1, 6)]
    )


def popularity_plot(watched: list[float], listed: list[float]) -> str:
    """Shares of ratings and of listed movies by tenths of the catalogue, the most watched tenth first."""
    most = next(top for top in _TOPS if top >= max(*watched, *listed))
    wide = (_WIDTH - _LEFT - _RIGHT) / len(watched)
    made = ""
    for place, (seen, shown) in enumerate(zip(watched, listed, strict=True)):
        for offset, share, kind in ((0.12, seen, "watched"), (0.5, shown, "listed")):
            x, y = _LEFT + wide * (place + offset), _y(share / most)
            made += (
                f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{0.36 * wide:.1f}" height="{_y(0) - y:.1f}" rx="2">'
                f"<title>tenth {place + 1}: {share:.1%} of the {'ratings' if kind == 'watched' else 'lists'}</title>"
                f"</rect>"
            )
    marks = [f"{one:.0%}" for one in np.linspace(0, most, 6)]
    label = (
        "Popularity: what people rate and what is listed, by tenths of the catalogue from the most to the least watched"
    )
    names = [str(place + 1) for place in range(len(watched))]
    return _framed(made, label, "tenth of the catalogue, most watched first", "share", marks, names)


def _framed(inside: str, label: str, x_name: str, y_name: str, marks: list[str], names: list[str] | None = None) -> str:
    """A plot with its axes; ``marks`` from the foot up, ``names`` below each step, else the marks below too."""
    made = ""
    for step, mark in enumerate(marks):
        y = _y(step / (len(marks) - 1))
        made += f'<path class="grid" d="M{_LEFT} {y} H{_WIDTH - _RIGHT}"/>'
        made += f'<text class="tick end" x="{_LEFT - 8}" y="{y + 4:.1f}">{mark}</text>'
    below = marks if names is None else names
    for step, name in enumerate(below):
        share = step / (len(below) - 1) if names is None else (step + 0.5) / len(below)
        made += f'<text class="tick mid" x="{_x(share)}" y="{_HEIGHT - _BOTTOM + 18}">{name}</text>'
    across, up = (_LEFT + _WIDTH - _RIGHT) / 2, (_TOP + _HEIGHT - _BOTTOM) / 2
    made += f'<text class="axis mid" x="{across}" y="{_HEIGHT - 8}">{x_name}</text>'
    made += f'<text class="axis mid" x="14" y="{up}" transform="rotate(-90 14 {up})">{y_name}</text>'
    return f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{made}{inside}</svg>'


def _x(share: float) -> float:
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)
