"""Re-rankers worked by hand on pools of four and five movies."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, IdIndex, Matrix, RatingScale, TopK
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend import Filters, Recommender
from reelgraph.recommend.rerank import rerankers as rr
from reelgraph.scorers import BiasScorer, FoldInScorer

#                 A  B  C    rows 0 to 4
GENRES = Matrix(np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]], np.float32))


def pool(*rows: list[int], scores: list[float] | None = None) -> TopK:
    items = np.array(rows, np.int64)
    values = np.tile(np.array(scores or range(items.shape[1], 0, -1), np.float32), (len(rows), 1))
    return TopK(items, np.where(items >= 0, values, -np.inf).astype(np.float32))


def test_mmr_trades_score_against_likeness() -> None:
    # Scores 5, 4, 3, 2, 1 scale to 1, 0.75, 0.5, 0.25, 0; first item 0 {A} anyway. At dial 0.5, after it:
    # 1 {A}: (0.75 - 1) / 2; 2 {A, B}: (0.5 - 0.707) / 2; 3 {B}: 0.25 / 2; 4 {C}: 0 -> 3.
    # then 1: -0.25 / 2; 2: (0.5 - 0.707) / 2; 4: 0 -> 4; then 2 (-0.207) before 1 (-0.25).
    reranked = rr.mmr(pool([0, 1, 2, 3, 4]), 5, GENRES, 0.5)
    assert reranked.items.tolist() == [[0, 3, 4, 2, 1]]
    assert reranked.scores.tolist() == [[5, 2, 1, 3, 4]]
    # At dial 0.2: 1: 0.8 * 0.75 - 0.2 = 0.4; 2: 0.4 - 0.141 = 0.259; 3: 0.2; 4: 0 -> 1;
    # then 2: 0.259; 3: 0.2 -> 2; then 3: 0.2 - 0.141 = 0.059; 4: 0 -> 3.
    assert rr.mmr(pool([0, 1, 2, 3, 4]), 4, GENRES, 0.2).items.tolist() == [[0, 1, 2, 3]]


def test_mmr_at_one_takes_what_is_least_alike() -> None:
    # after 2 {A, B}: 4 {C}, then 0, 1 and 3 are equally like it: the better ranked one, then the one of no genre left
    assert rr.mmr(pool([2, 1, 0, 3, 4]), 4, GENRES, 1.0).items.tolist() == [[2, 4, 1, 3]]


def test_mmr_takes_vectors_for_genres() -> None:
    vectors = np.array([[2, 0], [3, 1], [0, 5], [-1, 0], [0, 0]], np.float32)
    # after 0: 3 points away (-1); then 2 at 0; 1 is nearly as 0; 4, of length 0, is not known to be unlike anything
    assert rr.mmr(pool([0, 4, 1, 2, 3]), 5, vectors, 1.0).items.tolist() == [[0, 3, 2, 1, 4]]


def test_calibrated_brings_the_genres_of_the_history() -> None:
    history = Matrix(np.array([[5, 0, 0, 3, 0]], np.float32))  # A 1/2, B 1/2
    # At dial 1: 2 {A, B} has no divergence; then 0, 1: (3/4, 1/4), 3: (1/4, 3/4), all alike -> 0, better ranked;
    # then 3 evens it out.
    reranked = rr.calibrated(pool([0, 1, 2, 3, 4]), 3, history, GENRES, 1.0)
    assert reranked.items.tolist() == [[2, 0, 3]]
    assert reranked.scores.tolist() == [[3, 5, 2]]


def test_calibrated_keeps_the_plain_list_where_greed_would_lose() -> None:
    #                          A  B  C  D    wanted evenly; AB and CD make it so, but ABC is nearest as the only one
    genres = Matrix(np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1]], np.float32))
    history = Matrix(np.array([[0, 0, 0, 4]], np.float32))
    assert rr.calibrated(pool([0, 1, 2]), 1, history, genres, 1.0).items.tolist() == [[2]]
    assert rr.calibrated(pool([0, 1, 2]), 2, history, genres, 1.0).items.tolist() == [[0, 1]]


def test_both_dials_at_once() -> None:
    history = Matrix(np.array([[5, 0, 0, 3, 0]], np.float32))
    both = rr.rerank(
        pool([0, 1, 2, 3, 4]), 2, diversity=0.5, features=GENRES, calibration=0.5, history=history, genres=GENRES
    )
    # s / 4 - KL / 2 first: KL of one genre of two: log 1/2 - log(0.995)/2 - log(0.005)/2 = 1.959; of {A, B}: 0
    # -> 2: 0.5 / 4. Then 0: 1 / 4 - 0.707 / 2 - KL(3/4, 1/4) / 2 = -0.103 - 0.071; 1: -0.166 - 0.071;
    # 3: 1 / 16 - 0.354 - 0.071; 4 {C}: 0 - 0 - KL(1/4, 1/4) / 2 = -0.342 -> 0
    assert both.items.tolist() == [[2, 0]]


def test_short_pools_and_none_at_all() -> None:
    history = Matrix((3, 5), dtype=np.float32)
    short = pool([3, 1, -1, -1], [-1, -1, -1, -1], [4, 3, 2, 1])
    # {C}, then {B} and {A, B}, {A}, all unlike it: {B}, then {A}, unlike both; without a history nothing to keep to
    for reranked, last in ((rr.mmr(short, 3, GENRES, 1.0), 1), (rr.calibrated(short, 3, history, GENRES, 0.7), 2)):
        assert reranked.items.tolist() == [[3, 1, -1], [-1, -1, -1], [4, 3, last]]
        assert np.isneginf(reranked.scores[reranked.items < 0]).all()
    assert rr.mmr(pool([3, 1]), 4, GENRES, 0.3).items.tolist() == [[3, 1, -1, -1]]
    assert rr.mmr(TopK(np.zeros((2, 0), np.int64), np.zeros((2, 0), np.float32)), 2, GENRES, 0.3).items.shape == (2, 2)


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(4)
    genres = Matrix((draw.random((30, 4)) < 0.4).astype(np.float32))
    history = Matrix((draw.random((7, 30)) < 0.2).astype(np.float32))
    scores = -np.sort(-draw.random((7, 12)), axis=1).astype(np.float32)
    pools = TopK(np.array([draw.permutation(30)[:12] for _ in range(7)]), scores)
    ask = {"diversity": 0.4, "features": genres, "calibration": 0.3, "history": history, "genres": genres}
    whole = rr.rerank(pools, 5, **ask)
    monkeypatch.setattr(rr, "_MEMORY_BYTES", 1)
    assert_array_equal(rr.rerank(pools, 5, **ask).items, whole.items)


@pytest.mark.parametrize("dial", [-0.1, 1.1, float("nan")])
def test_a_dial_off_its_range_is_refused(dial: float) -> None:
    with pytest.raises(ConfigError, match="diversity: .* expected a number from 0 to 1"):
        rr.mmr(pool([0, 1]), 1, GENRES, dial)
    with pytest.raises(ConfigError, match="calibration: .* expected a number from 0 to 1"):
        rr.calibrated(pool([0, 1]), 1, Matrix((1, 5)), GENRES, dial)


def test_what_a_dial_needs_must_be_given() -> None:
    with pytest.raises(ConfigError, match="diversity: needs features"):
        rr.rerank(pool([0, 1]), 1, diversity=0.5)
    with pytest.raises(ConfigError, match="calibration: needs the histories"):
        rr.rerank(pool([0, 1]), 1, calibration=0.5, genres=GENRES)


# ---------------------------------------------------------------------------------------------- the recommender

NAMES = [("Action",), ("Action",), ("Action", "Drama"), ("Drama",), ("War",), ("Action",)]


def recommender(genres: list[tuple[str, ...]] | None = None, vectors: bool = False) -> Recommender:
    """Six movies; everybody gets the stars 4.5, 4, 3.5, 3, 2.5 for the first five; user 1 has rated the last."""
    items = IdIndex(10 * (1 + np.arange(6)), "item")
    offsets = np.array([1.5, 1.0, 0.5, 0.0, -0.5, 0.0])
    scorer = BiasScorer(offsets, 3.0, 1e9, 1.0, 5.0)
    if vectors:
        points = np.array([[1, 0], [1, 0], [1, 1], [0, 1], [-1, 0], [1, 0]], np.float32)
        ones = np.ones(6, np.int64)
        scorer = FoldInScorer(np.ones((6, 1)), 3 + offsets, points, ones, np.zeros(1), np.eye(1), 1.0, 0, 1, 5)
    catalogue = dataclasses.replace(Catalogue.from_ids(items.ids), genres=tuple(genres or [()] * 6))
    history = Matrix(np.array([[0, 0, 0, 0, 0, 4], [0] * 6], np.float32))
    return Recommender(
        Bundle(scorer, IdIndex(np.array([1, 2]), "user"), items, history, catalogue, RatingScale(1, 5, 1), {})
    )


def ids(answer: object) -> list[int]:
    return [line.item_id for line in answer]  # type: ignore[attr-defined]


def test_the_recommender_re_ranks_when_asked() -> None:
    genre_recommender = recommender(NAMES)
    assert ids(genre_recommender.recommend(1, 3)) == [10, 20, 30]
    assert genre_recommender.recommend(1, 3, diversity=0.0, calibration=0.0) == genre_recommender.recommend(1, 3)
    varied = genre_recommender.recommend(1, 3, diversity=0.5)  # as in the first test of this file
    assert ids(varied) == [10, 40, 50]
    assert varied.note == "re-ranked for diversity 0.5"
    assert [line.rank for line in varied] == [1, 2, 3]
    assert [line.score for line in varied] == pytest.approx([4.5, 3, 2.5])
    # user 1 has rated action only
    assert ids(genre_recommender.recommend(1, 3, Filters(exclude=(10,)), diversity=1.0, calibration=1.0)) == [
        20,
        40,
        50,
    ]
    assert ids(genre_recommender.recommend(1, 2, Filters(include=(50, 40, 20)), calibration=1.0)) == [20, 40]
    both = genre_recommender.recommend(1, 2, diversity=0.25, calibration=0.5)
    assert both.note == "re-ranked for diversity 0.25 and calibration 0.5"


def test_people_without_ratings_get_variety_too() -> None:
    recommendations = recommender(NAMES).recommend(2, 2, diversity=1.0)
    assert ids(recommendations) == [60, 40]  # the only rated one, then the first without action
    assert recommendations.note == "no ratings yet: these are the most rated movies; re-ranked for diversity 1"
    assert ids(recommender(NAMES).recommend(2, 2, calibration=1.0)) == [60, 10]


def test_without_genres_vectors_tell_movies_apart() -> None:
    assert ids(recommender(vectors=True).recommend(1, 3, diversity=1.0)) == [10, 50, 40]
    with pytest.raises(CapabilityError, match="no genres and the model no item vectors"):
        recommender().recommend(1, 3, diversity=0.5)
    with pytest.raises(CapabilityError, match="no genres, so a list cannot be calibrated"):
        recommender(vectors=True).recommend(1, 3, calibration=0.5)
    with pytest.raises(ConfigError, match="diversity: 1.5"):
        recommender(NAMES).recommend(1, 3, diversity=1.5)
