"""Notes of the library on lists, explanations and imports, in the language of the page.

The library writes them in English, for shell and API as well. The patterns are tested with the notes that it writes;
a note without a pattern is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reelgraph.recommend.cold_start import KNOWS_ORDER_NOTE
from reelgraph.serve.web.messages import Translator

_PATTERNS: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), key)
    for pattern, key in (
        (r"from (?P<count>[\d,]+) movies? you watched", "note.from_watched"),
        (r"no ratings yet: these are the most rated movies", "note.no_ratings"),
        (r"nothing seen yet: these are the most watched movies", "note.nothing_seen"),
        (r"no rating above (?P<stars>[\d.]+) stars?: these are the most rated movies", "note.none_liked"),
        (r"no movie that you liked yet: this list leans on what people like in general", "note.nothing_liked"),
        (
            r"the model learns nothing from such seldom rated movies: these are the most rated movies",
            "note.seldom_rated",
        ),
        (r"the model '.*' learns from ratings only: these are the most rated movies", "note.ratings_only"),
        (r"only (?P<count>\d+) of these are predicted at (?P<stars>[\d.]+) stars or more", "note.floor"),
        (r"held fixed: .*", "note.held_fixed"),
        (r"new: nobody has rated it yet, listed for what is known of it", "note.new"),
        (r"no movie is left: all are rated, seen or not wanted", "note.all_seen"),
        (r"no other movie is left: further movies of series come last", "note.later_parts"),
        (KNOWS_ORDER_NOTE, "note.knows_order"),
        (r"what the (?:stars|score) would lose without each rating", "note.left_out"),
        (r"the model is not a sum over the ratings, so these do not add up", "note.no_sum"),
        (
            r"only the (?P<count>\d+) ratings of the most similar movies were left out, of (?P<all>\d+)",
            "note.left_out_of",
        ),
        (r"(?P<count>[\d,]+) ratings? rounded to the nearest half star", "note.rounded"),
        (r"stars are scaled to the catalogue's highest rating, (?P<stars>[\d.]+)", "note.scaled"),
        (r"(?P<count>[\d,]+) ratings? with half a star kept as given; .*", "note.half_stars"),
        (r"(?P<count>[\d,]+) liked movies? \(hearts in .*\) counts? as seen", "note.hearts"),
        (r"ratings are out of (?P<stars>[\d.]+): divided by (?P<divisor>[\d.]+) to make stars", "note.divided"),
        (r"ratings from (?P<low>[-\d.]+) to (?P<high>[-\d.]+), as stated, are converted to stars", "note.converted"),
        (r"columns not used: (?P<columns>[^;]*)", "note.columns"),
        (r"files not read: (?P<files>.*)", "note.files"),
        (r"cannot be read: (?P<row>.*)", "note.row"),
    )
]
_NOTHING_FITS = re.compile(r"no movie fits .*: (?P<options>[^:]*)")
_OPTION = re.compile(r"(?P<count>\d[\d,]*) with(?P<out>out the (?P<name>[a-z ]+)| those (?:not )?seen)")
_CONDITIONS = {
    "genres": "filters.genres", "years": "filters.years", "length": "filters.runtime_to", "people": "note.people",
    "moods": "note.moods", "directors": "filters.director", "cast": "filters.cast",
    "languages": "filters.film_language", "countries": "filters.country",
    "movies to choose from": "filters.only_watchlist",
}  # fmt: skip
_NOT_SHOWN = re.compile(r"re-ranked for .*|more like (?!what ).*")  # the visitor has just said so


def translated_notes(note: str, t: Translator) -> str:
    """Notes that are joined by semicolons, as sentences in the language of the page."""
    parts = [part for part in note.split("; ") if part and not _NOT_SHOWN.fullmatch(part)]
    return " ".join(translated_note(part, t) for part in parts)


def translated_note(note: str, t: Translator) -> str:
    """One note as a sentence in the language of the page."""
    nothing_fits = _NOTHING_FITS.fullmatch(note)
    if nothing_fits:
        return _to_loosen(nothing_fits["options"], t)
    for pattern, key in _PATTERNS:
        match = pattern.fullmatch(note)
        if match:
            return t.text(key, **{name: _value(name, text) for name, text in match.groupdict().items()})
    text = re.sub(r"\bmovie(s?)\b", r"film\1", note)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


def _to_loosen(options: str, t: Translator) -> str:
    """That no film fits, and how many do without each of the conditions that the page names."""
    sentences = [t.text("note.nothing_fits")]
    for option in _OPTION.finditer(options):
        count = float(option["count"].replace(",", ""))
        if option["name"] is None:
            sentences.append(t.text("note.fits_seen", count=count))
        elif option["name"] in _CONDITIONS:
            sentences.append(t.text("note.fits_without", count=count, name=t.text(_CONDITIONS[option["name"]])))
    return " ".join(sentences if len(sentences) > 1 else [*sentences, t.text("note.fits_several")])


def _value(name: str, text: str) -> str | float:
    """A number where the message has one, so that it is written as the language does."""
    return text if name in ("columns", "files", "row") else float(text.replace(",", ""))
