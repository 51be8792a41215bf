"""Fifty phrases, written before the code that reads them, and what each must become."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reelgraph.recommend.phrases.catalogue_names import CatalogueNames
from reelgraph.recommend.phrases.reader import read_phrase
from reelgraph.recommend.phrases.request import Abilities
from tests.unit.recommend.phrases.movies import movie_names

PHRASES = tomllib.loads((Path(__file__).parent / "phrases.toml").read_text("utf-8"))["phrase"]


def meaning_of(names: CatalogueNames, text: str) -> dict[str, Any]:
    parsed = read_phrase(text, names, Abilities(watchlist=True))
    filters = parsed.filters
    return {
        "genres": {*filters.genres, *filters.all_genres},
        "all_genres": len(filters.all_genres) > 1,
        "years": [filters.year_from or 0, filters.year_to or 0],
        "minutes": [filters.runtime_from or 0, filters.runtime_to or 0],
        **{name: set(getattr(filters, name)) for name in ("not_genres", "people", "not_people", "moods", "not_moods")},
        "like": {names.title_of(row) for row in parsed.like},
        "unlike": {names.title_of(row) for row in parsed.unlike},
        "seen": filters.seen,
        **{name: getattr(parsed.rerank, name) for name in ("niche", "bold", "diversity")},
        "recent": parsed.recent,
        "watchlist": parsed.watchlist,
        "not_understood": [words.words for words in parsed.not_understood],
    }


def expected_of(phrase: dict[str, Any], nothing: dict[str, Any]) -> dict[str, Any]:
    named = {key: value for key, value in phrase.items() if key not in ("kind", "text")}
    return nothing | {name: set(value) if isinstance(nothing[name], set) else value for name, value in named.items()}


@pytest.fixture(scope="module")
def names() -> CatalogueNames:
    return movie_names()


def test_fifty_phrases_become_what_they_must(names: CatalogueNames) -> None:
    nothing = meaning_of(names, "")
    assert not any(nothing[name] for name in nothing if name not in ("years", "minutes", "seen"))
    wrong = {}
    for phrase in PHRASES:
        expected, got = expected_of(phrase, nothing), meaning_of(names, phrase["text"])
        if got != expected:
            wrong[phrase["text"]] = {name: (got[name], expected[name]) for name in got if got[name] != expected[name]}
    assert len(PHRASES) == 50
    assert wrong == {}  # at least 45 must be right; all are


def test_every_kind_has_phrases() -> None:
    kinds = Counter(phrase["kind"] for phrase in PHRASES)
    assert len(kinds) == 12
    assert min(kinds.values()) >= 2
