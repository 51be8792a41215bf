"""What phrases become beside the fifty: languages, missing data, chips that are taken away, and the list itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import IdIndex, Matrix, RatingScale
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.recommend.phrases.likeness import history_of_words
from reelgraph.recommend.phrases.parsed import ParsedPhrase
from reelgraph.recommend.phrases.reader import read_phrase
from reelgraph.recommend.phrases.request import Abilities
from reelgraph.scorers import LowRankFilterScorer
from tests.unit.recommend.phrases.movies import ITEM_IDS, movie_catalogue, movie_names

NAMES = movie_names()
HEAT, MATRIX, TOY_STORY, FORREST_GUMP, TOP_GUN = 10, 20, 50, 90, 100
N = len(ITEM_IDS)


def read(text: str, language: str = "en") -> ParsedPhrase:
    return read_phrase(text, NAMES, Abilities(), language)


def movie_recommender(scale: RatingScale | None = None) -> rg.Recommender:
    """Items alike by two tastes: action and crime, or not."""
    catalogue = movie_catalogue()
    action = np.array(["Action" in genres for genres in catalogue.genres])
    vectors = np.stack([action, ~action], axis=1).astype(np.float32)
    strengths = vectors * np.linspace(2, 1, N, dtype=np.float32)[:, None]
    scorer = LowRankFilterScorer(vectors, strengths, np.zeros(N, np.float32), strengths, 0.0, 5.0)
    history = Matrix(np.zeros((1, N), np.float32))
    items, users = IdIndex(ITEM_IDS, "item"), IdIndex(np.array([1]), "user")
    return rg.Recommender(Bundle(scorer, users, items, history, catalogue, scale or RatingScale(1.0, 5.0, 0.5), {}))


@pytest.mark.parametrize(
    ("language", "text", "genre", "minutes"),
    [
        ("de", "Thriller aus den 90ern wie Heat, nicht zu lang, ohne Tom Cruise", "Thriller", 120),
        ("es", "comedias de los años 90 como Heat, de menos de 2 horas, sin Tom Cruise", "Comedy", 119),
        ("fr", "comédies des années 90 comme Heat, pas trop longues, sans Tom Cruise", "Comedy", 120),
        ("de", "'90s comedies like Heat, not too long, without Tom Cruise", "Comedy", 120),
    ],
)
def test_other_languages(language: str, text: str, genre: str, minutes: int) -> None:
    parsed, filters = read(text, language), read(text, language).filters
    assert (filters.genres, filters.year_from, filters.year_to) == ((genre,), 1990, 1999)
    assert (filters.runtime_to, filters.not_people, parsed.like) == (minutes, ("Tom Cruise",), (0,))
    assert parsed.not_understood == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "neither horror nor war"),
        ("de", "weder Horror noch Krieg"),
        ("es", "ni terror ni guerra"),
        ("fr", "ni horreur ni guerre"),
    ],
)
def test_neither_of_two_genres(language: str, text: str) -> None:
    parsed = read(text, language)
    assert (parsed.filters.genres, set(parsed.filters.not_genres)) == ((), {"Horror", "War"})
    assert parsed.not_understood == ()


def test_rather_than_less_like_and_not_only() -> None:
    rather = read("drama rather than horror").filters
    assert (rather.genres, rather.not_genres) == (("Drama",), ("Horror",))
    less = read("less like Heat")
    assert (less.like, len(less.unlike)) == ((), 1)
    assert read("not only comedies").filters.not_genres == ()


def test_what_the_catalogue_lacks_is_said() -> None:
    names = movie_names(people=False, minutes=False)
    text = "thrillers with Tom Hanks, not too long, on my watchlist, like what I watched lately, safe bets"
    parsed = read_phrase(text, names, Abilities(minutes=False, order=False, spread=False))
    assert [chip.kind for chip in parsed.understood] == ["genre"]
    assert [(words.words, words.code) for words in parsed.not_understood] == [
        ("Tom Hanks", "no_people"),
        ("not too long", "no_minutes"),
        ("on my watchlist", "no_watchlist"),
        ("like what I watched lately", "no_times"),
        ("safe bets", "no_spread"),
    ]
    assert "the lengths of its movies" in str(parsed.not_understood[1])


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("the 60s or the 90s", "90s", "contradiction"),
        ("no 80s", "80s", "not_years"),
        ("comedy or drama from the 90s, horror or war", "horror or war", "two_lists"),
        ("with Tom Hanks or Tom Cruise", "Tom Cruise", "people_or"),
        ("hidden gems that are popular", "popular", "contradiction"),
        ("documentaries", "documentaries", "genre"),
        ("something like", "like", "nothing_named"),
    ],
)
def test_what_cannot_be_asked_for_is_said(text: str, words: str, code: str) -> None:
    assert [(part.words, part.code) for part in read(text).not_understood] == [(words, code)]


@pytest.mark.parametrize(
    ("text", "kind", "rest"),
    [
        (
            "90s thrillers like Heat, not too long, nothing with Tom Cruise",
            "not_person",
            "90s thrillers like Heat, not too long",
        ),
        ("90s thrillers like Heat, not too long", "like", "90s thrillers, not too long"),
        ("no horror or war", "not_genre", "no or war"),
    ],
)
def test_the_phrase_without_a_chip_means_the_rest(text: str, kind: str, rest: str) -> None:
    parsed = read(text)
    chip = next(chip for chip in parsed.understood if chip.kind == kind)
    assert parsed.without(chip) == rest
    left = [(other.kind, other.values) for other in parsed.understood if other is not chip]
    again = read(rest)
    assert [(other.kind, other.values) for other in again.understood] == left
    assert again.not_understood == ()


def test_filters_of_people_moods_and_all_genres() -> None:
    movies = movie_recommender()

    def listed(filters: rg.Filters) -> set[int]:
        return {int(line.item_id) for line in movies.recommend({}, N, filters)}

    assert listed(rg.Filters(people=["tom hanks"])) == {TOY_STORY, FORREST_GUMP}
    assert listed(rg.Filters(people=["Tom Hanks", "Tim Allen"])) == {TOY_STORY}
    assert listed(rg.Filters()) - listed(rg.Filters(not_people=["Tom Cruise"])) == {TOP_GUN}
    assert listed(rg.Filters(all_genres=["comedy", "war"])) == {FORREST_GUMP}
    assert TOY_STORY in listed(rg.Filters(moods=["light"]))
    assert listed(rg.Filters(moods=["light"])) | listed(rg.Filters(not_moods=["light"])) == set(ITEM_IDS.tolist())
    with pytest.raises(ConfigError, match="Tom Hanks"):
        listed(rg.Filters(people=["Tom Hnaks"]))
    with pytest.raises(CapabilityError, match="people"):
        rg.Filters(people=["Tom Hanks"]).mask(
            IdIndex(ITEM_IDS, "item"), movie_catalogue(people=False), np.zeros(N, np.int64)
        )


def test_combined_filters_must_both_be_met() -> None:
    parsed = read("comedies since 1990, under 2 hours, no war")
    both = parsed.combined(
        rg.Filters(genres=["Drama", "Romance"], year_from=1980, runtime_to=90, not_genres=["Horror"])
    )
    assert (both.genres, both.all_genres) == (("Drama", "Romance"), ("Comedy",))
    assert (both.year_from, both.runtime_to, both.not_genres) == (1990, 90, ("Horror", "War"))
    with pytest.raises(ConfigError, match="one place"):
        read("comedy or drama").combined(rg.Filters(genres=["Drama", "Romance"]))


def test_movies_named_count_as_much_as_all_others_together() -> None:
    movies = movie_recommender()
    own = movies.history_for({50: 5.0, 70: 4.0, 90: 3.0, 130: 4.0})
    history = history_of_words(movies, own, rg.parse_phrase(movies, "like Heat"))
    assert history.recency is not None
    rows = history.ratings.indices.tolist()
    assert dict(zip(rows, history.recency.tolist(), strict=True)) == {0: 1.0, 4: 0.25, 6: 0.25, 8: 0.25, 12: 0.25}
    assert history.ratings.data.tolist() == [4.0, 5.0, 4.0, 3.0, 4.0]
    alone = score_histories([movies.history_for({10: 4.0})], movies.scorer)
    every = score_histories([movies.history_for({10: 4.0, 50: 5.0, 70: 4.0, 90: 3.0, 130: 4.0})], movies.scorer)
    np.testing.assert_allclose(score_histories([history], movies.scorer), 0.75 * alone + 0.25 * every, rtol=1e-6)
    listed = movies.recommend(history, N)
    assert HEAT not in [line.item_id for line in listed]
    assert "more like Heat (1995)" in listed.note
    assert movies.recommend(own, 1)[0].item_id != listed[0].item_id == MATRIX


def test_without_a_person_the_movies_named_are_the_person() -> None:
    movies = movie_recommender()
    history = history_of_words(movies, movies.history_for({}), rg.parse_phrase(movies, "like Heat, unlike Twilight"))
    assert history.recency is None
    assert (history.ratings.indices.tolist(), history.ratings.data.tolist()) == ([0, 5], [4.0, 1.0])
    assert history.hidden.tolist() == [0, 5]


def test_a_movie_rated_low_counts_as_liked_when_it_is_named() -> None:
    movies = movie_recommender()
    own = movies.history_for({10: 1.5, 50: 4.5})
    phrase = rg.parse_phrase(movies, "like Heat and Toy Story")
    assert history_of_words(movies, own, phrase).ratings.data.tolist() == [4.0, 4.5]
    assert own.ratings.data.tolist() == [1.5, 4.5]


def test_too_long_and_unknown_language() -> None:
    read("a" * 300)
    with pytest.raises(ConfigError, match="301 letters"):
        read("a" * 301)
    with pytest.raises(ConfigError, match="language"):
        read("comedy", "it")
    with pytest.raises(ConfigError, match="nothing of 'asdf' is understood"):
        read("asdf").require_something()


VOCABULARY = (
    "no not nothing with without like unlike or and , ( ) 90s 1994 90 two hours under at most before since between to "
    "a Heat Sabrina Tom Hanks Cruise comedy horror film noir scary hidden gems seen watchlist the of early - xyzzy"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=25))
def test_any_words_are_read_and_every_part_stands_in_the_phrase(words: list[str]) -> None:
    text = " ".join(words)
    parsed = read(text)
    for chip in parsed.understood:
        assert text[chip.start : chip.end] == chip.words != ""
        assert str(chip)
    for part in parsed.not_understood:
        assert part.words in text
        assert part.reason
    assert ("xyzzy" in words) == any("xyzzy" in part.words for part in parsed.not_understood)
