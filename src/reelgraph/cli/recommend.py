"""``reelgraph recommend`` and ``reelgraph similar``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from reelgraph.bundle import Bundle
from reelgraph.cli.detail_options import Cast, Countries, Directors, FilmLanguages, WholeSeries
from reelgraph.cli.engine_options import Address, Engine, EngineChoice, Workers, require_default_engine
from reelgraph.cli.list_files import LetterboxdFile, RadarrFile, TraktFile, require_list_files, write_list_files
from reelgraph.cli.list_tables import Ids, ListAnswer, movie_count
from reelgraph.cli.movie_files import with_files
from reelgraph.cli.options import BundlePath, Count, Json
from reelgraph.cli.person_options import (
    Damp,
    LovesGenre,
    Mute,
    NotInterested,
    OwnFile,
    Profile,
    SeenWeight,
    Stars,
    User,
    changes_of,
    open_for,
    traits_of,
)
from reelgraph.cli.phrases import Words, print_understood, understood
from reelgraph.cli.recommend_all import All, Out, write_all
from reelgraph.cli.title_language import TitleLanguage, local_titles
from reelgraph.core import Recommendations
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Changes, Filters, Order, ParsedPhrase, Recommender, RerankOptions, WhatIf
from reelgraph.recommend.explain.reason_choice import choose_reasons
from reelgraph.recommend.explain.reasons import ChosenReasons
from reelgraph.recommend.filters import Seen
from reelgraph.recommend.phrases.likeness import history_of_words
from reelgraph.recommend.recommender import SimilarBy
from reelgraph.recommend.weighted_history import WeightedHistory

_MOVIES = "ids or titles a line, a Letterboxd list, or the JSON of Radarr, Jellyfin or Plex"
ExcludeFile = Annotated[Path | None, typer.Option("--exclude", help=f"Movies never listed: {_MOVIES}.")]
Diversity = Annotated[
    float, typer.Option("--diversity", min=0, max=1, help="0: as the model ranks, 1: as varied as can be.")
]
Calibration = Annotated[
    float, typer.Option("--calibration", min=0, max=1, help="How closely to follow the person's mix of genres.")
]


def recommend(
    context: typer.Context,
    bundle: BundlePath,
    user: User = None,
    ratings: OwnFile = None,
    everybody: All = False,
    words: Words = None,
    k: Count = 10,
    genre: Annotated[list[str] | None, typer.Option("--genre", help="Only this genre; may be repeated.")] = None,
    not_genre: Annotated[list[str] | None, typer.Option("--not-genre", help="Never this genre; repeatable.")] = None,
    year_from: Annotated[int | None, typer.Option("--year-from", help="Only from this year on.")] = None,
    year_to: Annotated[int | None, typer.Option("--year-to", help="Only up to this year.")] = None,
    runtime_from: Annotated[int | None, typer.Option("--runtime-from", help="Minutes at least, where known.")] = None,
    runtime_to: Annotated[int | None, typer.Option("--runtime-to", help="Minutes at most, where known.")] = None,
    director: Directors = None,
    cast: Cast = None,
    film_language: FilmLanguages = None,
    country: Countries = None,
    whole_series: WholeSeries = False,
    language: TitleLanguage = None,
    min_viewers: Annotated[int, typer.Option("--min-viewers", min=0, help="Minimum number of ratings.")] = 0,
    seen: Annotated[Seen, typer.Option("--seen", help="Movies you rated or saw: hidden, also, only.")] = "hidden",
    exclude: ExcludeFile = None,
    include: Annotated[Path | None, typer.Option("--include", help=f"The only movies listed: {_MOVIES}.")] = None,
    diversity: Diversity = 0.0,
    calibration: Calibration = 0.0,
    niche: Annotated[float, typer.Option("--niche", min=-1, max=1, help="-1: popular, 1: niche.")] = 0.0,
    bold: Annotated[float, typer.Option("--bold", min=-1, max=1, help="-1: stars most certain, 1: most open.")] = 0.0,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="By what you will watch alone, whether or not you are predicted to like it."),
    ] = False,
    recent: Annotated[
        bool, typer.Option("--recent", help="More like what was rated or seen last; needs the times of the ratings.")
    ] = False,
    mute: Mute = None,
    damp: Damp = None,
    stars: Stars = None,
    not_interested: NotInterested = None,
    seen_weight: SeenWeight = None,
    profile: Profile = None,
    loves_genre: LovesGenre = None,
    why: Annotated[bool, typer.Option("--why", help="Say below each movie why it is listed.")] = False,
    letterboxd: LetterboxdFile = None,
    radarr: RadarrFile = None,
    trakt: TraktFile = None,
    ids: Ids = False,
    out_file: Out = None,
    engine: Engine = "threads",
    workers: Workers = None,
    address: Address = None,
    as_json: Json = False,
) -> None:
    """List the movies a person would like best, those they rated or saw left out.

    Examples:
      reelgraph recommend out/sample --user 42 -k 10

      reelgraph recommend out/sample --ratings mine.csv --genre Comedy --year-from 1990 --json

      reelgraph recommend out/sample --user 42 --director "Agnès Varda" --film-language fr --runtime-to 120

      reelgraph recommend out/sample --user 42 --why

      reelgraph recommend out/sample --user 42 --recent

      reelgraph recommend out/sample --user 42 --words "90s thrillers like Heat, no horror"

      reelgraph recommend out/sample --user 42 --diversity 0.3

      reelgraph recommend out/sample --user 42 --mute 260 --damp "Heat (1995)=0.5" --not-interested 1196

      reelgraph recommend out/ml-1m --profile age_band=25-34 --loves-genre Comedy

      reelgraph recommend out/ml-1m --all -k 10 --out lists.parquet

      reelgraph recommend out/ml-1m --all --out lists.parquet --engine ray --workers 8
    """
    order: Order = "watch" if watch else "liked"
    restrictions = partial(with_files, _filters(context.params), exclude, include)
    if everybody or out_file is not None:
        if recent:
            raise ConfigError("--recent", "is for one person at a time")
        choice = EngineChoice(engine, workers, address)
        write_all(context, bundle, k, restrictions, out_file, as_json, order, choice)
        return
    require_default_engine(context, "recommend --all")
    require_list_files(letterboxd, radarr, trakt, read=(ratings, exclude, include))
    traits = traits_of(profile, loves_genre)
    if why and traits:
        raise ConfigError("--why", "cannot be combined with --profile or --loves-genre: reasons come from ratings")
    recommender, history = open_for(bundle, user, ratings, "recommend", traits, seen_weight, needs_person=words is None)
    parsed = understood(recommender, words, history)
    history = recommender.histories.recent(history, traits) if recent else history
    changes = changes_of(recommender, mute, damp, stars, not_interested)
    ask = partial(
        recommender.recommend, k=k, filters=parsed.combined(restrictions(recommender)), order=order,
        rerank=parsed.reranked(RerankOptions(diversity, calibration, niche, bold)), traits=traits,
    )  # fmt: skip
    person = _person(recommender, history, changes, parsed)
    recommendations = ask(person)
    changed = WhatIf.of(ask(_person(recommender, history, None, parsed)), recommendations) if changes else None
    write_list_files(recommendations, recommender, letterboxd, radarr, trakt)
    if words is not None and not as_json:
        print_understood(parsed)
    ListAnswer(
        recommendations,
        {"user_id": user},
        _title(recommendations, user, ratings),
        changed,
        _reasons(recommender, person, recommendations, order) if why else None,
        None if words is None else parsed,
        local_titles(recommender, recommendations, language),
        ids,
    ).print(as_json)


def _filters(given: Mapping[str, Any]) -> Filters:
    """The filters of the options of these names."""
    lists = {
        "genres": "genre", "not_genres": "not_genre", "directors": "director", "cast": "cast",
        "languages": "film_language", "countries": "country",
    }  # fmt: skip
    single = ("year_from", "year_to", "runtime_from", "runtime_to", "min_viewers", "seen", "whole_series")
    several: dict[str, Any] = {name: tuple(given[option] or ()) for name, option in lists.items()}
    return Filters(**several, **{name: given[name] for name in single})


def _person(
    recommender: Recommender, history: WeightedHistory, changes: Changes | None, parsed: ParsedPhrase
) -> WeightedHistory:
    """The person with their changes, and with the movies that the words name."""
    return history_of_words(recommender, recommender.history_for(history, changes), parsed)


def _reasons(
    recommender: Recommender, history: WeightedHistory, recommendations: Recommendations, order: Order
) -> Sequence[ChosenReasons]:
    """Why each of the movies is listed."""
    rows = recommender.items.rows([line.item_id for line in recommendations])
    scorer = recommender.scorer_for(history, order)
    return choose_reasons(recommender.bundle, recommender.co_likes, history, scorer, rows)


def _title(recommendations: Recommendations, user: str | None, ratings: Path | None) -> str:
    """How long a list is, and whom it is for."""
    length = f"{movie_count(len(recommendations))} for"
    if user is not None:
        return f"{length} user {user}"
    return f"{length} {ratings}" if ratings is not None else f"{length} someone with no ratings yet"


def similar(
    bundle: BundlePath,
    item: Annotated[str, typer.Option("--item", metavar="ID_OR_TITLE", help="Item id, or title with its year.")],
    by: Annotated[
        SimilarBy, typer.Option("--by", help="viewers: what the same people like; story: overviews, keywords, genres.")
    ] = "viewers",
    language: TitleLanguage = None,
    k: Count = 10,
    ids: Ids = False,
    as_json: Json = False,
) -> None:
    """List the movies most like one.

    Examples:
      reelgraph similar out/sample --item "Toy Story (1995)"

      reelgraph similar out/enriched --item "Heat (1995)" --by story

      reelgraph similar out/sample --item 260 -k 5 --json
    """
    recommender = Recommender(Bundle.load(bundle))
    recommendations = recommender.similar(item, k, by=by)
    row = recommender.titles.find(item).row
    item_id, title = recommender.items.id(row), str(recommender.catalogue.title[row])
    local = local_titles(recommender, recommendations, language)
    head = {"like_item_id": item_id, "like_title": title}
    ListAnswer(recommendations, head, f"movies like {title}", local=local, with_ids=ids).print(as_json)
