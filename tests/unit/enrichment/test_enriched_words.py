"""A phrase about lengths and people on a data set that `data enrich` filled, which knew neither."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import IdIndex, Matrix
from reelgraph.data.movie_details import details_path, write_details
from reelgraph.enrichment import Sources, enrich
from reelgraph.scorers import BiasScorer
from tests.unit.enrichment.test_enrich import write_data, write_imdb


def recommender(data: rg.Dataset) -> rg.Recommender:
    """The movies in the order of the catalogue, each a little better than the next."""
    catalogue = data.catalogue
    n, scale = len(catalogue), data.ratings.scale
    bundle = Bundle(
        BiasScorer(np.linspace(1, 0, n), 3.0, 5.0, 1.0, 5.0), IdIndex(np.array([1]), "user"),
        IdIndex(catalogue.item_id, "item"), Matrix(np.zeros((1, n), np.float32)), catalogue, scale, {},
    )  # fmt: skip
    return rg.Recommender(bundle)


def test_not_too_long(tmp_path: Path) -> None:
    """Lengths are 170, 175, 122, unknown, unknown and 81 minutes, and 99 of the movie that entered."""
    folder = write_data(tmp_path / "ml")
    plain = recommender(rg.read(folder))
    said = rg.parse_phrase(plain, "not too long")
    assert (said.understood, [part.code for part in said.not_understood]) == ((), ["no_minutes"])
    movies, _ = enrich(rg.read(folder), Sources(imdb=write_imdb(tmp_path / "imdb")))
    write_details(details_path(folder), movies, movies.item_id > 6)
    enriched = recommender(rg.read(folder))

    def listed(words: str, language: str = "en") -> list[object]:
        said = rg.parse_phrase(enriched, words, language)
        assert said.not_understood == ()
        return [line.item_id for line in enriched.recommend({}, 9, said.combined(rg.Filters()))]

    short, new = 6, 1_010_872_600
    assert listed("not too long") == [short, new]  # neither what is longer nor what is of unknown length
    assert (
        listed("nicht zu lang", "de") == listed("pas trop long", "fr") == listed("no muy larga", "es") == [short, new]
    )
    assert (listed("at most 90 minutes"), listed("long"), listed("2 hours to 171 minutes")) == ([short], [1, 2], [1, 3])
    assert listed("directed by Michael Mann, not too long") == [new]
    assert listed("with Al Pacino") == [1, 2]
    said = rg.parse_phrase(enriched, "with Al Pacino, not too long")
    answer = enriched.recommend({}, 9, said.combined(rg.Filters()))
    assert (len(answer), answer.note) == (
        0, "no movie fits length to 120 minutes and people Al Pacino: 2 without the length, 2 without the people",
    )  # fmt: skip


@pytest.mark.parametrize("most", [80, 81, 99, 121, 175])
def test_a_limit_in_the_words_is_the_filter_itself(tmp_path: Path, most: int) -> None:
    movies, _ = enrich(rg.read(write_data(tmp_path / "ml")), Sources(imdb=write_imdb(tmp_path / "imdb")))
    known = movies.runtime[movies.runtime > 0]
    asked = rg.Filters(runtime_to=most).mask(IdIndex(movies.item_id, "item"), movies, np.zeros(len(movies), np.int64))
    assert sorted(movies.runtime[asked].tolist()) == sorted(known[known <= most].tolist())
