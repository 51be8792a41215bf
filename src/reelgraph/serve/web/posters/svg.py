"""Posters drawn from what is known of a film, for every film that has no picture: the same film, the same poster."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from reelgraph.serve.web.posters.motifs import MOTIFS
from reelgraph.serve.web.posters.strokes import HEIGHT, WIDTH, Palette

_PALETTES = {
    "Sci-Fi": (
        "#0b1633 #283f7d #e4725b #f6d38b",
        "#10222b #1f5d66 #f0a35e #d9f0e6",
        "#2a0f3d #6c2a6b #f0a04b #ffe1a8",
    ),
    "Horror": (
        "#1a0b10 #6d1523 #12070a #f1dcc0",
        "#0c1714 #2f5a4a #07100d #e9e4b5",
        "#241233 #4f2a6b #0d0714 #e6d9f0",
    ),
    "Western": (
        "#f3b562 #e7783f #4b1f1a #fbe3a6",
        "#d98e4a #a63f2b #35130f #f7cf7f",
    ),
    "Film-Noir": (
        "#15161a #3a3d46 #050506 #d9d4c5",
        "#1b1a17 #4c463a #070605 #e3d6b3",
    ),
    "Documentary": (
        "#15323d #2b6173 #0e2029 #8fc7c9",
        "#2f2a3b #5d5473 #1b1724 #c9b8e0",
    ),
    "Musical": (
        "#5a1846 #b8336a #f7a440 #ffd88a",
        "#1d2b64 #5b4b9a #f5c04d #f48fb1",
    ),
    "War": (
        "#3b3f2b #8a8550 #1b1d12 #ecdca0",
        "#2d353c #7d7a6b #14181b #e8c987",
    ),
    "Animation": (
        "#3fa7d6 #a4dcea #ee6352 #fac05e",
        "#6a5acd #f3a6c8 #2f8f83 #ffd166",
    ),
    "Fantasy": (
        "#231942 #7a5ba6 #120c26 #f3d9a4",
        "#0e3040 #4c9a8a #082029 #f4e3b2",
    ),
    "Mystery": (
        "#10202b #30505e #0a141b #e8c170",
        "#251a2e #5a3c62 #150e1b #e9b7a0",
    ),
    "Romance": (
        "#7d2248 #c85c6f #e98a86 #f3b59b",
        "#2f3e66 #7c6a9c #e08aa0 #8fb5d9",
        "#5a2a52 #d9728a #7a2f52 #ffd9b8",
    ),
    "Adventure": (
        "#f0b765 #d9703f #213a4a #fdeab5",
        "#7fb7be #3d8390 #15353f #f6e7a9",
        "#c9793f #7a3b2e #2a1a22 #ffd79a",
    ),
    "Crime": (
        "#1d2236 #7a4a58 #0d101c #f5c66a",
        "#122a33 #4f6b5c #0a161b #f2b75d",
        "#2b1f1a #8a4a2f #140d0a #ffcf7a",
    ),
    "Thriller": (
        "#7d1f1a #38100f #b8372b #240a0b",
        "#0f3b4c #08222d #1f6f78 #051a22",
        "#6b5a1e #221c0a #c2a23a #17140a",
    ),
    "Action": (
        "#c63d2a #7e1b1e #e9822f #f8c84c",
        "#12395b #0a2039 #2f72a8 #f6b73c",
        "#34343f #1b1b22 #d9442f #f2d16b",
    ),
    "Comedy": (
        "#157a8c #0f5a73 #f46b52 #f9c74f",
        "#d9552b #b53c2c #1d3f5e #f8c65a",
        "#e9a93c #d9772b #2b5d6b #fff1d0",
    ),
    "Drama": (
        "#1e1a2b #4a3348 #8c2f39 #f2cf98",
        "#14262e #3a4a4f #9a4a2f #f0dcae",
        "#40323a #8a5a44 #241a20 #f4d8a0",
    ),
}
_LIKE = {
    "Children": "Animation",
    "Children's": "Animation",
    "Family": "Animation",
    "Music": "Musical",
    "History": "Adventure",
}
_NARROW = (
    "Haettenschweiler,'Franklin Gothic Demi Cond','Avenir Next Condensed','Roboto Condensed','Arial Narrow',sans-serif"
)
_SERIF = "'Iowan Old Style','Palatino Linotype',Palatino,Georgia,'Liberation Serif',serif"
_SERIFS = frozenset(("Romance", "Drama", "Mystery", "Fantasy", "Documentary", "Film-Noir"))
_SECOND = 0.35  # how often the second genre of a film is drawn
_CAPITAL, _SMALL, _MARGIN, _LINES = 0.55, 0.47, 18, 3  # breadth of a letter, in parts of its size
_BREADTHS = dict.fromkeys(" .,:;!'’iIjl|", 0.28) | dict.fromkeys("frt()-", 0.36) | dict.fromkeys("mMwW@&", 0.8)
_SIZES = (36, 32, 28, 24, 21, 18, 15)


def poster(item_id: str, title: str, year: int, genres: Sequence[str]) -> str:
    """A poster as SVG, 240 by 360; every text in it is escaped.

    Args:
        item_id: what the drawing is seeded with.
        title: as people write it.
        year: 0 where unknown.
        genres: the first of `MOTIFS` among them says what is drawn.
    """
    seed = int.from_bytes(hashlib.blake2b(item_id.encode(errors="replace"), digest_size=8).digest(), "little")
    draw = np.random.Generator(np.random.PCG64(seed))
    kinds = [genre for genre in MOTIFS if genre in genres][:2] or ["Drama"]
    kind = kinds[int(draw.random() < _SECOND) if len(kinds) > 1 else 0]
    palettes = _PALETTES[_LIKE.get(kind, kind)]
    look = Palette(*palettes[int(draw.integers(len(palettes)))].split())
    picture = MOTIFS[kind][int(draw.integers(len(MOTIFS[kind])))](draw, look)
    name = escape(f"{title} ({year})" if year else title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img"><title>{name}</title><defs>'
        f'<linearGradient id="sky" x2="0" y2="1"><stop stop-color="{look.top}"/>'
        f'<stop offset="1" stop-color="{look.bottom}"/></linearGradient>'
        f'<linearGradient id="foot" x2="0" y2="1"><stop stop-color="#07080b" stop-opacity="0"/>'
        f'<stop offset=".5" stop-color="#07080b" stop-opacity=".72"/>'
        f'<stop offset="1" stop-color="#07080b" stop-opacity=".9"/></linearGradient></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#sky)"/>{picture}'
        f'<rect y="176" width="{WIDTH}" height="184" fill="url(#foot)"/>{_letters(title, year, kind, look)}'
        f'<rect x="8.5" y="8.5" width="{WIDTH - 17}" height="{HEIGHT - 17}" fill="none" stroke="{look.letters}" '
        f'stroke-opacity=".28"/></svg>'
    )


def _letters(title: str, year: int, kind: str, look: Palette) -> str:
    """The title at the foot, as large as it fits, and under it year and genre.

    Each line is stretched to the breadth it was reckoned with, so that it fits in whatever font there is.
    """
    serif = kind in _SERIFS
    shown = title if serif else title.upper()
    wide = _SMALL if serif else _CAPITAL
    size, lines = _fitted(shown, wide)
    family, weight = (_SERIF, 600) if serif else (_NARROW, 700)
    made = f'<g font-family={quoteattr(family)} font-size="{size}" font-weight="{weight}" fill="{look.letters}">'
    for place, text in enumerate(reversed(lines)):
        y = HEIGHT - 46 - place * size * 1.04
        made += (
            f'<text x="{_MARGIN}" y="{y:.0f}" textLength="{_breadth(text, wide) * size:.0f}" '
            f'lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        )
    under = " · ".join(filter(None, (str(year) if year else "", kind)))
    return made + (
        f'</g><text x="{_MARGIN}" y="{HEIGHT - 22}" font-family="Helvetica,Arial,sans-serif" font-size="11" '
        f'letter-spacing="1.1" fill="{look.letters}" opacity=".82">{escape(under.upper())}</text>'
    )


def _fitted(title: str, wide: float) -> tuple[int, list[str]]:
    """The largest size at which the title fits into three lines, and these lines."""
    for size in _SIZES:
        room = (WIDTH - 2 * _MARGIN) / size
        lines = _broken(title, room, wide)
        if len(lines) <= _LINES and all(_breadth(one, wide) <= room for one in lines):
            return size, lines
    kept = [*lines[: _LINES - 1], " ".join(lines[_LINES - 1 :])]
    return size, [_cut(one, room, wide) for one in kept]


def _cut(text: str, room: float, wide: float) -> str:
    if _breadth(text, wide) <= room:
        return text
    while _breadth(text + "…", wide) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _broken(title: str, room: float, wide: float) -> list[str]:
    lines = [""]
    for word in title.split() or [title]:
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _breadth(longer, wide) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _breadth(text: str, wide: float) -> float:
    """How wide a text is, in its size; letters of East Asia are square."""
    return sum(1.0 if ord(letter) > 0x2E7F else _BREADTHS.get(letter, wide) for letter in text)
