"""Lists for people, on a catalogue of eight movies whose scores are given."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.core.errors import CapabilityError, ConfigError, DataFormatError, UnknownIdError
from reelgraph.recommend import Changes, Filters, Recommender, Traits
from reelgraph.scorers import BiasScorer, FoldInScorer, PopularityScorer

#         row 0         1          2       3         4         5         6        7
TITLES = ["Heat (1995)", "Heat (1986)", "Up (2009)", "Amélie (2001)", "Ran (1985)", "Big (1988)", "M (1931)", "Lost"]
YEARS = [1995, 1986, 2009, 2001, 1985, 1988, 1931, 0]
GENRES = [("Action", "Crime"), ("Action",), ("Animation",), ("Comedy",), ("Drama",), ("Comedy",), ("Crime",), ()]
STARS = [4.0, 3.0, 4.0, 2.0, 4.0, 5.5, 1.0, 3.0]
#: Four people; row 3 has rated nothing. Ratings of each item: 3, 1, 2, 0, 1, 0, 0, 1.
RATED = [[5, 0, 3, 0, 0, 0, 0, 1], [4, 2, 0, 0, 5, 0, 0, 0], [5, 0, 5, 0, 0, 0, 0, 0], [0] * 8]


def fitted(scorer: Any = None, ids: Any = None) -> Bundle:
    items = 10 * (1 + np.arange(8)) if ids is None else ids
    catalogue = dataclasses.replace(
        Catalogue.from_ids(items), title=np.array(TITLES), year=np.array(YEARS), genres=tuple(GENRES)
    )
    if scorer is None:  # heavy damping: everybody gets STARS
        scorer = BiasScorer(np.array(STARS) - 3, 3.0, 1e9, 1.0, 5.0)
    return Bundle(
        scorer, IdIndex(np.array([1, 2, 3, 4]), "user"), IdIndex(items, "item"),
        Matrix(np.array(RATED, np.float32)), catalogue, RatingScale(1.0, 5.0, 0.5), {},
    )  # fmt: skip


@pytest.fixture
def recommender() -> Recommender:
    return Recommender(fitted())


def ids(recommendations: Any) -> list[Any]:
    return [line.item_id for line in recommendations]


def test_best_first_unseen_only_ties_by_row(recommender: Recommender) -> None:
    # User 1 has rated rows 0, 2 and 7; what is left by stars: 5 (5.5), 4 (4), 1 (3), 3 (2), 6 (1).
    recommendations = recommender.recommend(1, k=10)
    assert ids(recommendations) == [60, 50, 20, 40, 70]
    assert [line.rank for line in recommendations] == [1, 2, 3, 4, 5]
    assert [line.score for line in recommendations] == pytest.approx([5.5, 4, 3, 2, 1])
    assert [line.stars for line in recommendations] == pytest.approx([5, 4, 3, 2, 1])  # on the scale, unlike the score
    assert (recommendations.answered_by, recommendations.note) == ("bias", "")
    assert (recommendations[0].title, recommendations[0].year, recommendations[0].genres) == (
        "Big (1988)",
        1988,
        ("Comedy",),
    )


def test_equal_scores_come_in_the_order_of_the_catalogue(recommender: Recommender) -> None:
    assert ids(recommender.recommend({40: 1.0}, k=7)) == [60, 10, 30, 50, 20, 80, 70]


@pytest.mark.parametrize("k", [1, 2, 5])
def test_k_lists_begin_alike(recommender: Recommender, k: int) -> None:
    assert ids(recommender.recommend(1, k)) == [60, 50, 20, 40, 70][:k]


@pytest.mark.parametrize("k", [6, 8, 9, 10**12])
def test_k_longer_than_what_is_left_gives_what_is_left(recommender: Recommender, k: int) -> None:
    assert len(recommender.recommend(1, k)) == 5
    assert len(recommender.recommend(4, k)) == 8 if k >= 8 else 6


@pytest.mark.parametrize("k", [0, -1])
def test_k_under_one_is_refused_everywhere(recommender: Recommender, k: int) -> None:
    vectors = Recommender(with_vectors())
    for ask in (
        lambda: recommender.recommend(1, k),
        lambda: recommender.top_rated(1, k),
        lambda: vectors.similar(10, k),
    ):
        with pytest.raises(ConfigError, match="k: .* is not at least 1"):
            ask()


def test_known_user_and_their_ratings_are_the_same_person(recommender: Recommender) -> None:
    by_id, by_ratings = recommender.recommend(2, 8), recommender.recommend({10: 4.0, 20: 2, 50: 5.0}, 8)
    assert by_id == by_ratings
    assert recommender.recommend("2", 8) == by_id
    assert recommender.recommend({"10": 4.0, "20": 2, "50": 5.0}, 8) == by_id


@pytest.mark.parametrize("person", [4, {}])
def test_without_ratings_popularity_answers_and_says_so(
    recommender: Recommender, person: int | Mapping[int, float]
) -> None:
    # Counts 3, 1, 2, 0, 1, 0, 0, 1; ties by row.
    recommendations = recommender.recommend(person, 8)
    assert ids(recommendations) == [10, 30, 20, 50, 80, 40, 60, 70]
    assert [line.score for line in recommendations] == [3, 2, 1, 1, 1, 0, 0, 0]
    assert recommendations.answered_by == "popularity"
    assert "most rated" in recommendations.note
    assert recommendations[0].stars == pytest.approx(4)


def test_model_without_stars_gives_none() -> None:
    recommendations = Recommender(fitted(PopularityScorer(np.arange(8)))).recommend(1, 2)
    assert ids(recommendations) == [70, 60]
    assert [line.stars for line in recommendations] == [None, None]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(genres=("comedy",)), [60, 40]),
        (Filters(genres=["comedy"]), [60, 40]),  # type: ignore[arg-type]
        (Filters(genres=("COMEDY", "drama")), [60, 50, 40]),
        (Filters(genres=("Animation",)), []),  # seen
        (Filters(year_from=1985), [60, 50, 20, 40]),
        (Filters(year_to=1986), [50, 20, 70]),
        (Filters(year_from=1985, year_to=1986), [50, 20]),
        (Filters(year_from=-5), [60, 50, 20, 40, 70]),
        (Filters(year_from=2000, year_to=1990), []),
        (Filters(exclude=(60, "50")), [20, 40, 70]),
        (Filters(include=(70, 40, 10)), [40, 70]),
        (Filters(include=()), []),
        (Filters(include=(70, 40), exclude=(40,)), [70]),
        (Filters(genres=("comedy",), year_from=2000), [40]),
    ],
)
def test_filters_hold_and_are_applied_before_the_cut(
    recommender: Recommender, filters: Filters, expected: list[int]
) -> None:
    for k in (1, 2, 3, 8):
        assert ids(recommender.recommend(1, k, filters)) == expected[:k]


def test_movie_of_unknown_year_passes_only_without_years(recommender: Recommender) -> None:
    assert 80 in ids(recommender.recommend(2, 8))
    for filters in (Filters(year_to=3000), Filters(year_from=0), Filters(year_from=-1)):
        assert 80 not in ids(recommender.recommend(2, 8, filters))


def test_filters_hold_for_the_cold_too(recommender: Recommender) -> None:
    assert ids(recommender.recommend({}, 8, Filters(genres=("crime",)))) == [10, 70]


def test_unknown_genre_names_the_nearest(recommender: Recommender) -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'Comedy'\?"):
        recommender.recommend(1, 3, Filters(genres=("Comdy",)))


@pytest.mark.parametrize("ask", [{"exclude": (11,)}, {"include": (11,)}])
def test_unknown_item_in_a_filter_is_refused(recommender: Recommender, ask: dict[str, Any]) -> None:
    with pytest.raises(UnknownIdError, match="unknown item 11"):
        recommender.recommend(1, 3, Filters(**ask))


@pytest.mark.parametrize(
    ("person", "text"),
    [
        (5, "unknown user 5 .*4 are known, e.g. 1"),
        ("ann", "unknown user 'ann'"),
        ({11: 4.0}, "unknown item 11"),
        ({"Heat": 4.0}, "2 movies are called 'Heat'"),
        ({"Losst": 4.0}, r"no movie has the id or title 'Losst' \(did you mean: Lost \(id 80\)"),
    ],
)
def test_unknown_ids_are_refused_by_name(recommender: Recommender, person: Any, text: str) -> None:
    with pytest.raises(UnknownIdError, match=text):
        recommender.recommend(person)
    with pytest.raises(UnknownIdError, match=text):
        recommender.top_rated(person)


@pytest.mark.parametrize("stars", [0.0, 0.9, 5.1, -1, float("nan"), float("inf"), "4", None])
def test_rating_off_the_scale_is_refused(recommender: Recommender, stars: Any) -> None:
    with pytest.raises(DataFormatError, match=r"column 'item 30': found '.*', expected stars from 1 to 5"):
        recommender.recommend({10: 5.0, 30: stars})


@pytest.mark.parametrize("stars", [1, 1.0, 5, 4.5, np.float32(3), np.int64(2)])
def test_rating_on_the_scale_is_taken(recommender: Recommender, stars: Any) -> None:
    assert 30 not in ids(recommender.recommend({30: stars}))


def test_item_rated_twice_is_refused(recommender: Recommender) -> None:
    with pytest.raises(DataFormatError, match="each item once"):
        recommender.recommend({10: 5.0, "10": 4.0})


def test_ratings_in_any_order_are_the_same_person(recommender: Recommender) -> None:
    ratings = {10: 5.0, 50: 1.0, 30: 3.0}
    backwards = dict(reversed(list(ratings.items())))
    history = recommender.rating_row(ratings)
    assert history.has_sorted_indices
    np.testing.assert_array_equal(history.toarray(), recommender.rating_row(backwards).toarray())
    assert history.toarray().tolist() == [[5, 0, 3, 0, 1, 0, 0, 0]]


def test_loved_are_the_best_rated_the_better_known_first(recommender: Recommender) -> None:
    assert ids(recommender.top_rated(3)) == [10, 30]  # both 5 stars; rated 3 times and twice
    assert ids(recommender.top_rated(1)) == [10, 30, 80]
    assert ids(recommender.top_rated(1, k=1)) == [10]
    assert [line.score for line in recommender.top_rated(1)] == [5, 3, 1]
    assert ids(recommender.top_rated({})) == []


def with_vectors() -> Bundle:
    """Items as points of the plane: 0 and 4 point one way, 1 nearly so, 5 the other, 7 nowhere."""
    vectors = np.array([[1, 0], [3, 1], [0, 2], [1, 1], [5, 0], [-1, 0], [0, 0.5], [0, 0]], np.float32)
    counts = np.ones(8, np.int64)
    flat = FoldInScorer(np.ones((8, 1)), np.full(8, 3.0), vectors, counts, np.zeros(1), np.eye(1), 1.0, 0, 1, 5)
    return fitted(flat)


def test_similar_by_cosine_without_itself(recommender: Recommender) -> None:
    # Cosines with row 0: 4 -> 1, 1 -> 3 / sqrt(10), 3 -> 1 / sqrt(2), then 0 for 2, 6 and 7 by row, 5 -> -1.
    recommendations = Recommender(with_vectors()).similar(10, k=10)
    assert ids(recommendations) == [50, 20, 40, 30, 70, 80, 60]
    assert [line.score for line in recommendations] == pytest.approx([1, 0.94868, 0.70711, 0, 0, 0, -1], abs=1e-5)
    assert ids(Recommender(with_vectors()).similar("Ran", k=1)) == [10]
    assert len(Recommender(with_vectors()).similar(80, k=8)) == 7  # of length 0, alike to nothing, but no error
    with pytest.raises(CapabilityError, match="the model 'bias' has no item vectors"):
        recommender.similar(10)


def test_asking_changes_nothing(recommender: Recommender) -> None:
    before = [recommender.recommend(user, 8) for user in (1, 2, 3, 4)]
    recommender.recommend({10: 1.0}, 2, Filters(genres=("comedy",)))
    assert [recommender.recommend(user, 8) for user in (1, 2, 3, 4)] == before


# ---------------------------------------------------------------------------------------------- titles


@pytest.mark.parametrize(
    ("id_or_title", "row"),
    [
        (10, 0), ("10", 0), ("Heat (1995)", 0), ("heat (1986)", 1), ("UP", 2), ("  amélie  ", 3), ("Up  (2009)", 2),
        ("AMÉLIE (2001)", 3), ("Lost", 7), (np.int64(80), 7), ("m", 6), ("Amelie", 3),
    ],
)  # fmt: skip
def test_found_by_id_title_or_title_without_year(recommender: Recommender, id_or_title: object, row: int) -> None:
    assert recommender.titles.row(id_or_title) == row


def test_title_of_two_movies_must_be_told_apart(recommender: Recommender) -> None:
    with pytest.raises(
        UnknownIdError, match=r"2 movies are called 'heat' .*Heat \(1995\) \(id 10\), Heat \(1986\) \(id 20\)"
    ):
        recommender.titles.row("heat")


@pytest.mark.parametrize(
    ("id_or_title", "text"),
    [
        ("Losst", r"did you mean: Lost \(id 80\)\?"),
        ("Heat (1996)", r"did you mean: Heat \(1995\) \(id 10\), Heat \(1986\) \(id 20\)\?"),
        ("zzzzzzzz", "give an item id, or a title with its year"),
        ("", "give an item id"),
        (99, "give an item id"),
    ],
)
def test_unknown_title_names_the_nearest(recommender: Recommender, id_or_title: object, text: str) -> None:
    with pytest.raises(UnknownIdError, match=text):
        recommender.titles.row(id_or_title)


def test_ratings_may_be_given_by_title(recommender: Recommender) -> None:
    by_title = recommender.recommend({"Heat (1995)": 5.0, "amelie": 4.0}, k=10)
    assert by_title == recommender.recommend({10: 5.0, 40: 4.0}, k=10)
    assert recommender.recommend(["Up", "Lost"], k=10) == recommender.recommend([30, 80], k=10)
    with pytest.raises(DataFormatError, match="each item once"):
        recommender.recommend({"Heat (1995)": 5.0, 10: 4.0})


def test_a_guess_is_taken_only_alone_and_is_said(recommender: Recommender) -> None:
    found = recommender.titles.find("Amelei")
    assert (found.row, found.note) == (3, "'Amelei' is taken to be Amélie (2001) (id 40)")
    assert recommender.titles.find("Amelie").note == ""
    assert recommender.explain({10: 5.0}, "Amelei").note.startswith("'Amelei' is taken to be Amélie (2001) (id 40)")
    with pytest.raises(UnknownIdError, match="2 movies are called"):
        recommender.explain({10: 5.0}, "Heat")
    with pytest.raises(UnknownIdError, match=r"did you mean: .*Heat \(1995\) .*, Heat \(1986\)"):
        recommender.titles.find("Haet")
    with pytest.raises(UnknownIdError, match="no movie has the id or title '11'"):
        recommender.titles.find("11")  # an id is never guessed


def test_text_ids(recommender: Recommender) -> None:
    named = Recommender(fitted(ids=np.array([f"tt{n}" for n in range(8)])))
    assert [line.item_id for line in named.recommend({"tt5": 5.0}, 2)] == ["tt0", "tt2"]
    assert named.titles.row("tt3") == 3
    with pytest.raises(UnknownIdError, match="unknown item 3"):
        named.recommend({3: 5.0})


class _ColdItemScorer(BiasScorer):
    """Scores movies by what is known of them."""

    supports_cold_items = True

    def score_person(self, history: Matrix, profile: Any = None, genres: Any = ()) -> Any:
        return self.score(history) + np.array([genre == ("Comedy",) and "Comedy" in genres for genre in GENRES])


def test_movies_nobody_rated_are_listed_and_marked_only_by_models_that_can_tell_them() -> None:
    is_train = np.ones(8, np.bool_)
    is_train[Matrix(np.array(RATED, np.float32)).indices == 1] = False  # held back: the model never saw it
    plain = Recommender(dataclasses.replace(fitted(), is_train=is_train))
    assert ids(plain.recommend({10: 5.0}, k=8)) == [30, 50, 80]  # never learnt from: rows 1, 3, 5 and 6
    with_cold_items = Recommender(
        dataclasses.replace(fitted(_ColdItemScorer(np.array(STARS) - 3, 3.0, 1e9, 1.0, 5.0)), is_train=is_train)
    )
    recommendations = with_cold_items.recommend({10: 5.0}, k=8)
    assert ids(recommendations) == [60, 30, 50, 20, 80, 40, 70]
    assert [line.item_id for line in recommendations if line.new] == [60, 20, 40, 70]
    assert "new: nobody has rated it yet" in recommendations.note
    assert not any(line.new for line in with_cold_items.recommend({10: 5.0}, k=1, filters=Filters(include=[30])))


def test_a_person_known_by_favourite_genres_alone() -> None:
    recommender = Recommender(fitted(_ColdItemScorer(np.array(STARS) - 3, 3.0, 1e9, 1.0, 5.0)))
    recommendations = recommender.recommend({}, k=3, traits=Traits(genres=("Comedy",)))
    assert [(line.item_id, line.score) for line in recommendations] == [(60, 6.5), (10, 4.0), (30, 4.0)]
    assert (recommendations.answered_by, recommendations.note) == ("bias", "")
    with pytest.raises(CapabilityError, match="by their ratings only"):
        Recommender(fitted()).recommend({}, traits=Traits(genres=("Comedy",)))


class _SumScorer(_ColdItemScorer):
    """Adds the sum of the person's stars to every score."""

    def score_person(self, history: Matrix, profile: Any = None, genres: Any = ()) -> Any:
        return super().score_person(history, profile, genres) + history.sum()


def test_a_muted_rating_counts_no_more_beside_traits() -> None:
    recommender = Recommender(fitted(_SumScorer(np.array(STARS) - 3, 3.0, 1e9, 1.0, 5.0)))
    traits = Traits(genres=("Comedy",))

    def scores(person: dict[int | str, float], changes: Changes | None = None) -> dict[int | str, float]:
        recommendations = recommender.recommend(person, k=8, traits=traits, changes=changes)
        return {line.item_id: line.score for line in recommendations}

    unmuted, muted, nobody = scores({10: 5.0}), scores({10: 5.0}, Changes(mute=(10,))), scores({})
    assert 10 not in muted  # still seen
    assert muted == {item: score for item, score in nobody.items() if item != 10}
    assert unmuted == {item: score + 5.0 for item, score in muted.items()}


def test_genres_given_as_one_text_are_refused() -> None:
    with pytest.raises(ConfigError, match="genres: 'Comedy' is one text: expected a list of genres"):
        Filters(genres="Comedy")  # type: ignore[arg-type]
