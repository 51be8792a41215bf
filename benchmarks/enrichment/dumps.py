"""Write files of the form, the number of rows and the mix of kinds of IMDb's, with invented contents.

The films of a MovieLens data set are among them, under their own ids, titles and years (one in 25 a year off), so that
joins can be checked; their people, lengths, votes and titles in other languages are invented as those of all others,
votes in the range of films that many have seen. So that titles alone do not tell, as many other works have the title of
a film: films of other years, and shorts, videos and films for television, one in ten of the same year.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
import polars as pl

from reelgraph.core import Catalogue
from reelgraph.data.titles.title_parsing import display_title, parse_title

_ROWS = 200_000  # titles, or people, that are written at once
_KINDS = ("tvEpisode", "short", "movie", "video", "tvSeries", "tvMovie", "tvMiniSeries", "tvSpecial")
_KIND_SHARES = (0.77, 0.095, 0.063, 0.027, 0.025, 0.013, 0.0045, 0.0025)
_CATEGORIES = ("actor", "actress", "self", "director", "writer", "producer", "composer", "editor", "cinematographer")
_CATEGORY_SHARES = (0.25, 0.19, 0.14, 0.09, 0.12, 0.09, 0.05, 0.04, 0.03)
_REGIONS = ("\\N", "US", "GB", "DE", "FR", "IT", "ES", "JP", "IN", "PT", "BR", "RU", "PL", "SE", "TR")
_LANGUAGES = ("\\N", "en", "en", "de", "fr", "it", "es", "ja", "hi", "pt", "pt", "ru", "pl", "sv", "tr")
_GENRES = ("Drama", "Comedy", "Comedy,Drama", "Action,Crime,Thriller", "Documentary", "Horror", "Romance,Drama", "\\N")
SYLLABLES = ("ka", "lo", "mi", "ra", "ten", "vor", "sel", "dan", "qui", "no", "ber", "ath", "lin", "mar", "dor", "eli")
PRINCIPALS_A_TITLE, AKAS_A_TITLE, PEOPLE_A_TITLE = 8.2, 4.6, 1.27


@dataclass(frozen=True)
class _Titles:
    """The works of the files, by number of their id, ascending: ``(n,)`` arrays."""

    number: np.ndarray
    title: np.ndarray
    original: np.ndarray
    year: np.ndarray
    kind: np.ndarray
    pool: pl.Series
    is_known: np.ndarray


def write_dumps(films: Catalogue, n_titles: int, folder: Path, seed: int = 0) -> None:
    """Write the six files.

    Args:
        films: with IMDb ids.
        n_titles: number of works; IMDb has 11 million.
        folder: where the files go.
        seed: of everything drawn.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    titles = _titles(films, n_titles, rng)
    n_people = int(PEOPLE_A_TITLE * n_titles)
    _write(folder / "title.basics.tsv.gz", _basics(titles, rng))
    _write(folder / "title.ratings.tsv.gz", _ratings(titles, rng))
    _write(folder / "title.crew.tsv.gz", _crew(titles, n_people, rng))
    _write(folder / "title.principals.tsv.gz", _principals(titles, n_people, rng))
    _write(folder / "name.basics.tsv.gz", _names(n_people, rng))
    _write(folder / "title.akas.tsv.gz", _akas(titles, rng))


def _write(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        for n, frame in enumerate(frames):
            frame.write_csv(cast(IO[bytes], file), separator="\t", quote_style="never", include_header=n == 0)


def _titles(films: Catalogue, n_titles: int, rng: np.random.Generator) -> _Titles:
    real = np.array([int(key[2:]) for key in films.imdb_id.tolist() if key], np.int64)
    rows = np.flatnonzero(films.imdb_id != "")
    numbers = np.unique(np.concatenate([real, 1 + np.cumsum(rng.integers(1, 6, n_titles))]))
    parsed = [parse_title(title) for title in films.title[rows].tolist()]
    names = [display_title(item.main) for item in parsed]
    originals = [
        display_title(item.alternatives[0]) if item.alternatives else name
        for item, name in zip(parsed, names, strict=True)
    ]
    words = np.array([a + b for a in SYLLABLES for b in SYLLABLES])
    pairs = rng.integers(0, len(words), (300_000, 2))
    invented = [
        f"{first.title()} {second}" for first, second in zip(words[pairs[:, 0]], words[pairs[:, 1]], strict=True)
    ]
    pool = pl.Series([*names, *originals, *invented])
    n, n_real = len(numbers), len(names)
    title = rng.integers(2 * n_real, len(pool), n)
    year = rng.integers(1920, 2027, n)
    kind = rng.choice(len(_KINDS), n, p=_KIND_SHARES).astype(np.int8)
    copies = rng.choice(n, min(n_real, n // 20), replace=False)  # works with the title of a film
    title[copies] = copied = rng.integers(0, n_real, len(copies))
    kind[copies] = rng.choice([1, 2, 3, 5], len(copies))
    is_same_year = (rng.random(len(copies)) < 0.1) & (kind[copies] != 2)
    film_years = np.array([item.year or 2000 for item in parsed])
    year[copies] = np.where(is_same_year, film_years[copied], year[copies])
    places = np.searchsorted(numbers, real)
    title[places], year[places], kind[places] = np.arange(n_real), film_years, 2
    year[places] += rng.choice([-1, 0, 1], n_real, p=[0.02, 0.96, 0.02])
    original = title.copy()
    original[places] = n_real + np.arange(n_real)
    is_known = np.zeros(n, np.bool_)
    is_known[places] = True
    return _Titles(numbers, title, original, year, kind, pool, is_known)


def _chunks(titles: _Titles) -> Iterator[slice]:
    return (slice(start, start + _ROWS) for start in range(0, len(titles.number), _ROWS))


def _keys(numbers: np.ndarray, prefix: str = "tt") -> pl.Series:
    return prefix + pl.Series(numbers).cast(pl.String).str.zfill(7)


def _choice(values: tuple[str, ...], n: int, rng: np.random.Generator, p: tuple[float, ...] | None = None) -> pl.Series:
    return pl.Series(values).gather(rng.choice(len(values), n, p=p))


def _basics(titles: _Titles, rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    for part in _chunks(titles):
        numbers = titles.number[part]
        n = len(numbers)
        minutes = pl.Series(rng.integers(20, 190, n)).cast(pl.String)
        is_film = pl.Series(titles.kind[part] == 2)
        has_minutes = pl.Series(rng.random(n) < 0.35) | (is_film & pl.Series(rng.random(n) < 0.97))
        yield pl.DataFrame(
            {
                "tconst": _keys(numbers),
                "titleType": pl.Series(_KINDS).gather(titles.kind[part].astype(np.int64)),
                "primaryTitle": titles.pool.gather(titles.title[part]),
                "originalTitle": titles.pool.gather(titles.original[part]),
                "isAdult": pl.Series((rng.random(n) < 0.03).astype(np.int8)) * (~is_film),
                "startYear": titles.year[part],
                "endYear": pl.repeat("\\N", n, eager=True),
                "runtimeMinutes": minutes.zip_with(has_minutes, pl.repeat("\\N", n, eager=True)),
                "genres": _choice(_GENRES, n, rng),
            }
        )


def _ratings(titles: _Titles, rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    is_rated = (rng.random(len(titles.number)) < 0.12) | (titles.kind == 2)
    numbers = titles.number[is_rated]
    is_known = titles.is_known[is_rated]  # films that MovieLens has are films that many have seen
    votes = np.exp(rng.normal(np.where(is_known, 9.0, 3.5), np.where(is_known, 1.5, 2.2))).astype(np.int64) + 5
    stars = np.round(rng.normal(6.8, 1.3, len(numbers)).clip(1, 10), 1)
    yield pl.DataFrame({"tconst": _keys(numbers), "averageRating": stars, "numVotes": votes})


def _crew(titles: _Titles, n_people: int, rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    for part in _chunks(titles):
        n, is_film = len(titles.number[part]), titles.kind[part] == 2
        columns = {"tconst": _keys(titles.number[part])}
        for name in ("directors", "writers"):
            first, second = (_keys(rng.integers(1, n_people, n), "nm") for _ in range(2))
            both = first.zip_with(pl.Series(rng.random(n) < 0.8), first + "," + second)
            is_known = (rng.random(n) < 0.55) | (is_film & (rng.random(n) < 0.985))
            columns[name] = both.zip_with(pl.Series(is_known), pl.repeat("\\N", n, eager=True))
        yield pl.DataFrame(columns)


def _principals(titles: _Titles, n_people: int, rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    for part in _chunks(titles):
        counts = np.where(titles.kind[part] == 2, 10, rng.poisson(PRINCIPALS_A_TITLE, len(titles.number[part])))
        n = int(counts.sum())
        ordering = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        characters = '["' + titles.pool.gather(rng.integers(0, len(titles.pool), n)) + '"]'
        yield pl.DataFrame(
            {
                "tconst": _keys(titles.number[part]).gather(np.repeat(np.arange(len(counts)), counts)),
                "ordering": ordering,
                "nconst": _keys(rng.integers(1, n_people, n), "nm"),
                "category": _choice(_CATEGORIES, n, rng, _CATEGORY_SHARES),
                "job": pl.repeat("\\N", n, eager=True),
                "characters": characters.zip_with(pl.Series(rng.random(n) < 0.5), pl.repeat("\\N", n, eager=True)),
            }
        )


def _names(n_people: int, rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    words = tuple(f"{a}{b}{c}".title() for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES)
    for start in range(1, n_people, _ROWS):
        n = min(_ROWS, n_people - start)
        years = pl.Series(rng.integers(1880, 2005, n)).cast(pl.String)
        known = [_keys(rng.integers(1, 30_000_000, n)) for _ in range(3)]
        yield pl.DataFrame(
            {
                "nconst": _keys(np.arange(start, start + n), "nm"),
                "primaryName": _choice(words, n, rng) + " " + _choice(words, n, rng),
                "birthYear": years.zip_with(pl.Series(rng.random(n) < 0.05), pl.repeat("\\N", n, eager=True)),
                "deathYear": pl.repeat("\\N", n, eager=True),
                "primaryProfession": _choice(("actor", "actress,soundtrack", "director,writer", "producer"), n, rng),
                "knownForTitles": known[0] + "," + known[1] + "," + known[2],
            }
        )


def _akas(titles: _Titles, rng: np.random.Generator) -> Iterator[pl.DataFrame]:
    for part in _chunks(titles):
        counts = 1 + np.where(titles.kind[part] == 2, 12, rng.poisson(AKAS_A_TITLE - 1, len(titles.number[part])))
        n = int(counts.sum())
        place = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
        own = np.repeat(np.arange(len(counts)), counts)
        region = np.where(place == 0, 0, rng.integers(1, len(_REGIONS), n))
        is_own = (place == 0) | (rng.random(n) < 0.4)
        name = np.where(
            is_own, titles.original[part][own], rng.integers(len(titles.pool) - 300_000, len(titles.pool), n)
        )
        yield pl.DataFrame(
            {
                "titleId": _keys(titles.number[part]).gather(own),
                "ordering": place + 1,
                "title": titles.pool.gather(name),
                "region": pl.Series(_REGIONS).gather(region),
                "language": pl.Series(_LANGUAGES).gather(region),
                "types": pl.Series(("original", "imdbDisplay")).gather((place > 0).astype(np.int64)),
                "attributes": pl.repeat("\\N", n, eager=True),
                "isOriginalTitle": (place == 0).astype(np.int8),
            }
        )
