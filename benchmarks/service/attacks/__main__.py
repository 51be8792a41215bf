"""Attack a service of this source tree, and of an older one beside it.

``python -m benchmarks.service.attacks`` starts a service with the defaults of the command line and a generated bundle
of 20,000 movies, attacks it in eight ways and prints a table; ``--before COMMIT`` attacks that of an older commit too.
Attackers come from 127.0.0.2 and visitors from 127.0.0.3, so it runs on Linux only. Everything is bounded: at most
five heads of 200 MiB, 20 uploads of 31 MiB, 1,005 connections, some minutes each.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from benchmarks.service.attacks import (
    deletion,
    foreign_pages,
    guests,
    heads,
    idle_connections,
    keys,
    long_work,
    uploads,
)
from benchmarks.service.attacks.target import Target, serving, source_tree_of

Attack = Callable[[Target], dict[str, str]]

NEEDS_KEYS = "keys"  # the others attack a service that is open to all
ATTACKS: dict[str, Attack] = {
    "heads": heads.attack,
    "long work": long_work.attack,
    "idle connections": idle_connections.attack,
    "uploads": uploads.attack,
    "guests": guests.attack,
    "deletion": deletion.attack,
    "foreign pages": foreign_pages.attack,
    NEEDS_KEYS: keys.attack,
}


def main(
    before: Annotated[str | None, typer.Option(help="Attack the service of this commit too.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"{', '.join(ATTACKS)}; repeatable.")] = None,
    movies: Annotated[int, typer.Option(min=2_000, help="Of the generated bundle.")] = 20_000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a figure.")] = False,
) -> None:
    """Print what each attack does to a service."""
    names = [name for name in ATTACKS if not only or name in only]
    results = {label: _attacked(commit, names, movies) for label, commit in _trees(before).items()}
    rows = table_rows(results)
    if as_json:
        for attack, figure, *values in rows:
            print(json.dumps({"attack": attack, "figure": figure, **dict(zip(results, values, strict=True))}))
        return
    print(f"| attack | what | {' | '.join(results)} |")
    print(f"| --- | --- |{' --- |' * len(results)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def table_rows(results: dict[str, dict[tuple[str, str], str]]) -> list[tuple[str, ...]]:
    """Attack, figure, and its value in each of the services."""
    figures = dict.fromkeys(figure for values in results.values() for figure in values)
    return [(*figure, *(values.get(figure, "") for values in results.values())) for figure in figures]


def _trees(before: str | None) -> dict[str, str | None]:
    return {"now": None} if before is None else {f"before ({before[:7]})": before, "now": None}


def _attacked(commit: str | None, names: list[str], movies: int) -> dict[tuple[str, str], str]:
    figures: dict[tuple[str, str], str] = {}
    with source_tree_of(commit) as tree:
        for is_open in (True, False):
            chosen = [name for name in names if (name != NEEDS_KEYS) == is_open]
            if not chosen:
                continue
            with serving(tree, movies, is_open=is_open) as target:
                for name in chosen:
                    values = ATTACKS[name](target)
                    print(f"{commit or 'now'}: {name}: {json.dumps(values, ensure_ascii=False)}", file=sys.stderr)
                    figures |= {(name, figure): value for figure, value in values.items()}
    return figures


if __name__ == "__main__":
    typer.run(main)
