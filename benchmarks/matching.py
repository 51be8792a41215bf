"""How many films of a person's list are matched to the right item of a catalogue, and how many to a wrong one?

``python -m benchmarks.matching --data DIR`` writes the titles of ml-latest-small (or ml-1m, or a generated catalogue)
as other services and people write them, matches them, and prints one JSON object. A fifth of the films is held out of
the catalogue first, of two films with one title always one: whoever is matched to anything there is matched wrongly.
Precision is right matches over all matches, recall is right matches over the rows whose film is in the catalogue; a
doubtful row is no match. Limits in the code were chosen on ml-1m, see experiments/log.md for what was read of
ml-latest-small.
``new_titles`` leaves out the rows of its films that ml-1m has too; ``titles_of_ml_1m`` are the 3,883 titles as ml-1m
spells them, looked up in ml-latest-small, which spells many of them in another way.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
import time
import tracemalloc
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import reelgraph as rg
from reelgraph.bundle import installed_versions
from reelgraph.data.readers.movies import MovieRow, catalogue
from reelgraph.imports.entries import Entry
from reelgraph.imports.match import Match, Matcher
from reelgraph.types import Catalogue

HELD_OUT = 0.2
REMAKES = 0.1  # for so many films an invented one of the same title and another year is asked for too
_ROMAN = {"II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "IX": "9", "X": "10"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Row:
    """One film as a person's list has it.

    Args:
        title: as written there.
        year: as written there.
        truth: row of the catalogue, -1 where it has no such film.
        kind: how the title was changed.
    """

    title: str
    year: int
    truth: int
    kind: str


def split_title(title: str) -> tuple[str, list[str], int]:
    """A MovieLens title: how people write it, its other names, its year."""
    found = re.search(r"\s*\((\d{4})\)\s*$", title)
    year = int(found.group(1)) if found else 0
    main = title[: found.start()] if found else title
    others = []
    while bracket := re.search(r"\s+\(([^()]+)\)$", main):
        others.append(_spoken(bracket.group(1).removeprefix("a.k.a. ").strip()))
        main = main[: bracket.start()]
    return _spoken(main.strip()), others, year


def _spoken(title: str) -> str:
    found = re.match(r"^(.*), (The|A|An|La|Le|Les|L'|El|Los|Il|Das|Der|Die)$", title)
    if found is None:
        return title
    return found.group(2) + ("" if found.group(2).endswith("'") else " ") + found.group(1)


def article_moved(title: str, draw: np.random.Generator) -> str:
    """The Matrix -> Matrix, The."""
    return re.sub(r"^(The|A|An|La|Le|Les|El|Il|Der|Die|Das) (.+)$", r"\2, \1", title)


def article_lost(title: str, draw: np.random.Generator) -> str:
    """The Matrix -> Matrix."""
    return re.sub(r"^(The|A|An) (?=.{4})", "", title)


def accents_lost(title: str, draw: np.random.Generator) -> str:
    """Amélie -> Amelie."""
    return "".join(one for one in unicodedata.normalize("NFD", title) if not unicodedata.combining(one))


def punctuation_changed(title: str, draw: np.random.Generator) -> str:
    """Face/Off: it's -> FaceOff its; Spider-Man -> Spider Man; & -> and."""
    changed = title.replace(": ", " - ").replace("'", "").replace("!", "").replace(", ", " ").replace("/", " ")
    changed = changed.replace(" & ", " and ") if "&" in changed else changed.replace(" and ", " & ")
    return re.sub(r"(?<=\w)-(?=\w)", " " if draw.random() < 0.5 else "", changed)


def numeral_changed(title: str, draw: np.random.Generator) -> str:
    """Rocky II -> Rocky 2, and back."""
    turned = {digit: roman for roman, digit in _ROMAN.items()} | _ROMAN
    return re.sub(r"(?<= )(VIII|VII|III|VI|IV|IX|II|V|X|[2-9]|10)(?=$|:)", lambda found: turned[found.group()], title)


def typo(title: str, draw: np.random.Generator) -> str:
    """One letter left out, put in, swapped with its neighbour, or another; never the number of a sequel."""
    places = [n for n in range(1, len(title)) if title[n].isalpha()]
    if len(title) < 4 or not places:
        return title
    at = int(draw.choice(places))
    letter = str(draw.choice(list(_LETTERS)))
    kind = int(draw.integers(4))
    if kind == 0:
        return title[:at] + title[at + 1 :]
    if kind == 1:
        return title[:at] + letter + title[at:]
    if kind == 2:
        return title[: at - 1] + title[at] + title[at - 1] + title[at + 1 :]
    return title[:at] + letter + title[at + 1 :]


def shouted(title: str, draw: np.random.Generator) -> str:
    """The matrix, THE MATRIX."""
    return title.upper() if draw.random() < 0.5 else title.lower()


CHANGES: dict[str, Callable[[str, np.random.Generator], str]] = {
    "article moved": article_moved,
    "article lost": article_lost,
    "accents lost": accents_lost,
    "punctuation": punctuation_changed,
    "numeral": numeral_changed,
    "typo": typo,
    "case": shouted,
}


def deform(title: str, draw: np.random.Generator) -> tuple[str, int, str]:
    """A catalogue's title as a list may have it: title, year and what was changed, drawn among what changes it."""
    main, others, year = split_title(title)
    options: dict[str, tuple[str, int]] = {"as it is": (main, year)}
    for name, change in CHANGES.items():
        changed = change(main, draw)
        if changed != main:
            options[name] = (changed, year)
    off = year + (1 if draw.random() < 0.5 else -1)
    if year:
        options["year off by one"] = (main, off)
        quiet = [name for name in options if name not in ("as it is", "typo", "year off by one")]
        if quiet:
            options["year off by one and another"] = (options[str(draw.choice(quiet))][0], off)
    if others:
        options["alternative title"] = (str(draw.choice(others)), year)
    kind = str(draw.choice(list(options)))
    return *options[kind], kind


def make_list(full: Catalogue, seed: int) -> tuple[Catalogue, list[Row]]:
    """A catalogue with films held out, and a list of all films, changed, with invented remakes."""
    draw = np.random.default_rng(seed)
    titles = full.title.tolist()
    by_name: dict[str, list[int]] = defaultdict(list)
    for row, title in enumerate(titles):
        by_name[split_title(title)[0].casefold()].append(row)
    out = draw.random(len(titles)) < HELD_OUT
    for rows in by_name.values():
        if len(rows) > 1:  # of two films with one title one is always missing
            out[rows] = False
            out[int(draw.choice(rows))] = True
    kept = np.flatnonzero(~out)
    place = {int(row): number for number, row in enumerate(kept)}
    asked = []
    for row, title in enumerate(titles):
        changed, year, kind = deform(title, draw)
        asked.append(Row(changed, year, place.get(row, -1), kind if row in place else "not in the catalogue"))
        main, _, own = split_title(title)
        if own and row in place and draw.random() < REMAKES and len(by_name[main.casefold()]) == 1:
            later = own + int(draw.integers(2, 40)) * (1 if draw.random() < 0.7 else -1)
            asked.append(Row(main, later, -1, "remake"))
    return full.aligned(full.item_id[kept]), asked


def measure(full: Catalogue, seed: int = 0, known: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Precision and recall over a list made from a catalogue.

    Args:
        full: the catalogue.
        seed: of the list.
        known: titles to leave out of the figures.
    """
    there, rows = make_list(full, seed)
    started = time.perf_counter()
    matcher = Matcher(there)
    built = time.perf_counter() - started
    found = matcher.match([Entry("", row.title, row.year) for row in rows])
    seconds = time.perf_counter() - started
    titles = there.title.tolist()
    pairs = [
        (row, match) for row, match in zip(rows, found, strict=True) if row.truth < 0 or titles[row.truth] not in known
    ]
    return {
        "catalogue": len(there),
        "rows": len(pairs),
        **_figures(pairs),
        "by_kind": {kind: _figures([pair for pair in pairs if pair[0].kind == kind]) for kind in _kinds(pairs)},
        "build_seconds": round(built, 2),
        "seconds": round(seconds, 2),
    }


def without_years(full: Catalogue, seed: int = 0) -> dict[str, Any]:
    """The same list without years and invented remakes, as Netflix has it: of each pair of remakes one is held out."""
    there, rows = make_list(full, seed)
    rows = [row for row in rows if row.kind != "remake"]
    found = Matcher(there).match([Entry("", row.title) for row in rows])
    return _figures(list(zip(rows, found, strict=True)))


def import_seconds(full: Catalogue, rows: int, seed: int = 0) -> dict[str, Any]:
    """Wall time, processor time and peak of Python's memory of importing a Letterboxd table of so many changed rows."""
    _, asked = make_list(full, seed)
    draw = np.random.default_rng(seed)
    chosen = [asked[place] for place in draw.integers(len(asked), size=rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ratings.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("Date", "Name", "Year", "Letterboxd URI", "Rating"))
            writer.writerows(
                ("2024-01-01", row.title, row.year, f"https://boxd.it/{n}", 4) for n, row in enumerate(chosen)
            )
        started, worked = time.perf_counter(), time.process_time()
        found = rg.import_export(path, full)
        seconds, worked = time.perf_counter() - started, time.process_time() - worked
        tracemalloc.start()
        rg.import_export(path, full)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return {
        "rows": found.rows,
        "titles": len(full),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(worked, 2),
        "peak_mib": round(peak / 2**20),
    }


def real_spellings(listed: Catalogue, full: Catalogue) -> dict[str, Any]:
    """The titles of one MovieLens catalogue, as people write them, looked up in another; its ids tell what is right.

    A few films have two ids in MovieLens; such a match counts as wrong here although it is the film.
    """
    place = {key: row for row, key in enumerate(full.item_id.tolist())}
    rows = []
    for key, title in zip(listed.item_id.tolist(), listed.title.tolist(), strict=True):
        main, _, year = split_title(title)
        rows.append(Row(main, year, place.get(key, -1), ""))
    found = Matcher(full).match([Entry("", row.title, row.year) for row in rows])
    return _figures(list(zip(rows, found, strict=True)))


def wrong(full: Catalogue, seed: int = 0) -> list[str]:
    """The wrong matches and the films not found, for reading."""
    there, rows = make_list(full, seed)
    found = Matcher(there).match([Entry("", row.title, row.year) for row in rows])
    return [
        f"{'WRONG' if match.row >= 0 else match.status}: {row.kind}: {row.title} ({row.year}) -> "
        f"{there.title[match.row] if match.row >= 0 else '-'}, not {there.title[row.truth] if row.truth >= 0 else '-'}"
        f"; {match.reason}"
        for row, match in zip(rows, found, strict=True)
        if match.row != row.truth
    ]


def _kinds(pairs: Sequence[tuple[Row, Match]]) -> list[str]:
    return [kind for kind, _ in Counter(row.kind for row, _ in pairs).most_common()]


def _figures(pairs: Sequence[tuple[Row, Match]]) -> dict[str, Any]:
    matched = sum(match.row >= 0 for _, match in pairs)
    right = sum(match.row >= 0 and match.row == row.truth for row, match in pairs)
    there = sum(row.truth >= 0 for row, _ in pairs)
    return {
        "n": len(pairs),
        "precision": round(right / matched, 4) if matched else None,
        "recall": round(right / there, 4) if there else None,
        "wrong": matched - right,
        "doubtful": sum(match.status == "doubtful" for _, match in pairs),
        "missing": sum(match.status == "missing" for _, match in pairs),
    }


def _without_kinds(figures: dict[str, Any]) -> dict[str, Any]:
    return {key: figures[key] for key in ("n", "precision", "recall", "wrong", "doubtful", "missing")}


_WORDS = (
    "Silent Golden Broken Crimson Winter Burning Lonely Secret",
    "Garden River Señorita Café Königin Étoile Mirror Bride",
    "Berlin Dust Tomorrow Wolves Marrakech Kraków Thunder Ávila",
)


def generated(n: int, seed: int = 0) -> Catalogue:
    """A catalogue of invented titles, with articles, accents, other names, sequels and remakes."""
    draw = np.random.default_rng(seed)
    syllables = [
        one + two for one in "bcdfglmnprstv" for two in ("a", "e", "i", "o", "u", "an", "er", "il", "or", "us")
    ]

    def word() -> str:
        return "".join(
            syllables[place] for place in draw.integers(len(syllables), size=draw.integers(2, 5))
        ).capitalize()

    def one_of(words: Sequence[str]) -> str:
        return words[int(draw.integers(len(words)))]

    lists = [words.split() for words in _WORDS]
    rows: list[MovieRow] = []
    while len(rows) < n:
        first, second, third = map(one_of, lists)
        shape = int(draw.integers(5))
        name = (
            f"{first} {word()}",
            word(),
            f"{word()} & {third}",
            f"{second} of {word()}",
            f"{word()}: {first} {third}",
        )[shape]
        end = one_of(("", ", The", ", A", ""))
        if draw.random() < 0.1:
            end += f" ({word()} {word()})"
        year = int(draw.integers(1920, 2024))
        rows.append(MovieRow(len(rows) + 1, f"{name}{end} ({year})", year))
        again = draw.random()
        if again < 0.05:
            rows.append(MovieRow(len(rows) + 1, f"{name}{end} ({year + 20})", year + 20))
        elif again < 0.1:
            rows.append(MovieRow(len(rows) + 1, f"{name} II{end} ({year + 2})", year + 2))
    return catalogue(rows[:n], np.arange(1))


def main(
    data: Annotated[Path | None, typer.Option(help="The folder that holds the data set.")] = None,
    name: Annotated[str, typer.Option(help="ml-latest-small, ml-1m or ml-100k.")] = "ml-latest-small",
    size: Annotated[int, typer.Option(help="Without --data: titles of the generated catalogue.")] = 87_000,
    seed: Annotated[int, typer.Option()] = 0,
    show: Annotated[bool, typer.Option("--show", help="Print what went wrong instead.")] = False,
) -> None:
    """Print the figures of one catalogue."""
    full = generated(size, seed) if data is None else rg.read(data / name).catalogue
    if show:
        print("\n".join(wrong(full, seed)))
        return
    row: dict[str, Any] = {"catalogue_of": "generated" if data is None else name, "seed": seed, **measure(full, seed)}
    if data is None:
        row["import"] = import_seconds(full, 20_000, seed)
    row["without_years"] = without_years(full, seed)
    if data is not None and name == "ml-latest-small" and (data / "ml-1m").is_dir():
        tuned_on = rg.read(data / "ml-1m").catalogue
        ids = frozenset(tuned_on.item_id.tolist())
        pairs = zip(full.item_id.tolist(), full.title.tolist(), strict=True)
        row["new_titles"] = _without_kinds(measure(full, seed, frozenset(title for key, title in pairs if key in ids)))
        row["titles_of_ml_1m"] = real_spellings(tuned_on, full)
    print(json.dumps({**row, "versions": installed_versions()}, ensure_ascii=False))


if __name__ == "__main__":
    typer.run(main)
