"""What the drawn posters show: one picture or a few for each genre."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from reelgraph.serve.web.posters.strokes import HEIGHT, WIDTH, Draw, Palette, area, line, path, ridge, ring, stars, sun


def space(draw: Draw, look: Palette) -> str:
    """A planet with its ring among stars."""
    x, y, r = draw.uniform(70, 170), draw.uniform(95, 150), draw.uniform(42, 66)
    tilt = draw.uniform(-32, 32)
    band = f'transform="rotate({tilt:.0f} {x:.0f} {y:.0f})"'
    ellipse = f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{1.75 * r:.0f}" ry="{0.42 * r:.0f}" fill="none"'
    whole = f'{ellipse} stroke="{look.light}" stroke-width="5" opacity=".9" {band}/>'
    front = f'<path d="M{x - 1.3 * r:.0f} {y:.0f} h{2.6 * r:.0f} v-{1.3 * r:.0f} h-{2.6 * r:.0f}z" fill="none"/>'
    half = (
        f'<path d="M{x - r:.1f} {y:.1f} A{r:.1f} {r:.1f} 0 0 1 {x + r:.1f} {y:.1f} '
        f'A{r:.1f} {0.24 * r:.1f} 0 0 1 {x - r:.1f} {y:.1f}z" fill="{look.front}" {band}/>'
    )
    shade = f'<circle cx="{x + 0.28 * r:.0f}" cy="{y + 0.2 * r:.0f}" r="{0.72 * r:.0f}" fill="#000" opacity=".12"/>'
    moon = sun(x + draw.uniform(-1, 1) * 60, 40, draw.uniform(6, 11), look.light, 0.85)
    return stars(draw, 46, look.letters) + moon + sun(x, y, r, look.front) + shade + whole + half + front


def night(draw: Draw, look: Palette) -> str:
    """A moon behind bare trees."""
    x = draw.uniform(70, 170)
    made = sun(x, 108, 62, look.light, 0.18) + sun(x, 108, 48, look.light)
    for trunk in np.sort(draw.uniform(0, WIDTH, 7)).tolist():
        top, lean, width = draw.uniform(10, 110), draw.uniform(-18, 18), draw.uniform(3, 8)
        made += area(
            [(trunk - width, HEIGHT), (trunk + lean, top), (trunk + lean + 1.5, top), (trunk + width, HEIGHT)],
            look.front,
        )
        for _ in range(3):
            y = draw.uniform(top + 20, 210)
            way = 1 if draw.random() < 0.5 else -1
            start = trunk + lean * (HEIGHT - y) / (HEIGHT - top)
            made += line(f"M{start:.0f} {y:.0f} q{way * 14} -8 {way * draw.uniform(20, 42):.0f} -34", look.front, 1.8)
    return made + area(ridge(draw, 250, 16, 14), look.front)


def mountains(draw: Draw, look: Palette) -> str:
    """Ranges one behind the other under a low sun."""
    made = sun(draw.uniform(50, 190), draw.uniform(80, 120), draw.uniform(30, 44), look.light)
    for depth, (base, height) in enumerate(((200, 90), (230, 70), (262, 48))):
        made += area(ridge(draw, base, height, 7 + 2 * depth), look.front, 0.42 + 0.27 * depth)
    return made


def mesa(draw: Draw, look: Palette) -> str:
    """A large sun over a desert."""
    made = sun(120, 150, 84, look.light)
    for y in (120, 140, 160, 180):
        made += f'<rect x="30" y="{y}" width="180" height="{(y - 105) / 9:.0f}" fill="{look.bottom}"/>'
    for left, wide, top in ((-20.0, 90, 176), (150.0, 120, 190), (70.0, 46, 206)):
        left += draw.uniform(-16, 16)
        made += area(
            [(left, HEIGHT), (left + 8, top + 22), (left + 16, top), (left + wide - 16, top),
             (left + wide - 8, top + 22), (left + wide, HEIGHT)],
            look.front, 0.92,
        )  # fmt: skip
    return made + f'<rect y="226" width="{WIDTH}" height="140" fill="{look.front}"/>'


def hearts(draw: Draw, look: Palette) -> str:
    """Two circles that overlap."""
    y, r, apart = draw.uniform(118, 138), draw.uniform(54, 62), draw.uniform(30, 42)
    both = math.sqrt(max(r * r - apart * apart, 1))
    lens = f"M120 {y - both:.1f} A{r:.1f} {r:.1f} 0 0 1 120 {y + both:.1f} A{r:.1f} {r:.1f} 0 0 1 120 {y - both:.1f}z"
    return sun(120 - apart, y, r, look.front) + sun(120 + apart, y, r, look.light) + path(lens, look.letters, 0.92)


def confetti(draw: Draw, look: Palette) -> str:
    """Shapes that tumble."""
    made = sun(draw.uniform(80, 160), draw.uniform(110, 140), 62, look.light)
    colours = (look.front, look.letters, look.top)
    for place in range(15):
        x, y = draw.uniform(8, WIDTH - 8), draw.uniform(10, 226)
        size, turn, colour = draw.uniform(7, 20), draw.uniform(0, 360), colours[place % 3]
        kind = place % 4
        if kind == 0:
            made += sun(x, y, size / 2, colour)
        elif kind == 1:
            made += f'<rect x="{x:.0f}" y="{y:.0f}" width="{size:.0f}" height="{size / 2.6:.0f}" fill="{colour}" '
            made += f'transform="rotate({turn:.0f} {x:.0f} {y:.0f})"/>'
        elif kind == 2:
            made += ring(x, y, size / 2, colour, 3.2)
        else:
            made += f'<path d="M{x:.0f} {y:.0f} q6 -12 12 0 t12 0 t12 0" fill="none" stroke="{colour}" '
            made += f'stroke-width="3.4" transform="rotate({turn:.0f} {x:.0f} {y:.0f})"/>'
    return made


def blinds(draw: Draw, look: Palette) -> str:
    """Light through a blind, and a lamp's cone."""
    made = ""
    skew = draw.uniform(-30, 30)
    for step in range(9):
        y = 18 + 24 * step
        made += area(
            [(30, y), (210, y + skew * 0.5), (210, y + 11 + skew * 0.5), (30, y + 11)], look.light, 0.9 - 0.075 * step
        )
    x = draw.uniform(84, 156)
    hat = (
        f"M{x - 52:.0f} 148 q52 18 104 0 l-16 -10 q-2 -38 -18 -40 q-18 -6 -36 0 q-14 4 -18 40z "
        f"M{x - 24:.0f} 158 q24 10 50 -2 q4 36 -12 46 l0 18 q46 10 56 46 l0 120 l-150 0 l0 -120 q10 -36 56 -48 l0 -18 "
        f"q-14 -14 0 -42z"
    )
    return made + path(hat, look.front)


def spiral(draw: Draw, look: Palette) -> str:
    """Circles that draw the eye in."""
    x, y = draw.uniform(95, 145), draw.uniform(105, 135)
    made = ""
    for step in range(9):
        r = 150 * 0.76**step
        x, y = x + draw.uniform(-3, 3), y + draw.uniform(-3, 3)
        made += sun(x, y, r, look.light if step % 2 else look.front, 1.0 if step % 2 == 0 else 0.92)
    return made


def keyhole(draw: Draw, look: Palette) -> str:
    """Light through a keyhole."""
    x, y = 120 + draw.uniform(-14, 14), 104
    made = "".join(ring(x, y + 20, r, look.light, 1.2, 0.14 + 0.05 * step) for step, r in enumerate((130, 108, 86, 66)))
    hole = f"M{x - 17:.0f} {y + 22:.0f} A32 32 0 1 1 {x + 17:.0f} {y + 22:.0f} L{x + 34:.0f} {y + 104:.0f} h-68z"
    return made + path(hole, look.light) + sun(x + draw.uniform(-6, 6), y, 9, look.front)


def burst(draw: Draw, look: Palette) -> str:
    """Rays from a point."""
    x, y = draw.uniform(60, 180), draw.uniform(120, 170)
    made, count, turn = "", 22, draw.uniform(0, 1)
    for step in range(0, count, 2):
        sides = [2 * math.pi * (step + turn + side) / count for side in (0, 0.9)]
        made += area(
            [(x, y), *((x + 420 * math.cos(angle), y + 420 * math.sin(angle)) for angle in sides)], look.front, 0.85
        )
    return made + sun(x, y, 40, look.light) + sun(x, y, 25, look.letters)


def curtain(draw: Draw, look: Palette) -> str:
    """A stage between curtains, one light."""
    made = area([(120, -20), (40, 250), (200, 250)], look.light, 0.28) + (
        f'<ellipse cx="120" cy="246" rx="84" ry="15" fill="{look.light}" opacity=".75"/>'
    )
    for side in (-1, 1):
        for fold in range(5):
            x = 120 + side * (118 - 19 * fold)
            swing = draw.uniform(6, 14)
            made += path(
                f"M{x - 12:.0f} 0 C{x - 12 - side * swing:.0f} 120 {x + side * (26 - 3 * fold):.0f} 150 "
                f"{x + side * 14:.0f} 256 l26 0 C{x + 26:.0f} 150 {x + 16:.0f} 110 {x + 14:.0f} 0z",
                look.front, 1.0 - 0.13 * fold,
            )  # fmt: skip
    return made


def stripes(draw: Draw, look: Palette) -> str:
    """Searchlights over a dark line of hills."""
    made = ""
    for _ in range(4):
        foot, aim = draw.uniform(20, 220), draw.uniform(-60, 300)
        made += area([(foot - 3, 240), (aim - 26, -10), (aim + 26, -10), (foot + 3, 240)], look.light, 0.32)
    made += sun(draw.uniform(60, 180), 70, 20, look.light)
    return made + area(ridge(draw, 236, 26, 12), look.front) + area(ridge(draw, 252, 20, 9), look.front, 0.7)


def balloons(draw: Draw, look: Palette) -> str:
    """Balloons over round hills."""
    made = sun(40, 300, 130, look.front, 0.55) + sun(205, 310, 130, look.front, 0.8)
    colours = (look.light, look.letters, look.front, look.light)
    for place, colour in enumerate(colours):
        x, y, r = 46 + 50 * place + draw.uniform(-10, 10), draw.uniform(48, 132), draw.uniform(17, 27)
        made += line(f"M{x:.0f} {y + r:.0f} q-7 22 0 40 t0 34", look.letters, 1.2, 0.7)
        made += f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{r:.0f}" ry="{1.16 * r:.0f}" fill="{colour}"/>'
        made += f'<ellipse cx="{x - 0.35 * r:.0f}" cy="{y - 0.45 * r:.0f}" rx="{0.2 * r:.0f}" ry="{0.3 * r:.0f}" '
        made += 'fill="#fff" opacity=".5"/>'
    return made


def castle(draw: Draw, look: Palette) -> str:
    """Towers under a crescent."""
    x = draw.uniform(60, 180)
    made = stars(draw, 30, look.letters, 150) + sun(x, 74, 34, look.light) + sun(x + 13, 66, 30, look.top)
    for left, wide, top in ((78.0, 84, 176), (62.0, 24, 140), (154.0, 24, 150), (106.0, 28, 112)):
        left += draw.uniform(-4, 4)
        made += f'<rect x="{left:.0f}" y="{top}" width="{wide}" height="200" fill="{look.front}"/>'
        made += area([(left - 4, top), (left + wide / 2, top - 0.75 * wide - 14), (left + wide + 4, top)], look.front)
    return made + area(ridge(draw, 250, 22, 8), look.front)


def waves(draw: Draw, look: Palette) -> str:
    """Lines that swing like strings."""
    made = sun(draw.uniform(80, 160), 112, 56, look.light)
    for step in range(8):
        y, swing = 62 + 21 * step, draw.uniform(-26, 26)
        made += line(
            f"M-10 {y} C60 {y - swing:.0f} 90 {y + swing:.0f} 130 {y} S210 {y - swing:.0f} 250 {y + swing / 2:.0f}",
            look.front if step % 2 else look.letters, 3.4 if step % 2 else 2.2, 0.95,
        )  # fmt: skip
    return made


def lens(draw: Draw, look: Palette) -> str:
    """A camera's iris."""
    x, y, turn = 120, draw.uniform(112, 128), draw.uniform(0, 1)
    made = sun(x, y, 88, look.front) + sun(x, y, 78, look.top)
    for step in range(7):
        angles = [2 * math.pi * (step + turn + more) / 7 for more in (0, 0.62, 2.02)]
        lengths = (78, 78, 27)
        made += area(
            [(x + r * math.cos(angle), y + r * math.sin(angle)) for angle, r in zip(angles, lengths, strict=True)],
            look.light, 0.5 + 0.06 * step,
        )  # fmt: skip
    return made + sun(x, y, 25, look.front) + sun(x - 8, y - 9, 6, look.letters, 0.9)


def window(draw: Draw, look: Palette) -> str:
    """A house at dusk, one window lit."""
    made = sun(draw.uniform(40, 200), 62, 22, look.light, 0.5)
    for place in range(6):
        left, top = -14 + 44 * place + draw.uniform(-6, 6), draw.uniform(92, 186)
        made += f'<rect x="{left:.0f}" y="{top:.0f}" width="50" height="300" fill="{look.front}" '
        made += f'opacity="{0.62 + 0.38 * (place % 2):.2f}"/>'
        for row in range(3):
            lit = draw.random() < 0.36
            if lit:
                made += f'<rect x="{left + 10 + 18 * (row % 2):.0f}" y="{top + 14 + 22 * row:.0f}" width="10" '
                made += f'height="13" fill="{look.light}"/>'
    return made


def grid(draw: Draw, look: Palette) -> str:
    """A striped sun over a plain of lines."""
    x = 120 + draw.uniform(-24, 24)
    made = stars(draw, 26, look.letters, 120) + sun(x, 128, 66, look.light)
    made += "".join(
        f'<rect x="0" y="{124 + 15 * step}" width="{WIDTH}" height="{2 + 1.6 * step:.1f}" fill="{look.top}"/>'
        for step in range(5)
    )
    made += f'<rect y="196" width="{WIDTH}" height="170" fill="{look.bottom}"/>'
    ways = "".join(f"M{x:.0f} 196 L{x + 46 * step:.0f} 370 " for step in range(-9, 10))
    ways += "".join(f"M0 {196 + 3.4 * step * step:.0f} H{WIDTH} " for step in range(8))
    return made + line(ways, look.front, 1.4, 0.8)


def sea(draw: Draw, look: Palette) -> str:
    """A low sun and its path on the water, one boat."""
    x = draw.uniform(70, 170)
    made = sun(x, 150, 58, look.light) + f'<rect y="166" width="{WIDTH}" height="200" fill="{look.front}"/>'
    for step in range(9):
        half = (54 - 4 * step) * draw.uniform(0.5, 1.0)
        made += f'<rect x="{x - half:.0f}" y="{172 + 8 * step}" width="{2 * half:.0f}" height="3" rx="1.5" '
        made += f'fill="{look.light}" opacity=".75"/>'
    boat = 44 + draw.uniform(0, 40) if x > 120 else 150 + draw.uniform(0, 50)
    made += area([(boat, 168), (boat, 122), (boat + 24, 162)], look.letters, 0.95)
    return made + path(f"M{boat - 14:.0f} 168 h40 q-6 14 -16 14 h-8 q-12 0 -16 -14z", look.top)


def stairs(draw: Draw, look: Palette) -> str:
    """Steps up into a lit door."""
    way = 1 if draw.random() < 0.5 else -1
    made = ""
    for step in range(8):
        x, y = 120 + way * (96 - 25 * step), 248 - 19 * step
        made += f'<rect x="{min(x, x + way * 260):.0f}" y="{y:.0f}" width="260" height="200" '
        made += f'fill="{look.front}" opacity="{0.32 + 0.085 * step:.2f}"/>'
    x = 120 - way * 74
    made += f'<rect x="{x - 18:.0f}" y="46" width="36" height="70" fill="{look.light}"/>'
    made += area([(x - 18, 116), (x + 18, 116), (x + way * 150 + 60, 330), (x + way * 60 - 40, 330)], look.light, 0.2)
    return (
        made
        + f'<circle cx="{x + way * 4:.0f}" cy="70" r="7" fill="{look.front}"/>'
        + path(f"M{x + way * 4 - 9:.0f} 116 q0 -38 9 -38 q9 0 9 38z", look.front)
    )


def rows(draw: Draw, look: Palette) -> str:
    """Half circles in rows, as on old wallpaper."""
    made, colours = "", (look.light, look.front, look.letters, look.top)
    size = 60.0
    for row in range(5):
        for column in range(4):
            x, y = size * column + size / 2, 8 + 52 * row + 26
            colour = colours[int(draw.integers(4))]
            turn = 90 * int(draw.integers(4))
            made += f'<path d="M{x - 25:.0f} {y:.0f} a25 25 0 0 1 50 0z" fill="{colour}" opacity=".95" '
            made += f'transform="rotate({turn} {x:.0f} {y:.0f})"/>'
    return made


MOTIFS: Mapping[str, tuple[Callable[[Draw, Palette], str], ...]] = {
    "Sci-Fi": (space, grid), "Horror": (night,), "Western": (mesa,), "Film-Noir": (blinds,), "Documentary": (lens,),
    "Musical": (waves,), "Music": (waves,), "Animation": (balloons, rows), "Children": (balloons,),
    "Children's": (balloons,), "Family": (balloons,), "Fantasy": (castle,), "Mystery": (keyhole, stairs),
    "Romance": (hearts, sea), "Adventure": (mountains, sea), "War": (stripes,), "Crime": (window, blinds),
    "Thriller": (spiral, stairs), "Action": (burst,), "History": (mountains,), "Comedy": (confetti, rows),
    "Drama": (curtain, sea, window),
}  # fmt: skip
"""By genre, those that say most about a film first; of several the film's seed takes one."""
