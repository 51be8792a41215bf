"""The strokes that posters are drawn with, as SVG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 240, 360

Draw = np.random.Generator


@dataclass(frozen=True)
class Palette:
    """Colours of a poster: of the sky from top to bottom, of what is in front, of what shines, of the letters."""

    top: str
    bottom: str
    front: str
    light: str
    letters: str = "#fdf8ee"


def sun(x: float, y: float, r: float, colour: str, opacity: float = 1.0) -> str:
    """A disc."""
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}" fill="{colour}" opacity="{opacity:.2f}"/>'


def ring(x: float, y: float, r: float, colour: str, width: float, opacity: float = 1.0) -> str:
    """A circle."""
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.1f}" fill="none" stroke="{colour}" stroke-width="{width:.1f}" '
        f'opacity="{opacity:.2f}"/>'
    )


def area(points: list[tuple[float, float]], colour: str, opacity: float = 1.0) -> str:
    """A filled polygon."""
    text = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polygon points="{text}" fill="{colour}" opacity="{opacity:.2f}"/>'


def path(way: str, colour: str, opacity: float = 1.0) -> str:
    """A filled outline."""
    return f'<path d="{way}" fill="{colour}" opacity="{opacity:.2f}"/>'


def line(way: str, colour: str, width: float, opacity: float = 1.0) -> str:
    """A drawn line."""
    return f'<path d="{way}" fill="none" stroke="{colour}" stroke-width="{width:.1f}" opacity="{opacity:.2f}"/>'


def ridge(draw: Draw, base: float, height: float, steps: int) -> list[tuple[float, float]]:
    """Mountains from edge to edge, down to the foot of the poster."""
    xs = np.linspace(-10, WIDTH + 10, steps)
    ys = base - draw.uniform(0.1, 1.0, steps) * height
    return [(-10, HEIGHT), *zip(xs.tolist(), ys.tolist(), strict=True), (WIDTH + 10, HEIGHT)]


def stars(draw: Draw, count: int, colour: str, down_to: float = 210.0) -> str:
    """Small dots over the upper part."""
    places = draw.uniform((0, 0), (WIDTH, down_to), (count, 2)).tolist()
    sizes = draw.uniform(0.5, 1.6, count).tolist()
    return "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.1f}" fill="{colour}" opacity=".8"/>'
        for (x, y), r in zip(places, sizes, strict=True)
    )
