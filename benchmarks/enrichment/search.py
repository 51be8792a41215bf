"""``python -m benchmarks.enrichment.search --data ml-latest-small``: 60 searches by people, titles and series.

All films have people and titles in other languages: those of `known_films` their own, the others those of
``details.parquet`` beside the data set, where `reelgraph data enrich` wrote invented ones.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.enrichment.known_films import FILMS, MISSPELT_PEOPLE, PEOPLE, TITLES
from reelgraph.core import Catalogue, IdIndex
from reelgraph.data import read
from reelgraph.recommend.title_lookup import TitleLookup

_SHOWN = 3


def with_known_films(catalogue: Catalogue) -> Catalogue:
    """The catalogue with what is known of `FILMS`."""
    columns = {name: list(getattr(catalogue, name)) for name in ("directors", "cast", "translated_titles", "series")}
    people = list(catalogue.people)
    for row, title in enumerate(catalogue.title.tolist()):
        if title in FILMS:
            directors, cast, titles, series = FILMS[title]
            columns["directors"][row], columns["cast"][row] = tuple(directors.split("|")), tuple(cast.split("|"))
            columns["translated_titles"][row] = tuple(filter(None, titles.split("|")))
            columns["series"][row] = series
            people[row] = tuple(dict.fromkeys((*directors.split("|"), *cast.split("|"))))
    changed: dict[str, Any] = {name: tuple(values) for name, values in columns.items()}
    return dataclasses.replace(catalogue, people=tuple(people), **changed)


def answers(lookup: TitleLookup, catalogue: Catalogue) -> Iterator[tuple[str, str, bool, list[str]]]:
    """Kind, query, whether it is right, and the titles found, of each search."""
    for kind, queries in (("person", PEOPLE), ("typing error", MISSPELT_PEOPLE)):
        for query, person in queries:
            rows = lookup.search(query, _SHOWN).rows.tolist()
            is_right = sum(person in catalogue.people[row] for row in rows) >= _SHOWN - 1
            yield kind, query, is_right, catalogue.title[rows].tolist()
    for kind, pairs in TITLES.items():
        for query, title in pairs:
            rows = lookup.search(query, _SHOWN).rows.tolist()
            yield kind, query, title in catalogue.title[rows].tolist(), catalogue.title[rows].tolist()


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="benchmarks.enrichment.search", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = read(parser.parse_args().data)
    catalogue = with_known_films(data.catalogue)
    missing = sorted(set(FILMS) - set(catalogue.title.tolist()))
    counts = np.array([np.count_nonzero(data.ratings.item_id == item) for item in catalogue.item_id.tolist()])
    lookup = TitleLookup(IdIndex(catalogue.item_id, "item"), catalogue, counts)
    lookup.search("warm up", 1)
    started = time.process_time()
    results = list(answers(lookup, catalogue))
    milliseconds = 1000 * (time.process_time() - started) / len(results)
    by_kind = {kind: [right for name, _, right, _ in results if name == kind] for kind, *_ in results}
    for kind, query, is_right, titles in results:
        if not is_right:
            print(f"wrong, {kind}: {query!r} gave {titles}")
    figures = {kind: f"{sum(right)} of {len(right)}" for kind, right in by_kind.items()}
    right = sum(is_right for _, _, is_right, _ in results)
    print(json.dumps({"right": right, "of": len(results), "ms": round(milliseconds, 1), "missing": missing, **figures}))


if __name__ == "__main__":
    main()
