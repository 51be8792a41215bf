"""Posters drawn from the metadata of a movie; the same movie always has the same poster."""

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
_SAME_PALETTES = {
    "Children": "Animation",
    "Children's": "Animation",
    "Family": "Animation",
    "Music": "Musical",
    "History": "Adventure",
}
_SANS_SERIF = (
    "Haettenschweiler,'Franklin Gothic Demi Cond','Avenir Next Condensed','Roboto Condensed','Arial Narrow',sans-serif"
)
_SERIF = "'Iowan Old Style','Palatino Linotype',Palatino,Georgia,'Liberation Serif',serif"
_SERIF_GENRES = frozenset(("Romance", "Drama", "Mystery", "Fantasy", "Documentary", "Film-Noir"))
_SECOND_GENRE_RATE = 0.35  # share of the movies of which the second genre is drawn
_CAPITAL_WIDTH, _SMALL_WIDTH = 0.55, 0.47  # of a letter, relative to the font size
_MARGIN, _MAX_LINES = 18, 3
_LETTER_WIDTHS = dict.fromkeys(" .,:;!'’iIjl|", 0.28) | dict.fromkeys("frt()-", 0.36) | dict.fromkeys("mMwW@&", 0.8)
_FONT_SIZES = (36, 32, 28, 24, 21, 18, 15)


def poster_svg(item_id: str, title: str, year: int, genres: Sequence[str]) -> str:
    """A poster as SVG, 240 by 360 pixels; all text in it is escaped.

    Args:
        item_id: seed of the drawing.
        title: title in natural order.
        year: 0 if unknown.
        genres: the picture is of the first or the second of `MOTIFS` among them.
    """
    seed = int.from_bytes(hashlib.blake2b(item_id.encode(errors="replace"), digest_size=8).digest(), "little")
    rng = np.random.Generator(np.random.PCG64(seed))
    genres_drawn = [genre for genre in MOTIFS if genre in genres][:2] or ["Drama"]
    genre = genres_drawn[int(rng.random() < _SECOND_GENRE_RATE) if len(genres_drawn) > 1 else 0]
    palettes = _PALETTES[_SAME_PALETTES.get(genre, genre)]
    palette = Palette(*palettes[int(rng.integers(len(palettes)))].split())
    picture = MOTIFS[genre][int(rng.integers(len(MOTIFS[genre])))](rng, palette)
    label = escape(f"{title} ({year})" if year else title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img"><title>{label}</title><defs>'
        f'<linearGradient id="sky" x2="0" y2="1"><stop stop-color="{palette.top}"/>'
        f'<stop offset="1" stop-color="{palette.bottom}"/></linearGradient>'
        f'<linearGradient id="foot" x2="0" y2="1"><stop stop-color="#07080b" stop-opacity="0"/>'
        f'<stop offset=".5" stop-color="#07080b" stop-opacity=".72"/>'
        f'<stop offset="1" stop-color="#07080b" stop-opacity=".9"/></linearGradient></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#sky)"/>{picture}'
        f'<rect y="176" width="{WIDTH}" height="184" fill="url(#foot)"/>{_lettering(title, year, genre, palette)}'
        f'<rect x="8.5" y="8.5" width="{WIDTH - 17}" height="{HEIGHT - 17}" fill="none" stroke="{palette.letters}" '
        f'stroke-opacity=".28"/></svg>'
    )


def _lettering(title: str, year: int, genre: str, palette: Palette) -> str:
    """The title at the bottom, as large as it fits, and below it the year: a genre would be a word of one language.

    Each line is stretched to the width that was computed for it, so that it fits with any font.
    """
    has_serif = genre in _SERIF_GENRES
    text = title if has_serif else title.upper()
    letter_width = _SMALL_WIDTH if has_serif else _CAPITAL_WIDTH
    size, lines = _fit(text, letter_width)
    family, weight = (_SERIF, 600) if has_serif else (_SANS_SERIF, 700)
    svg = f'<g font-family={quoteattr(family)} font-size="{size}" font-weight="{weight}" fill="{palette.letters}">'
    for number, line in enumerate(reversed(lines)):
        y = HEIGHT - 46 - number * size * 1.04
        svg += (
            f'<text x="{_MARGIN}" y="{y:.0f}" textLength="{_text_width(line, letter_width) * size:.0f}" '
            f'lengthAdjust="spacingAndGlyphs">{escape(line)}</text>'
        )
    caption = str(year) if year else ""
    return svg + (
        f'</g><text x="{_MARGIN}" y="{HEIGHT - 22}" font-family="Helvetica,Arial,sans-serif" font-size="11" '
        f'letter-spacing="1.1" fill="{palette.letters}" opacity=".82">{caption}</text>'
    )


def _fit(title: str, letter_width: float) -> tuple[int, list[str]]:
    """The largest font size at which the title fits into `_MAX_LINES` lines, and the lines."""
    for size in _FONT_SIZES:
        max_width = (WIDTH - 2 * _MARGIN) / size
        lines = _wrap(title, max_width, letter_width)
        if len(lines) <= _MAX_LINES and all(_text_width(line, letter_width) <= max_width for line in lines):
            return size, lines
    lines = [*lines[: _MAX_LINES - 1], " ".join(lines[_MAX_LINES - 1 :])]
    return size, [_truncate(line, max_width, letter_width) for line in lines]


def _truncate(text: str, max_width: float, letter_width: float) -> str:
    if _text_width(text, letter_width) <= max_width:
        return text
    while _text_width(text + "…", letter_width) > max_width:
        text = text[:-1]
    return text.rstrip() + "…"


def _wrap(title: str, max_width: float, letter_width: float) -> list[str]:
    lines = [""]
    for word in title.split() or [title]:
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _text_width(longer, letter_width) > max_width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _text_width(text: str, letter_width: float) -> float:
    """The width of a text relative to the font size; East Asian characters are square."""
    return sum(1.0 if ord(letter) > 0x2E7F else _LETTER_WIDTHS.get(letter, letter_width) for letter in text)
