"""A person's export of another service, matched to the movies here; nothing is kept."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Response, UploadFile

from reelgraph import importers
from reelgraph.core.errors import DataFormatError
from reelgraph.serve.api import presenters
from reelgraph.serve.errors import ApiError, problems
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(prefix="/api", tags=["session: ratings in the body, nothing kept"])
_CHUNK = 2**20
_ODD = re.compile(r"[^A-Za-z0-9._ -]")


@dataclass(frozen=True, slots=True)
class ImportResponse:
    """Ratings for `POST /api/session/recommend` (or `POST /api/ratings`), and what became of every film."""

    ratings: Mapping[str, float]
    seen: Sequence[str]
    watchlist: Sequence[str]
    report: Mapping[str, Any]


@router.post(
    "/import", response_model=ImportResponse, responses=problems(400, 409, 413, 422, 429),
    summary="An export of Letterboxd, IMDb, Trakt, Netflix, or a CSV",
)  # fmt: skip
async def import_(service: ServiceDep, file: Annotated[UploadFile, File(description="The zip or file.")]) -> Response:
    """Only films that are surely the same are taken; the doubtful are in the report, with their candidates."""
    return presenters.reply(await service.slow(read_upload, service.model, file))


def read_upload(model: LoadedBundle, file: UploadFile) -> ImportResponse:
    """The uploaded export, read and matched.

    Raises:
        ApiError: 409, it is of no known kind, damaged or over a limit.
    """
    fitted = model.recommender.bundle
    with tempfile.TemporaryDirectory(prefix="reelgraph-") as folder:
        path = Path(folder, _name(file.filename or ""))
        with path.open("wb") as copy:
            while chunk := file.file.read(_CHUNK):
                copy.write(chunk)
        try:
            found = importers.import_export(path, fitted.catalogue, scale=fitted.scale)
        except DataFormatError as error:
            raise ApiError(
                409, "export", _plain(error.message, path), error.hint and _plain(error.hint, path)
            ) from None
        report: dict[str, Any] = _plainly(importers.as_record(found), path)
    return ImportResponse(
        {str(item): stars for item, stars in found.ratings.items()},
        [str(item) for item in found.seen],
        [str(item) for item in found.watchlist],
        report,
    )


def _name(given: str) -> str:
    """What the client called it, for some services tell their tables apart by that: letters that lead nowhere."""
    return _ODD.sub("_", given)[-80:].strip(". ") or "upload"


def _plain(text: str, path: Path) -> str:
    """Without the place on this machine."""
    return text.replace(str(path), path.name)


def _plainly(value: Any, path: Path) -> Any:
    if isinstance(value, str):
        return _plain(value, path)
    if isinstance(value, Mapping):
        return {key: _plainly(one, path) for key, one in value.items()}
    return [_plainly(one, path) for one in value] if isinstance(value, list) else value
