"""Reasons by hand, counts of viewers by hand, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale
from reelgraph.core.errors import CapabilityError, ConfigError, DataFormatError, UnknownIdError
from reelgraph.recommend import Changes, Recommender
from reelgraph.recommend.explain.co_likes import MIN_COUNT, CoLikes
from reelgraph.recommend.explain.rated_after import RatedAfter
from reelgraph.scorers import BlendScorer, FoldInScorer, ItemFilterScorer, PopularityScorer

# Movie 2 by movies 0, 1 and 3 at 4 stars: 0.5, -0.25 and 0.125.
WEIGHTS = np.zeros((4, 4), np.float32)
WEIGHTS[[0, 1, 3], 2] = 0.5, -0.25, 0.125
SCORER = ItemFilterScorer(np.empty(0), WEIGHTS, 0, 0, 0, 0, 1, 1, 4)


def bundle(ratings: np.ndarray | None = None) -> Bundle:
    history = np.full((6, 4), 5) if ratings is None else ratings
    catalogue = dataclasses.replace(
        Catalogue.from_ids(np.array([7, 8, 9, 10])),
        title=np.array(["Alien (1979)", "Heat (1995)", "Up (2009)", "Big (1988)"]),
        genres=(("Horror", "Sci-Fi"), ("Crime",), ("Comedy",), ()),
        people=(("Weaver",), ("De Niro", "Pacino"), (), ()),
        year=np.array([1979, 1995, 2009, 1988]),
    )
    users = IdIndex(np.arange(len(history)), "user")
    return Bundle(
        SCORER, users, IdIndex(catalogue.item_id, "item"), Matrix(history.astype(np.float32)), catalogue,
        RatingScale(1, 5, 1), {},
    )  # fmt: skip


PERSON = {7: 4.0, 8: 2.0, 10: 4.0}


def test_reasons_by_hand() -> None:
    explanation = Recommender(bundle()).explain(PERSON, "Up (2009)", order="watch")
    assert explanation.score == pytest.approx(0.5)
    assert [(reason.title, reason.stars) for reason in explanation.reasons] == [
        ("Alien (1979)", 4), ("Heat (1995)", 2), ("Big (1988)", 4),
    ]  # fmt: skip
    assert [reason.share for reason in explanation.reasons] == pytest.approx([0.5, -0.125, 0.125])
    assert explanation.grouped("genres") == pytest.approx(
        {"Horror": 0.25, "Sci-Fi": 0.25, "Crime": -0.125, "unknown": 0.125}
    )
    assert explanation.grouped("people") == pytest.approx(
        {"Weaver": 0.5, "unknown": 0.125, "De Niro": -0.0625, "Pacino": -0.0625}
    )
    assert list(explanation.grouped("decade")) == ["1970s", "1980s", "1990s"]
    assert (explanation.method, explanation.unit, explanation.note, explanation.baseline_terms, explanation.stars) == (
        "sum",
        "score",
        "",
        {},
        None,
    )


def test_nothing_is_grouped_where_nothing_is_known() -> None:
    plain = bundle()
    bare = Recommender(dataclasses.replace(plain, catalogue=Catalogue.from_ids(plain.items.ids)))
    assert bare.explain(PERSON, 9).grouped("genres") == {}
    assert bare.explain({}, 9).grouped("people") == {}


def test_without_ratings_it_is_the_popularity() -> None:
    explanation = Recommender(bundle()).explain({}, 9)
    assert (explanation.reasons, explanation.baseline_terms) == ((), {"popularity": 6.0})
    muted = Recommender(bundle()).explain({7: 4.0}, 9, changes=Changes(mute=[7]))
    assert muted.baseline_terms == {"popularity": 6.0}
    assert [reason.share for reason in muted.reasons] == [0.0]


def test_viewers_who_loved_both_by_hand() -> None:
    # 4 stars of 5 are loved. Movies 0 and 1: people 0 to 4; movies 0 and 2: people 0 to 5.
    ratings = np.array([[5, 4, 4], [4, 4, 5], [4, 5, 4], [4, 4, 4], [5, 5, 5], [4, 3, 4], [3, 5, 5], [0, 5, 0]])
    co_likes = CoLikes(Matrix(ratings.astype(np.float32)), 4.0)
    assert co_likes.counts(0, np.array([1, 2, 0])).tolist() == [5, 6, 6]
    assert co_likes.counts(0, np.array([1, 2]), excluded_user=0).tolist() == [-1, 5]  # 4 are too few to be told
    assert co_likes.counts(1, np.array([2])).tolist() == [6]
    assert MIN_COUNT == 5


def test_people_who_went_on_by_hand() -> None:
    # People 0 to 5 rated movie 0, then after a day 1, then at once 2; person 6 the other way round.
    ratings, day = Matrix(np.full((7, 3), 4, np.float32)), 24 * 3600
    times = np.array([[0, day, day]] * 6 + [[day, 0, day]])
    rated_after = RatedAfter(ratings, times.ravel())
    assert rated_after.counts(1, np.array([0, 2])).tolist() == [6, -1]
    assert rated_after.counts(1, np.array([0]), excluded_user=0).tolist() == [5]
    assert rated_after.counts(0, np.array([1])).tolist() == [-1]
    assert rated_after.counts(2, np.array([0, 1])).tolist() == [6, -1]  # six, and one; too few to be told
    mixed = np.concatenate([times[:6], times[6:].repeat(4, axis=0)])
    many = RatedAfter(Matrix(np.full((10, 3), 4, np.float32)), mixed.ravel())
    assert many.counts(1, np.array([0])).tolist() == [-1]  # six against four


def test_a_model_of_what_is_later_says_who_went_on() -> None:
    plain = bundle()
    timed = dataclasses.replace(plain, times=plain.history.indices.astype(np.int64) * 24 * 3600)
    assert {reason.went_on for reason in Recommender(timed).explain({7: 5.0}, 9).reasons} == {None}
    learns = dataclasses.replace(timed, scorer=dataclasses.replace(SCORER, later_weight=1.0))
    (reason,) = Recommender(learns).explain({7: 5.0}, 9).reasons
    assert reason.went_on == 6
    assert "people went on to it" in Recommender(learns).explain({7: 5.0}, 9).sentence


def test_the_person_who_asks_is_not_among_the_viewers() -> None:
    recommender = Recommender(bundle())
    assert {reason.viewers for reason in recommender.explain({7: 5.0}, 9).reasons} == {6}
    assert {reason.viewers for reason in recommender.explain(3, 9).reasons} == {5}


def test_a_model_that_is_no_sum_is_told_one_by_one_and_named_so() -> None:
    class Stranger:
        kind, n_items = "stranger", 4

        def score(self, history: Matrix) -> np.ndarray:
            return np.sqrt(np.maximum(SCORER.score(history), 0))

        def arrays(self) -> dict[str, np.ndarray]:
            return {}

        def settings(self) -> dict[str, object]:
            return {}

    for scorer in (Stranger(), BlendScorer((Stranger(),), (1.0,))):  # type: ignore[arg-type]
        recommender = Recommender(dataclasses.replace(bundle(), scorer=scorer))  # type: ignore[arg-type]
        explanation = recommender.explain(PERSON, 9)
        assert explanation.method == "leave-one-out"
        assert "do not add up" in explanation.note
    explanation = Recommender(dataclasses.replace(bundle(), scorer=Stranger())).explain(PERSON, 9, order="watch")  # type: ignore[arg-type]
    shares = {reason.item_id: reason.share for reason in explanation.reasons}
    assert shares == pytest.approx({7: 0.5**0.5, 8: 0.5**0.5 - 0.625**0.5, 10: 0.5**0.5 - 0.375**0.5}, rel=1e-5)
    with pytest.raises(CapabilityError, match="not sums"):
        Recommender(dataclasses.replace(bundle(), scorer=Stranger())).explain(PERSON, 9, method="sum")  # type: ignore[arg-type]


def test_what_low_ratings_do_to_the_stars_by_hand() -> None:
    # One direction that all movies share: stars are 3 + z, with z the sum of (rating - 3) by 1 + the number of ratings.
    one = np.ones((4, 1))
    scorer = FoldInScorer(
        one, np.full(4, 3.0), one.astype(np.float32), np.full(4, 6), np.zeros(1), np.eye(1), 1.0, 1.0, 1.0, 5.0
    )
    recommender = Recommender(dataclasses.replace(bundle(), scorer=scorer))
    explanation = recommender.explain({7: 5.0, 8: 1.0, 10: 5.0}, 9)
    assert explanation.low_ratings is not None
    assert dataclasses.astuple(explanation.low_ratings) == pytest.approx((1, 3.5, 3 + 4 / 3))
    assert explanation.low_ratings_sentence == "your low rating lowers its predicted stars from 4.3 to 3.5"
    assert recommender.explain({7: 5.0, 10: 5.0}, 9).low_ratings is None  # none is low
    assert recommender.explain({8: 1.0}, 8).low_ratings is None  # the rating of the movie itself
    assert Recommender(bundle()).explain(PERSON, 9).low_ratings is None  # no predicted stars


def test_popularity_is_a_sum_without_shares() -> None:
    popular = dataclasses.replace(bundle(), scorer=PopularityScorer(np.array([3, 2, 1, 0])))
    explanation = Recommender(popular).explain(PERSON, 9)
    assert (explanation.method, explanation.baseline_terms) == ("sum", {"popularity": 1.0})


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        (Changes(mute=[9]), ConfigError, "mute: item 9 is not among what the person rated or saw"),
        (Changes(remove=[9]), ConfigError, "remove: item 9 is not among"),
        (Changes(damp={7: 1.5}), ConfigError, "damp: 1.5 is not valid for item 7"),
        (Changes(damp={7: float("nan")}), ConfigError, "damp: nan is not valid"),
        (Changes(stars={7: 6.0}), DataFormatError, "expected stars from 1 to 5"),
        (Changes(stars={77: 5.0}), UnknownIdError, "unknown item 77"),
        (Changes(not_interested=[77]), UnknownIdError, "unknown item 77"),
    ],
)
def test_changes_that_make_no_sense_are_refused(changes: Changes, error: type[Exception], text: str) -> None:
    recommender = Recommender(bundle())
    with pytest.raises(error, match=text):
        recommender.recommend(PERSON, changes=changes)
