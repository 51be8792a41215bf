"""``reelgraph recommend``: a person's list, and with ``--all`` those of everybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.cli.detail_options import Cast, Countries, Directors, FilmLanguages, WholeSeries
from reelgraph.cli.engine_options import Address, Engine, EngineChoice, Workers, require_default_engine
from reelgraph.cli.list_files import LetterboxdFile, RadarrFile, TraktFile, require_list_files, write_list_files
from reelgraph.cli.list_options import (
    Bold,
    Calibration,
    Diversity,
    ExcludeFile,
    Genres,
    IncludeFile,
    MinViewers,
    Niche,
    NotGenres,
    Recent,
    RuntimeFrom,
    RuntimeTo,
    SeenOption,
    Watch,
    YearFrom,
    YearTo,
    filters_of,
    rerank_of,
)
from reelgraph.cli.list_tables import Ids, ListAnswer
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
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Changes, Order, ParsedPhrase, Recommender, WhatIf
from reelgraph.recommend.explain.reason_choice import choose_reasons
from reelgraph.recommend.explain.reasons import ChosenReasons
from reelgraph.recommend.phrases.likeness import history_of_words
from reelgraph.recommend.weighted_history import WeightedHistory


def recommend(
    context: typer.Context,
    bundle: BundlePath,
    user: User = None,
    ratings: OwnFile = None,
    everybody: All = False,
    words: Words = None,
    k: Count = 10,
    genre: Genres = None,
    not_genre: NotGenres = None,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    runtime_from: RuntimeFrom = None,
    runtime_to: RuntimeTo = None,
    director: Directors = None,
    cast: Cast = None,
    film_language: FilmLanguages = None,
    country: Countries = None,
    whole_series: WholeSeries = False,
    language: TitleLanguage = None,
    min_viewers: MinViewers = 0,
    seen: SeenOption = "hidden",
    exclude: ExcludeFile = None,
    include: IncludeFile = None,
    diversity: Diversity = 0.0,
    calibration: Calibration = 0.0,
    niche: Niche = 0.0,
    bold: Bold = 0.0,
    watch: Watch = False,
    recent: Recent = False,
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
    restrictions = partial(with_files, filters_of(context.params), exclude, include)
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
    filters, rerank = parsed.combined(restrictions(recommender)), parsed.reranked(rerank_of(context.params))
    ask = partial(recommender.recommend, k=k, filters=filters, order=order, rerank=rerank, traits=traits)
    person, recommendations, changed = _ranked(ask, recommender, history, changes, parsed)
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


def _ranked(
    ask: Callable[[WeightedHistory], Recommendations],
    recommender: Recommender,
    history: WeightedHistory,
    changes: Changes | None,
    parsed: ParsedPhrase,
) -> tuple[WeightedHistory, Recommendations, WhatIf | None]:
    """The person with their changes and with the movies that the words name, their list, and what the changes move."""

    def person(changes: Changes | None) -> WeightedHistory:
        return history_of_words(recommender, recommender.history_for(history, changes), parsed)

    changed_person = person(changes)
    recommendations = ask(changed_person)
    return changed_person, recommendations, WhatIf.of(ask(person(None)), recommendations) if changes else None


def _reasons(
    recommender: Recommender, history: WeightedHistory, recommendations: Recommendations, order: Order
) -> Sequence[ChosenReasons]:
    """Why each of the movies is listed."""
    rows = recommender.items.rows([line.item_id for line in recommendations])
    scorer = recommender.scorer_for(history, order)
    return choose_reasons(recommender.bundle, recommender.co_likes, history, scorer, rows)


def _title(recommendations: Recommendations, user: str | None, ratings: Path | None) -> str:
    """How long a list is, and whom it is for."""
    length = f"{counted(len(recommendations), 'movie')} for"
    if user is not None:
        return f"{length} user {user}"
    return f"{length} {ratings}" if ratings is not None else f"{length} someone with no ratings yet"
