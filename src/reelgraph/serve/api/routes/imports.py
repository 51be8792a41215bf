"""Upload of an export from another service, matched to the movies of the bundle; nothing is stored."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from reelgraph import importers
from reelgraph.core import RatingScale
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data import CleanRules
from reelgraph.serve.api import presenters
from reelgraph.serve.errors import ApiError, error_responses
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(prefix="/api", tags=["session: ratings in the body, nothing stored"])
_CHUNK_BYTES = 2**20
_EARLIEST = CleanRules().earliest  # Unix seconds, as for ratings that are posted
_DAY, _NOON = 86_400, 43_200  # seconds
_UNSAFE_CHARACTERS = re.compile(r"[^\w. -]")


@dataclass(frozen=True, slots=True)
class ImportResponse:
    """Ratings for `POST /api/session/recommend` (or `POST /api/ratings`), and a report on every movie.

    `timestamps`: when the movies were rated or seen, as far as the export says, Unix seconds UTC, for `at` of
    `POST /api/ratings`. A date without a time of day is its noon, which is the same day in nearly all time zones.
    """

    ratings: Mapping[str, float]
    seen: Sequence[str]
    watchlist: Sequence[str]
    timestamps: Mapping[str, int]
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What the person says about the file, as in `reelgraph import`.

    Args:
        profile: whose rows to read.
        scale: of the ratings, LOW:HIGH or LOW:HIGH:STEP.
        columns: ROLE=NAME, separated by commas.
    """

    profile: str | None = None
    scale: str | None = None
    columns: str | None = None


def upload_options(
    profile: Annotated[
        str | None, Form(max_length=200, description="Whose rows to read, if the file is of several people.")
    ] = None,
    scale: Annotated[str | None, Form(max_length=50, description="Scale of its ratings: LOW:HIGH[:STEP].")] = None,
    columns: Annotated[str | None, Form(max_length=2000, description="Its columns: ROLE=NAME,...")] = None,
) -> UploadOptions:
    """The form fields beside the file."""
    return UploadOptions(profile, scale, columns)


UploadOptionsDep = Annotated[UploadOptions, Depends(upload_options)]


@router.post(
    "/import", response_model=ImportResponse, responses=error_responses(400, 409, 413, 422, 429),
    summary="An export of Letterboxd, IMDb, Trakt, Netflix, or a CSV",
)  # fmt: skip
async def import_(
    service: ServiceDep,
    file: Annotated[UploadFile, File(description="The zip or file.")],
    options: UploadOptionsDep,
) -> Response:
    """Only certain matches are taken; doubtful ones are in the report, with their candidates.

    If the bundle has no stars, all movies taken are `seen`, and a note of the report says how many were rated.
    """
    return presenters.reply(await service.run_import(read_upload, service.loaded, file, options))


def read_upload(loaded: LoadedBundle, file: UploadFile, options: UploadOptions) -> ImportResponse:
    """Read an uploaded export and match it to the movies of the bundle.

    Raises:
        ApiError: 409, its format is unknown, it is damaged or exceeds a limit, or the options do not fit it.
    """
    with tempfile.TemporaryDirectory(prefix="reelgraph-") as folder:
        path = Path(folder, _safe_name(file.filename or ""))
        with path.open("wb") as copy:
            while chunk := file.file.read(_CHUNK_BYTES):
                copy.write(chunk)
        file.file.close()  # the copy of the framework, on the same disk
        try:
            export = importers.import_export(
                path,
                loaded.bundle.catalogue,
                scale=loaded.bundle.scale,
                file_scale=RatingScale.parse(options.scale) if options.scale else None,
                columns=importers.parse_columns(options.columns) if options.columns else None,
                profile=options.profile or None,
                titles=loaded.recommender.titles.index,
                popularity=loaded.recommender.popularity.counts.tolist(),
            )
        except (DataFormatError, ConfigError) as error:
            message, hint = (_without_folder(text, path) for text in (error.message, error.hint))
            raise ApiError(409, "export", message, hint) from None
        report: dict[str, Any] = _with_text_ids(_without_folder(importers.report_dict(export), path))
    now = int(time.time())
    times = {str(item): _possible_time(seconds, now) for item, seconds in export.timestamps.items()}
    for movie in report["doubtful"]:
        movie["timestamp"] = _possible_time(movie["timestamp"], now)
    ratings = {str(item): stars for item, stars in export.ratings.items()}
    seen, watchlist = ([str(item) for item in items] for items in (export.seen, export.watchlist))
    if loaded.bundle.scale is None and ratings:  # what was rated was seen, and no more is known here
        note = (
            f"{counted(len(ratings), 'rating counts as a movie seen', 'ratings count as movies seen')}: "
            "there are no stars here"
        )
        report["notes"] = [*report["notes"], note]
        ratings, seen = {}, [*ratings, *seen]
    timestamps = {item: seconds for item, seconds in times.items() if seconds is not None}
    return ImportResponse(ratings, seen, watchlist, timestamps, report)


def _possible_time(seconds: int | None, now: int) -> int | None:
    """A time of an export, midnight as noon; None if nobody can have rated or seen a movie then."""
    if seconds is None:
        return None
    seconds = min(seconds + _NOON, now) if seconds % _DAY == 0 and seconds <= now else seconds
    return seconds if _EARLIEST <= seconds <= now else None


def _safe_name(filename: str) -> str:
    """The client's file name, by which the tables of some services are told apart, as a name without a path."""
    return _UNSAFE_CHARACTERS.sub("_", filename)[-80:].strip(". ") or "upload"


def _with_text_ids(value: Any) -> Any:
    """A JSON value in which every ``item_id`` is text, as everywhere in the API."""
    if isinstance(value, Mapping):
        return {
            key: str(entry) if key == "item_id" and entry is not None else _with_text_ids(entry)
            for key, entry in value.items()
        }
    return [_with_text_ids(entry) for entry in value] if isinstance(value, list) else value


def _without_folder(value: Any, path: Path) -> Any:
    """A JSON value whose strings do not name the temporary folder."""
    if isinstance(value, str):
        return value.replace(str(path), path.name)
    if isinstance(value, Mapping):
        return {key: _without_folder(entry, path) for key, entry in value.items()}
    return [_without_folder(entry, path) for entry in value] if isinstance(value, list) else value
