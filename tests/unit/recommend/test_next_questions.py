"""The best next question against the posterior and the list themselves, chances by hand, and what is never asked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale, Scorer
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend import Recommender, next_questions
from reelgraph.recommend.co_views import CoViews
from reelgraph.recommend.elicitation.information_gain import ExpectedHitsGain
from reelgraph.recommend.elicitation.next_questions import PreferenceElicitor
from reelgraph.scorers import BlendScorer, FoldInScorer, ItemFilterScorer, LowRankFilterScorer, PopularityScorer

N, D = 7, 3
DRAW = np.random.default_rng(4)
KEPT = Matrix(np.where(DRAW.random((30, N)) < 0.4, DRAW.integers(1, 6, (30, N)), 0).astype(np.float32))
DESIGN = DRAW.normal(size=(N, D))
PRECISION = np.diag([1.0, 2.0, 0.5]) + 0.1
NOISE = 0.7
STARS = FoldInScorer(
    DESIGN,
    3 + DRAW.normal(size=N),
    DRAW.normal(size=(N, 2)),
    np.arange(N),
    np.zeros(D),
    PRECISION,
    NOISE,
    3.0,
    1.0,
    5.0,
)
WEIGHTS = DRAW.normal(size=(N, N)).astype(np.float32)
np.fill_diagonal(WEIGHTS, 0.0)
FILTER = ItemFilterScorer(np.zeros(0), WEIGHTS, 0.0, 0.5, 0.2, 0.0, 1.0, rating_power=2.0, unit_stars=4.0)
ALL = np.arange(N)
VIEWERS = np.array([3.0, 9.0, 4.0, 1.0, 5.0, 8.0, 2.0])


def covariance(rows: list[int]) -> np.ndarray:
    return np.linalg.inv(PRECISION + DESIGN[rows].T @ DESIGN[rows] / NOISE)


def variance(rows: list[int]) -> float:
    """Of the stars of what people watch, once these are answered."""
    share = np.bincount(KEPT.indices, minlength=N) / KEPT.nnz
    return float(np.sum(share * np.einsum("nd,de,ne->n", DESIGN, covariance(rows), DESIGN)))


@pytest.mark.parametrize("scorer", [STARS, BlendScorer((FILTER, STARS), (1.0, 0.0))])
def test_the_gain_is_what_the_answer_takes_off_the_variance(scorer: Scorer) -> None:
    elicitor, answered_rows = PreferenceElicitor(scorer, CoViews(KEPT)), list[int]()
    for answered_row in (2, 5, 0):
        expected = [(variance(answered_rows) - variance([*answered_rows, item])) / variance([]) for item in range(N)]
        np.testing.assert_allclose(elicitor.gain(ALL), expected, rtol=1e-9)
        elicitor.add_rating(answered_row, 3.0)
        answered_rows.append(answered_row)
    before = elicitor.gain(ALL)
    elicitor.add_not_seen(1)  # tells nothing of the stars
    np.testing.assert_array_equal(elicitor.gain(ALL), before)


def expected_hits(values: dict[int, float], listed: list[int]) -> float:
    """Squares of the scores above 0 of the movies that are not among the answers, by the whole matrix."""
    scores = sum((value * WEIGHTS[item].astype(np.float64) for item, value in values.items()), np.zeros(N))
    return float(sum(max(scores[i], 0.0) ** 2 for i in listed if i not in values))


@pytest.mark.parametrize("listed", [list(range(N)), [0, 1, 2, 4, 5]])  # all movies, and the five most watched
def test_the_gain_of_the_list_is_what_the_answer_adds_to_what_it_says(
    monkeypatch: pytest.MonkeyPatch, listed: list[int]
) -> None:
    monkeypatch.setattr("reelgraph.recommend.elicitation.information_gain._MAX_LISTED", len(listed))
    monkeypatch.setattr(
        "reelgraph.recommend.elicitation.information_gain._BLOCK_SCORES", 2 * N
    )  # a few movies at a time
    gain, values = ExpectedHitsGain(FILTER, VIEWERS), dict[int, float]()
    for item, stars in ((2, 5.0), (5, 1.0), (0, 4.0)):
        unanswered = np.array([i for i in range(N) if i not in values])
        expected = [
            expected_hits({**values, i: 1.0}, listed) - expected_hits(values, listed) for i in unanswered.tolist()
        ]  # four stars count 1
        np.testing.assert_allclose(gain.gain(unanswered), expected, rtol=1e-5, atol=1e-6)
        gain.add_rating(item, stars)
        values[item] = (stars / 4.0) ** 2


def test_a_filter_that_is_not_written_out_gives_the_same() -> None:
    left, right, diagonal = (DRAW.normal(size=shape).astype(np.float32) for shape in ((N, 2), (N, 2), (N,)))
    thin = LowRankFilterScorer(left, right, diagonal, left, 2.0, 4.0)
    whole = dataclasses.replace(FILTER, extra=np.diag(diagonal) + left @ right.T)
    thin_gain, whole_gain = ExpectedHitsGain(thin, VIEWERS), ExpectedHitsGain(whole, VIEWERS)
    for gain in (thin_gain, whole_gain):
        gain.add_rating(3, 5.0)
    np.testing.assert_allclose(thin_gain.gain(ALL[:3]), whole_gain.gain(ALL[:3]), rtol=1e-4)


def test_the_list_is_that_of_the_filter_that_weighs_most() -> None:
    doubled = dataclasses.replace(FILTER, extra=2 * WEIGHTS)
    blend = BlendScorer((doubled, PopularityScorer(ALL), FILTER, STARS), (0.2, 0.5, 0.3, 0.0))
    gain = ExpectedHitsGain.from_scorer(blend, VIEWERS)
    assert gain is not None
    np.testing.assert_array_equal(gain.gain(ALL), ExpectedHitsGain(FILTER, VIEWERS).gain(ALL))
    assert ExpectedHitsGain.from_scorer(STARS, VIEWERS) is None
    assert ExpectedHitsGain.from_scorer(BlendScorer((FILTER, STARS), (0.0, 1.0)), VIEWERS) is None


def test_worth_is_the_product_of_both_gains_or_the_one_there_is() -> None:
    views = CoViews(KEPT)
    whole = PreferenceElicitor(BlendScorer((FILTER, STARS), (1.0, 0.0)), views)
    stars, lists = PreferenceElicitor(STARS, views), PreferenceElicitor(FILTER, views)
    for item in (4, 1):
        for elicitor in (whole, stars, lists):
            elicitor.add_rating(item, 4.0)
        unanswered = np.setdiff1d(ALL, [4] if item == 4 else [4, 1])
        np.testing.assert_allclose(stars.worth(unanswered), stars.gain(unanswered))
        assert np.all(lists.worth(unanswered) >= 0)
        assert np.any(lists.worth(unanswered) > 0)
        np.testing.assert_allclose(whole.worth(unanswered), stars.worth(unanswered) * lists.worth(unanswered))
        assert not lists.gain(unanswered).any()
        best = whole.best(unanswered, 2)
        assert best.tolist() == unanswered[np.argsort(-whole.worth(unanswered), kind="stable")[:2]].tolist()


def test_only_the_likeliest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelgraph.recommend.elicitation.next_questions._MAX_CANDIDATES", 2)
    elicitor = PreferenceElicitor(STARS, CoViews(KEPT))
    likely = np.argsort(-elicitor.seen_probability(), kind="stable")[:2]
    assert elicitor.best(ALL)[0] == likely[np.argmax(elicitor.gain(likely))]
    assert len(elicitor.best(ALL, 5)) == 5  # as many as are asked for


def test_chances_by_hand() -> None:
    # Four people; movie 0 seen by three, movie 1 by two, both by two; 20 people of the plain chance are added. The
    # fifth has rated nothing, and is nobody of whom it could be known.
    ratings = np.array([[1, 1, 0], [2, 3, 0], [4, 0, 0], [0, 0, 5], [0, 0, 0]], np.float32)
    views = CoViews(Matrix(ratings))
    np.testing.assert_allclose(views.seen_probability(0, seen=True), [(3 + 15) / 23, (2 + 10) / 23, (0 + 5) / 23])
    np.testing.assert_allclose(views.seen_probability(0, seen=False), [(0 + 15) / 21, (0 + 10) / 21, (1 + 5) / 21])
    elicitor = PreferenceElicitor(dataclasses.replace(FILTER, extra=np.eye(3, k=1, dtype=np.float32)), views)
    np.testing.assert_allclose(elicitor.seen_probability(), [0.75, 0.5, 0.25])
    elicitor.add_rating(0, 4.0)
    np.testing.assert_allclose(elicitor.seen_probability()[1], (0.5 + 12 / 23) / 2)
    elicitor.add_not_seen(2)
    np.testing.assert_allclose(elicitor.seen_probability()[1], (0.5 + 12 / 23 + (2 + 10) / 23) / 3)


def recommender() -> Recommender:
    items = 10 * np.arange(N)
    return Recommender(
        Bundle(STARS, IdIndex(np.arange(30), "user"), IdIndex(items, "item"), KEPT, Catalogue.from_ids(items),
               RatingScale(1, 5, 1), {})
    )  # fmt: skip


def test_what_was_answered_or_not_seen_is_not_asked_again_and_the_best_comes_first() -> None:
    questions = next_questions(recommender(), {10: 5.0, 30: 1.0}, N, not_seen=[60])
    assert {question.item_id for question in questions} == {0, 20, 40, 50}
    assert [question.worth for question in questions] == sorted(
        [question.worth for question in questions], reverse=True
    )
    assert [question.worth for question in questions] == [
        question.gain for question in questions
    ]  # this model makes no list of its own
    assert all(0 <= question.gain <= 1 and 0 <= question.chance <= 1 for question in questions)
    assert next_questions(recommender(), {10: 5.0, 30: 1.0}, 1, not_seen=[60]) == questions[:1]
    # What was answered does not matter to it, only that it was.
    assert next_questions(recommender(), {10: 1.0, 30: 2.0}, N, not_seen=[60]) == questions


def test_a_model_of_lists_alone_asks_too() -> None:
    bundle = dataclasses.replace(recommender().bundle, scorer=FILTER)
    questions = next_questions(Recommender(bundle), {10: 5.0}, 3)
    assert all(question.gain == 0.0 for question in questions)
    assert questions[0].worth == max(question.worth for question in questions) > 0
    # Here it matters what was answered: a row counts by its stars.
    assert next_questions(Recommender(bundle), {10: 1.0}, 3) != questions


def test_what_is_refused() -> None:
    plain = dataclasses.replace(recommender().bundle, scorer=PopularityScorer(np.arange(N)))
    with pytest.raises(CapabilityError, match="cannot estimate the information of a rating"):
        next_questions(Recommender(plain), {})
    with pytest.raises(ConfigError, match="k: 0"):
        next_questions(recommender(), {}, 0)
