"""What sources say of a movie, and the movies that it is said of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reelgraph.core import Catalogue
from reelgraph.core.catalogue import LIST_DETAILS, TEXT_DETAILS
from reelgraph.data.titles.title_parsing import exact_key, parse_title
from reelgraph.enrichment.refusals import Refuse

MAX_TEXT = 4_000
"""Letters of an overview that are kept."""

MAX_NAMES = {"directors": 10, "writers": 10, "cast": 12, "keywords": 60, "translated_titles": 40}
"""Entries of a list that are kept; of other lists 20."""

_MAX_NAME = 300  # letters of a name, a keyword or a title
_TITLES = ("translated_titles", "title_languages")
_RANGES = {"runtime": (1, 1_440), "year": (1870, 2100), "tmdb_id": (1, 10**12)}
"""Lengths: a day at most. Of 124,667 films with votes at IMDb 682 are longer than three hours; the few that are longer
than a day are installations (Logistics: 51,420 minutes), and a length in seconds would pass for one of them.
"""
_KINDS = {
    "runtime": "lengths that are no whole number of minutes from 1 to 1,440",
    "year": "years that are not from 1870 to 2100",
    "tmdb_id": "ids of TMDB that are no number",
}


@dataclass
class MovieDetails:
    """What is known of one movie: what an earlier source said stays.

    Args:
        values: field of `Catalogue` -> value.
        local_titles: language -> title.
    """

    values: dict[str, Any] = field(default_factory=dict)
    local_titles: dict[str, str] = field(default_factory=dict)

    def add(self, new_values: Mapping[str, Any], refuse: Refuse) -> None:
        """Add what is not known yet; titles and keywords of several sources are put together.

        Args:
            new_values: field of `Catalogue` -> value; 0, "" or nothing where it is not known.
            refuse: called for numbers that are out of range.
        """
        for name, value in new_values.items():
            if name == "local_titles":
                self.local_titles = {**value, **self.local_titles}
                continue
            if name in ("translated_titles", "keywords"):
                value = (*self.values.get(name, ()), *value)
            elif self.values.get(name):
                continue
            value = _number(name, value, refuse) if name in _RANGES else _bounded(name, value)
            if value:
                self.values[name] = value


def _bounded(name: str, value: Any) -> Any:
    """A value within its limits, each entry of a list once."""
    if name not in LIST_DETAILS and name != "genres":
        return " ".join(str(value).split())[:MAX_TEXT]
    entries = (" ".join(entry.split()) for entry in value)
    entries = (entry.lower() for entry in entries) if name == "keywords" else entries
    unique = dict.fromkeys(entry for entry in entries if 0 < len(entry) <= _MAX_NAME)
    return tuple(unique)[: MAX_NAMES.get(name, 20)]


def _number(name: str, value: Any, refuse: Refuse) -> int:
    """A number within its range, 0 for none; a text is a number that could not be read."""
    low, high = _RANGES[name]
    if isinstance(value, int) and low <= value <= high:
        return value
    if value:
        refuse(_KINDS[name], str(value))
    return 0


def filled_catalogue(catalogue: Catalogue, details: Sequence[MovieDetails]) -> Catalogue:
    """A catalogue with the details of its movies, ``n`` of them; what it knows itself stays.

    Titles in other languages that are the title or the original title are left out.
    """
    columns: dict[str, Any] = {}
    for name in ("year", "runtime", "tmdb_id"):
        of_catalogue = getattr(catalogue, name)
        columns[name] = np.array(
            [
                value or of_movie.values.get(name, 0)
                for value, of_movie in zip(of_catalogue.tolist(), details, strict=True)
            ],
            np.int64,
        )
    imdb_ids = [
        of_catalogue or of_movie.values.get("imdb_id", "")
        for of_catalogue, of_movie in zip(catalogue.imdb_id.tolist(), details, strict=True)
    ]
    columns["imdb_id"] = np.array(imdb_ids, np.str_)
    for name in ("genres", *(name for name in LIST_DETAILS if name not in _TITLES), *TEXT_DETAILS):
        unknown: Any = "" if name in TEXT_DETAILS else ()
        columns[name] = tuple(
            of_catalogue or of_movie.values.get(name, unknown)
            for of_catalogue, of_movie in zip(getattr(catalogue, name), details, strict=True)
        )
    columns |= _titles(catalogue, columns["original_title"], details)
    people = zip(catalogue.people, columns["directors"], columns["cast"], columns["writers"], strict=True)
    columns["people"] = tuple(
        of_catalogue or tuple(dict.fromkeys((*directors, *cast, *writers)))
        for of_catalogue, directors, cast, writers in people
    )
    unchanged = ("item_id", "title", "tags")
    return Catalogue(**{name: getattr(catalogue, name) for name in unchanged}, **columns)


def _titles(catalogue: Catalogue, originals: Sequence[str], details: Sequence[MovieDetails]) -> dict[str, Any]:
    """``translated_titles`` and ``title_languages`` of all movies; those of the catalogue stay."""
    titles, languages = [], []
    for row, of_movie in enumerate(details):
        if catalogue.translated_titles[row]:
            pair = catalogue.translated_titles[row], catalogue.title_languages[row]
        else:
            pair = _other_titles(str(catalogue.title[row]), originals[row], of_movie)
        titles.append(pair[0])
        languages.append(pair[1])
    return {"translated_titles": tuple(titles), "title_languages": tuple(languages)}


def _other_titles(title: str, original: str, details: MovieDetails) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Titles other than the title, those with a language first, and their languages."""
    title_key = exact_key(parse_title(title).main)
    local = {code: " ".join(name.split())[:_MAX_NAME] for code, name in details.local_titles.items()}
    codes: dict[str, list[str]] = {}
    for code, name in local.items():
        codes.setdefault(exact_key(name), []).append(code)
    others: dict[str, str] = {}
    for other in (*local.values(), *details.values.get("translated_titles", ())):
        key = exact_key(other)
        if key != title_key and (key in codes or key != exact_key(original)):
            others.setdefault(key, other)
    keys = list(others)[: MAX_NAMES["translated_titles"]]
    languages = tuple(" ".join(codes.get(key, ())) for key in keys)
    return tuple(others[key] for key in keys), languages if any(languages) else ()
