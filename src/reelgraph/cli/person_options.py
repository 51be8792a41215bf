"""Options that the verbs about one person share: who it is, and what-if changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reelgraph import importers
from reelgraph.bundle import Bundle
from reelgraph.cli.item_names import item_named
from reelgraph.cli.output import err
from reelgraph.cli.sources import print_losses
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data import read_person
from reelgraph.data.own_ratings import BETWEEN, CONVERTED, RAISED, SEEN, UNKNOWN, UNUSABLE_TIMES
from reelgraph.recommend import Changes, Recommender, Traits
from reelgraph.recommend.person import Person
from reelgraph.recommend.weighted_history import WeightedHistory

_Own = tuple[Mapping[int | str, float], tuple[int | str, ...], Mapping[int | str, int]]
_OPTIONS_OF_IMPORT = ("--columns", "--scale", "--profile")

User = Annotated[str | None, typer.Option("--user", help="Id of a user the bundle knows.")]
OwnFile = Annotated[
    Path | None,
    typer.Option("--ratings", help="A person's own file: item_id,rating or titles, or an export as `import` reads."),
]
Users = Annotated[list[str] | None, typer.Option("--user", help="Id of a user the bundle knows; may be repeated.")]
OwnFiles = Annotated[
    list[Path] | None, typer.Option("--ratings", help="A person's own file: item_id,rating; may be repeated.")
]
Profile = Annotated[
    list[str] | None,
    typer.Option("--profile", metavar="KIND=NAME", help="Profile of the person, as age_band=25-34; may be repeated."),
]
LovesGenre = Annotated[
    list[str] | None, typer.Option("--loves-genre", metavar="GENRE", help="A favourite genre; may be repeated.")
]
Item = Annotated[str, typer.Option("--item", metavar="ID_OR_TITLE", help="Item id, or title with its year.")]
Mute = Annotated[
    list[str] | None, typer.Option("--mute", metavar="ITEM", help="A rated movie not to learn from; may be repeated.")
]
Damp = Annotated[
    list[str] | None,
    typer.Option("--damp", metavar="ITEM=WEIGHT", help="A rating that counts less, 0 to 1; may be repeated."),
]
Stars = Annotated[
    list[str] | None,
    typer.Option("--stars", metavar="ITEM=STARS", help="List as if it were rated so; may be repeated."),
]
SeenWeight = Annotated[
    float | None,
    typer.Option(
        "--seen-weight",
        min=0,
        max=1,
        help="How much a movie seen without a rating counts, 0 to 1; if not given, as the bundle says.",
    ),
]
NotInterested = Annotated[
    list[str] | None,
    typer.Option("--not-interested", metavar="ITEM", help="A movie never to be listed; may be repeated."),
]


def open_for(
    path: Path,
    user: str | None,
    ratings: Path | None,
    verb: str,
    traits: Traits | None = None,
    seen_weight: float | None = None,
    *,
    needs_person: bool = True,
) -> tuple[Recommender, WeightedHistory]:
    """The recommender of the bundle at ``path``, and the person that the options name.

    Raises:
        ConfigError: no person is given (nor described by ``traits`` alone) where one is needed, or two are.
    """
    if user is None and ratings is None and (traits or not needs_person):
        recommender = Recommender(Bundle.load(path))
        return recommender, recommender.history_for({})
    if (user is None) == (ratings is None):
        raise ConfigError(verb, "give either --user or --ratings")
    recommender = Recommender(Bundle.load(path), seen_weight=seen_weight)
    if ratings is None:
        return recommender, recommender.history_for(user or "")
    return recommender, own_history(ratings, recommender)


def open_for_all(
    path: Path, users: list[str] | None, files: list[Path] | None, seen_weight: float | None = None
) -> tuple[Recommender, dict[str, Person]]:
    """The recommender of the bundle at ``path``, and people by name.

    A known user is called by their id, a person of a file by its name.

    Raises:
        ConfigError: two people have the same name.
    """
    recommender = Recommender(Bundle.load(path), seen_weight=seen_weight)
    people: dict[str, Person] = {}
    for name, file in [*((user, None) for user in users or ()), *((file.stem, file) for file in files or ())]:
        if name in people:
            raise ConfigError("people", f"two are called {name!r}")
        people[name] = name if file is None else own_history(file, recommender)
    return recommender, people


def own_history(path: Path, recommender: Recommender) -> WeightedHistory:
    """What a person rated and saw by their own file, see `own_ratings`."""
    stars, seen, times = own_ratings(path, recommender.bundle)
    return recommender.history_for(
        stars, seen=seen, times={item: times[item] for item in (*stars, *seen) if item in times}
    )


def own_ratings(path: Path, bundle: Bundle) -> _Own:
    """The stars in a person's own file, what they saw without rating it, and when, where the file tells it.

    What was dropped is reported on stderr.

    A table of item ids is read as it is. Exports of services and tables of titles are imported, and the report of the
    matching is printed on stderr. For a bundle without stars all movies of the file count as seen.

    Raises:
        DataFormatError: the file is no table and no export, or no movie of it is in the bundle.
    """
    if importers.has_item_ids(path, bundle.items):
        stars, seen, times = _ratings_by_id(path, bundle)
    else:
        stars, seen, times = _imported_ratings(path, bundle)
    if bundle.scale is None and stars:
        err.print(
            f"{counted(len(stars), 'rating counts as a view', 'ratings count as views')}: the bundle has no stars"
        )
        return {}, (*stars, *seen), times
    return stars, seen, times


def _ratings_by_id(path: Path, bundle: Bundle) -> _Own:
    own_file = read_person(path, bundle.scale, bundle.items)
    print_losses(own_file.report)
    for step in own_file.report.steps:
        if step.name in (SEEN, RAISED, BETWEEN) and step.count:
            err.print(f"{step.name}: {step.count:,}")
        if step.name in (UNKNOWN, CONVERTED, UNUSABLE_TIMES) and step.count:
            err.print(f"{step.name}: {'; '.join(step.examples)}{', ...' if step.count > len(step.examples) else ''}")
    return own_file.stars, own_file.seen, own_file.timestamps


def _imported_ratings(path: Path, bundle: Bundle) -> _Own:
    try:
        imported = importers.import_export(path, bundle.catalogue, scale=bundle.scale)
    except DataFormatError as error:
        raise with_hint_to_import(error, "whose --out file --ratings takes") from None
    lines = importers.summary_lines(imported)
    if not imported.ratings and not imported.seen:
        expected = f"none of its {counted(imported.rows, 'row')} is a rating or a view of a movie of the bundle"
        raise DataFormatError(path, expected, hint="; ".join(lines))
    for line in lines:
        err.print(line, soft_wrap=True, markup=False)
    return imported.ratings, imported.seen, imported.timestamps


def with_hint_to_import(error: DataFormatError, alternative: str) -> DataFormatError:
    """The error of an importer, its hint corrected where it names an option that only `reelgraph import` has.

    Args:
        error: of `reelgraph.importers`.
        alternative: of `reelgraph import` to use in place of the file.
    """
    if any(option in str(error) for option in _OPTIONS_OF_IMPORT):
        return error.with_hint(f"{error.hint}; in `reelgraph import`, {alternative}")
    return error


def traits_of(profile: list[str] | None, genres: list[str] | None) -> Traits:
    """What the options tell of a person beside their ratings.

    Raises:
        ConfigError: not of the form KIND=NAME, or a kind is given twice.
    """
    profile_names: dict[str, str] = {}
    for text in profile or ():
        kind, sign, name = text.partition("=")
        if not (kind and sign and name):
            raise ConfigError("--profile", f"{text!r} is not valid: expected KIND=NAME, such as age_band=25-34")
        if kind in profile_names:
            raise ConfigError("--profile", f"{kind} is given twice: {profile_names[kind]!r} and {name!r}")
        profile_names[kind] = name
    return Traits(profile_names, tuple(genres or ()))


def changes_of(
    recommender: Recommender,
    mute: list[str] | None,
    damp: list[str] | None,
    stars: list[str] | None,
    not_interested: list[str] | None,
) -> Changes:
    """The changes that the options name; movies by id or title.

    Raises:
        UnknownIdError: no such movie.
        ConfigError: not of the form ITEM=NUMBER.
    """
    item = partial(item_named, recommender)

    def numbers(option: str, assignments: list[str] | None) -> dict[int | str, float]:
        values = {}
        for text in assignments or ():
            name, sign, number = text.rpartition("=")
            try:
                value = float(number if sign else "")
            except ValueError:
                raise ConfigError(f"--{option}", f"{text!r} is not valid: expected ITEM=NUMBER") from None
            values[item(name)] = value
        return values

    return Changes(
        stars=numbers("stars", stars),
        mute=tuple(map(item, mute or ())),
        damp=numbers("damp", damp),
        not_interested=tuple(map(item, not_interested or ())),
    )
