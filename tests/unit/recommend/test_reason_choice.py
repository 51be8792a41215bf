"""Which reasons are told, worked out by hand: movies the person liked, alone or in the group that explains most."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale, single_row
from reelgraph.recommend import ReasonGroup, Recommender, recommend_for_group
from reelgraph.recommend.explain.personal_threshold import is_disliked, is_liked, personal_threshold
from reelgraph.recommend.explain.reason_choice import ReasonChooser, choose_reasons
from reelgraph.recommend.explain.reason_sentences import reason_sentence
from reelgraph.recommend.explain.reasons import ChosenReasons
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers import ItemFilterScorer

FIVE_STARS = RatingScale(1.0, 5.0, 1.0)
NO_WEIGHTS = ItemFilterScorer(np.empty(0), np.zeros((1, 1), np.float32), 0, 0, 0, 0, 1, 1, 4)
Movie = tuple[str, tuple[str, ...], float | None, float]  # title, genres, stars (None: seen), share


def bundle_of(
    titles: Sequence[str],
    genres: Sequence[tuple[str, ...]],
    weights: np.ndarray | None = None,
    scale: RatingScale | None = FIVE_STARS,
    **metadata: Sequence[tuple[str, ...]],
) -> Bundle:
    n = len(titles)
    years = np.array([int(title[-5:-1]) if title.endswith(")") else 0 for title in titles])
    catalogue = dataclasses.replace(
        Catalogue.from_ids(np.arange(n)), title=np.array(titles), year=years, genres=tuple(genres), **metadata
    )
    scorer = NO_WEIGHTS if weights is None else dataclasses.replace(NO_WEIGHTS, extra=weights.astype(np.float32))
    return Bundle(
        scorer, IdIndex(np.array([1]), "user"), IdIndex(catalogue.item_id, "item"), Matrix(np.ones((1, n), np.float32)),
        catalogue, scale, {}, **({} if scale else {"feedback": "implicit"}),  # type: ignore[arg-type]
    )  # fmt: skip


def choose(
    pick: str, movies: Sequence[Movie], is_sum: bool = True, **metadata: Sequence[tuple[str, ...]]
) -> ChosenReasons:
    """The reasons of the pick, whose genres follow a bar in its title, for somebody who rated or saw the movies."""
    title, _, genres = pick.partition("|")
    titles, movie_genres = [title, *(movie[0] for movie in movies)], [tuple(genres.split()), *(m[1] for m in movies)]
    bundle = bundle_of(titles, movie_genres, **metadata)
    stars = np.array([4.0 if movie[2] is None else movie[2] for movie in movies], np.float32)
    rows = np.arange(1, len(titles))
    history = WeightedHistory(
        single_row(stars, rows.astype(np.int32), len(titles)), np.ones(len(rows)), np.empty(0, np.int64), None,
        rows[[movie[2] is None for movie in movies]],
    )  # fmt: skip
    recommender = Recommender(bundle)
    chooser = ReasonChooser(bundle, recommender.co_likes, history, np.array([0]))
    return chooser.choose(0, np.array([movie[3] for movie in movies]), is_sum=is_sum)


def told(group: ReasonGroup) -> tuple[object, ...]:
    return group.kind, group.name, group.decade, len(group.reasons)


@pytest.mark.parametrize(
    ("stars", "middle"),
    [
        ([1, 1, 1], 3.0),  # nothing is liked
        ([5, 5, 5], 30 / 8),  # all is: the sum with five times 3, by 3 + 5
        ([5, 4.5], 24.5 / 7),
        ([4] * 60 + [5] * 40, 4.0),  # the median, below 455 / 105
        ([5] * 20 + [4], 119 / 26),  # the damped mean, below the median
        ([1, 1, 1, 4], 3.0),
        ([], 3.0),
        ([np.nan, 4, np.nan], 19 / 6),  # seen without a rating
    ],
)
def test_the_personal_threshold_by_hand(stars: list[float], middle: float) -> None:
    assert personal_threshold(np.array(stars, np.float64), FIVE_STARS) == pytest.approx(middle)


def test_liked_and_disliked_by_hand() -> None:
    def classes(stars: list[float], scale: RatingScale | None) -> tuple[list[bool], list[bool]]:
        ratings = single_row(np.array(stars, np.float32), np.arange(len(stars), dtype=np.int32), 30)
        history = WeightedHistory(ratings, np.ones(len(stars)), np.empty(0, np.int64), None, np.array([0]))
        return is_liked(history, scale).tolist(), is_disliked(history, scale).tolist()

    # The first was seen without a rating. The others have the damped mean 122 / 27 = 4.5: 4 is neither.
    assert classes([4, *[5] * 20, 4, 3], FIVE_STARS) == ([True] * 21 + [False] * 2, [False] * 22 + [True])
    assert classes([4, 1, 2], FIVE_STARS) == ([True, False, False], [False, True, True])
    assert classes([1, 1, 1], None) == ([True] * 3, [False] * 3)


def test_one_or_two_movies_with_an_eighth_of_the_whole_are_told_alone() -> None:
    movies: list[Movie] = [
        ("Heat (1995)", (), 5, 0.5), ("Se7en (1995)", (), 4, 0.25), ("Up (2009)", (), 4, 0.125),
        ("Big (1988)", (), 4, 0.125), ("Jaws (1975)", (), 4, -0.5),
    ]  # fmt: skip
    chosen = choose("Ronin (1998)", movies)
    assert [(group.reasons[0].title, group.portion) for group in chosen.because] == [
        ("Heat (1995)", 0.5), ("Se7en (1995)", 0.25),
    ]  # fmt: skip
    assert reason_sentence(chosen) == "because you gave Heat 5 stars and Se7en 4 stars"
    movies[1] = ("Se7en (1995)", (), None, 0.25)
    assert reason_sentence(choose("Ronin (1998)", movies)) == "because you gave Heat 5 stars and watched Se7en"


CRIME = [(f"Crime {n} (199{n})", ("Crime",), 4.0, 0.1) for n in range(4)]
OLD_CRIME = [(f"Noir {n} (195{n})", ("Crime",), 4.0, 0.03) for n in range(2)]
COMEDY = [(f"Fun {n} (199{n})", ("Comedy",), 4.0, 0.03) for n in range(6)]
DRAMA = [(f"Life {n} (200{n})", ("Drama",), 4.0, 0.045) for n in range(8)]
TWENTY: list[Movie] = [*CRIME, *OLD_CRIME, *COMEDY, *DRAMA]


def test_the_group_that_explains_most_for_its_size() -> None:
    # Parts of what the movies add and of the movies, and p log(p / q) (1 - q): crime of the 1990s 0.40 and 0.20, 0.22;
    # crime 0.46 and 0.30, 0.14; the 1990s 0.58 and 0.50, half of 0.04; dramas 0.36 and 0.40, none.
    (group,) = choose("Casino (1995)|Crime", TWENTY).because
    assert told(group) == ("genre", "Crime", 1990, 4)
    assert group.share == pytest.approx(0.4)
    assert group.portion == pytest.approx(0.4)
    assert [reason.share for reason in group.reasons] == [0.1] * 4
    assert group.label == "crime movies of the 1990s"
    chosen = choose("Casino (1995)|Crime", TWENTY)
    assert reason_sentence(chosen) == (
        "because of 4 crime movies of the 1990s that you liked, such as Crime 0 and Crime 1"
        " (together 40% of what your movies add)"
    )


def test_a_decade_is_told_where_nothing_tells_more() -> None:
    # The 1990s: 0.72 and 0.60, p log(p / q) = 0.131, more than the 0.113 of their crime movies (0.24 and 0.15). But
    # they are most of the movies, and no more than a decade: 0.131 * 0.4 / 2 = 0.026 against 0.113 * 0.85 = 0.096.
    movies: list[Movie] = [
        *((f"Crime {n} (199{n})", ("Crime",), 4.0, 0.08) for n in range(3)),
        *((f"Noir {n} (195{n})", ("Crime",), 4.0, 0.14 / 3) for n in range(3)),
        *((f"Film {chr(65 + n)} (199{n})", (), 4.0, 0.48 / 9) for n in range(9)),
        *((f"Life {n} (200{n})", ("Drama",), 4.0, 0.14 / 5) for n in range(5)),
    ]
    (group,) = choose("Casino (1995)|Crime", movies).because
    assert told(group) == ("genre", "Crime", 1990, 3)
    assert group.portion == pytest.approx(0.24)
    plain = [(title, (), stars, share) for title, _, stars, share in movies]
    (group,) = choose("Casino (1995)", plain).because
    assert told(group) == ("decade", "", 1990, 12)
    assert group.portion == pytest.approx(0.72)


def test_a_movie_of_the_group_that_speaks_against_it_is_in_the_sum() -> None:
    movies = list(TWENTY)
    movies[3] = ("Crime 3 (1993)", ("Crime",), 4.0, -0.05)
    (group,) = choose("Casino (1995)|Crime", movies).because
    assert told(group) == ("genre", "Crime", 1990, 4)
    assert group.share == pytest.approx(0.25)
    assert group.portion == pytest.approx(0.25 / 0.9)
    assert group.reasons[-1].share == -0.05


def test_movies_rated_low_are_in_no_group_and_no_reason() -> None:
    movies = list(TWENTY)
    movies[0] = ("Crime 0 (1990)", ("Crime",), 1.0, 0.11)  # the largest share of all
    chosen = choose("Casino (1995)|Crime", movies)
    (group,) = chosen.because
    assert told(group) == ("genre", "Crime", 1990, 3)
    assert [reason.title for reason in chosen.although] == ["Crime 0 (1990)"]
    assert reason_sentence(chosen).endswith(", although you gave Crime 0 1 star")
    movies[0] = ("Crime 0 (1990)", ("Crime",), 1.0, -0.11)  # or it speaks against
    assert [reason.share for reason in choose("Casino (1995)|Crime", movies).although] == [-0.11]
    movies[0] = ("Crime 0 (1990)", ("Crime",), 1.0, 0.04)  # or for it, but less than half as much as the strongest
    assert choose("Casino (1995)|Crime", movies).although == ()


def test_a_group_of_the_item_itself_counts_double() -> None:
    # Dramas: 0.50 and 0.40, 0.067. Crime of the 1990s: 0.26 and 0.20, 0.055, more than half of that.
    movies = [
        *((title, genres, stars, 0.065) for title, genres, stars, _ in CRIME),
        *((title, genres, stars, 0.03) for title, genres, stars, _ in (*OLD_CRIME, *COMEDY)),
        *((title, genres, stars, 0.0625) for title, genres, stars, _ in DRAMA),
    ]
    assert told(choose("Amour (2012)|Drama", movies).because[0])[:2] == ("genre", "Drama")
    assert told(choose("Casino (1995)|Crime", movies).because[0])[:3] == ("genre", "Crime", 1990)


def test_series_people_and_tags_are_groups() -> None:
    series: list[Movie] = [
        (f"Star Wars: Episode {n} ({year})", (), 5.0, 0.09) for n, year in (("IV", 1977), ("V", 1980), ("I", 1999))
    ]
    rest: list[Movie] = [(f"Film {chr(65 + n)}", (), 4.0, 0.073) for n in range(10)]
    (group,) = choose("Heat (1995)", [*series, *rest]).because
    assert told(group) == ("series", "Star Wars", 0, 3)
    assert group.label == "Star Wars movies"
    plain: list[Movie] = [(f"Film {chr(65 + n)}", (), 4.0, 0.1 if n < 3 else 0.07) for n in range(13)]
    some = [("Pacino",) if n < 4 else () for n in range(14)]
    (group,) = choose("Heat (1995)", plain, people=some).because
    assert (*told(group), group.label) == ("person", "Pacino", 0, 3, "Pacino movies")
    (group,) = choose("Heat (1995)", plain, tags=some).because
    assert (*told(group), group.label) == ("tag", "Pacino", 0, 3, "movies tagged “Pacino”")


def test_a_group_of_all_movies_is_no_reason() -> None:
    movies: list[Movie] = [(f"Film {n} (1995)", ("Drama",), 4.0, 0.1 - n / 1000) for n in range(12)]
    (group,) = choose("Casino (1995)|Drama", movies).because
    assert told(group) == ("strongest", "", 0, 2)
    assert [reason.title for reason in group.reasons] == ["Film 0 (1995)", "Film 1 (1995)"]
    assert group.share == pytest.approx(0.199)
    assert reason_sentence(ChosenReasons((group,))).startswith(
        "because of 2 movies that you liked, Film 0 and Film 1 (together 18% of"
    )


def test_three_films_at_one_star_are_no_reason() -> None:
    movies: list[Movie] = [("Heat (1995)", (), 1, 0.5), ("Jaws (1975)", (), 1, 0.3), ("Big (1988)", (), 1, 0.2)]
    chosen = choose("Ronin (1998)", movies)
    assert chosen.because == ()
    assert [reason.title for reason in chosen.although] == ["Heat (1995)", "Jaws (1975)"]
    assert reason_sentence(chosen) == (
        "people who watch it often watched movies that you rated low: you gave Heat 1 star and Jaws 1 star"
    )
    against = ChosenReasons((), (dataclasses.replace(chosen.although[0], share=-0.5),))
    assert reason_sentence(against) == (
        "none of the movies you liked speaks for it; it is here although you gave Heat 1 star"
    )
    assert reason_sentence(ChosenReasons()) == ""


def test_where_shares_do_not_add_up_only_single_movies_are_told() -> None:
    chosen = choose("Casino (1995)|Crime", TWENTY, is_sum=False)
    assert [told(group) for group in chosen.because] == [("movie", "", 0, 1)] * 2


def weighted(weights: Mapping[int, float], n: int) -> np.ndarray:
    matrix = np.zeros((n, n))
    for row, weight in weights.items():
        matrix[row, 0] = weight
    return matrix


def test_an_explanation_and_a_list_have_the_same_reasons() -> None:
    titles, genres = ["Casino (1995)", *(movie[0] for movie in TWENTY)], [("Crime",), *(movie[1] for movie in TWENTY)]
    weights = weighted({n: movie[3] for n, movie in enumerate(TWENTY, 1)}, len(titles))
    recommender = Recommender(bundle_of(titles, genres, weights))
    person: dict[int | str, float] = dict.fromkeys(range(1, len(titles)), 4.0)
    explanation = recommender.explain(person, 0)
    assert [told(group) for group in explanation.because] == [("genre", "Crime", 1990, 4)]
    assert explanation.sentence.startswith("because of 4 crime movies of the 1990s that you liked")
    assert explanation.support == pytest.approx(1.0)
    history = recommender.history_for(person)
    rows = np.array([0])
    (chosen,) = choose_reasons(recommender.bundle, recommender.co_likes, history, recommender.scorer, rows)
    assert chosen == ChosenReasons(explanation.because, explanation.although)


def test_a_movie_is_no_reason_for_itself_and_a_muted_one_is_none() -> None:
    weights = np.array([[0.9, 0], [0.5, 0]])
    recommender = Recommender(bundle_of(["Heat (1995)", "Up (2009)"], [(), ()], weights))
    explanation = recommender.explain({0: 5.0, 1: 5.0}, 0)
    assert [group.reasons[0].item_id for group in explanation.because] == [1]
    nothing = dataclasses.replace(recommender.history_for({0: 5.0, 1: 5.0}), weights=np.zeros(2))
    rows = np.array([0])
    (chosen,) = choose_reasons(recommender.bundle, recommender.co_likes, nothing, recommender.scorer, rows)
    assert chosen == ChosenReasons()


def test_nobody_in_a_group_is_told_a_movie_they_hated() -> None:
    weights = weighted({1: 0.5, 2: 0.4}, 3)
    recommender = Recommender(bundle_of(["Heat (1995)", "Up (2009)", "Big (1988)"], [()] * 3, weights))
    people = {"ann": {1: 1.0, 2: 5.0}, "bo": {1: 1.0}}
    (line,) = recommend_for_group(recommender, people, 1).lines  # type: ignore[arg-type]
    assert [opinion.because and opinion.because.item_id for opinion in line.opinions] == [2, None]
