"""What people, series, keywords and overviews add for movies that nobody has rated.

``python -m benchmarks.enrichment gain --data FOLDER --details FILE --details FILE`` measures `feature-knn` and `hetero`
under ``cold-items-untagged`` with what the data set itself has (genres, years, words of the titles, tags of movies that
have ratings), and again with each kind of details alone and with all of them. It prints the paired differences over
people, means over the seeds of the differences and of both ends of their 95 % intervals, and `hetero` less
`feature-knn` on the same details. The files are read as those of `reelgraph data enrich --wikidata`. A kind that none
of them has is left out or, with ``--generated``, invented: that shows whether details that say nothing do harm, and no
gain. So does ``of other movies``: all details, dealt out anew among the movies that have any; what it gains is due
to which movies have details, not to what those say.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.enrichment.generated_details import generated_details
from benchmarks.enrichment.search import with_known_films
from benchmarks.results import figure, star
from reelgraph.bundle import installed_versions
from reelgraph.cli.output import print_table
from reelgraph.core import Catalogue, Dataset, EvalReport
from reelgraph.data import clean, read
from reelgraph.enrichment import NewMovies, Sources, enrich
from reelgraph.evaluation import PROTOCOLS, PreparedData, paired
from reelgraph.pipeline import make_model, prepare, run_protocol

PROTOCOL = dataclasses.replace(PROTOCOLS["cold-items-untagged"], metrics=("ndcg",))
KINDS: Mapping[str, tuple[str, ...]] = {
    "directors": ("directors",),
    "people": ("directors", "writers", "cast"),
    "series": ("series",),
    "keywords": ("keywords",),
    "overviews": ("overview",),
}
"""Kind of details -> fields of `Catalogue`."""

ALL, NONE, OF_OTHERS = "all", "none", "of other movies"
_METRIC = "ndcg@10"
Row = dict[str, Any]


@dataclass(frozen=True)
class Variant:
    """A catalogue with some of the details.

    Args:
        name: kind of details.
        origin: where they are from.
        movies: how many movies have one.
        catalogue: the movies.
    """

    name: str
    origin: str
    movies: int
    catalogue: Catalogue


def measure_gain(
    folder: Path,
    files: Sequence[Path],
    models: Sequence[str],
    kinds: Sequence[str],
    seeds: int,
    *,
    generated: bool,
    as_json: bool,
) -> None:
    """Measure and print."""
    data, _ = clean(read(folder, details=False))
    made = [one for one in variants(data, files, generated=generated) if one.name in (NONE, *kinds)]
    about = {
        "protocol": PROTOCOL.name, "data": data.name, "data_sha256": data.sha256, "seeds": seeds,
        "files_sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in files],
        "versions": installed_versions(),
    }  # fmt: skip
    rows = []
    for row in gains(data, made, models, seeds):
        rows.append(row)
        if as_json:
            print(json.dumps({**about, **row}), flush=True)
    if as_json:
        return
    columns = ["model", "details", "from", "movies", "NDCG@10", "more than without", "more than feature-knn"]
    cells = [
        [row["model"], row["details"], row["from"], row["movies"], f"{row[_METRIC]:.4f}",
         *(f"{figure(row.get(name))}{star(row.get(name))}" for name in ("gain", "over_feature_knn"))]
        for row in rows
    ]  # fmt: skip
    print_table(f"{data.name}, {PROTOCOL.name}, {len(data.catalogue):,} movies", columns, cells, json.dumps(about))


def variants(data: Dataset, files: Sequence[Path], *, generated: bool) -> Iterator[Variant]:
    """The data set's own catalogue, that with each kind of details that any source has, with all, and `OF_OTHERS`.

    Args:
        data: the data set, without details.
        files: of details; what an earlier one says stays.
        generated: invent the kinds that none has.
    """
    own = data.catalogue
    yield Variant(NONE, "", 0, own)
    filled = own
    for path in files:
        filled, _ = enrich(dataclasses.replace(data, catalogue=filled), Sources(wikidata=path), NewMovies(limit=0))
    known, invented = with_known_films(own), generated_details(own)
    used: dict[str, Any] = {}
    origins = []
    for kind, fields in KINDS.items():
        sources = {"files": filled, "by hand": known} | ({"generated": invented} if generated else {})
        origin = next((name for name, source in sources.items() if _has(source, fields)), None)
        if origin is None:
            continue
        found = {name: getattr(sources[origin], name) for name in fields}
        used |= found
        origins.append(origin)
        yield _with(own, found, kind, origin)
    if not used:
        return
    origin = ", ".join(dict.fromkeys(origins))
    if len(origins) > 1:
        yield _with(own, used, ALL, origin)
    yield _with(own, _dealt_out(used), OF_OTHERS, origin)


def _dealt_out(found: Mapping[str, Any], seed: int = 0) -> dict[str, Any]:
    """All that is known of a movie goes to another one of those of which anything is known."""
    known = [row for row, values in enumerate(zip(*found.values(), strict=True)) if any(values)]
    other = np.arange(len(next(iter(found.values()))))
    other[known] = np.random.default_rng(seed).permutation(known)
    return {name: tuple(values[row] for row in other.tolist()) for name, values in found.items()}


def _has(catalogue: Catalogue, fields: Sequence[str]) -> bool:
    """Whether any movie has the last of the fields."""
    return any(getattr(catalogue, fields[-1]))


def _with(own: Catalogue, found: Mapping[str, Any], kind: str, origin: str) -> Variant:
    """The catalogue with some fields, and the people that are among them."""
    columns = [found[name] for name in KINDS["people"] if name in found]
    people = [tuple(dict.fromkeys(sum(names, ()))) for names in zip(*columns, strict=True)]
    changed: dict[str, Any] = {**found, "people": tuple(people)} if columns else dict(found)
    movies = sum(any(values) for values in zip(*found.values(), strict=True))
    return Variant(kind, origin, movies, dataclasses.replace(own, **changed))


def gains(data: Dataset, made: Sequence[Variant], models: Sequence[str], seeds: int) -> Iterator[Row]:
    """A row for each model and variant; the first variant is what the others are compared with.

    Args:
        data: the cleaned data set.
        made: the variants.
        models: names, `feature-knn` first if it is among them.
        seeds: how many; seed s drives split and fit.
    """
    reports: dict[tuple[str, str], list[EvalReport]] = {}
    prepared = [prepare(PROTOCOL, data, seed) for seed in range(seeds)]
    for model in models:
        for variant in made:
            key = model, variant.name
            reports[key] = [_report(parts, variant.catalogue, model, seed) for seed, parts in enumerate(prepared)]
            row: Row = {
                "model": model,
                "details": variant.name,
                "from": variant.origin,
                "movies": variant.movies,
                _METRIC: round(statistics.mean(report[_METRIC].mean for report in reports[key]), 6),
            }
            if variant is not made[0]:
                row["gain"] = difference(reports[key], reports[model, made[0].name])
            if model != "feature-knn" and ("feature-knn", variant.name) in reports:
                row["over_feature_knn"] = difference(reports[key], reports["feature-knn", variant.name])
            yield row


def _report(prepared: PreparedData, catalogue: Catalogue, model: str, seed: int) -> EvalReport:
    dataset = dataclasses.replace(prepared.dataset, catalogue=catalogue)
    return run_protocol(PROTOCOL, dataclasses.replace(prepared, dataset=dataset), make_model(model), seed).report


def difference(first: Sequence[EvalReport], second: Sequence[EvalReport]) -> dict[str, float]:
    """The first less the second, paired over people: means over the seeds of it and of both ends of its interval."""
    seeds = [paired(one, other, _METRIC) for one, other in zip(first, second, strict=True)]
    return {end: round(statistics.mean(getattr(one, end) for one in seeds), 6) for end in ("mean", "low", "high")}
