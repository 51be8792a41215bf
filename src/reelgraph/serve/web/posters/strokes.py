"""The shapes that posters are drawn with, as SVG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

WIDTH, HEIGHT = 240, 360


@dataclass(frozen=True)
class Palette:
    """Colours of a poster: sky from ``top`` to ``bottom``, objects in ``front``, ``light`` and ``letters``."""

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


def path(d: str, colour: str, opacity: float = 1.0) -> str:
    """A filled path."""
    return f'<path d="{d}" fill="{colour}" opacity="{opacity:.2f}"/>'


def line(d: str, colour: str, width: float, opacity: float = 1.0) -> str:
    """A line."""
    return f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width:.1f}" opacity="{opacity:.2f}"/>'


def ridge(rng: Generator, base: float, height: float, steps: int) -> list[tuple[float, float]]:
    """Points of a mountain range from edge to edge, closed at the bottom of the poster."""
    xs = np.linspace(-10, WIDTH + 10, steps)
    ys = base - rng.uniform(0.1, 1.0, steps) * height
    return [(-10, HEIGHT), *zip(xs.tolist(), ys.tolist(), strict=True), (WIDTH + 10, HEIGHT)]


def stars(rng: Generator, count: int, colour: str, max_y: float = 210.0) -> str:
    """Small dots in the upper part."""
    centres = rng.uniform((0, 0), (WIDTH, max_y), (count, 2)).tolist()
    sizes = rng.uniform(0.5, 1.6, count).tolist()
    return "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.1f}" fill="{colour}" opacity=".8"/>'
        for (x, y), r in zip(centres, sizes, strict=True)
    )
