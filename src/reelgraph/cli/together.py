"""``reelgraph together``: a list for several people at once."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from reelgraph.cli.detail_options import WholeSeries
from reelgraph.cli.evening_file import At, CalendarFile, require_evening, write_evening
from reelgraph.cli.files import require_distinct
from reelgraph.cli.list_options import Genres, NotGenres, Recent
from reelgraph.cli.options import BundlePath, Count, Json
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.cli.person_options import OwnFiles, SeenWeight, Users, open_for_all
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Filters
from reelgraph.recommend import recommend_for_group as list_for
from reelgraph.recommend.explain.explanation import ValueUnit
from reelgraph.recommend.group.group_list import Aggregation, MemberOpinion

_UNITS = {"score": "standard deviations of each one's own scores", "stars": "expected stars"}


def together(
    bundle: BundlePath,
    user: Users = None,
    ratings: OwnFiles = None,
    k: Count = 10,
    how: Annotated[Aggregation, typer.Option("--how", help="How to combine the members' values.")] = "mean",
    unit: Annotated[ValueUnit, typer.Option("--by", help="Combine scores, scaled per person, or stars.")] = "score",
    envy: Annotated[
        float, typer.Option("--envy", min=0, help="For envy-bounded: largest difference in what people give up.")
    ] = 0.25,
    genre: Genres = None,
    not_genre: NotGenres = None,
    whole_series: WholeSeries = False,
    recent: Recent = False,
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
    if recent and unit == "stars":
        raise ConfigError("--recent", "changes scores alone, no stars: leave out --by stars")
    require_distinct(calendar, read=ratings or ())
    recommender, people = open_for_all(bundle, user, ratings, seen_weight)
    if recent:
        people = {name: recommender.histories.recent(recommender.history_for(each)) for name, each in people.items()}
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
    title = f"{counted(len(rows), 'movie')} for {', '.join(people)} ({how})"
    print_table(title, ["rank", "title", "value", *people], rows, caption)
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
