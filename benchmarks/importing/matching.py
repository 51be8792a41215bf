"""How many movies of a person's list are matched rightly, how many wrongly, and how many questions are asked?

``python -m benchmarks.matching --data DIR`` takes a random fifth of the movies of ml-latest-small as the catalogue; the
others are absent, four for each present one. A list holds every movie once, in the form of one of seven services
(`service_lists`); ids tell what is right, also where the form has none. *Precision* is right matches over all matches,
*recall* right matches over present movies. Both are given for the rows with a year or an id; rows with a title alone,
as in a history of Netflix, are counted apart. A doubtful movie is a *question*, in vain if none of its candidates is
the movie. Harder sets: remakes, sequels, titles of one word, rows one year off, titles without a year, TMDB numbers of
series, typing errors.

The rules in `reelgraph.importers.evidence` were chosen on other lists and on seeds below `FIRST_SEED`, see
experiments/log.md; the figures are those of later seeds.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from scipy import stats

import reelgraph as rg
from benchmarks.importing import import_speed, search_speed, service_lists
from benchmarks.importing.generated_titles import generated
from benchmarks.importing.service_lists import ListedMovie
from reelgraph.bundle import installed_versions
from reelgraph.core import Catalogue
from reelgraph.data.titles import title_parsing
from reelgraph.importers.import_result import reason_kind
from reelgraph.importers.match import Match, Matcher

FIRST_SEED = 10
"""Lists of lower seeds may be read, and rules chosen on them."""

Outcome = tuple[ListedMovie, Match]


@dataclass(frozen=True)
class SeedResult:
    """The outcomes of one seed.

    Args:
        main: the list of all services.
        harder: name -> outcomes of a harder set.
    """

    main: list[Outcome]
    harder: dict[str, list[Outcome]]


def measure(full: Catalogue, seed: int) -> SeedResult:
    """Match the lists of one seed to a fifth of a catalogue."""
    catalogue, present = service_lists.split_catalogue(full, seed)
    matcher = Matcher(catalogue)

    def outcomes(movies: Sequence[ListedMovie]) -> list[Outcome]:
        return list(zip(movies, matcher.match([movie.entry for movie in movies]), strict=True))

    movies = service_lists.service_list(full, present, seed)
    main = outcomes(movies)
    harder = {
        "remakes": outcomes(service_lists.remakes(full, present, seed)),
        "sequels": outcomes(service_lists.sequels(full, present, seed)),
        "series numbers": outcomes(service_lists.series_numbers(full, present, seed)),
        "one-word titles": [outcome for outcome in main if _is_one_word(outcome[0])],
        "one year off": [outcome for outcome in main if outcome[0].years_off in (-1, 1)],
        "typing errors": outcomes(service_lists.typing_errors(full, present, seed)),
        "no year": outcomes(service_lists.without_years(movies)),
    }
    return SeedResult(main, harder)


def figures(outcomes: Iterable[Outcome]) -> dict[str, float | int | None]:
    """Counts, precision and recall of some outcomes."""
    outcomes = list(outcomes)
    matched = [outcome for outcome in outcomes if outcome[1].status == "matched"]
    doubtful = [outcome for outcome in outcomes if outcome[1].status == "doubtful"]
    present = sum(movie.truth >= 0 for movie, _ in outcomes)
    right = sum(match.row == movie.truth for movie, match in matched)
    return {
        "rows": len(outcomes),
        "present": present,
        "right": right,
        "wrong": len(matched) - right,
        "precision": right / len(matched) if matched else None,
        "recall": right / present if present else None,
        "questions": len(doubtful),
        "questions in vain": sum(movie.truth not in match.candidates for movie, match in doubtful),
        "missing": len(outcomes) - len(matched) - len(doubtful),
    }


def by_evidence(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Right and wrong matches of each kind of evidence, with the 95 % Wilson interval of its precision."""
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for movie, match in outcomes:
        if match.status == "matched":
            counts[reason_kind(match.reason)][match.row == movie.truth] += 1
    rows = []
    for reason, count in sorted(counts.items(), key=lambda pair: -pair[1].total()):
        interval = stats.binomtest(count[True], count.total()).proportion_ci(method="wilson")
        rows.append(
            {
                "evidence": reason,
                "n": count.total(),
                "right": count[True],
                "wrong": count[False],
                "precision": count[True] / count.total(),
                "low": float(interval.low),
                "high": float(interval.high),
            }
        )
    return rows


def report(full: Catalogue, seeds: Sequence[int]) -> dict[str, Any]:
    """All figures: means over the seeds with 95 % intervals, and counts pooled over the seeds."""
    results = [measure(full, seed) for seed in seeds]
    identified = [[outcome for outcome in result.main if _is_identified(outcome[0])] for result in results]
    pooled = [outcome for outcomes in identified for outcome in outcomes]
    everything = [outcome for result in results for outcome in result.main]
    services = {service: [o for o in everything if o[0].service == service] for service in service_lists.SERVICES}
    writings = {
        name: [o for o in pooled if o[0].writing == name] for name, _ in _by_count(o[0].writing for o in pooled)
    }
    return {
        "seeds": list(seeds),
        "rows with a year or an id": _over_seeds([figures(outcomes) for outcomes in identified]),
        "pooled": figures(pooled),
        "by service": {service: figures(outcomes) for service, outcomes in services.items()},
        "by writing": {name: figures([o for o in pooled if o[0].writing == name]) for name in writings},
        "by evidence": by_evidence(everything),
        "by evidence, no year": by_evidence([o for result in results for o in result.harder["no year"]]),
        "questions by reason": dict(_by_count(_question(match) for _, match in pooled if match.status == "doubtful")),
        "harder": {name: figures([o for r in results for o in r.harder[name]]) for name in results[0].harder},
    }


def mistakes(full: Catalogue, seed: int) -> list[str]:
    """The wrong matches and the present movies that were not matched, for reading."""
    catalogue, _ = service_lists.split_catalogue(full, seed)
    return [
        f"{'WRONG' if match.row >= 0 else match.status}: {movie.service}, {movie.writing}: {movie.entry.title} "
        f"({movie.entry.year}) -> {catalogue.title[match.row] if match.row >= 0 else '-'}, not "
        f"{catalogue.title[movie.truth] if movie.truth >= 0 else '-'}; {match.reason}"
        for movie, match in measure(full, seed).main
        if match.row != movie.truth
    ]


def _question(match: Match) -> str:
    return re.sub(r"\b\d{4}\b", "...", match.reason)


def _is_identified(movie: ListedMovie) -> bool:
    return movie.service != "netflix"


def _is_one_word(movie: ListedMovie) -> bool:
    return _is_identified(movie) and len(title_parsing.core_words(movie.entry.title)) == 1


def _by_count(names: Iterable[str]) -> list[tuple[str, int]]:
    return Counter(names).most_common()


def _over_seeds(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean of each figure over the seeds, with its 95 % interval by Student's t."""
    summary = {}
    for name in ("precision", "recall", "questions", "questions in vain"):
        values = np.array([row[name] for row in rows], dtype=np.float64)
        half = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)) if len(values) > 1 else float("nan")
        mean = float(values.mean())
        high = min(mean + half, 1.0) if name in ("precision", "recall") else mean + half
        summary[name] = {"mean": mean, "low": mean - half, "high": high}
    return summary


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"\n{title}\n", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)


def as_text(values: dict[str, Any]) -> str:
    """The report as Markdown tables."""
    names = ("rows", "present", "right", "wrong", "precision", "recall", "questions", "questions in vain", "missing")
    overall = values["rows with a year or an id"]
    sections = [
        f"{values['data']}, sha256 {values['data_sha256'][:16]}; seeds {values['seeds']}; "
        + ", ".join(f"{name} {version}" for name, version in values["versions"].items()),
        _table(
            "Rows with a year or an id: mean over the seeds",
            ("figure", "mean", "95 % interval"),
            [(name, row["mean"], f"{row['low']:.4f} to {row['high']:.4f}") for name, row in overall.items()],
        ),
    ]
    for key in ("by evidence", "by evidence, no year"):
        head = ("evidence", "n", "right", "wrong", "precision", "low", "high")
        sections.append(_table(f"Sure, {key}", head, [list(row.values()) for row in values[key]]))
    for key in ("by service", "by writing", "harder"):
        rows = [(name, *(row[figure] for figure in names)) for name, row in values[key].items()]
        sections.append(_table(key.capitalize(), ("", *names), rows))
    sections.append(_table("Questions", ("reason", "n"), values["questions by reason"].items()))
    return "\n".join(sections)


def main(
    data: Annotated[Path | None, typer.Option(help="The folder that holds the data set.")] = None,
    name: Annotated[str, typer.Option(help="ml-latest-small, ml-1m or ml-100k.")] = "ml-latest-small",
    size: Annotated[int, typer.Option(help="Without --data: titles of the generated catalogue.")] = 87_000,
    seeds: Annotated[int, typer.Option(min=1, help=f"Number of seeds, from {FIRST_SEED} on.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print what went wrong with seed 0 instead.")] = False,
) -> None:
    """Print precision, recall, evidence and questions of lists matched to a fifth of a catalogue."""
    dataset = None if data is None else rg.read(data / name)
    full = generated(size) if dataset is None else dataset.catalogue
    if show:
        print("\n".join(mistakes(full, 0)))
        return
    values = {
        "data": f"{size:,} generated titles" if dataset is None else name,
        "data_sha256": service_lists.catalogue_sha256(full),
        "versions": installed_versions(),
        **report(full, range(FIRST_SEED, FIRST_SEED + seeds)),
    }
    if dataset is None:
        values["import"] = import_speed.import_seconds(full, 20_000)
        values["search"] = search_speed.search_speed(full)
    print(json.dumps(values, ensure_ascii=False) if as_json else as_text(values))
    if dataset is None and not as_json:
        print(f"\nimport: {values['import']}\nsearch: {values['search']}")


def run() -> None:
    """The command line."""
    typer.run(main)


if __name__ == "__main__":
    run()
