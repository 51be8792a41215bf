"""Lists that are more like what a person rated last, and models that are told the order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.core import ExplainsInOrder, FitContext, FitResult, Interactions, Matrix, Model, ScoresInOrder
from reelgraph.core.errors import CapabilityError, ConfigError, DataFormatError, WrongTypeError
from reelgraph.recommend import Changes, ParsedPhrase, Recommender, history_of_words
from reelgraph.recommend.cold_start import KNOWS_ORDER_NOTE
from reelgraph.recommend.explain.contributions import weighted_contributions
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.recommend.scorer_inputs import counts_ages
from reelgraph.recommend.weighted_history import RECENCY, WeightedHistory
from reelgraph.scorers import StarredBlendScorer
from reelgraph.scorers.item_filter.recent import FLOOR, recency_weights

N_ITEMS = 16


def _table(seed: int = 0, n_users: int = 40) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    users = np.repeat(np.arange(n_users), 8)
    items = np.concatenate([(draw.permutation(N_ITEMS // 2) * 2 + user % 2)[:8] for user in range(n_users)])
    items = np.where(draw.random(len(items)) < 0.1, (items + 1) % N_ITEMS, items)
    _, first = np.unique(users * N_ITEMS + items, return_index=True)
    first.sort()
    return {
        "user": users[first],
        "item": items[first],
        "rating": draw.integers(2, 6, len(first)),
        "timestamp": draw.permutation(len(first)) + 1000,
    }


def _recommender(model: Model, *, times: bool = True) -> Recommender:
    table = _table()
    data = rg.from_frame({name: values for name, values in table.items() if times or name != "timestamp"})
    split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
    return Recommender(Bundle.create(model.fit(split.train), data, split))


@pytest.fixture(scope="module")
def filter_() -> Recommender:
    return _recommender(rg.GraphFilter(choose=False))


@pytest.fixture(scope="module")
def blend() -> Recommender:
    model = rg.Blend(rankers=("graph-filter", "popularity"), weights=(0.8, 0.2), stars="bias")
    return _recommender(model)


def _history_of(ratings: list[int], order: list[int] | None) -> WeightedHistory:
    row = Matrix((np.full(len(ratings), 4.0), np.array(ratings), np.array([0, len(ratings)])), shape=(1, N_ITEMS))
    return WeightedHistory.unweighted(row, order=None if order is None else np.array(order))


def test_weights_by_age() -> None:
    recent = _history_of([2, 5, 7], [30, 10, 20]).recent(0.5)
    assert recent.recency is not None
    # Ages 0, 2 and 1: 1, (0.25 + 0.02) / 1.02 = 0.265 and 0.52 / 1.02 = 0.510, rounded up to fiftieths.
    assert recent.recency.tolist() == [1.0, 0.28, 0.52]
    assert not recent.is_plain
    assert recent.at(np.array([0, 2])).recency.tolist() == [1.0, 0.52]  # type: ignore[union-attr]
    with pytest.raises(CapabilityError, match="not known"):
        _history_of([2, 5], None).recent()


def test_scores_are_weighted_sums_and_the_reasons_add_up(filter_: Recommender) -> None:
    history = filter_.history_for(3)
    recent = history.recent()
    scorer, items = filter_.scorer, np.arange(N_ITEMS)
    plain, weighted = (weighted_contributions(each, scorer, items) for each in (history, recent))
    assert recent.recency is not None
    np.testing.assert_allclose(weighted.ratings, plain.ratings * recent.recency, atol=1e-6)
    np.testing.assert_allclose(weighted.total(), score_histories([recent], scorer)[0], atol=1e-5)
    order = filter_.bundle.train_interactions().ranks_in_time()
    assert order is not None
    exact = recency_weights(history.ratings, order[[3]], RECENCY)
    assert np.abs(recent.recency / recent.recency.max() - exact / exact.max()).max() < 0.021 + FLOOR


@pytest.mark.parametrize("order", ["liked", "watch"])
def test_recent_lists_of_a_blend(blend: Recommender, order: str) -> None:
    plain, recent = (blend.recommend(3, 8, order=order, recent=flag) for flag in (False, True))  # type: ignore[arg-type]
    assert "what was rated or seen last" in recent.note
    assert "what was rated or seen last" not in plain.note
    stars = {line.item_id: line.stars for line in plain}
    for line in recent:
        assert stars.get(line.item_id, line.stars) == line.stars  # the predicted stars are not changed
    history = blend.history_for(3).recent()
    for item in (recent[0].item_id, recent[1].item_id):
        explanation = blend.explain(history, item, order=order)  # type: ignore[arg-type]
        total = sum(reason.share for reason in explanation.reasons) + sum(explanation.baseline_terms.values())
        assert total == pytest.approx(explanation.score, abs=1e-4)


def test_recent_is_like_what_was_rated_last(filter_: Recommender) -> None:
    # Fans of even items and of odd ones: whoever came from the even ones to the odd ones gets odd ones.
    even, odd = [0, 2, 4, 6], [1, 3, 5]
    ratings = dict.fromkeys([*even, *odd], 5.0)
    times = {item: place for place, item in enumerate([*even, *odd], 100)}
    plain = [line.item_id for line in filter_.recommend(ratings, 3)]
    recent = [line.item_id for line in filter_.recommend(ratings, 3, times=times, recent=True)]
    assert sum(int(item) % 2 for item in recent) == 3
    assert sum(int(item) % 2 for item in plain) < 3
    back = {item: -time + 1000 for item, time in times.items()}
    assert sum(int(line.item_id) % 2 for line in filter_.recommend(ratings, 3, times=back, recent=True)) == 0


@pytest.mark.parametrize(("name", "recent"), [("filter", True), ("next", False), ("recent-filter", True)])
def test_reasons_and_what_if_are_those_of_a_list_with_times(filter_: Recommender, name: str, recent: bool) -> None:
    recommender = filter_ if name == "filter" else _recommender(MODELS[name])
    times = {item: place for place, item in enumerate([1, 3, 5, 0, 2, 4], 100)}
    ratings, seen = dict.fromkeys([1, 3, 5, 0, 2], 5.0), [4]
    listed = recommender.recommend(ratings, 5, seen=seen, times=times, recent=recent)
    assert [line.score for line in listed] != [line.score for line in recommender.recommend(ratings, 5, seen=seen)]
    for line in listed:
        explanation = recommender.explain(ratings, line.item_id, seen=seen, times=times, recent=recent)
        assert explanation.score == pytest.approx(line.score, abs=1e-5)
    changes = Changes(mute=[5])
    result = recommender.what_if(ratings, changes, 5, seen=seen, times=times, recent=recent)
    assert list(result.before) == list(listed)
    changed = recommender.recommend(ratings, 5, seen=seen, times=times, recent=recent, changes=changes)
    assert list(result.after) == list(changed)
    explanation = recommender.explain(
        ratings, changed[0].item_id, seen=seen, times=times, recent=recent, changes=changes
    )
    assert explanation.score == pytest.approx(changed[0].score, abs=1e-5)
    first = listed[0].item_id
    assert recommender.counterfactual(ratings, first, 2, seen=seen, times=None if recent else times).rank is not None


def test_explain_says_that_the_model_goes_by_the_order() -> None:
    recommender = _recommender(MODELS["next"])
    plain, recent = (recommender.explain(3, 1, recent=flag) for flag in (False, True))
    assert recent.score == plain.score
    assert recent.note.split("; ")[0] == KNOWS_ORDER_NOTE


@pytest.mark.parametrize("model", [rg.Popularity(), rg.RecentPopularity(), rg.GenrePopularity(personal=0.0)])
def test_a_list_that_is_the_same_for_everyone_is_not_called_recent(model: Model) -> None:
    recommender = _recommender(model)
    recent, plain = (recommender.recommend(3, 8, recent=flag) for flag in (True, False))
    assert [(line.item_id, line.score) for line in recent] == [(line.item_id, line.score) for line in plain]
    assert recent.note == "ranked as for someone without ratings, so not more like what was rated or seen last"
    assert plain.note == ""


def test_the_most_rated_movies_in_place_of_a_list_are_not_called_recent(filter_: Recommender) -> None:
    times = {0: 10, 3: 20}
    note = filter_.recommend(dict.fromkeys(times, 1.0), 3, times=times, recent=True).note
    assert note.startswith("no rating above ")
    assert note.endswith("; ranked as for someone without ratings, so not more like what was rated or seen last")


def test_changes_are_made_in_order(filter_: Recommender) -> None:
    history = filter_.history_for({0: 5.0, 3: 4.0}, times={0: 10, 3: 20}).recent()
    changed = filter_.history_for(history, Changes(stars={7: 5.0, 0: 3.0}))
    assert changed.ratings.indices.tolist() == [0, 3, 7]
    assert changed.order is not None
    assert changed.order.tolist() == [10, 20, 21]
    assert changed.recency is not None
    assert history.recency is not None
    assert changed.recency.tolist() == [*history.recency.tolist(), 1.0]
    seen = filter_.history_for(history, seen=[9])
    assert seen.order is not None
    assert seen.order.tolist() == [10, 20, -1]


def test_unknown_times_are_refused(filter_: Recommender) -> None:
    with pytest.raises(CapabilityError, match="order of this person's ratings is not known"):
        filter_.recommend({0: 5.0, 3: 4.0}, recent=True)
    with pytest.raises(CapabilityError, match="order of this person's ratings is not known"):
        _recommender(rg.GraphFilter(choose=False), times=False).recommend(3, recent=True)
    with pytest.raises(CapabilityError, match="ranks by predicted stars"):
        _recommender(rg.Bias()).recommend(3, recent=True)
    with pytest.raises(ConfigError, match="recent"):
        filter_.recommend(3, recent=True, traits=rg.Traits(genres=("Comedy",)))


@dataclass(frozen=True)
class _Mixture:
    """Half graph-filter, half next; stars by bias."""

    name: ClassVar[str] = "mixture"

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        parts = (rg.GraphFilter(choose=False), rg.NextItem(), rg.Bias())
        scorers = tuple(part.fit(train).scorer for part in parts)
        return FitResult(StarredBlendScorer(scorers, (0.5, 0.5, 0.0)))


MODELS: dict[str, Model] = {
    "next": rg.NextItem(),
    "recent-filter": rg.GraphFilter(choose=False, recency=0.3),
    "blend": _Mixture(),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_are_told_the_order(name: str) -> None:
    recommender = _recommender(MODELS[name])
    scorer = recommender.scorer
    assert isinstance(scorer, ScoresInOrder)
    assert isinstance(scorer, ExplainsInOrder)
    train = recommender.bundle.train_interactions()
    order = train.ranks_in_time()
    assert order is not None
    history = recommender.history_for(3)
    expected = scorer.score_in_order(train.matrix()[[3]], order[[3]])
    np.testing.assert_allclose(score_histories([history], scorer), expected, atol=1e-5)
    items = np.arange(N_ITEMS)
    contributions = weighted_contributions(history, scorer, items)
    np.testing.assert_allclose(contributions.total(), expected[0], atol=1e-4)
    np.testing.assert_allclose(
        scorer.contributions_in_order(train.matrix()[[3]], order[[3]], items).total(), expected[0], atol=1e-4
    )
    both = recommender.recommend_all(5, users=[3], order="watch")
    listed = recommender.recommend(3, 5, order="watch")
    assert both.item_id.tolist() == [line.item_id for line in listed]
    in_liked_order = recommender.recommend_all(5, users=[3])
    assert in_liked_order.item_id.tolist() == [line.item_id for line in recommender.recommend(3, 5)]


def test_a_model_that_was_fitted_to_the_order_says_that_recent_changes_nothing() -> None:
    recommender = _recommender(MODELS["next"])
    assert not counts_ages(recommender.scorer)
    assert not counts_ages(recommender.liked_scorer)
    plain, recent = (recommender.recommend(3, 8, recent=flag) for flag in (False, True))
    assert [(line.item_id, line.score) for line in recent] == [(line.item_id, line.score) for line in plain]
    assert (plain.note, recent.note) == ("", KNOWS_ORDER_NOTE)
    with pytest.raises(CapabilityError, match="order of this person's ratings is not known"):
        recommender.recommend({0: 5.0, 3: 4.0}, recent=True)
    assert recommender.recommend({}, recent=True).note == "no ratings yet: these are the most rated movies"
    low = recommender.recommend({0: 2.0, 3: 2.0}, times={0: 10, 3: 20}, recent=True)
    assert low.note == "no rating above 2 stars: these are the most rated movies"
    history = recommender.histories.recent(recommender.history_for(3))
    liking = history_of_words(recommender, history, ParsedPhrase("like 1", like=(1,)))
    assert recommender.recommend(liking).note == f"{KNOWS_ORDER_NOTE}; more like {recommender.names.title_of(1)}"


@pytest.mark.parametrize("name", ["recent-filter", "blend"])
def test_the_last_count_more_still_in_a_filter_with_recency(name: str) -> None:
    recommender = _recommender(MODELS[name])
    assert counts_ages(recommender.scorer)
    even, odd = [0, 2, 4], [1, 3, 5]
    times = {item: place for place, item in enumerate([*even, *odd], 100)}
    history = recommender.history_for(dict.fromkeys(times, 5.0), times=times)
    recent = recommender.histories.recent(history)
    assert recommender.recommend(recent).note == "more like what was rated or seen last"
    items = np.arange(N_ITEMS)
    shares = {}
    for each in (history, recent):
        contributions = weighted_contributions(each, recommender.scorer, items)
        np.testing.assert_allclose(contributions.total(), score_histories([each], recommender.scorer)[0], atol=1e-4)
        is_odd = np.isin(each.ratings.indices, odd)
        size = np.abs(contributions.ratings).sum(axis=0)
        shares[each is recent] = size[is_odd].sum() / size.sum()
    assert shares[True] > shares[False]


def test_an_own_file_has_times(tmp_path: Path) -> None:
    from reelgraph.cli.person_options import own_history

    recommender = _recommender(rg.GraphFilter(choose=False))
    file = tmp_path / "mine.csv"
    file.write_text("item_id,rating,timestamp\n4,5,30\n2,4,10\n7,3,20\n")
    history = own_history(file, recommender)
    assert history.order is not None
    assert history.order.tolist() == [10, 30, 20]
    file.write_text("item_id,rating\n4,5\n2,4\n")
    assert own_history(file, recommender).order is None


@pytest.mark.parametrize("bad", ["x", None, math.nan, math.inf, 10**30, -5, 1.5, True, 2**40 + 1, np.float32(0.5)])
def test_a_time_that_is_none_is_refused_by_name(filter_: Recommender, bad: object) -> None:
    ratings: dict[int | str, float] = {0: 5.0, 3: 4.0}
    times: Any = {0: 10, 3: bad}
    for ask in (
        lambda: filter_.recommend(ratings, times=times),
        lambda: filter_.explain(ratings, 5, times=times),
        lambda: filter_.history_for(ratings, times=times),
    ):
        with pytest.raises(DataFormatError, match=r"times, column 'item 3': found .*, expected Unix seconds"):
            ask()


def test_times_of_other_movies_and_other_things_are_refused(filter_: Recommender) -> None:
    ratings: dict[int | str, float] = {0: 5.0, 3: 4.0}
    with pytest.raises(ConfigError, match="times: item 5 is neither rated nor seen"):
        filter_.recommend(ratings, times={0: 10, 5: 20})
    title = str(filter_.catalogue.title[0])
    with pytest.raises(ConfigError, match="given twice"):
        filter_.recommend(ratings, times={0: 10, title: 20})
    for times in ([10, 20], [], "x"):
        with pytest.raises(WrongTypeError, match="times"):
            filter_.recommend(ratings, times=times)  # type: ignore[arg-type]
    whole: Any = {0: 10.0, 3: np.int64(20)}
    assert filter_.history_for(ratings, times=whole).order.tolist() == [10, 20]  # type: ignore[union-attr]
    assert filter_.history_for(ratings, seen=[5], times={5: 20, 0: 10}).order.tolist() == [10, -1, 20]  # type: ignore[union-attr]


def test_times_that_are_all_the_same_tell_no_order(filter_: Recommender) -> None:
    assert filter_.history_for({0: 5.0, 3: 4.0}, times={0: 10, 3: 10}).order is None
    assert filter_.history_for({0: 5.0, 3: 4.0}, times={3: 10}).order is not None  # the other one is older
    assert filter_.history_for({3: 4.0}, times={3: 10}).order is not None
    with pytest.raises(CapabilityError, match="order of this person's ratings is not known"):
        filter_.recommend({0: 5.0, 3: 4.0}, times={0: 10, 3: 10}, recent=True)
    table = _table()
    table["timestamp"] = 10**9 + table["user"]
    data = rg.from_frame(table)
    split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
    recommender = Recommender(Bundle.create(rg.GraphFilter(choose=False).fit(split.train), data, split))
    with pytest.raises(CapabilityError, match="order of this person's ratings is not known"):
        recommender.recommend(3, recent=True)


@pytest.mark.parametrize("name", ["next", "recent-filter"])
def test_lists_for_all_know_whose_times_tell_no_order(name: str) -> None:
    table = _table()
    table["timestamp"] = np.where(table["user"] % 3 == 0, 10**9, 10**9 + table["timestamp"])
    data = rg.from_frame(table)
    split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
    recommender = Recommender(Bundle.create(MODELS[name].fit(split.train), data, split))
    users = [2, 3, 4, 6, 7]
    for order in ("watch", "liked"):
        everybody = recommender.recommend_all(5, users=users, order=order)  # type: ignore[arg-type]
        for user in users:
            listed = recommender.recommend(user, 5, order=order)  # type: ignore[arg-type]
            of_user = everybody.user_id == user
            assert everybody.item_id[of_user].tolist() == [line.item_id for line in listed]
            np.testing.assert_allclose(everybody.score[of_user], [line.score for line in listed], atol=1e-5)
