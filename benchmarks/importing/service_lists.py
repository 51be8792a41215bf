"""Lists of movies in the forms that services and people write, made from a catalogue whose ids tell what is right."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.importing.title_writing import BY_PEOPLE, BY_SERVICES, split_title, typo, write
from reelgraph.core import Catalogue
from reelgraph.importers.export_entry import ExportEntry

PRESENT = 0.2
"""Share of the movies that are in the catalogue: four are absent for each present one."""

SERVICES = {"letterboxd": 0.3, "imdb": 0.2, "trakt": 0.1, "tmdb": 0.1, "douban": 0.1, "own list": 0.1, "netflix": 0.1}
"""Share of the rows in the form of each service."""

_YEARS_OFF = {0: 0.965, -1: 0.022, 1: 0.008, -2: 0.003, 2: 0.002}  # as in public lists whose rows have IMDb ids
_CHANGED, _CHANGED_BY_PEOPLE = 0.2, 0.7  # share of the titles that are not written as in the catalogue
_NO_ID, _STALE_ID = 0.05, 0.02
_STALE = 50_000_000  # added to an id: a number that no movie has


@dataclass(frozen=True)
class ListedMovie:
    """One row of a list.

    Args:
        entry: as an importer reads it.
        truth: row of the catalogue, -1 where the catalogue lacks the movie.
        service: one of `SERVICES`, or the name of a harder set.
        writing: how the title is written.
        years_off: of the year in the list.
    """

    entry: ExportEntry
    truth: int
    service: str
    writing: str
    years_off: int = 0


def catalogue_sha256(catalogue: Catalogue) -> str:
    """SHA-256 of the ids and titles of a catalogue."""
    rows = zip(catalogue.item_id.tolist(), catalogue.title.tolist(), catalogue.imdb_id.tolist(), strict=True)
    return hashlib.sha256("\n".join(map(str, rows)).encode()).hexdigest()


def split_catalogue(full: Catalogue, seed: int) -> tuple[Catalogue, dict[int, int]]:
    """A random fifth of a catalogue, and its row of each row of the full one that it holds."""
    generator = np.random.default_rng([seed, 1])
    rows = np.flatnonzero(generator.random(len(full)) < PRESENT)
    return full.aligned(full.item_id[rows]), {int(row): place for place, row in enumerate(rows)}


def service_list(full: Catalogue, present: dict[int, int], seed: int) -> list[ListedMovie]:
    """Every movie of a catalogue once, each in the form of a service."""
    generator = np.random.default_rng([seed, 2])
    services, shares = list(SERVICES), list(SERVICES.values())
    return [
        _listed(full, row, present.get(row, -1), services[int(generator.choice(len(services), p=shares))], generator)
        for row in range(len(full))
    ]


def without_years(movies: Sequence[ListedMovie]) -> list[ListedMovie]:
    """The same titles without years and ids, seen and not rated: a history of Netflix."""
    return [replace(movie, entry=ExportEntry("", movie.entry.title), service="netflix") for movie in movies]


def remakes(full: Catalogue, present: dict[int, int], seed: int) -> list[ListedMovie]:
    """The title of each present movie with the year of a remake that the catalogue lacks, two to forty years off."""
    generator = np.random.default_rng([seed, 3])
    movies = []
    for row in present:
        title, _, year = split_title(str(full.title[row]))
        if year:
            years_off = int(generator.integers(2, 41)) * (1 if generator.random() < 0.7 else -1)
            movies.append(_absent(title, year + years_off, "remakes"))
    return _unknown(movies, full)


def sequels(full: Catalogue, present: dict[int, int], seed: int) -> list[ListedMovie]:
    """An invented sequel of each present movie, one to four years later."""
    generator = np.random.default_rng([seed, 4])
    numbers = (" 2", " II", ": Part 2", " 3", ": The Return", " Returns")
    movies = []
    for row in present:
        title, _, year = split_title(str(full.title[row]))
        number = numbers[int(generator.integers(len(numbers)))]
        if year:
            movies.append(_absent(title + number, year + int(generator.integers(1, 5)), "sequels"))
    return _unknown(movies, full)


def series_numbers(full: Catalogue, present: dict[int, int], seed: int) -> list[ListedMovie]:
    """Titles and years of absent movies with the TMDB numbers of present ones, as series have them."""
    generator = np.random.default_rng([seed, 5])
    absent = [row for row in range(len(full)) if row not in present]
    movies = []
    for row in present:
        title, _, year = split_title(str(full.title[absent[int(generator.integers(len(absent)))]]))
        if full.tmdb_id[row]:
            entry = ExportEntry("", title, year, tmdb_id=int(full.tmdb_id[row]))
            movies.append(ListedMovie(entry, -1, "series numbers", "as it is"))
    return movies


def typing_errors(full: Catalogue, present: dict[int, int], seed: int) -> list[ListedMovie]:
    """Every movie with a typing error in its title."""
    generator = np.random.default_rng([seed, 6])
    movies = []
    for row, published in enumerate(full.title.tolist()):
        title, _, year = split_title(published)
        entry = ExportEntry("", typo(title, generator), year, 4.0)
        movies.append(ListedMovie(entry, present.get(row, -1), "typing errors", "typing error"))
    return movies


def _unknown(movies: Sequence[ListedMovie], full: Catalogue) -> list[ListedMovie]:
    """The movies whose title is not that of a movie of about the same year."""
    years_by_title: dict[str, list[int]] = defaultdict(list)
    for published in full.title.tolist():
        title, _, year = split_title(published)
        years_by_title[title.casefold()].append(year)
    return [
        movie
        for movie in movies
        if all(abs(movie.entry.year - year) > 1 for year in years_by_title[movie.entry.title.casefold()])
    ]


def _absent(title: str, year: int, service: str) -> ListedMovie:
    return ListedMovie(ExportEntry("", title, year, 4.0), -1, service, "as it is")


def _listed(full: Catalogue, row: int, truth: int, service: str, generator: np.random.Generator) -> ListedMovie:
    main, alternatives, year = split_title(str(full.title[row]))
    changes, share = (BY_PEOPLE, _CHANGED_BY_PEOPLE) if service == "own list" else (BY_SERVICES, _CHANGED)
    title, writing = write(main, changes, generator) if generator.random() < share else (main, "as it is")
    years_off = int(generator.choice(list(_YEARS_OFF), p=list(_YEARS_OFF.values()))) if year else 0
    year += years_off
    original = alternatives[-1] if alternatives else ""
    has_id, is_stale = generator.random() >= _NO_ID, generator.random() < _STALE_ID
    imdb_id = str(full.imdb_id[row]) if has_id else ""
    tmdb_id = int(full.tmdb_id[row]) + (_STALE if is_stale else 0) if has_id and full.tmdb_id[row] else 0
    entry = {
        "letterboxd": ExportEntry("", title, year, 4.0),
        "imdb": ExportEntry("", title, year, 4.0, original_title=original, imdb_id=str(full.imdb_id[row])),
        "trakt": ExportEntry("", title, year, 4.0, imdb_id=imdb_id, tmdb_id=tmdb_id),
        "tmdb": ExportEntry("", title, year, 4.0, original_title=original, tmdb_id=tmdb_id),
        "douban": ExportEntry("", original or title, year, 4.0, original_title=title if original else ""),
        "own list": ExportEntry("", title, year, 4.0),
        "netflix": ExportEntry("", title),
    }[service]
    if service == "letterboxd" and alternatives and generator.random() < _CHANGED:
        entry, writing = replace(entry, title=str(generator.choice(alternatives))), "alternative title"
    return ListedMovie(entry, truth, service, writing, 0 if service == "netflix" else years_off)
