"""The taste card: a picture of a taste, drawn as SVG, that a person may show to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

CARD_WIDTH, CARD_HEIGHT = 1200, 630  # pixels, as link previews have them
_LEFT, _COLUMN = 64, 590
_POSTER_WIDTH, _POSTER_HEIGHT = 184, 276
_FONT = "'Inter','Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_BAR_TOP, _BAR_STEP, _BAR_LEFT, _BAR_WIDTH = 262, 38, 214, 266
_DECADE_TOP, _DECADE_HEIGHT = 478, 74
_MAX_HEADING, _MAX_LABEL = 30, 17  # characters


@dataclass(frozen=True)
class CardTexts:
    """The words of a card, in the language of the visitor.

    Args:
        heading: whose taste it is.
        summary: below the heading.
        genres: above the genres.
        decades: above the decades.
        foot: at the bottom.
    """

    heading: str
    summary: str
    genres: str
    decades: str
    foot: str


def taste_card_svg(
    texts: CardTexts,
    genres: Sequence[tuple[str, str, float]],
    decades: Sequence[tuple[str, int]],
    posters: Sequence[str],
) -> str:
    """A card of 1200 by 630 pixels; it refers to nothing outside itself, and all text in it is escaped.

    Args:
        texts: its words.
        genres: name, figure and length of the bar from 0 to 1, at most five.
        decades: name and number of films, in order.
        posters: up to four posters as `poster_svg` draws them.
    """
    bars = "".join(_bar(number, *genre) for number, genre in enumerate(genres[:5]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CARD_WIDTH} {CARD_HEIGHT}" width="{CARD_WIDTH}" '
        f'height="{CARD_HEIGHT}" role="img" font-family="{_FONT}"><title>{escape(texts.heading)}</title><defs>'
        '<radialGradient id="glow" cx=".1" cy="0" r=".9"><stop stop-color="#4a3206"/>'
        '<stop offset="1" stop-color="#0e1014"/></radialGradient></defs>'
        f'<rect width="{CARD_WIDTH}" height="{CARD_HEIGHT}" fill="url(#glow)"/>'
        f"{_heading(texts)}{_label(texts.genres, 226)}{bars}{_label(texts.decades, 468)}{_decades(decades)}"
        f"{''.join(_poster(number, poster) for number, poster in enumerate(posters[:4]))}{_foot(texts.foot)}</svg>"
    )


def _heading(texts: CardTexts) -> str:
    heading = _cut(texts.heading, _MAX_HEADING)
    size = 52 if len(heading) <= 20 else 38
    return (
        f'<text x="{_LEFT}" y="112" font-size="{size}" font-weight="750" letter-spacing="-1.2" fill="#f4f0e8">'
        f"{escape(heading)}</text>"
        f'<text x="{_LEFT}" y="158" font-size="25" fill="#bcb8b0">{escape(texts.summary)}</text>'
    )


def _label(text: str, y: int) -> str:
    return f'<text x="{_LEFT}" y="{y}" font-size="19" font-weight="600" fill="#ffb43a">{escape(text)}</text>'


def _bar(number: int, name: str, figure: str, length: float) -> str:
    y = _BAR_TOP + number * _BAR_STEP
    width = max(6.0, _BAR_WIDTH * min(max(length, 0.0), 1.0))
    x = _LEFT + _BAR_LEFT
    return (
        f'<text x="{_LEFT}" y="{y}" font-size="23" fill="#f4f0e8">{escape(_cut(name, _MAX_LABEL))}</text>'
        f'<rect x="{x}" y="{y - 17}" width="{_BAR_WIDTH}" height="18" rx="5" fill="#20242d"/>'
        f'<rect x="{x}" y="{y - 17}" width="{width:.0f}" height="18" rx="5" fill="#ffb43a"/>'
        f'<text x="{x + _BAR_WIDTH + 18}" y="{y}" font-size="22" fill="#bcb8b0">{escape(figure)}</text>'
    )


def _decades(decades: Sequence[tuple[str, int]]) -> str:
    latest = decades[-10:]
    if not latest:
        return ""
    largest, step = max(count for _, count in latest), min(58.0, _COLUMN / len(latest))
    svg = ""
    for number, (name, count) in enumerate(latest):
        height, colour = max(_DECADE_HEIGHT * count / max(largest, 1), 2), "#ffb43a" if count == largest else "#7d6332"
        x, bottom = _LEFT + number * step, _DECADE_TOP + _DECADE_HEIGHT
        svg += (
            f'<rect x="{x:.1f}" y="{bottom - height:.1f}" width="{step - 10:.1f}" height="{height:.1f}" rx="4" '
            f'fill="{colour}"/>'
            f'<text x="{x + (step - 10) / 2:.1f}" y="{bottom + 24}" font-size="17" text-anchor="middle" '
            f'fill="#98948c">{escape(name)}</text>'
        )
    return svg


def _poster(number: int, poster: str) -> str:
    """A poster in its place; the ids in it are made unique, since ids count for the whole document."""
    x = 724 + (number % 2) * (_POSTER_WIDTH + 24)
    y = 27 + (number // 2) * (_POSTER_HEIGHT + 24)
    place = f'x="{x}" y="{y}" width="{_POSTER_WIDTH}" height="{_POSTER_HEIGHT}"'
    for name in ("sky", "foot"):
        poster = poster.replace(f'id="{name}"', f'id="{name}{number}"').replace(
            f"url(#{name})", f"url(#{name}{number})"
        )
    return poster.replace('width="240" height="360"', place, 1)


def _foot(text: str) -> str:
    return f'<text x="{_LEFT}" y="606" font-size="17" fill="#98948c">{escape(text)}</text>'


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
