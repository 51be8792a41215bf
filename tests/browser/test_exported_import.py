"""The exports that `reelgraph import` reads are read by the exported page with the same result."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, Dataset
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.metadata import MovieRow, catalogue, year_of
from reelgraph.data.titles import title_parsing
from reelgraph.export import export_page
from reelgraph.importers import import_export
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.match import Matcher
from tests.browser.conftest import made_up_data
from tests.browser.exported import OpenPage, opened
from tests.unit.importers import (
    brought,
    services,
    test_bad_exports,
    test_match,
    test_report,
    test_services,
    test_services_cases,
    test_tables,
)

_READ = """(async () => {
  const [name, content, profile] = a;
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  try {
    const result = await engine.readExport(new File([bytes], name), profile ?? undefined);
    const ids = (rows) => rows.map((row) => engine.ids[row]);
    return {
      service: result.service, rows: result.rows,
      ratings: [...result.ratings].map(([row, stars]) => [engine.ids[row], stars]),
      seen: ids(result.seen), watchlist: ids(result.watchlist), skipped: result.skipped,
      times: [...result.times].map(([row, time]) => [engine.ids[row], time]),
      movies: result.movies.map(({ title, year, status, match }) =>
        [title, year, status, match.reason, match.row < 0 ? ids(match.candidates) : []]),
    };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
})()"""


def page_of(catalogue: Catalogue, path: Path) -> Bundle:
    """A page whose films are those of a catalogue; each was rated once."""
    data = made_up_data()
    n = len(catalogue)
    ratings = dataclasses.replace(
        data.ratings,
        user_id=np.arange(n) % 3, item_id=catalogue.item_id, rating=np.full(n, 4.0, np.float32), timestamp=None,
    )  # fmt: skip
    dataset = Dataset("films", ratings, catalogue, None, "0" * 64)
    split = rg.split(rg.index(ratings), rg.Random(valid=0.0, test=0.0))
    bundle = Bundle.create(rg.GraphFilter(choose=False).fit(split.train), dataset, split)
    export_page(bundle, path, measure=False)
    return bundle


def read_in_page(watched: OpenPage, path: Path, profile: str | None = None) -> Any:
    """What the page reads from a file."""
    return watched.engine(_READ, path.name, base64.b64encode(path.read_bytes()).decode(), profile)


SERVICES = ("letterboxd", "imdb", "trakt", "simkl", "netflix")


def same_as_python(watched: OpenPage, bundle: Bundle, path: Path, profile: str | None = None) -> bool:
    """The page reads the same as Python, film by film, or refuses the file as Python does; whether it was read.

    Tables of other services, and those with what Trakt says in JSON, too, are refused.
    """
    found = read_in_page(watched, path, profile)
    try:
        expected = import_export(path, bundle.catalogue, scale=bundle.scale, profile=profile)
    except DataFormatError:
        assert found.get("error", "").startswith("Error:"), found
        return False
    is_table_of_trakt = expected.service in ("trakt", "simkl") and path.suffix not in (".json", ".zip")
    if expected.service not in SERVICES or is_table_of_trakt:
        assert found.get("error", "").startswith("Error:"), found
        return False
    assert "error" not in found, found["error"]
    movies = [
        (m.title, m.year, m.status, m.reason, [item for item, _ in m.candidates] if m.item_id is None else [])
        for m in expected.movies
    ]
    assert found["service"] == expected.service
    assert Counter(map(str, found["movies"])) == Counter(str(list(movie)) for movie in movies)
    assert dict(map(tuple, found["ratings"])) == dict(expected.ratings)
    assert Counter(found["seen"]) == Counter(expected.seen)
    assert Counter(found["watchlist"]) == Counter(expected.watchlist)
    assert dict(map(tuple, found["times"])) == dict(expected.timestamps)
    assert dict(map(tuple, found["skipped"])) == dict(expected.skipped)
    assert found["rows"] == expected.rows
    return True


@dataclasses.dataclass
class Call:
    """A call of `import_export` in the tests of the imports."""

    path: Path
    catalogue: Catalogue


def calls_of(module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What the tests of a module import from single files, without further options; the files stay as they were."""
    calls: list[Call] = []

    def recorded(path: Path | str, catalogue: Catalogue, *args: Any, **options: Any) -> Any:
        if Path(path).is_file() and Path(path).stat().st_size < MOST_BYTES and not args and not options:
            folder = tmp_path / f"call-{len(calls)}"
            folder.mkdir()
            calls.append(Call(folder / Path(path).name, catalogue))
            shutil.copy(path, calls[-1].path)
        return import_export(path, catalogue, *args, **options)

    monkeypatch.setattr(module, "import_export", recorded)
    for n, (test, values) in enumerate(cases_of(module)):
        folder = tmp_path / f"test-{n}"
        folder.mkdir()
        test(tmp_path=folder, **values)
    return calls


def cases_of(module: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The tests of a module that need nothing but a folder, once for each of their cases."""
    for name, test in vars(module).items():
        if not name.startswith("test_"):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        names = [] if not marks else marks[0].args[0] if isinstance(marks[0].args[0], tuple) else [marks[0].args[0]]
        if len(marks) > 1 or set(inspect.signature(test).parameters) != {"tmp_path", *names}:
            continue
        for values in marks[0].args[1] if marks else [()]:
            yield test, dict(zip(names, values if len(names) > 1 else [values] if names else [], strict=True))


_MATCH = """engine.matcher.match(a[0]).map((match) => [match.row, match.reason, match.candidates, match.rank])"""


def changed_titles(catalogue: Catalogue, n: int) -> list[ExportEntry]:
    """Titles of a catalogue with letters missing, added and swapped, other years, and ids of the film or of none."""
    draw, entries = random.Random(7), []
    for _ in range(n):
        row = draw.randrange(len(catalogue))
        parsed = title_parsing.parse_title(str(catalogue.title[row]))
        title = draw.choice([title_parsing.display_title(str(catalogue.title[row])), parsed.main, *parsed.alternatives])
        for _ in range(draw.choice([0, 1, 1, 2, 3])):
            at = draw.randrange(max(len(title) - 1, 1))
            swapped = title[:at] + title[at + 1 : at + 2] + title[at : at + 1] + title[at + 2 :]
            added = title[:at] + draw.choice("aeiousABC éüß:-2") + title[at:]
            title = draw.choice([title[:at] + title[at + 1 :], swapped, added, title.upper(), title.split(":")[0]])
        year = int(catalogue.year[row])
        entries.append(
            ExportEntry(
                "", title.strip(), draw.choice([year, year, year + 1, year - 2, 0, year + 7]), draw.choice([None, 4.0]),
                imdb_id=draw.choice(["", "", "", str(catalogue.imdb_id[row]), "tt9999999"]),
                tmdb_id=draw.choice([0, 0, 0, int(catalogue.tmdb_id[row]), 99_999_999]),
            )
        )  # fmt: skip
    return entries


def test_changed_titles_are_matched_as_in_python(chromium: Any, tmp_path: Path) -> None:
    known = {key for key, *_ in services.FILMS}
    films = [*services.FILMS, *(film for film in brought.MOVIES.values() if film[0] not in known)]
    rows = [MovieRow(key, title, year_of(title), imdb_id=imdb, tmdb_id=tmdb) for key, title, imdb, tmdb in films]
    bundle = page_of(catalogue(rows, np.arange(1)), tmp_path / "film.html")
    entries = changed_titles(bundle.catalogue, 600)
    expected = Matcher(bundle.catalogue, popularity=bundle.item_statistics.counts.tolist()).match(entries)
    assert {match.status for match in expected} == {"matched", "doubtful", "missing"}
    given = [
        {
            "title": e.title,
            "year": e.year,
            "stars": e.stars,
            "originalTitle": "",
            "imdbId": e.imdb_id,
            "tmdbId": e.tmdb_id,
        }
        for e in entries
    ]  # fmt: skip
    with opened(chromium, tmp_path / "film.html") as watched:
        found = watched.engine(_MATCH, given)
    for entry, match, answer in zip(entries, expected, found, strict=True):
        assert answer == [match.row, match.reason, list(match.candidates), match.evidence_rank], entry


def test_one_of_several_people_is_asked_for(chromium: Any, tmp_path: Path) -> None:
    head = "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type\n"
    rows = [
        'Ann,2024-01-02 10:00:00,02:00:00,,"Green Mile, The",', "Bob,2024-01-03 10:00:00,02:00:00,,The Green Mile,",
        "Ann,2024-01-03 10:00:00,00:05:00,,Before Sunset,", "Bob,2024-01-03 10:00:00,01:20:00,,Before Sunset,",
    ]  # fmt: skip
    path = tmp_path / "ViewingActivity.csv"
    path.write_text(head + "\n".join(rows) + "\n")
    bundle = page_of(services.known_catalogue(), tmp_path / "film.html")
    with opened(chromium, tmp_path / "film.html") as watched:
        assert not same_as_python(watched, bundle, path)
        for name in ("Ann", "bob"):
            assert same_as_python(watched, bundle, path, name)
        watched.page.set_input_files("#export", path)
        watched.page.locator("#reading button", has_text="Bob").click()
        watched.page.wait_for_selector("#report:not([hidden])")
        assert watched.engine("[...reelgraph.person.seen.keys()].map((row) => engine.ids[row])") == [3147]


MOST_BYTES = 200_000  # of a file that is given to the page in a test

MODULES = {
    "services": test_services, "match": test_match, "report": test_report, "bad": test_bad_exports,
    "tables": test_tables, "cases": brought,
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name == "report" else []) for name in MODULES]
)
def test_the_page_reads_what_python_reads(
    chromium: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name == "cases":
        monkeypatch.setattr(brought, "test_files", test_services_cases.test_files_of_services, raising=False)
    calls = calls_of(MODULES[name], tmp_path, monkeypatch)
    catalogues: list[Catalogue] = []
    for call in calls:
        if not any(call.catalogue is known or same(call.catalogue, known) for known in catalogues):
            catalogues.append(call.catalogue)
    n_read = 0
    for place, films in enumerate(catalogues):
        bundle = page_of(films, tmp_path / f"{place}.html")
        with opened(chromium, tmp_path / f"{place}.html") as watched:
            for call in calls:
                if same(call.catalogue, films):
                    n_read += same_as_python(watched, bundle, call.path)
    assert n_read >= LEAST[name]


LEAST = {"services": 31, "match": 1, "report": 13, "bad": 7, "tables": 2, "cases": 11}
"""Files of the four services that are read in each module, so that none is passed over unseen."""


def same(first: Catalogue, second: Catalogue) -> bool:
    """Whether two catalogues hold the same films with the same ids."""
    return (first.title.tolist(), first.imdb_id.tolist()) == (second.title.tolist(), second.imdb_id.tolist())
