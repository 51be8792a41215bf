"""``reelgraph recommend`` and ``reelgraph similar``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from reelgraph.bundle import Bundle
from reelgraph.cli.detail_options import Cast, Countries, Directors, FilmLanguages, WholeSeries
from reelgraph.cli.engine_options import Address, Engine, EngineChoice, Workers, require_default_engine
from reelgraph.cli.explain import reasons_record
from reelgraph.cli.list_files import LetterboxdFile, RadarrFile, TraktFile, require_list_files, write_list_files
from reelgraph.cli.movie_files import with_files
from reelgraph.cli.options import BundlePath, Count, Json
from reelgraph.cli.output import out, print_json, print_table
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
from reelgraph.cli.phrases import Words, print_understood, understood, words_record
from reelgraph.cli.recommend_all import All, Out, write_all
from reelgraph.cli.title_language import TitleLanguage, local_titles, with_titles
from reelgraph.core import Recommendation, Recommendations
from reelgraph.core.errors import ConfigError
from reelgraph.data.titles.title_parsing import display_title
from reelgraph.recommend import Changes, Filters, Order, ParsedPhrase, Recommender, RerankOptions, WhatIf
from reelgraph.recommend.explain.reason_choice import choose_reasons
from reelgraph.recommend.explain.reason_sentences import reason_sentence
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
    filters = Filters(
        genres=tuple(genre or ()),
        not_genres=tuple(not_genre or ()),
        year_from=year_from,
        year_to=year_to,
        runtime_from=runtime_from,
        runtime_to=runtime_to,
        min_viewers=min_viewers,
        seen=seen,
        directors=tuple(director or ()),
        cast=tuple(cast or ()),
        languages=tuple(film_language or ()),
        countries=tuple(country or ()),
        whole_series=whole_series,
    )
    order: Order = "watch" if watch else "liked"
    if everybody or out_file is not None:
        if recent:
            raise ConfigError("--recent", "is for one person at a time")
        write_all(
            context, bundle, k, partial(with_files, filters, exclude, include), out_file, as_json, order,
            EngineChoice(engine, workers, address),
        )  # fmt: skip
        return
    require_default_engine(context, "recommend --all")
    require_list_files(letterboxd, radarr, trakt, read=(ratings, exclude, include))
    traits = traits_of(profile, loves_genre)
    if why and traits:
        raise ConfigError("--why", "cannot be combined with --profile or --loves-genre: reasons come from ratings")
    recommender, history = open_for(bundle, user, ratings, "recommend", traits, seen_weight, needs_person=words is None)
    parsed = understood(recommender, words, history)
    history = recommender.histories.recent(history, traits) if recent else history
    filters = parsed.combined(with_files(filters, exclude, include, recommender))
    changes = changes_of(recommender, mute, damp, stars, not_interested)
    rerank = parsed.reranked(RerankOptions(diversity, calibration, niche, bold))

    def changed_history(changes: Changes | None) -> WeightedHistory:
        return history_of_words(recommender, recommender.history_for(history, changes), parsed)

    ask = partial(recommender.recommend, k=k, filters=filters, order=order, rerank=rerank, traits=traits)
    recommendations = ask(changed_history(changes))
    changed = WhatIf.of(ask(changed_history(None)), recommendations) if changes else None
    write_list_files(recommendations, recommender, letterboxd, radarr, trakt)
    explained = changed_history(changes) if why else None
    reasons = None if explained is None else _reasons(recommender, explained, recommendations, order)
    if words is not None and not as_json:
        print_understood(parsed)
    spoken = None if words is None else parsed
    local = local_titles(recommender, recommendations, language)
    title = _title(recommendations, user, ratings)
    _show(recommendations, {"user_id": user}, title, as_json, changed, reasons, spoken, local)


def _reasons(
    recommender: Recommender, history: WeightedHistory, recommendations: Recommendations, order: Order
) -> Sequence[ChosenReasons]:
    """Why each of the movies is listed."""
    rows = recommender.items.rows([line.item_id for line in recommendations])
    scorer = recommender.scorer_for(history, order)
    return choose_reasons(recommender.bundle, recommender.co_likes, history, scorer, rows)


def _title(recommendations: Recommendations, user: str | None, ratings: Path | None) -> str:
    """How long a list is, and whom it is for."""
    length = f"{len(recommendations)} movies for"
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
    _show(recommendations, head, f"movies like {title}", as_json, local=local)


def lines(recommendations: Recommendations) -> tuple[list[str], list[list[object]]]:
    """Columns and rows of a list, for a table; columns of stars and of their spread only where there are such."""
    with_stars = any(line.stars is not None for line in recommendations)
    with_intervals = any(line.low is not None for line in recommendations)
    columns = ["rank", "item_id", "title", "genres", *(["stars"] if with_stars else ["score"])]
    columns += ["80 % within", "likes it"] if with_intervals else []
    rows: list[list[object]] = [
        [
            line.rank,
            str(line.item_id),
            f"{line.title}{' · new' if line.new else ''}",
            ", ".join(line.genres),
            _figure(line),
            *(_interval(line) if with_intervals else ()),
        ]
        for line in recommendations
    ]
    return columns, rows


def _interval(line: Recommendation) -> tuple[str, str]:
    """The interval of the stars, and the chance of four fifths of the highest rating or more."""
    if line.low is None or line.high is None or line.liked is None:
        return "-", "-"
    stars = f"{line.low:.1f}" if line.low == line.high else f"{line.low:.1f} to {line.high:.1f}"
    return stars, f"{line.liked:.0%}"


def order_note(recommendations: Recommendations) -> str:
    """What the order follows, where it is not the stars shown."""
    stars = [line.stars for line in recommendations if line.stars is not None]
    scores = [line.score for line in recommendations]
    if stars == sorted(stars, reverse=True) or scores != sorted(scores, reverse=True):  # re-ranked: the note says so
        return ""
    return "in the order of the score of what the person will watch, not of the stars alone"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _figure(line: Recommendation) -> str:
    return f"{line.score:.3f}" if line.stars is None else f"{line.stars:.2f}"


def as_records(recommendations: Recommendations, head: dict[str, Any]) -> list[dict[str, Any]]:
    """JSON-ready lines with the columns ``item_id, score, rank`` and what is known of each movie."""
    return [
        {
            **head,
            "item_id": line.item_id,
            "score": round(line.score, 6),
            "rank": line.rank,
            "title": line.title,
            "year": line.year or None,
            "genres": list(line.genres),
            **{name: _rounded(getattr(line, name)) for name in ("stars", "low", "high", "liked")},
            "new": line.new,
        }
        for line in recommendations
    ]


def _show(
    recommendations: Recommendations,
    head: dict[str, Any],
    title: str,
    as_json: bool,
    changed: WhatIf | None = None,
    reasons: Sequence[ChosenReasons] | None = None,
    parsed: ParsedPhrase | None = None,
    local: Sequence[str] | None = None,
) -> None:
    if as_json:
        records = as_records(recommendations, head)
        if local is not None:
            records = [{**record, "title_local": title or None} for record, title in zip(records, local, strict=True)]
        if reasons is not None:
            records = [{**record, **reasons_record(chosen)} for record, chosen in zip(records, reasons, strict=True)]
        moves = {} if changed is None else {"moved": [dataclasses.asdict(move) for move in changed.moves]}
        print_json(
            {
                "answered_by": recommendations.answered_by,
                "note": recommendations.note,
                "items": records,
                **moves,
                **({} if parsed is None else {"words": words_record(parsed)}),
            }
        )
        return
    recommendations = with_titles(recommendations, local)
    columns, rows = lines(recommendations)
    if changed is not None:
        before = {line.item_id: str(line.rank) for line in changed.before}
        columns = ["rank", "before", *columns[1:]]
        rows = [
            [row[0], before.get(line.item_id, "-"), *row[1:]] for row, line in zip(rows, recommendations, strict=True)
        ]
    print_table(title, columns, rows, order_note(recommendations))
    if recommendations.note:
        out.print(recommendations.note)
    if reasons:
        _print_reasons(recommendations, reasons)
    dropped_titles = [move.title for move in changed.moves if move.after is None] if changed is not None else []
    if dropped_titles:
        out.print(f"no longer in the list: {'; '.join(dropped_titles)}")


def _print_reasons(recommendations: Recommendations, reasons: Sequence[ChosenReasons]) -> None:
    """One line a movie with its rank, below the table, where there is room for a sentence."""
    sentences = Table.grid(padding=(0, 1))
    sentences.add_column(justify="right")
    for line, chosen in zip(recommendations, reasons, strict=True):
        sentence = reason_sentence(chosen)
        if sentence:
            title = display_title(line.title) or line.title
            sentences.add_row(str(line.rank), Text.assemble((title, "bold"), f": {sentence}"))
    out.print(sentences)
