"""``reelgraph together`` and ``reelgraph compatible``: about several people at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from reelgraph.cli.detail_options import WholeSeries
from reelgraph.cli.evening_file import At, CalendarFile, require_evening, write_evening
from reelgraph.cli.files import require_distinct
from reelgraph.cli.list_tables import movie_count
from reelgraph.cli.options import BundlePath, Count, Json
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.cli.person_options import SeenWeight, open_for_all
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Compatibility, Filters
from reelgraph.recommend import compatibility as compare
from reelgraph.recommend import recommend_for_group as list_for
from reelgraph.recommend.explain.explanation import ValueUnit
from reelgraph.recommend.group.group_list import Aggregation, MemberOpinion

_UNITS = {"score": "standard deviations of each one's own scores", "stars": "expected stars"}

Users = Annotated[list[str] | None, typer.Option("--user", help="Id of a user the bundle knows; may be repeated.")]
Files = Annotated[
    list[Path] | None, typer.Option("--ratings", help="A person's own file: item_id,rating; may be repeated.")
]


def together(
    bundle: BundlePath,
    user: Users = None,
    ratings: Files = None,
    k: Count = 10,
    how: Annotated[Aggregation, typer.Option("--how", help="How to combine the members' values.")] = "mean",
    unit: Annotated[ValueUnit, typer.Option("--by", help="Combine scores, scaled per person, or stars.")] = "score",
    envy: Annotated[float, typer.Option("--envy", min=0, help="For envy-bounded: largest gap of losses.")] = 0.25,
    genre: Annotated[list[str] | None, typer.Option("--genre", help="Only this genre; may be repeated.")] = None,
    not_genre: Annotated[list[str] | None, typer.Option("--not-genre", help="Never this genre; repeatable.")] = None,
    whole_series: WholeSeries = False,
    seen_weight: SeenWeight = None,
    calendar: CalendarFile = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """List movies for several people, with what speaks for each and who gives up what.

    Examples:
      reelgraph together out/ml-1m --user 42 --ratings mine.csv

      reelgraph together out/ml-1m --user 42 --user 7 --how envy-bounded --envy 0.2 --json

      reelgraph together out/ml-1m --user 42 --user 7 --calendar evening.ics --at 2026-12-04T20:00
    """
    require_evening(calendar, at)
    require_distinct(calendar, read=ratings or ())
    recommender, people = open_for_all(bundle, user, ratings, seen_weight)
    filters = Filters(genres=tuple(genre or ()), not_genres=tuple(not_genre or ()), whole_series=whole_series)
    group_list = list_for(recommender, people, k, filters, how=how, unit=unit, envy=envy)
    if calendar is not None and at is not None:
        write_evening(calendar, at, group_list, people, recommender)
    if as_json:
        print_json(dataclasses.asdict(group_list))
        return
    rows = [
        [line.rank, line.title, f"{line.value:.2f}", *(_opinion(opinion) for opinion in line.opinions)]
        for line in group_list.lines
    ]
    caption = f"values: {_UNITS[unit]}; #: place in one's own order; below: the movie that speaks most for it"
    print_table(
        f"{movie_count(len(rows))} for {', '.join(people)} ({how})", ["rank", "title", "value", *people], rows, caption
    )
    losses = [
        [
            member.name,
            f"{member.alone:.2f}",
            f"{member.together:.2f}",
            f"{member.loss:.2f}",
            f"{member.kept} of {len(rows)}",
        ]
        for member in group_list.people
    ]
    print_table("Who gives up what", ["", "alone", "together", "gives up", "of their own list"], losses)
    if group_list.note:
        out.print(group_list.note)


def _opinion(opinion: MemberOpinion) -> str:
    because = "" if opinion.because is None else f"\n{opinion.because.title}"
    return f"{opinion.value:.2f} #{opinion.rank:,}{because}"


def compatible(
    bundle: BundlePath,
    user: Users = None,
    ratings: Files = None,
    seen_weight: SeenWeight = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Movies shown for, and against, likeness.")] = 5,
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
        ["rest", f"{len(unlisted_shares):,} other movies", "", "", f"{sum(unlisted_shares) + comparison.baseline:+.4f}"]
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
