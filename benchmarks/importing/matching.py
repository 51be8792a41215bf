"""How many films of a person's list are matched to the right item of a catalogue, and how many to a wrong one?

``python -m benchmarks.importing.matching --data DIR`` writes the titles of ml-latest-small (or ml-1m, or a generated
catalogue) as other services and people write them, matches them, and prints one JSON object. A fifth of the films is
held out of the catalogue first, of two films with one title always one: whoever is matched to anything there is matched
wrongly. Precision is right matches over all matches, recall is right matches over the rows whose film is in the
catalogue; a doubtful row is no match. Limits in the code were chosen on ml-1m, see experiments/log.md for what was read
of ml-latest-small. ``new_titles`` leaves out the rows of its films that ml-1m has too; ``titles_of_ml_1m`` are the
3,883 titles as ml-1m spells them, looked up in ml-latest-small, which spells many of them in another way.
"""

from __future__ import annotations

import csv
import json
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import reelgraph as rg
from benchmarks.importing.title_lists import Row, generated, make_list, split_title
from reelgraph.bundle import installed_versions
from reelgraph.core import Catalogue
from reelgraph.importers.entry import ExportEntry
from reelgraph.importers.match import Match, Matcher


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
    found = matcher.match([ExportEntry("", row.title, row.year) for row in rows])
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
    found = Matcher(there).match([ExportEntry("", row.title) for row in rows])
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
    found = Matcher(full).match([ExportEntry("", row.title, row.year) for row in rows])
    return _figures(list(zip(rows, found, strict=True)))


def wrong(full: Catalogue, seed: int = 0) -> list[str]:
    """The wrong matches and the films not found, for reading."""
    there, rows = make_list(full, seed)
    found = Matcher(there).match([ExportEntry("", row.title, row.year) for row in rows])
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
