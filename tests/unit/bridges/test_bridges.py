"""Lists in the forms of other programs, read back by parsers of those forms."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from reelgraph.bridges import (
    ListedMovie,
    atom_feed,
    evening_calendar,
    listed_movies,
    radarr_list,
    stremio_catalog,
    stremio_manifest,
    trakt_list,
)
from reelgraph.bridges.listed_movie import imdb_id_of
from reelgraph.core import Catalogue, IdIndex
from reelgraph.core.errors import ConfigError, UnknownIdError

feedparser = pytest.importorskip("feedparser", reason="feedparser is not installed")
icalendar = pytest.importorskip("icalendar", reason="icalendar is not installed")
jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

HEAT = ListedMovie("10", "Heat", 1995, "tt0113277", 949, ("Crime", "Drama"), 170, "because you gave Ronin 5 stars")
AMELIE = ListedMovie("20", "Amélie", 2001, "tt0211915", 0)
SAMURAI = ListedMovie("30", "七人の侍", 0, "", 346)
UNKNOWN = ListedMovie("a/b c", "<b>Tom & Jerry</b>\x00\x0b", 1940)
MOVIES = [HEAT, AMELIE, SAMURAI, UNKNOWN]
MADE = 1_700_000_000

_IMDB = {"type": "string", "pattern": "^tt[0-9]{7,}$"}
RADARR = {  # "id" is read by its Custom Lists, "imdb_id" and "title" by its StevenLu Custom
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "id": {"type": "integer", "minimum": 1},
            "tmdb_id": {"type": "integer", "minimum": 1},
            "imdb_id": _IMDB,
            "title": {"type": "string", "minLength": 1},
            "release_date": {"type": "string", "pattern": "^([0-9]{4})?$"},
        },
        "required": ["title", "release_date"],
        "anyOf": [{"required": ["id"]}, {"required": ["imdb_id"]}],
        "additionalProperties": False,
    },
}
TRAKT = {
    "type": "object",
    "properties": {
        "movies": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "year": {"type": ["integer", "null"]},
                    "ids": {
                        "type": "object",
                        "properties": {"imdb": _IMDB, "tmdb": {"type": "integer", "minimum": 1}},
                        "minProperties": 1,
                        "additionalProperties": False,
                    },
                },
                "required": ["title", "year", "ids"],
            },
        }
    },
    "required": ["movies"],
    "additionalProperties": False,
}
STREMIO_MANIFEST = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z0-9.]+$"},
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "name": {"type": "string", "minLength": 1},
        "description": {"type": "string"},
        "resources": {"const": ["catalog"]},
        "types": {"const": ["movie"]},
        "idPrefixes": {"const": ["tt"]},
        "catalogs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "type": {"const": "movie"},
                    "id": {"type": "string", "pattern": "^[a-z-]+$"},
                    "name": {"type": "string"},
                    "extra": {"type": "array", "items": {"type": "object", "required": ["name"]}},
                },
                "required": ["type", "id", "name"],
            },
        },
    },
    "required": ["id", "version", "name", "description", "resources", "types", "catalogs"],
    "additionalProperties": False,
}
STREMIO_CATALOG = {
    "type": "object",
    "properties": {
        "metas": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": _IMDB,
                    "type": {"const": "movie"},
                    "name": {"type": "string", "minLength": 1},
                    "poster": {"type": "string", "pattern": "^https://"},
                    "releaseInfo": {"type": "string", "pattern": "^[0-9]{4}$"},
                    "genres": {"type": "array", "items": {"type": "string"}},
                    "description": {"type": "string"},
                },
                "required": ["id", "type", "name", "poster"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["metas"],
}


def test_radarr() -> None:
    entries = radarr_list(MOVIES)
    jsonschema.validate(json.loads(json.dumps(entries)), RADARR)
    assert entries == [
        {"id": 949, "tmdb_id": 949, "imdb_id": "tt0113277", "title": "Heat", "release_date": "1995"},
        {"imdb_id": "tt0211915", "title": "Amélie", "release_date": "2001"},
        {"id": 346, "tmdb_id": 346, "title": "七人の侍", "release_date": ""},
    ]


def test_trakt() -> None:
    body = trakt_list(MOVIES)
    jsonschema.validate(body, TRAKT)
    assert body["movies"][0] == {"title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277", "tmdb": 949}}
    assert [movie["year"] for movie in body["movies"]] == [1995, 2001, None]


def test_stremio() -> None:
    manifest = stremio_manifest("0f3a", "Films", "0.1.0")
    jsonschema.validate(manifest, STREMIO_MANIFEST)
    catalog = stremio_catalog(MOVIES)
    jsonschema.validate(catalog, STREMIO_CATALOG)
    assert [meta["id"] for meta in catalog["metas"]] == ["tt0113277", "tt0211915"]
    assert catalog["metas"][0]["description"] == HEAT.reason


def test_atom_is_read_by_a_feed_reader() -> None:
    feed = feedparser.parse(atom_feed(MOVIES, "Films & more", "0f3a", MADE))
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.title == "Films & more"
    assert feed.feed.updated == "2023-11-14T22:13:20Z"
    assert [entry.title for entry in feed.entries[:3]] == ["Heat (1995)", "Amélie (2001)", "七人の侍"]
    assert "Tom" in feed.entries[3].title
    assert feed.entries[0].link == "https://www.imdb.com/title/tt0113277/"
    assert feed.entries[2].link == "https://www.themoviedb.org/movie/346"
    assert feed.entries[0].content[0].value == HEAT.reason
    assert [tag.term for tag in feed.entries[0].tags] == ["Crime", "Drama"]
    ids = [entry.id for entry in feed.entries]
    assert ids[3] == "urn:reelgraph:feed:0f3a:a%2Fb%20c"
    assert len(set(ids)) == 4
    later = feedparser.parse(atom_feed(MOVIES[::-1], "Films", "0f3a", MADE, updated=MADE + 60))
    assert later.feed.updated == "2023-11-14T22:14:20Z"
    assert {entry.updated for entry in later.entries} == {"2023-11-14T22:13:20Z"}
    assert sorted(entry.id for entry in later.entries) == sorted(ids)


def event(movie: ListedMovie, start: datetime, **more: Any) -> Any:
    content = evening_calendar(movie, start, "0f3a-20261204@reelgraph", MADE, **more)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    calendar = icalendar.Calendar.from_ical(content)
    assert calendar["VERSION"] == "2.0"
    (only,) = calendar.walk("VEVENT")
    return only


def test_an_evening_in_local_time() -> None:
    start = datetime(2026, 12, 4, 20)
    read = event(HEAT, start)
    assert read["DTSTART"].dt == start
    assert read["DTEND"].dt == datetime(2026, 12, 4, 22, 50)
    assert read["DTSTAMP"].dt == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert str(read["SUMMARY"]) == "Heat (1995)"
    assert str(read["URL"]) == HEAT.url
    assert str(read["DESCRIPTION"]) == f"170 minutes\n{HEAT.reason}"
    assert str(read["UID"]) == "0f3a-20261204@reelgraph"


@pytest.mark.parametrize("start", [datetime.min, datetime(1969, 12, 31), datetime(2101, 1, 1), datetime.max])
def test_an_evening_in_no_year_of_people_is_refused(start: datetime) -> None:
    with pytest.raises(ConfigError, match=f"start: expected a year from 1970 to 2100, got {start.year}$"):
        evening_calendar(HEAT, start, "0f3a", MADE)
    for kept in (datetime(1970, 1, 1), datetime(2100, 12, 31, 23, 59)):
        assert event(HEAT, kept)["DTSTART"].dt == kept


def test_an_evening_in_a_zone_and_of_unknown_length() -> None:
    start = datetime(2026, 12, 4, 20, tzinfo=timezone(timedelta(hours=1)))
    read = event(SAMURAI, start, people="for ann, bob; and \\ more")
    assert read["DTSTART"].dt == datetime(2026, 12, 4, 19, tzinfo=UTC)
    assert read["DTEND"].dt - read["DTSTART"].dt == timedelta(hours=2)
    assert "its length is not known" in str(read["DESCRIPTION"])
    assert str(read["DESCRIPTION"]).endswith("for ann, bob; and \\ more")


def test_a_title_cannot_add_lines_to_a_calendar() -> None:
    evil = ListedMovie("1", "X\r\nATTENDEE:mailto:a@example.org\n\x00" + "七" * 80, 2000)
    read = event(evil, datetime(2026, 12, 4, 20))
    assert "ATTENDEE" not in read
    assert str(read["SUMMARY"]) == "X\nATTENDEE:mailto:a@example.org\n" + "七" * 80 + " (2000)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("tt0113277", "tt0113277"), ("113277", "tt0113277"), ("tt12345678", "tt12345678"), ("", ""), ("nm0000134", "")],
)
def test_ids_of_imdb_are_written_as_there(text: str, expected: str) -> None:
    assert imdb_id_of(text) == expected


def test_movies_of_a_list_have_what_the_catalogue_knows() -> None:
    items = IdIndex(np.array([1, 2]), "item")
    catalogue = Catalogue(
        items.ids, np.array(["Matrix, The (1999)", "Heat"]), np.array([0, 1995]), (("Action",), ()), ((), ()), ((), ()),
        np.array(["0133093", ""]), np.array([603, 0]), np.array([136, 0]),
    )  # fmt: skip
    assert listed_movies([2, 1], items, catalogue, ["a", "b"]) == [
        ListedMovie("2", "Heat", 1995, "", 0, (), 0, "a"),
        ListedMovie("1", "The Matrix", 1999, "tt0133093", 603, ("Action",), 136, "b"),
    ]
    assert [movie.has_ids for movie in listed_movies([2, 1], items, catalogue)] == [False, True]
    with pytest.raises(UnknownIdError):
        listed_movies([3], items, catalogue)
