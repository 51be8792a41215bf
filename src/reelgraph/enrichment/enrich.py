"""Fill the details of a data set's movies from files that its holder has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from reelgraph.core import Catalogue, Dataset, Progress, ProgressCallback
from reelgraph.core.argument_checks import require_type
from reelgraph.core.catalogue import LIST_DETAILS, TEXT_DETAILS
from reelgraph.core.errors import ConfigError
from reelgraph.enrichment import imdb, posters, tmdb, wikidata
from reelgraph.enrichment.details import MovieDetails, filled_catalogue
from reelgraph.enrichment.imdb import ImdbFolder, NewMovies
from reelgraph.enrichment.joiner import Joiner, Joins, SourceRow
from reelgraph.enrichment.refusals import Refusals, RefusedValues

_FIRST_NEW_ID = 1_000_000_000
"""The id of a new movie, where ids are numbers, is this and the number of its IMDb id."""

FIELDS = ("year", "genres", "imdb_id", "runtime", *LIST_DETAILS, *TEXT_DETAILS)
"""Fields that are filled and counted."""


@dataclass(frozen=True)
class Sources:
    """The files that details come from; at least one.

    Args:
        imdb: a folder with files of IMDb.
        tmdb: files of TMDB, JSON or CSV.
        wikidata: a result of a query to Wikidata, CSV, TSV or JSON.
        posters: a folder with pictures, ``tt0114709.jpg`` or ``862.jpg``.

    Raises:
        ConfigError: there is none.
    """

    imdb: Path | None = None
    tmdb: tuple[Path, ...] = ()
    wikidata: Path | None = None
    posters: Path | None = None

    def __post_init__(self) -> None:
        if not (self.imdb or self.tmdb or self.wikidata or self.posters):
            raise ConfigError("--imdb", "nothing to read: give --imdb, --tmdb, --wikidata or --posters")


@dataclass(frozen=True)
class FieldCount:
    """How many movies have a field.

    Args:
        name: of the field of `Catalogue`.
        before: movies that had it.
        after: movies that have it now.
    """

    name: str
    before: int
    after: int


@dataclass(frozen=True)
class EnrichmentReport:
    """What `enrich` did.

    Args:
        movies: number of movies of the data set.
        new_movies: number of movies that entered.
        fields: of the data set's movies.
        joined: source -> (movies joined by id, movies joined by title).
        doubtful: (movie, what the source has, reason) of joins that were not made.
        terms: of the sources, one sentence each.
        notes: what people should know, one sentence each.
        refused: what of the sources was not taken over.
    """

    movies: int
    new_movies: int
    fields: tuple[FieldCount, ...]
    joined: dict[str, tuple[int, int]]
    doubtful: tuple[tuple[str, str, str], ...]
    terms: tuple[str, ...]
    notes: tuple[str, ...] = ()
    refused: tuple[RefusedValues, ...] = ()


@dataclass
class _JoinedMovies:
    """The movies so far, those that entered last, and what is known of each."""

    catalogue: Catalogue
    details: list[MovieDetails]
    joined: dict[str, tuple[int, int]] = field(default_factory=dict)
    doubtful: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)

    def take(self, source: str, joins: Joins) -> None:
        """Take over what was joined."""
        for row, joined in joins.by_row.items():
            self.details[row].add(joined.details, self.refusals.of(source))
        self.joined[source] = joins.by_id, len(joins.by_row) - joins.by_id
        titles = self.catalogue.title
        self.doubtful += [(str(titles[join.row]), join.source, f"{source}: {join.reason}") for join in joins.doubtful]

    def filled(self) -> Catalogue:
        return filled_catalogue(self.catalogue, self.details)


def enrich(
    data: Dataset, sources: Sources, new: NewMovies | None = None, progress: ProgressCallback | None = None
) -> tuple[Catalogue, EnrichmentReport]:
    """Details of the movies of a data set, from files. Nothing is fetched, and the data set is not changed.

    A movie is joined by its IMDb or TMDB id where both sides have one and title and year do not contradict it, else by
    title and year as in `reelgraph.import_export`. What an earlier source said stays: IMDb, then TMDB, then Wikidata.

    Args:
        data: the data set.
        sources: the files.
        new: which movies that the data set does not have enter; those of the newest year and later when None.
        progress: called before each file.

    Returns:
        The data set's movies, followed by those that entered; and what was filled.

    Raises:
        DataFormatError: a file is missing, damaged or of another form.

    Cost: memory for the movies of the data set, not for the files. IMDb's six files, 11 million titles: see
    ``docs/how-to/enrich.md``.
    """
    require_type("enrich", "data", data, Dataset)
    new = new or NewMovies()
    before, n_movies = data.catalogue, len(data.catalogue)
    state = _JoinedMovies(before, [MovieDetails() for _ in range(n_movies)])
    report, terms = _reporter(progress), []
    if sources.imdb:
        _add_imdb(state, ImdbFolder(sources.imdb, report), new)
        terms.append(imdb.TERMS)
    if sources.tmdb:
        report("TMDB")
        state.take("TMDB", Joiner(state.filled()).join(tmdb.read(sources.tmdb, state.refusals.of("TMDB"))))
        terms.append(tmdb.TERMS)
    if sources.wikidata:
        report("Wikidata")
        state.take(
            "Wikidata", Joiner(state.filled()).join(wikidata.read(sources.wikidata, state.refusals.of("Wikidata")))
        )
        terms.append(wikidata.TERMS)
    if sources.posters:
        _add_posters(state, sources.posters)
        terms.append(posters.TERMS)
    after = state.filled()
    counts = tuple(FieldCount(name, _count_known(before, name), _count_known(after, name, n_movies)) for name in FIELDS)
    result = EnrichmentReport(
        n_movies,
        len(after) - n_movies,
        counts,
        state.joined,
        tuple(state.doubtful),
        tuple(terms),
        tuple(state.notes),
        state.refusals.report(),
    )
    return after, result


def _add_imdb(state: _JoinedMovies, folder: ImdbFolder, new: NewMovies) -> None:
    joiner = Joiner(state.catalogue)
    titles = folder.titles(state.catalogue, joiner.index, new)
    joins = joiner.join(titles.known)
    state.take("IMDb", joins)
    taken = {row.entry.imdb_id for row in titles.known}
    entering = [row for row in titles.new if row.entry.imdb_id not in taken]
    entering = sorted(entering, key=lambda row: (-row.votes, row.entry.imdb_id))[: new.limit]
    if entering:
        state.catalogue = state.catalogue.append(_catalogue_of_new(entering, state.catalogue))
        state.details += [MovieDetails() for _ in entering]
        for row, details in zip(entering, state.details[-len(entering) :], strict=True):
            details.add(row.details, state.refusals.of("IMDb"))
    ids = [details.values.get("imdb_id", "") for details in state.details]
    further = folder.further(key for key in ids if key)
    for key, details in zip(ids, state.details, strict=True):
        details.add(further.get(key, {}), state.refusals.of("IMDb"))
    if folder.missing:
        state.notes.append(f"not in the folder of IMDb, and so not filled: {', '.join(folder.missing)}")


def _catalogue_of_new(rows: Sequence[SourceRow], like: Catalogue) -> Catalogue:
    """Movies that enter, with ids and titles in the form of the catalogue's own."""
    numbers = np.array([int(row.entry.imdb_id.removeprefix("tt")) for row in rows], np.int64)
    is_number = like.item_id.dtype.kind in "iu"
    ids = _FIRST_NEW_ID + numbers if is_number else np.array([row.entry.imdb_id for row in rows], np.str_)
    has_years = sum(title.endswith(")") for title in like.title.tolist()) * 2 > len(like)
    titles = [f"{row.entry.title} ({row.entry.year})" if has_years else row.entry.title for row in rows]
    blank = Catalogue.from_ids(ids)
    return dataclasses.replace(blank, title=np.array(titles, np.str_), year=np.array([row.entry.year for row in rows]))


def _add_posters(state: _JoinedMovies, folder: Path) -> None:
    filled = state.filled()
    refuse, used = state.refusals.of("posters"), set()
    names = posters.files(folder, refuse)
    for details, imdb_id, tmdb_id in zip(state.details, filled.imdb_id.tolist(), filled.tmdb_id.tolist(), strict=True):
        name = names.get(imdb_id) or names.get(str(tmdb_id))
        details.add({"poster": name or ""}, refuse)
        used.add(name)
    for name in names.values():
        if name not in used:
            refuse("pictures of ids that no movie has", name)


def _count_known(catalogue: Catalogue, name: str, n_movies: int | None = None) -> int:
    """How many of the first movies have a field."""
    return sum(1 for value in list(getattr(catalogue, name))[:n_movies] if value)


def _reporter(progress: ProgressCallback | None) -> Callable[[str], None]:
    """Reports that a file is begun, and that the one before it is done."""
    begun: list[str] = []

    def report(name: str) -> None:
        if progress is not None:
            for stage in begun[-1:]:
                progress(Progress(stage, 1, 1, "files"))
            begun.append(f"reading {name}")
            progress(Progress(begun[-1], 0, 1, "files"))

    return report
