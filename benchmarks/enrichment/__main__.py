"""Measure `reelgraph data enrich` on generated files of IMDb's shape.

``python -m benchmarks.enrichment generate --data ml-latest-small --titles 11e6 --out dumps`` writes the files;
``python -m benchmarks.enrichment measure --data ml-latest-small --dumps dumps`` reads them: CPU seconds, peak memory,
shares of movies filled; with ``--truth ml-latest-small`` also how many of 200 joins are wrong.
``python -m benchmarks.enrichment import --data FOLDER`` takes a data set that `data enrich` was run on: of 200 of its
movies by a title in another language, and of 200 that are newer than its ratings, how many an import finds without the
details and with them.
``python -m benchmarks.enrichment gain --data ml-latest-small --details FILE`` measures what details add for movies that
nobody has rated, see `benchmarks.enrichment.gain`. ``python -m benchmarks.enrichment stories --titles 87000`` measures
the words of as many invented overviews: CPU seconds and peak memory.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import time
from pathlib import Path

import numpy as np

from benchmarks.enrichment.dumps import write_dumps
from benchmarks.enrichment.gain import ALL, KINDS, OF_OTHERS, measure_gain
from benchmarks.enrichment.story_costs import story_costs
from reelgraph.core import Catalogue
from reelgraph.data import read
from reelgraph.enrichment import NewMovies, Sources, enrich
from reelgraph.importers.export_entry import ExportEntry
from reelgraph.importers.match import Matcher

_CHECKED = 200


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="benchmarks.enrichment", description=__doc__)
    parser.add_argument("step", choices=("generate", "measure", "import", "gain", "stories"))
    parser.add_argument("--data", type=Path, help="a MovieLens folder; needed but for stories")
    parser.add_argument("--titles", type=float, default=11e6)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--dumps", type=Path)
    parser.add_argument("--truth", type=Path, help="a MovieLens folder with links.csv and the same movie ids")
    parser.add_argument("--without-ids", action="store_true", help="join by title and year alone")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--details", type=Path, action="append", default=[], help="gain: as of data enrich --wikidata")
    parser.add_argument("--models", default="feature-knn,hetero", help="gain: parted by commas")
    parser.add_argument(
        "--kinds", default=",".join((*KINDS, ALL, OF_OTHERS)), help="gain: of details, parted by commas"
    )
    parser.add_argument("--seeds", type=int, default=3, help="gain: of split and fit")
    parser.add_argument("--generated", action="store_true", help="gain: invent what no file has")
    parser.add_argument("--json", action="store_true", help="gain: one JSON object a row")
    given = parser.parse_args()
    started = time.process_time()
    if given.step == "stories":
        print(json.dumps(story_costs(int(given.titles), given.seed)))
        return
    if given.data is None:
        parser.error("--data: which data set? Give a MovieLens folder")
    if given.step == "gain":
        models, kinds = given.models.split(","), given.kinds.split(",")
        measure_gain(
            given.data, given.details, models, kinds, given.seeds, generated=given.generated, as_json=given.json
        )
        return
    data = read(given.data, details=False)
    if given.step == "generate":
        write_dumps(data.catalogue, int(given.titles), given.out, given.seed)
        print(json.dumps({"cpu_seconds": round(time.process_time() - started, 1)}))
        return
    if given.step == "import":
        print(json.dumps(_import_shares(data.catalogue, read(given.data).catalogue, given.seed)))
        return
    if given.without_ids:
        catalogue = dataclasses.replace(data.catalogue, imdb_id=np.full(len(data.catalogue), ""))
        data = dataclasses.replace(data, catalogue=catalogue)
    after, report = enrich(data, Sources(imdb=given.dumps), NewMovies())
    figures = {
        "cpu_seconds": round(time.process_time() - started, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "movies": report.movies,
        "new_movies": report.new_movies,
        "joined": report.joined,
        "doubtful": len(report.doubtful),
        "filled": {count.name: round(count.after / report.movies, 4) for count in report.fields},
    }
    if given.truth is not None:
        figures |= _wrong_joins(after, read(given.truth, details=False).catalogue, given.seed)
    print(json.dumps(figures))


def _import_shares(before: Catalogue, after: Catalogue, seed: int) -> dict[str, dict[str, str]]:
    """Of entries with title and year: kind -> without and with details -> how many are matched, how many wrongly."""
    draw = np.random.default_rng(seed)
    known = [row for row in range(len(before)) if after.translated_titles[row] and after.year[row]]
    kinds: dict[str, list[tuple[int, str]]] = {
        "title in another language": [(row, after.translated_titles[row][0]) for row in draw.permutation(known)],
        "newer than the ratings": [(row, str(after.title[row])) for row in range(len(before), len(after))],
    }
    shares: dict[str, dict[str, str]] = {}
    for kind, pairs in kinds.items():
        pairs = pairs[:_CHECKED]
        entries = [ExportEntry("", title, int(after.year[row])) for row, title in pairs]
        shares[kind] = {}
        for name, catalogue in (("before", before), ("after", after)):
            rows = [match.row for match in Matcher(catalogue).match(entries)]
            wrong = sum(found not in (-1, row) for found, (row, _) in zip(rows, pairs, strict=True))
            shares[kind][name] = f"{sum(found >= 0 for found in rows)} of {len(rows)}, {wrong} wrong"
    return shares


def _wrong_joins(after: Catalogue, truth: Catalogue, seed: int) -> dict[str, object]:
    """How many of 200 movies, drawn from those joined that the truth has too, have another id than there."""
    right = dict(zip(truth.item_id.tolist(), truth.imdb_id.tolist(), strict=True))
    joined = [(item, key) for item, key in zip(after.item_id.tolist(), after.imdb_id.tolist(), strict=True) if key]
    joined = [(item, key) for item, key in joined if right.get(item)]
    drawn = np.random.default_rng(seed).permutation(len(joined))[:_CHECKED].tolist()
    wrong = [joined[place][0] for place in drawn if joined[place][1] != right[joined[place][0]]]
    all_wrong = [item for item, key in joined if key != right[item]]
    return {
        "checked": len(drawn),
        "wrong": len(wrong),
        "comparable": len(joined),
        "wrong_of_comparable": len(all_wrong),
    }


if __name__ == "__main__":
    main()
