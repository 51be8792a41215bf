"""Movies and a way to write down what a small file that somebody brings must give."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph import import_export
from reelgraph.core import Catalogue
from reelgraph.data.readers.metadata import MovieRow, catalogue, year_of
from reelgraph.importers import ImportResult

MOVIES = {
    "Toy Story": (1, "Toy Story (1995)", "tt0114709", 862),
    "Heat": (6, "Heat (1995)", "tt0113277", 949),
    "Se7en": (47, "Seven (a.k.a. Se7en) (1995)", "tt0114369", 807),
    "Usual Suspects": (50, "Usual Suspects, The (1995)", "tt0114814", 629),
    "Hoop Dreams": (246, "Hoop Dreams (1994)", "tt0110057", 14275),
    "Pulp Fiction": (296, "Pulp Fiction (1994)", "tt0110912", 680),
    "Shawshank": (318, "Shawshank Redemption, The (1994)", "tt0111161", 278),
    "Fargo": (608, "Fargo (1996)", "tt0116282", 275),
    "Men in Black": (1580, "Men in Black (a.k.a. MIB) (1997)", "tt0119654", 607),
    "Body Heat": (2917, "Body Heat (1981)", "tt0082089", 11427),
    "Westworld": (2527, "Westworld (1973)", "tt0070909", 2362),
    "Matrix": (2571, "Matrix, The (1999)", "tt0133093", 603),
    "Green Mile": (3147, "Green Mile, The (1999)", "tt0120689", 497),
    "Twin Peaks film": (3262, "Twin Peaks: Fire Walk with Me (1992)", "tt0105665", 1923),
    "Cabaret": (3545, "Cabaret (1972)", "tt0068327", 10784),
    "Hannibal": (4148, "Hannibal (2001)", "tt0212985", 9740),
    "Memento": (4226, "Memento (2000)", "tt0209144", 77),
    "Crimson Rivers": (4383, "Crimson Rivers, The (Rivières pourpres, Les) (2000)", "tt0228786", 60670),
    "Spirited Away": (5618, "Spirited Away (Sen to Chihiro no kamikakushi) (2001)", "tt0245429", 129),
    "Chicago": (5991, "Chicago (2002)", "tt0299658", 1574),
    "District 9": (70286, "District 9 (2009)", "tt1136608", 17654),
    "Limitless": (84152, "Limitless (2011)", "tt1219289", 51876),
    "Melancholia": (86320, "Melancholia (2011)", "tt1527186", 62215),
    "The Heat": (103372, "Heat, The (2013)", "tt2404463", 136795),
    "Leviathan": (116138, "Leviathan (2014)", "tt2802154", 265180),
    "New Hope": (260, "Star Wars: Episode IV - A New Hope (1977)", "tt0076759", 11),
    "Empire": (1196, "Star Wars: Episode V - The Empire Strikes Back (1980)", "tt0080684", 1891),
    "Return": (1210, "Star Wars: Episode VI - Return of the Jedi (1983)", "tt0086190", 1892),
}  # fmt: skip
_NAME_OF: dict[int | str, str] = {row[0]: name for name, row in MOVIES.items()}


def brought_catalogue() -> Catalogue:
    """The movies above with their ids."""
    rows = [
        MovieRow(key, title, year_of(title), imdb_id=imdb, tmdb_id=tmdb) for key, title, imdb, tmdb in MOVIES.values()
    ]
    return catalogue(rows, np.arange(1))


@dataclass(frozen=True)
class Brought:
    """A file or several, and what they must give, by the short names of `MOVIES`.

    Args:
        files: name -> content; text is written as UTF-8.
        ratings: stars by movie.
        seen: movies seen without a rating.
        watchlist: movies on the watchlist.
        aside: number of rows counted and not taken.
        doubtful: titles that are doubtful.
        missing: titles that the catalogue lacks.
        days: ISO dates of rating or watching by movie.
        options: of `import_export`.
        notes: texts that must be in the notes.
    """

    files: Mapping[str, str | bytes]
    ratings: Mapping[str, float] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    watchlist: tuple[str, ...] = ()
    aside: int = 0
    doubtful: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    days: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """Write the files; the path of the only one, or of the folder."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / next(iter(self.files)) if len(self.files) == 1 else folder

    def check(self, folder: Path) -> None:
        """Import the files and compare with what they must give."""
        result = import_export(self.write(folder), brought_catalogue(), **self.options)
        assert {_NAME_OF[item]: stars for item, stars in result.ratings.items()} == dict(self.ratings)
        assert tuple(_NAME_OF[item] for item in result.seen) == self.seen
        assert tuple(_NAME_OF[item] for item in result.watchlist) == self.watchlist
        assert sum(result.set_aside.values()) == self.aside, result.set_aside
        assert tuple(movie.title for movie in result.with_status("doubtful")) == self.doubtful
        assert tuple(movie.title for movie in result.with_status("missing")) == self.missing
        days = {_NAME_OF[item]: _day(seconds) for item, seconds in result.timestamps.items()}
        assert days | dict(self.days) == days
        for text in self.notes:
            assert text in "\n".join(result.notes)
        adds_up(result)


def adds_up(result: ImportResult) -> None:
    """Every row is in exactly one count."""
    n_unmatched = sum(movie.rows for movie in result.films if movie.status != "matched")
    n_imported = len(result.ratings) + len(result.seen) + len(result.watchlist)
    assert result.rows == n_imported + result.repeated + n_unmatched + sum(result.set_aside.values())


def _day(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()
