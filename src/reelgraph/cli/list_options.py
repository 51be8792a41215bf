"""Options of `reelgraph recommend` that say which movies may be listed, and in what order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reelgraph.recommend import Filters, RerankOptions
from reelgraph.recommend.filters import Seen

_MOVIES = "ids or titles a line, a Letterboxd list, or the JSON of Radarr, Jellyfin or Plex"

Genres = Annotated[list[str] | None, typer.Option("--genre", help="Only this genre; may be repeated.")]
NotGenres = Annotated[list[str] | None, typer.Option("--not-genre", help="Never this genre; repeatable.")]
YearFrom = Annotated[int | None, typer.Option("--year-from", help="Only from this year on.")]
YearTo = Annotated[int | None, typer.Option("--year-to", help="Only up to this year.")]
RuntimeFrom = Annotated[int | None, typer.Option("--runtime-from", help="Minutes at least, where known.")]
RuntimeTo = Annotated[int | None, typer.Option("--runtime-to", help="Minutes at most, where known.")]
MinViewers = Annotated[int, typer.Option("--min-viewers", min=0, help="Minimum number of ratings.")]
SeenOption = Annotated[
    Seen, typer.Option("--seen", help="Movies you rated or saw: hidden, also listed (also), or alone (only).")
]
ExcludeFile = Annotated[Path | None, typer.Option("--exclude", help=f"Movies never listed: {_MOVIES}.")]
IncludeFile = Annotated[Path | None, typer.Option("--include", help=f"The only movies listed: {_MOVIES}.")]
Diversity = Annotated[
    float, typer.Option("--diversity", min=0, max=1, help="0: as the model ranks, 1: as varied as can be.")
]
Calibration = Annotated[
    float, typer.Option("--calibration", min=0, max=1, help="How closely to follow the person's mix of genres.")
]
Niche = Annotated[float, typer.Option("--niche", min=-1, max=1, help="-1: popular, 1: niche.")]
Bold = Annotated[
    float, typer.Option("--bold", min=-1, max=1, help="-1: the most certain stars first, 1: the least certain.")
]
Watch = Annotated[
    bool, typer.Option("--watch", help="Rank by what you will watch, whether or not you are predicted to like it.")
]
Recent = Annotated[
    bool, typer.Option("--recent", help="More like what was rated or seen last; needs the times of the ratings.")
]


def filters_of(options: Mapping[str, Any]) -> Filters:
    """The filters that the options of a verb set, by the names of its parameters."""
    lists = {
        "genres": "genre", "not_genres": "not_genre", "directors": "director", "cast": "cast",
        "languages": "film_language", "countries": "country",
    }  # fmt: skip
    single = ("year_from", "year_to", "runtime_from", "runtime_to", "min_viewers", "seen", "whole_series")
    several: dict[str, Any] = {name: tuple(options[option] or ()) for name, option in lists.items()}
    return Filters(**several, **{name: options[name] for name in single})


def rerank_of(options: Mapping[str, Any]) -> RerankOptions:
    """The weights of re-ranking that the options of a verb set, by the names of its parameters."""
    return RerankOptions(options["diversity"], options["calibration"], options["niche"], options["bold"])
