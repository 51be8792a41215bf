"""Sixty searches by people, titles in other languages, typing errors and numbers of a series."""

from __future__ import annotations

import dataclasses

import numpy as np

from benchmarks.enrichment.known_films import FILMS, TITLES
from benchmarks.enrichment.search import answers, with_known_films
from reelgraph.core import Catalogue, IdIndex
from reelgraph.data.titles.title_parsing import parse_title
from reelgraph.recommend.title_lookup import TitleLookup


def lookup_of(*titles: str, **details: tuple[object, ...]) -> TitleLookup:
    blank = Catalogue.from_ids(np.arange(len(titles)))
    years = np.array([parse_title(title).year for title in titles])
    catalogue = dataclasses.replace(blank, title=np.array(titles), year=years, **details)
    return TitleLookup(IdIndex(catalogue.item_id, "item"), catalogue)


def test_sixty_searches() -> None:
    titles = sorted({*FILMS, *(title for pairs in TITLES.values() for _, title in pairs)})
    years = np.array([parse_title(title).year for title in titles])
    catalogue = dataclasses.replace(Catalogue.from_ids(np.arange(len(titles))), title=np.array(titles), year=years)
    catalogue = with_known_films(catalogue)
    results = list(answers(TitleLookup(IdIndex(catalogue.item_id, "item"), catalogue), catalogue))
    assert len(results) == 60
    assert [(query, found) for _, query, is_right, found in results if not is_right] == []


def test_a_title_of_its_own_comes_before_a_translated_one_and_before_people() -> None:
    titles = ("Memento (2000)", "Amnesia (1997)", "Hitchcock (2012)", "Psycho (1960)", "Hitchcock's Shower (1999)")
    lookup = lookup_of(
        *titles,
        translated_titles=(("Amnesia",), (), (), (), ()),
        people=((), (), (), ("Alfred Hitchcock",), ()),
    )
    assert lookup.search("amnesia", 5).rows.tolist() == [1, 0]
    assert lookup.search("hitchcock", 5).rows.tolist() == [2, 3, 4]
    assert lookup.find("Amnesia").row == 1
    assert lookup.find("Hitchcock").row == 2


def test_a_person_is_no_title() -> None:
    lookup = lookup_of("Jaws (1975)", people=(("Steven Spielberg",),))
    assert lookup.search("spielberg", 3).rows.tolist() == [0]
    assert not lookup.search("spielberg", 3).is_unambiguous
    assert not lookup.search("spielburg", 3).is_unambiguous
    assert lookup.search("steven spie", 3).rows.tolist() == [0]
    assert lookup.search("george", 3).rows.tolist() == []


def test_parts_of_a_series_count_by_year() -> None:
    titles = ("Prelude (1990)", "Second Thing (1992)", "Third Thing (1991)")
    lookup = lookup_of(*titles, series=("Great Saga", "Great Saga", "Great Saga"))
    assert lookup.search("great saga 2", 1).rows.tolist() == [2]
    assert lookup.search("great saga III", 1).rows.tolist() == [1]
    assert len(lookup.search("great saga 4", 1).rows) == 0
