"""What an empty list says: what was asked for, and what to loosen, counted by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.scorers import BiasScorer
from reelgraph.serve.web.messages import translator
from reelgraph.serve.web.note_translation import translated_notes

CATALOGUE = dataclasses.replace(
    Catalogue.from_ids(10 * np.arange(1, 6)),
    year=np.array([1960, 1970, 1980, 1990, 2000]),
    runtime=np.array([90, 100, 110, 120, 0]),
    directors=(("Ann A",), ("Ann A",), ("Bob; B",), ("Bob; B",), ()),
    keywords=(("sea",), ("sea",), ("war",), (), ()),
)


def recommender() -> rg.Recommender:
    bundle = Bundle(
        BiasScorer(np.arange(5.0), 3.0, 5.0, 1.0, 5.0), IdIndex(np.array([1]), "user"),
        IdIndex(CATALOGUE.item_id, "item"), Matrix(np.zeros((1, 5), np.float32)), CATALOGUE, RatingScale(1, 5, 1), {},
    )  # fmt: skip
    return rg.Recommender(bundle)


@pytest.mark.parametrize(
    ("filters", "note"),
    [
        (
            {"directors": ["ann a"], "year_from": 1980, "runtime_to": 110},
            "no movie fits years from 1980 and length to 110 minutes and directors ann a: 1 without the years, "
            "1 without the directors",
        ),
        (  # 20 has been rated; a ";" would part notes
            {"directors": ["Ann A"], "exclude": [10]},
            "no movie fits directors Ann A: 3 without the directors, 1 without the movies left out, 1 with those seen",
        ),
        (
            {"directors": ["bob; b"], "year_to": 1970, "runtime_to": 60},
            "no movie fits years to 1970 and length to 60 minutes and directors bob, b: "
            "none without any one of these, so take several away",
        ),
        (
            {"include": [20]},
            "no movie fits one of 1 movie named: 4 without the movies to choose from, 1 with those seen",
        ),
        (
            {"seen": "only", "year_from": 1980},
            "no movie fits years from 1980 and seen already: 3 with those not seen, 1 without the years",
        ),
    ],
)
def test_what_was_asked_and_what_to_loosen(filters: dict[str, object], note: str) -> None:
    answer = recommender().recommend({20: 5.0}, 3, rg.Filters(**filters))  # type: ignore[arg-type]
    assert (len(answer), answer.note) == (0, note)


def test_all_movies_seen() -> None:
    movies = dict.fromkeys(CATALOGUE.item_id.tolist(), 5.0)
    assert recommender().recommend(movies).note == "no movie fits among those not seen yet: 5 with those seen"
    changes = rg.Changes(not_interested=CATALOGUE.item_id.tolist())
    answer = recommender().recommend({}, changes=changes)
    assert answer.note == "no movie is left: all are rated, seen or not wanted"


def test_of_a_group() -> None:
    people = {"ann": {10: 5.0}, "bob": {20: 5.0}}
    answer = rg.recommend_for_group(recommender(), people, filters=rg.Filters(directors=["Ann A"]))
    assert answer.note == "no movie fits directors Ann A: 3 without the directors, 2 with those seen"


def test_no_story_in_common() -> None:
    assert [line.item_id for line in recommender().similar(10, by="story")] == [20]
    answer = recommender().similar(30, by="story")
    assert answer.note == "no other movie has words, keywords or genres in common with 30: ask by viewers"
    assert len(answer) == 0


def test_the_page_says_it_with_its_own_labels() -> None:
    english = translator("en", True)
    note = recommender().recommend({20: 5.0}, 3, rg.Filters(directors=["Ann A"], exclude=[10])).note
    said = "No film fits these filters. Without “Director”: 3. With those you have seen: 1."
    assert translated_notes(note, english) == said
    note = "no movie fits genres War: 1,234 without the genres"
    assert translated_notes(note, translator("de", True)) == (
        "Kein Film passt zu diesen Filtern. Ohne „Genres“: 1.234."
    )
    several = "no movie fits years to 1900: none without any one of these, so take several away"
    assert translated_notes(several, english).endswith("Not even without one of them: take several away.")
    assert "turned down" in translated_notes("no movie is left: all are rated, seen or not wanted", english)
