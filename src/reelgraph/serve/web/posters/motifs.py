"""The pictures of the drawn posters, one or more for each genre."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from reelgraph.serve.web.posters.strokes import HEIGHT, WIDTH, Palette, area, line, path, ridge, ring, stars, sun


def space(rng: Generator, palette: Palette) -> str:
    """A planet with its ring among stars."""
    x, y, r = rng.uniform(70, 170), rng.uniform(95, 150), rng.uniform(42, 66)
    tilt = rng.uniform(-32, 32)
    band = f'transform="rotate({tilt:.0f} {x:.0f} {y:.0f})"'
    ellipse = f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{1.75 * r:.0f}" ry="{0.42 * r:.0f}" fill="none"'
    whole = f'{ellipse} stroke="{palette.light}" stroke-width="5" opacity=".9" {band}/>'
    front = f'<path d="M{x - 1.3 * r:.0f} {y:.0f} h{2.6 * r:.0f} v-{1.3 * r:.0f} h-{2.6 * r:.0f}z" fill="none"/>'
    half = (
        f'<path d="M{x - r:.1f} {y:.1f} A{r:.1f} {r:.1f} 0 0 1 {x + r:.1f} {y:.1f} '
        f'A{r:.1f} {0.24 * r:.1f} 0 0 1 {x - r:.1f} {y:.1f}z" fill="{palette.front}" {band}/>'
    )
    shade = f'<circle cx="{x + 0.28 * r:.0f}" cy="{y + 0.2 * r:.0f}" r="{0.72 * r:.0f}" fill="#000" opacity=".12"/>'
    moon = sun(x + rng.uniform(-1, 1) * 60, 40, rng.uniform(6, 11), palette.light, 0.85)
    return stars(rng, 46, palette.letters) + moon + sun(x, y, r, palette.front) + shade + whole + half + front


def night(rng: Generator, palette: Palette) -> str:
    """A moon behind bare trees."""
    x = rng.uniform(70, 170)
    svg = sun(x, 108, 62, palette.light, 0.18) + sun(x, 108, 48, palette.light)
    for trunk in np.sort(rng.uniform(0, WIDTH, 7)).tolist():
        top, lean, width = rng.uniform(10, 110), rng.uniform(-18, 18), rng.uniform(3, 8)
        svg += area(
            [(trunk - width, HEIGHT), (trunk + lean, top), (trunk + lean + 1.5, top), (trunk + width, HEIGHT)],
            palette.front,
        )
        for _ in range(3):
            y = rng.uniform(top + 20, 210)
            side = 1 if rng.random() < 0.5 else -1
            start = trunk + lean * (HEIGHT - y) / (HEIGHT - top)
            svg += line(
                f"M{start:.0f} {y:.0f} q{side * 14} -8 {side * rng.uniform(20, 42):.0f} -34", palette.front, 1.8
            )
    return svg + area(ridge(rng, 250, 16, 14), palette.front)


def mountains(rng: Generator, palette: Palette) -> str:
    """Mountain ranges under a low sun."""
    svg = sun(rng.uniform(50, 190), rng.uniform(80, 120), rng.uniform(30, 44), palette.light)
    for depth, (base, height) in enumerate(((200, 90), (230, 70), (262, 48))):
        svg += area(ridge(rng, base, height, 7 + 2 * depth), palette.front, 0.42 + 0.27 * depth)
    return svg


def mesa(rng: Generator, palette: Palette) -> str:
    """A large sun over a desert."""
    svg = sun(120, 150, 84, palette.light)
    for y in (120, 140, 160, 180):
        svg += f'<rect x="30" y="{y}" width="180" height="{(y - 105) / 9:.0f}" fill="{palette.bottom}"/>'
    for x0, w, top in ((-20.0, 90, 176), (150.0, 120, 190), (70.0, 46, 206)):
        x0 += rng.uniform(-16, 16)
        svg += area(
            [(x0, HEIGHT), (x0 + 8, top + 22), (x0 + 16, top), (x0 + w - 16, top),
             (x0 + w - 8, top + 22), (x0 + w, HEIGHT)],
            palette.front, 0.92,
        )  # fmt: skip
    return svg + f'<rect y="226" width="{WIDTH}" height="140" fill="{palette.front}"/>'


def hearts(rng: Generator, palette: Palette) -> str:
    """Two circles that overlap."""
    y, r, offset = rng.uniform(118, 138), rng.uniform(54, 62), rng.uniform(30, 42)
    half_height = math.sqrt(max(r * r - offset * offset, 1))
    top, bottom, arc = y - half_height, y + half_height, f"A{r:.1f} {r:.1f} 0 0 1 120"
    lens = f"M120 {top:.1f} {arc} {bottom:.1f} {arc} {top:.1f}z"
    return (
        sun(120 - offset, y, r, palette.front)
        + sun(120 + offset, y, r, palette.light)
        + path(lens, palette.letters, 0.92)
    )


def confetti(rng: Generator, palette: Palette) -> str:
    """Falling shapes."""
    svg = sun(rng.uniform(80, 160), rng.uniform(110, 140), 62, palette.light)
    colours = (palette.front, palette.letters, palette.top)
    for index in range(15):
        x, y = rng.uniform(8, WIDTH - 8), rng.uniform(10, 226)
        size, rotation, colour = rng.uniform(7, 20), rng.uniform(0, 360), colours[index % 3]
        kind = index % 4
        if kind == 0:
            svg += sun(x, y, size / 2, colour)
        elif kind == 1:
            svg += f'<rect x="{x:.0f}" y="{y:.0f}" width="{size:.0f}" height="{size / 2.6:.0f}" fill="{colour}" '
            svg += f'transform="rotate({rotation:.0f} {x:.0f} {y:.0f})"/>'
        elif kind == 2:
            svg += ring(x, y, size / 2, colour, 3.2)
        else:
            svg += f'<path d="M{x:.0f} {y:.0f} q6 -12 12 0 t12 0 t12 0" fill="none" stroke="{colour}" '
            svg += f'stroke-width="3.4" transform="rotate({rotation:.0f} {x:.0f} {y:.0f})"/>'
    return svg


def blinds(rng: Generator, palette: Palette) -> str:
    """Light through a blind, and a lamp's cone."""
    svg = ""
    skew = rng.uniform(-30, 30)
    for step in range(9):
        y = 18 + 24 * step
        svg += area(
            [(30, y), (210, y + skew * 0.5), (210, y + 11 + skew * 0.5), (30, y + 11)],
            palette.light,
            0.9 - 0.075 * step,
        )
    x = rng.uniform(84, 156)
    hat = (
        f"M{x - 52:.0f} 148 q52 18 104 0 l-16 -10 q-2 -38 -18 -40 q-18 -6 -36 0 q-14 4 -18 40z "
        f"M{x - 24:.0f} 158 q24 10 50 -2 q4 36 -12 46 l0 18 q46 10 56 46 l0 120 l-150 0 l0 -120 q10 -36 56 -48 l0 -18 "
        f"q-14 -14 0 -42z"
    )
    return svg + path(hat, palette.front)


def spiral(rng: Generator, palette: Palette) -> str:
    """Nested circles."""
    x, y = rng.uniform(95, 145), rng.uniform(105, 135)
    svg = ""
    for step in range(9):
        r = 150 * 0.76**step
        x, y = x + rng.uniform(-3, 3), y + rng.uniform(-3, 3)
        svg += sun(x, y, r, palette.light if step % 2 else palette.front, 1.0 if step % 2 == 0 else 0.92)
    return svg


def keyhole(rng: Generator, palette: Palette) -> str:
    """Light through a keyhole."""
    x, y = 120 + rng.uniform(-14, 14), 104
    svg = "".join(
        ring(x, y + 20, r, palette.light, 1.2, 0.14 + 0.05 * step) for step, r in enumerate((130, 108, 86, 66))
    )
    hole = f"M{x - 17:.0f} {y + 22:.0f} A32 32 0 1 1 {x + 17:.0f} {y + 22:.0f} L{x + 34:.0f} {y + 104:.0f} h-68z"
    return svg + path(hole, palette.light) + sun(x + rng.uniform(-6, 6), y, 9, palette.front)


def burst(rng: Generator, palette: Palette) -> str:
    """Rays from a point."""
    x, y = rng.uniform(60, 180), rng.uniform(120, 170)
    svg, count, rotation = "", 22, rng.uniform(0, 1)
    for step in range(0, count, 2):
        sides = [2 * math.pi * (step + rotation + side) / count for side in (0, 0.9)]
        svg += area(
            [(x, y), *((x + 420 * math.cos(angle), y + 420 * math.sin(angle)) for angle in sides)], palette.front, 0.85
        )
    return svg + sun(x, y, 40, palette.light) + sun(x, y, 25, palette.letters)


def curtain(rng: Generator, palette: Palette) -> str:
    """A stage between curtains, one light."""
    svg = area([(120, -20), (40, 250), (200, 250)], palette.light, 0.28) + (
        f'<ellipse cx="120" cy="246" rx="84" ry="15" fill="{palette.light}" opacity=".75"/>'
    )
    for side in (-1, 1):
        for fold in range(5):
            x = 120 + side * (118 - 19 * fold)
            swing = rng.uniform(6, 14)
            svg += path(
                f"M{x - 12:.0f} 0 C{x - 12 - side * swing:.0f} 120 {x + side * (26 - 3 * fold):.0f} 150 "
                f"{x + side * 14:.0f} 256 l26 0 C{x + 26:.0f} 150 {x + 16:.0f} 110 {x + 14:.0f} 0z",
                palette.front, 1.0 - 0.13 * fold,
            )  # fmt: skip
    return svg


def stripes(rng: Generator, palette: Palette) -> str:
    """Searchlights over a dark line of hills."""
    svg = ""
    for _ in range(4):
        foot, aim = rng.uniform(20, 220), rng.uniform(-60, 300)
        svg += area([(foot - 3, 240), (aim - 26, -10), (aim + 26, -10), (foot + 3, 240)], palette.light, 0.32)
    svg += sun(rng.uniform(60, 180), 70, 20, palette.light)
    return svg + area(ridge(rng, 236, 26, 12), palette.front) + area(ridge(rng, 252, 20, 9), palette.front, 0.7)


def balloons(rng: Generator, palette: Palette) -> str:
    """Balloons over round hills."""
    svg = sun(40, 300, 130, palette.front, 0.55) + sun(205, 310, 130, palette.front, 0.8)
    colours = (palette.light, palette.letters, palette.front, palette.light)
    for index, colour in enumerate(colours):
        x, y, r = 46 + 50 * index + rng.uniform(-10, 10), rng.uniform(48, 132), rng.uniform(17, 27)
        svg += line(f"M{x:.0f} {y + r:.0f} q-7 22 0 40 t0 34", palette.letters, 1.2, 0.7)
        svg += f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{r:.0f}" ry="{1.16 * r:.0f}" fill="{colour}"/>'
        svg += f'<ellipse cx="{x - 0.35 * r:.0f}" cy="{y - 0.45 * r:.0f}" rx="{0.2 * r:.0f}" ry="{0.3 * r:.0f}" '
        svg += 'fill="#fff" opacity=".5"/>'
    return svg


def castle(rng: Generator, palette: Palette) -> str:
    """Towers under a crescent."""
    x = rng.uniform(60, 180)
    svg = stars(rng, 30, palette.letters, 150) + sun(x, 74, 34, palette.light) + sun(x + 13, 66, 30, palette.top)
    for x0, w, top in ((78.0, 84, 176), (62.0, 24, 140), (154.0, 24, 150), (106.0, 28, 112)):
        x0 += rng.uniform(-4, 4)
        svg += f'<rect x="{x0:.0f}" y="{top}" width="{w}" height="200" fill="{palette.front}"/>'
        svg += area([(x0 - 4, top), (x0 + w / 2, top - 0.75 * w - 14), (x0 + w + 4, top)], palette.front)
    return svg + area(ridge(rng, 250, 22, 8), palette.front)


def waves(rng: Generator, palette: Palette) -> str:
    """Lines like vibrating strings."""
    svg = sun(rng.uniform(80, 160), 112, 56, palette.light)
    for step in range(8):
        y, swing = 62 + 21 * step, rng.uniform(-26, 26)
        svg += line(
            f"M-10 {y} C60 {y - swing:.0f} 90 {y + swing:.0f} 130 {y} S210 {y - swing:.0f} 250 {y + swing / 2:.0f}",
            palette.front if step % 2 else palette.letters, 3.4 if step % 2 else 2.2, 0.95,
        )  # fmt: skip
    return svg


def lens(rng: Generator, palette: Palette) -> str:
    """A camera's iris."""
    x, y, rotation = 120, rng.uniform(112, 128), rng.uniform(0, 1)
    svg = sun(x, y, 88, palette.front) + sun(x, y, 78, palette.top)
    for step in range(7):
        angles = [2 * math.pi * (step + rotation + fraction) / 7 for fraction in (0, 0.62, 2.02)]
        lengths = (78, 78, 27)
        svg += area(
            [(x + r * math.cos(angle), y + r * math.sin(angle)) for angle, r in zip(angles, lengths, strict=True)],
            palette.light, 0.5 + 0.06 * step,
        )  # fmt: skip
    return svg + sun(x, y, 25, palette.front) + sun(x - 8, y - 9, 6, palette.letters, 0.9)


def window(rng: Generator, palette: Palette) -> str:
    """A house at dusk, one window lit."""
    svg = sun(rng.uniform(40, 200), 62, 22, palette.light, 0.5)
    for index in range(6):
        x0, top = -14 + 44 * index + rng.uniform(-6, 6), rng.uniform(92, 186)
        svg += f'<rect x="{x0:.0f}" y="{top:.0f}" width="50" height="300" fill="{palette.front}" '
        svg += f'opacity="{0.62 + 0.38 * (index % 2):.2f}"/>'
        for row in range(3):
            lit = rng.random() < 0.36
            if lit:
                svg += f'<rect x="{x0 + 10 + 18 * (row % 2):.0f}" y="{top + 14 + 22 * row:.0f}" width="10" '
                svg += f'height="13" fill="{palette.light}"/>'
    return svg


def grid(rng: Generator, palette: Palette) -> str:
    """A striped sun over a plain of lines."""
    x = 120 + rng.uniform(-24, 24)
    svg = stars(rng, 26, palette.letters, 120) + sun(x, 128, 66, palette.light)
    svg += "".join(
        f'<rect x="0" y="{124 + 15 * step}" width="{WIDTH}" height="{2 + 1.6 * step:.1f}" fill="{palette.top}"/>'
        for step in range(5)
    )
    svg += f'<rect y="196" width="{WIDTH}" height="170" fill="{palette.bottom}"/>'
    lines = "".join(f"M{x:.0f} 196 L{x + 46 * step:.0f} 370 " for step in range(-9, 10))
    lines += "".join(f"M0 {196 + 3.4 * step * step:.0f} H{WIDTH} " for step in range(8))
    return svg + line(lines, palette.front, 1.4, 0.8)


def sea(rng: Generator, palette: Palette) -> str:
    """A low sun and its path on the water, one boat."""
    x = rng.uniform(70, 170)
    svg = sun(x, 150, 58, palette.light) + f'<rect y="166" width="{WIDTH}" height="200" fill="{palette.front}"/>'
    for step in range(9):
        half = (54 - 4 * step) * rng.uniform(0.5, 1.0)
        svg += f'<rect x="{x - half:.0f}" y="{172 + 8 * step}" width="{2 * half:.0f}" height="3" rx="1.5" '
        svg += f'fill="{palette.light}" opacity=".75"/>'
    boat = 44 + rng.uniform(0, 40) if x > 120 else 150 + rng.uniform(0, 50)
    svg += area([(boat, 168), (boat, 122), (boat + 24, 162)], palette.letters, 0.95)
    return svg + path(f"M{boat - 14:.0f} 168 h40 q-6 14 -16 14 h-8 q-12 0 -16 -14z", palette.top)


def stairs(rng: Generator, palette: Palette) -> str:
    """Steps up into a lit door."""
    side = 1 if rng.random() < 0.5 else -1
    svg = ""
    for step in range(8):
        x, y = 120 + side * (96 - 25 * step), 248 - 19 * step
        svg += f'<rect x="{min(x, x + side * 260):.0f}" y="{y:.0f}" width="260" height="200" '
        svg += f'fill="{palette.front}" opacity="{0.32 + 0.085 * step:.2f}"/>'
    x = 120 - side * 74
    svg += f'<rect x="{x - 18:.0f}" y="46" width="36" height="70" fill="{palette.light}"/>'
    svg += area(
        [(x - 18, 116), (x + 18, 116), (x + side * 150 + 60, 330), (x + side * 60 - 40, 330)], palette.light, 0.2
    )
    return (
        svg
        + f'<circle cx="{x + side * 4:.0f}" cy="70" r="7" fill="{palette.front}"/>'
        + path(f"M{x + side * 4 - 9:.0f} 116 q0 -38 9 -38 q9 0 9 38z", palette.front)
    )


def rows(rng: Generator, palette: Palette) -> str:
    """Half circles in rows."""
    svg, colours = "", (palette.light, palette.front, palette.letters, palette.top)
    size = 60.0
    for row in range(5):
        for column in range(4):
            x, y = size * column + size / 2, 8 + 52 * row + 26
            colour = colours[int(rng.integers(4))]
            rotation = 90 * int(rng.integers(4))
            svg += f'<path d="M{x - 25:.0f} {y:.0f} a25 25 0 0 1 50 0z" fill="{colour}" opacity=".95" '
            svg += f'transform="rotate({rotation} {x:.0f} {y:.0f})"/>'
    return svg


MOTIFS: Mapping[str, tuple[Callable[[Generator, Palette], str], ...]] = {
    "Sci-Fi": (space, grid), "Horror": (night,), "Western": (mesa,), "Film-Noir": (blinds,), "Documentary": (lens,),
    "Musical": (waves,), "Music": (waves,), "Animation": (balloons, rows), "Children": (balloons,),
    "Children's": (balloons,), "Family": (balloons,), "Fantasy": (castle,), "Mystery": (keyhole, stairs),
    "Romance": (hearts, sea), "Adventure": (mountains, sea), "War": (stripes,), "Crime": (window, blinds),
    "Thriller": (spiral, stairs), "Action": (burst,), "History": (mountains,), "Comedy": (confetti, rows),
    "Drama": (curtain, sea, window),
}  # fmt: skip
"""Pictures by genre, the most specific genre first; the seed of the poster chooses one of several."""
