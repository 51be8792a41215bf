"""``reelgraph compatible``: how alike the tastes of two people are."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from reelgraph.cli.options import BundlePath, Json
from reelgraph.cli.output import print_json, print_table
from reelgraph.cli.person_options import OwnFiles, SeenWeight, Users, open_for_all
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Compatibility
from reelgraph.recommend import compatibility as compare


def compatible(
    bundle: BundlePath,
    user: Users = None,
    ratings: OwnFiles = None,
    seen_weight: SeenWeight = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Movies shown that speak for and against the likeness.")] = 5,
    as_json: Json = False,
) -> None:
    """Say how alike two people's tastes are, and which of their movies say so.

    Examples:
      reelgraph compatible out/ml-1m --user 42 --user 7

      reelgraph compatible out/ml-1m --user 42 --ratings mine.csv --json
    """
    recommender, people = open_for_all(bundle, user, ratings, seen_weight)
    if len(people) != 2:
        raise ConfigError("people", f"two are compared, {len(people)} are named")
    comparison = compare(recommender, *people.values())
    if as_json:
        print_json({"people": list(people), **_record(comparison)})
        return
    more = (
        ""
        if comparison.percentile != comparison.percentile
        else f", more than {100 * comparison.percentile:.0f} % of pairs"
    )
    title = f"{' and '.join(people)}: likeness {comparison.likeness:+.3f}{more}"
    agreeing = [film for film in comparison.items if film.share > 0][:top]
    opposing = [film for film in comparison.items if film.share < 0][:top]
    listed_ids = {film.item_id for film in (*agreeing, *opposing)}
    rows: list[list[object]] = [
        [word, film.title, _stars(film.one), _stars(film.other), f"{film.share:+.4f}"]
        for word, films in (("alike", agreeing), ("apart", opposing))
        for film in films
    ]
    unlisted_shares = [film.share for film in comparison.items if film.item_id not in listed_ids]
    rows.append(
        [
            "rest",
            counted(len(unlisted_shares), "other movie"),
            "",
            "",
            f"{sum(unlisted_shares) + comparison.baseline:+.4f}",
        ]
    )
    caption = f"both rated {comparison.both}, {comparison.agree} of them within one star"
    columns = ["", "movie", *people, "adds"]
    if not comparison.has_stars:
        caption = f"both saw {comparison.both}"
        columns, rows = ["", "movie", "adds"], [[*row[:2], row[-1]] for row in rows]
    print_table(title, columns, rows, caption)


def _record(comparison: Compatibility) -> dict[str, Any]:
    """The comparison as JSON has it: ``items`` is called ``films`` there, and ``baseline`` ``apart``."""
    names = {"items": "films", "baseline": "apart"}
    return {names.get(name, name): value for name, value in dataclasses.asdict(comparison).items()}


def _stars(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
