"""People find a movie by a part of its title, with typing errors, with another numeral, without its article."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np
import pytest

from reelgraph.core import Catalogue
from reelgraph.data.titles.title_index import TitleIndex
from reelgraph.data.titles.title_search import TitleSearch
from tests.unit.data.title_queries import QUERIES, TITLES, listed_catalogue, rating_counts

CATALOGUE = listed_catalogue()


@pytest.fixture(scope="module")
def search() -> TitleSearch:
    return TitleSearch(TitleIndex(CATALOGUE), rating_counts())


def titles(search: TitleSearch, query: str, n: int = 3) -> list[str]:
    return [TITLES[row] for row in search.find(query, n).rows.tolist()]


@pytest.mark.parametrize(("kind", "queries"), QUERIES.items())
def test_queries(search: TitleSearch, kind: str, queries: Mapping[str, str]) -> None:
    wrong = {query: titles(search, query) for query, title in queries.items() if title not in titles(search, query)}
    assert wrong == {}, kind
    first = {query: titles(search, query, 1) for query, title in queries.items() if titles(search, query, 1) != [title]}
    assert first == {}, kind


def test_words_may_be_unfinished_and_the_year_counts(search: TitleSearch) -> None:
    assert titles(search, "shaw") == ["Shawshank Redemption, The (1994)"]
    assert titles(search, "back to the fut") == [
        "Back to the Future (1985)",
        "Back to the Future Part II (1989)",
        "Back to the Future Part III (1990)",
    ]
    assert titles(search, "psycho 1998") == titles(search, "Psycho (1998)")[:1] == ["Psycho (1998)"]
    assert titles(search, "psycho 1998 ", 5) == ["Psycho (1998)"]


def test_pages_add_up_to_all_matches(search: TitleSearch) -> None:
    whole = search.find("the", 1000)
    pages = [search.find("the", 7, offset) for offset in range(0, whole.total, 7)]
    assert np.concatenate([page.rows for page in pages]).tolist() == whole.rows.tolist()
    assert {page.total for page in pages} == {whole.total}
    assert len(set(whole.rows.tolist())) == whole.total


def test_without_a_word_the_most_rated_come_first(search: TitleSearch) -> None:
    for query in ("", "  ", "?!"):
        assert search.find(query, 3).rows.tolist() == [0, 1, 2]
        assert search.find(query, 3).total == len(TITLES)


def test_an_unknown_year_is_no_word() -> None:
    search = TitleSearch(TitleIndex(Catalogue.from_ids(np.arange(3))))
    assert search.find("0", 3).rows.tolist() == [0]  # the title of the first


def test_guesses_are_called_so(search: TitleSearch) -> None:
    assert not search.find("matrix", 3).approximate
    assert not search.find("shawshank", 3).approximate
    assert search.find("forest gump", 3).approximate
    assert search.find("harry potter 3", 3).approximate
    nothing = search.find("zzzzqqqq", 3)
    assert (nothing.rows.tolist(), nothing.total) == ([], 0)


def test_without_rapidfuzz_all_but_typing_errors_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    plain = TitleSearch(TitleIndex(CATALOGUE), rating_counts())
    for kind, queries in QUERIES.items():
        if kind != "typing error":
            assert [titles(plain, query, 1) for query in queries] == [[title] for title in queries.values()], kind
    assert not plain.finds_typing_errors
    assert plain.find("goodfelas", 3).rows.tolist() == []
