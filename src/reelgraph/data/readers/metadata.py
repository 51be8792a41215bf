"""Metadata fields of MovieLens: years in titles, genres, tags, age bands, occupations and regions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from reelgraph.core import AnyArray, Catalogue, Profiles
from reelgraph.core.arrays import wide
from reelgraph.core.errors import DataFormatError

# "Heat (1995)", "Death Note (2006–2007)", "The Land Before Time III (1995) (V)"
_YEAR = re.compile(r"\((\d{4})(?:[-–]\d{0,4})?\)\s*(?:\((?:V|TV|mini)\)\s*)?$")
_NO_GENRES = ("", "(no genres listed)", "unknown")
_BANDS = ((18, "Under 18"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (50, "45-49"), (56, "50-55"))

OCCUPATIONS = (
    "other",
    "academic/educator",
    "artist",
    "clerical/admin",
    "college/grad student",
    "customer service",
    "doctor/health care",
    "executive/managerial",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales/marketing",
    "scientist",
    "self-employed",
    "technician/engineer",
    "tradesman/craftsman",
    "unemployed",
    "writer",
)
"""Occupation names by the code of ml-1m. Source: its README, "USERS FILE DESCRIPTION"; 0 is also "not specified"."""


def year_of(title: str) -> int:
    """The year at the end of a title, the first of a range; 0 if there is none."""
    match = _YEAR.search(title)
    return int(match.group(1)) if match else 0


def genres_of(genre_list: str, separator: str = "|") -> tuple[str, ...]:
    """Genre names from a list such as ``Comedy|Drama``, without "(no genres listed)" and "unknown"."""
    return tuple(name.strip() for name in genre_list.split(separator) if name.strip() not in _NO_GENRES)


def age_band(age: str) -> str:
    """The ml-1m band of an age in years (or of the code of a band, its youngest age); "" if it is not a number."""
    if not age.isdecimal():
        return ""
    return next((name for below, name in _BANDS if int(age) < below), "56+")


def occupation_of(occupation: str) -> str:
    """The name of an occupation, which may be given as its ml-1m code; "" if there is none."""
    if occupation.isdecimal():
        return OCCUPATIONS[int(occupation)] if int(occupation) < len(OCCUPATIONS) else ""
    return "" if occupation == "none" else occupation


def region_of(zip_code: str) -> str:
    """The first digit of a US zip code, "other" for other codes, "" for no code."""
    if not zip_code:
        return ""
    return zip_code[0] if zip_code[0].isdecimal() and zip_code[:5].isdecimal() else "other"


@dataclass
class MovieRow:
    """The metadata of one movie; the fields are those of `Catalogue`."""

    item_id: int | str
    title: str
    year: int = 0
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    imdb_id: str = ""
    tmdb_id: int = 0
    runtime: int = 0


@dataclass
class PersonRow:
    """The metadata of one user; the fields are those of `Profiles`."""

    user_id: int | str
    gender: str = ""
    age_band: str = ""
    occupation: str = ""
    region: str = ""


def _strings(values: Iterable[str]) -> AnyArray:
    return np.array([*values, ""], dtype=str)[
        :-1
    ]  # the additional entry makes the dtype text even if there are no values


def _ids(values: Sequence[int | str], like: AnyArray) -> AnyArray:
    if not values:
        return wide(np.empty(0, dtype=like.dtype))
    return np.array(values, dtype=np.int64 if like.dtype.kind == "i" else str)


def catalogue(rows: Sequence[MovieRow], like: AnyArray) -> Catalogue:
    """A catalogue with ids of the dtype kind of ``like``; the title of an untitled movie is its id."""
    return Catalogue(
        item_id=_ids([row.item_id for row in rows], like),
        title=_strings(row.title or str(row.item_id) for row in rows),
        year=np.array([row.year for row in rows], dtype=np.int64),
        genres=tuple(row.genres for row in rows),
        tags=tuple(row.tags for row in rows),
        people=tuple(row.people for row in rows),
        imdb_id=_strings(row.imdb_id for row in rows),
        tmdb_id=np.array([row.tmdb_id for row in rows], dtype=np.int64),
        runtime=np.array([row.runtime for row in rows], dtype=np.int64),
    )


def profiles(rows: Sequence[PersonRow], like: AnyArray) -> Profiles:
    """Profiles with ids of the dtype kind of ``like``."""
    return Profiles(
        user_id=_ids([row.user_id for row in rows], like),
        gender=_strings(row.gender for row in rows),
        age_band=_strings(row.age_band for row in rows),
        occupation=_strings(row.occupation for row in rows),
        region=_strings(row.region for row in rows),
    )


def parse_integer(text: str, source: str, line: int, column: str) -> int:
    """An integer from a metadata file.

    Raises:
        DataFormatError: it is not an integer of 64 bits; names file, line, column and value.
    """
    try:
        return int(np.int64(int(text)))
    except (ValueError, OverflowError):
        raise DataFormatError(source, "a whole number", line=line, column=column, value=text[:80]) from None


@dataclass
class TagCounts:
    """Counts of the tags that people gave each movie, in lower case.

    Args:
        total: number of tag applications.
    """

    total: int = 0
    _counts: dict[int | str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, item_id: int | str, tag: str) -> None:
        """Count one tag from one person."""
        self.add_all([item_id], [tag], [1])

    def add_all(self, item_ids: Iterable[int | str], tags: Iterable[str], people: Iterable[int]) -> None:
        """Count tags: of each movie the tag at the same place, from so many people."""
        counts = self._counts
        for item_id, tag, n_people in zip(item_ids, tags, people, strict=True):
            counts[item_id][tag.strip().lower()] += n_people
            self.total += n_people

    def tags_of(self, item_id: int | str) -> tuple[str, ...]:
        """The tags of a movie, most used first, then by name."""
        counts = self._counts.get(item_id, {})
        return tuple(sorted(sorted(filter(None, counts)), key=counts.__getitem__, reverse=True))
