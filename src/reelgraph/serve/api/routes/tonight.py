"""The route for one film for tonight; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from reelgraph.recommend import film_for_tonight
from reelgraph.recommend.group.group_list import Aggregation
from reelgraph.recommend.tonight.moods import MoodName
from reelgraph.serve.api import presenters
from reelgraph.serve.api.parameters import ItemIds, Minutes, Ratings, SeenWeight, StrictBody
from reelgraph.serve.api.requests import session_history
from reelgraph.serve.errors import error_responses
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.service import ServiceDep

router = APIRouter(prefix="/api/session", tags=["session: ratings in the body, nothing stored"])


class SessionTonight(StrictBody):
    """Who watches, and what kind of film."""

    people: dict[Annotated[str, Field(min_length=1, max_length=100)], Ratings] = Field(
        min_length=1, max_length=8, description="Name -> ratings.", examples=[{"Ann": {"260": 5.0}, "Bo": {"1": 4.0}}]
    )
    mood: MoodName | None = Field(None, description="Null for any.")
    min_minutes: Minutes | None = None
    max_minutes: Minutes | None = Field(None, description="A movie of unknown length passes only without limits.")
    exclude: ItemIds = Field([], description="Never suggested, such as what was suggested before.")
    seen_weight: SeenWeight = None
    how: Aggregation = "least-misery"


@dataclass(frozen=True, slots=True)
class TonightOpinion:
    """The movie for one person: its rank in their own order of the movies that fit."""

    name: str
    rank: int


@dataclass(frozen=True, slots=True)
class TonightItem:
    """A movie. `year` and `runtime` (minutes) are 0 if unknown; `stars` are those predicted for a single person."""

    item_id: str
    title: str
    year: int
    runtime: int
    genres: Sequence[str]
    stars: float | None
    opinions: Sequence[TonightOpinion]


@dataclass(frozen=True, slots=True)
class TonightResponse:
    """One movie, null if none fits; `fitting` movies fit, this one included."""

    item: TonightItem | None
    fitting: int
    note: str
    bundle: str


@router.post(
    "/tonight",
    response_model=TonightResponse,
    responses=error_responses(400, 404, 409, 413, 422, 429),
    summary="One movie for tonight",
)
async def tonight(service: ServiceDep, body: SessionTonight) -> Response:
    """The best movie that nobody has rated, by mood and length. For another one send it in `exclude`."""
    return presenters.reply(await service.run_slow(_tonight, service.loaded, body))


def _tonight(loaded: LoadedBundle, body: SessionTonight) -> TonightResponse:
    people = {name: session_history(loaded, ratings, (), body.seen_weight) for name, ratings in body.people.items()}
    film = film_for_tonight(
        loaded.recommender, people, mood=body.mood, min_minutes=body.min_minutes, max_minutes=body.max_minutes,
        exclude=[loaded.native_item_id(item) for item in body.exclude], how=body.how,
    )  # fmt: skip
    if film is None:
        return TonightResponse(None, 0, "no movie fits: try another mood or length, or leave out fewer", loaded.digest)
    opinions = [TonightOpinion(opinion.name, opinion.rank) for opinion in film.opinions]
    item = TonightItem(str(film.item_id), film.title, film.year, film.runtime, film.genres, film.stars, opinions)
    return TonightResponse(item, film.n_fitting, film.note, loaded.digest)
