import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reelgraph.core import IdIndex, Interactions, Matrix, RatingScale, Split
from reelgraph.core.errors import ConfigError, LeakError
from reelgraph.data import ColdItems, HeldOutUsers, PerUser, PredefinedSplit, Random, Temporal, check_split, split
from reelgraph.data.splitting.splitters import TEST, TRAIN, Roles


def edges(users: list[int], items: list[int], times: list[int] | None = None, stars: list[float] | None = None):
    n_users, n_items = max(users) + 1, max(items) + 1
    rating = np.ones(len(users), np.float32) * 3 if stars is None else np.array(stars, np.float32)
    return Interactions(
        IdIndex(np.arange(n_users) + 100),
        IdIndex(np.arange(n_items) + 500),
        np.array(users, np.int32),
        np.array(items, np.int32),
        rating,
        None if times is None else np.array(times, np.int64),
        RatingScale(1, 5, 1),
    )


def full(n_users: int, n_items: int, times: bool = False) -> Interactions:
    """Everybody rated everything, at times 0, 1, 2, ..."""
    users, items = np.divmod(np.arange(n_users * n_items), n_items)
    return edges(users.tolist(), items.tolist(), list(range(n_users * n_items)) if times else None)


# ------------------------------------------------------------------------------------------------ temporal


def test_temporal_by_hand() -> None:
    #        user: 0  0  1  0  1  2  2  1  3  2     cut at 60 % and 80 % of ten ratings
    #        item: 0  1  0  2  1  0  1  2  0  2     times 1..10 -> valid from the 7th (7), test from the 9th (9)
    interactions = edges([0, 0, 1, 0, 1, 2, 2, 1, 3, 2], [0, 1, 0, 2, 1, 0, 1, 2, 0, 2], list(range(1, 11)))
    result = split(interactions, Temporal(train=0.6, valid=0.2))
    assert result.spec.settings["valid_from"] == 7
    assert result.spec.settings["test_from"] == 9
    assert_array_equal(result.train.timestamp, [1, 2, 3, 4, 5, 6])
    assert_array_equal(result.valid.users, [1, 2])
    assert_array_equal(result.valid.target.toarray(), [[0, 0, 3], [0, 3, 0]])
    assert_array_equal(result.valid.history.toarray(), [[3, 3, 0], [3, 0, 0]])
    # user 3 has no rating before the cut and is not asked; user 2 folds in the validation rating of item 1 too
    assert_array_equal(result.test.users, [2])
    assert_array_equal(result.test.target.toarray(), [[0, 0, 3]])
    assert_array_equal(result.test.history.toarray(), [[3, 3, 0]])
    assert_array_equal(result.test.history_time.toarray(), [[6, 7, 0]])
    assert_array_equal(result.test.target_time.toarray(), [[0, 0, 10]])
    assert result.spec.counts == {
        "train": 6, "valid": 2, "test": 1, "valid_history": 0, "test_history": 0, "left_out": 1,
    }  # fmt: skip


def test_temporal_ties_fall_on_the_later_side() -> None:
    interactions = edges([0, 1, 0, 1, 0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], [1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    result = split(interactions, Temporal(train=0.5, valid=0.2))  # both cuts would fall within a second
    assert_array_equal(np.unique(result.train.timestamp), [1])
    assert_array_equal(np.unique(result.valid.target_time.data), [2])
    assert_array_equal(np.unique(result.test.target_time.data), [3])


def test_temporal_newcomers_of_the_validation_stretch_are_known_at_the_test() -> None:
    # user 1 comes in the validation stretch (t 8, 9) and is asked at the test (t 10) with that as history
    interactions = edges([0] * 8 + [1, 1], [*range(8), 0, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 10])
    result = split(interactions, Temporal(train=0.8, valid=0.1))
    assert len(result.valid) == 0
    assert_array_equal(result.test.users, [1])
    assert_array_equal(result.test.history.toarray(), [[3, 0, 0, 0, 0, 0, 0, 0]])
    assert result.spec.counts["test_history"] == 1


def test_temporal_needs_times_and_a_past() -> None:
    with pytest.raises(ConfigError, match="no times"):
        split(full(3, 3), Temporal())
    with pytest.raises(ConfigError, match="the oldest 2 of 2 have the same time"):
        split(edges([0, 1], [0, 0], [5, 5]), Temporal())
    with pytest.raises(ConfigError, match="leave no ratings for the test"):
        Temporal(train=0.9, valid=0.1)


# ------------------------------------------------------------------------------------------------ per user


@pytest.mark.parametrize(
    ("n", "valid", "test"),
    [(1, 0, 0), (2, 0, 1), (3, 1, 1), (10, 1, 1), (19, 1, 1), (20, 2, 2), (30, 3, 3), (157, 15, 15)],
)
def test_per_user_counts(n: int, valid: int, test: int) -> None:
    # RecBole: max(1, int(0.1 n)) each, test first, while train keeps one
    result = split(edges([0] * n, list(range(n))), PerUser())
    assert result.spec.counts["valid"] == valid
    assert result.spec.counts["test"] == test
    assert result.spec.counts["train"] == n - valid - test


def test_per_user_masks_train_and_validation_at_the_test_but_folds_in_train_only() -> None:
    interactions = full(4, 20)
    result = split(interactions, PerUser(), seed=3)
    everything = np.ones((4, 20))
    assert_array_equal(result.test.seen.toarray() + (result.test.target.toarray() > 0), everything)
    in_train = np.zeros((4, 20))
    in_train[result.train.user_row, result.train.item_row] = 3
    assert_array_equal(result.test.history.toarray(), in_train)
    assert_array_equal(result.valid.history.toarray(), in_train)
    assert_array_equal(result.valid.seen.toarray() * 3, in_train)


def test_per_user_draws_are_even() -> None:
    # each person's test takes 2 of 20: an item is in the test of 60 of 600 people, standard deviation 7.3
    result = split(full(600, 20), PerUser())
    times = result.test.target.toarray().astype(bool).sum(axis=0)
    assert times.sum() == 600 * 2
    assert times.min() > 60 - 4 * 7.3
    assert times.max() < 60 + 4 * 7.3


# ------------------------------------------------------------------------------------------------ the others


def test_random_takes_its_shares() -> None:
    result = split(full(10, 10), Random(valid=0.2, test=0.3))
    assert (result.spec.counts["train"], result.spec.counts["valid"], result.spec.counts["test"]) == (50, 20, 30)


def test_no_validation_is_an_empty_part() -> None:
    result = split(full(10, 10), Random(valid=0, test=0.3))
    assert len(result.valid) == 0
    assert result.valid.target.shape == (0, 10)


def test_strong_holds_out_whole_people() -> None:
    interactions = full(20, 10)
    result = split(interactions, HeldOutUsers(valid_users=0.1, test_users=0.2, fold_in=0.7))
    groups = [set(result.train.user_row.tolist()), set(result.valid.users.tolist()), set(result.test.users.tolist())]
    assert [len(group) for group in groups] == [14, 2, 4]
    assert set.union(*groups) == set(range(20))
    assert_array_equal(np.diff(result.test.history.indptr), [7] * 4)
    assert_array_equal(np.diff(result.test.target.indptr), [3] * 4)
    assert_array_equal(result.test.seen.toarray() > 0, result.test.history.toarray() > 0)


def test_strong_shows_and_asks_at_least_one() -> None:
    interactions = edges([0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 1, 0, 1, 0])
    result = split(interactions, HeldOutUsers(valid_users=0.34, test_users=0.34, fold_in=0.99))
    assert 3 in result.train.user_row  # a single rating cannot be shown and asked at once
    for part in (result.valid, result.test):
        assert_array_equal(np.diff(part.history.indptr), [1])
        assert_array_equal(np.diff(part.target.indptr), [1])


def test_cold_items_have_no_rating_in_train_and_are_the_candidates() -> None:
    interactions = full(8, 20)
    rare = edges(
        [*interactions.user_row, 0, 1], [*interactions.item_row, 20, 20]
    )  # item 20: two ratings, too few to hold out
    result = split(rare, ColdItems(share=0.1, min_ratings=5))
    assert len(result.test.candidates) == len(result.valid.candidates) == 2
    assert not np.isin(result.train.item_row, [*result.test.candidates, *result.valid.candidates]).any()
    assert_array_equal(np.unique(result.test.target.indices), result.test.candidates)
    assert 20 not in result.test.candidates
    assert result.spec.counts["test"] == 16
    assert not np.isin(result.test.history.indices, result.valid.candidates).any()


def test_shipped_takes_the_edges_named() -> None:
    interactions = full(2, 5)
    result = split(interactions, PredefinedSplit(np.array([9, 0]), np.array([1]), name="u1"))
    assert_array_equal(result.test.target.toarray(), [[3, 0, 0, 0, 0], [0, 0, 0, 0, 3]])
    assert_array_equal(result.valid.target.toarray(), [[0, 3, 0, 0, 0]])
    assert result.spec.settings["name"] == "u1"
    drawn = split(interactions, PredefinedSplit(np.array([9, 0]), valid=0.25))
    assert drawn.spec.counts["valid"] == 2
    assert_array_equal(drawn.test.target.toarray(), result.test.target.toarray())


@pytest.mark.parametrize(
    ("test", "valid", "message"),
    [
        ([10], None, "edge 10"),
        ([-1], None, "-1"),
        ([1, 1], None, "two roles"),
        ([1], [1], "valid_edges: an edge has two roles"),
    ],
)
def test_shipped_edges_are_checked(test: list[int], valid: list[int] | None, message: str) -> None:
    splitter = PredefinedSplit(np.array(test), None if valid is None else np.array(valid))
    with pytest.raises(ConfigError, match=message):
        split(full(2, 5), splitter)


def test_join_valid_gives_the_validation_ratings_to_train() -> None:
    interactions = full(6, 20, times=True)
    for splitter in (PerUser(), Temporal(), PredefinedSplit(np.arange(5))):
        separate, joined = split(interactions, splitter, seed=1), split(interactions, splitter, seed=1, join_valid=True)
        assert len(joined.train) == len(separate.train) + separate.valid.target.nnz
        assert len(joined.valid) == 0
        assert_array_equal(joined.test.target.toarray(), separate.test.target.toarray())
        assert_array_equal(joined.test.seen.toarray(), separate.test.seen.toarray())
        assert joined.test.history.nnz == joined.test.seen.nnz
        assert joined.spec.settings["join_valid"]
    strong = split(interactions, HeldOutUsers(0.2, 0.2), join_valid=True)
    assert_array_equal(np.bincount(np.bincount(strong.train.user_row)), [0] * 20 + [5])  # five people, all they rated


# ------------------------------------------------------------------------------------------------ settings and seeds


@pytest.mark.parametrize(
    "splitter", [PerUser(), Random(), HeldOutUsers(0.2, 0.2), ColdItems(), PredefinedSplit(np.arange(3))]
)
def test_same_seed_same_split_other_seed_another(splitter) -> None:
    interactions = full(10, 20)
    first, again, reseeded = (
        split(interactions, splitter, 1),
        split(interactions, splitter, 1),
        split(interactions, splitter, 2),
    )
    assert_array_equal(first.train.item_row, again.train.item_row)
    assert_array_equal(first.test.target.indices, again.test.target.indices)
    assert first.spec == again.spec
    # the draws differ in the part that is drawn
    assert not np.array_equal(first.valid.seen.toarray(), reseeded.valid.seen.toarray())


@pytest.mark.parametrize(
    "make",
    [
        lambda: Random(valid=1.0),
        lambda: PerUser(test=-0.1),
        lambda: ColdItems(share=0.5),
        lambda: ColdItems(min_ratings=0),
        lambda: HeldOutUsers(fold_in=1.0),
        lambda: PredefinedSplit(np.arange(1), valid=1.0),
        lambda: split(full(3, 3), Random(), seed=-1),
    ],
)
def test_settings_out_of_range_are_refused(make) -> None:
    with pytest.raises(ConfigError, match="is not valid"):
        make()


def test_settings_are_described() -> None:
    result = split(full(3, 9), PerUser(valid=0.2, test=0.3), seed=5).spec
    assert (result.kind, result.seed) == ("per-user", 5)
    assert result.settings == {"valid": 0.2, "test": 0.3, "join_valid": False}


# ------------------------------------------------------------------------------------------------ leaks


def good(times: bool = True) -> Split:
    return split(full(5, 10, times=times), PerUser(valid=0.2, test=0.2))


def with_target(where: str, result: Split, source: Matrix) -> Split:
    part = getattr(result, where)
    target = part.target.toarray()
    row, column = np.argwhere(source.toarray() > 0)[0]
    target[row, column] = 3
    return dataclasses.replace(result, **{where: dataclasses.replace(part, target=Matrix(target))})


def test_check_split_passes_what_is_right() -> None:
    check_split(good())


def test_a_target_in_the_history_is_a_leak() -> None:
    result = good()
    with pytest.raises(LeakError, match="test: target and seen share 1 rating"):
        check_split(with_target("test", result, result.test.history))


def test_a_target_of_both_parts_is_a_leak() -> None:
    result = good()
    valid_test = with_target("valid", result, result.test.target)
    with pytest.raises(LeakError, match="valid and test share 1 rating"):
        check_split(valid_test)


def test_a_target_in_train_is_a_leak_even_when_nobody_folds_it_in() -> None:
    result = good()
    nothing = Matrix(result.test.history.shape, dtype=np.float32)
    blind = dataclasses.replace(result.test, history=nothing, history_time=None, seen=nothing)
    leaking = with_target("test", dataclasses.replace(result, test=blind), result.test.history)
    with pytest.raises(LeakError, match="test: target and train"):
        check_split(leaking)


def test_times_across_the_cut_are_a_leak() -> None:
    # a per-user split cannot pass for a temporal one
    result = good()
    posing = dataclasses.replace(result, spec=dataclasses.replace(result.spec, kind="temporal"))
    with pytest.raises(LeakError, match="valid: train ends at"):
        check_split(posing)
    timeless = good(times=False)
    with pytest.raises(LeakError, match="without times"):
        check_split(dataclasses.replace(timeless, spec=posing.spec))


def test_one_second_on_both_sides_of_a_cut_is_a_leak() -> None:
    result = split(edges([0, 0, 0, 0], [0, 1, 2, 3], [1, 2, 3, 4]), Temporal(train=0.5, valid=0.25))
    late = dataclasses.replace(result.train, timestamp=np.array([1, 3]))  # the first validation target is of 3
    with pytest.raises(LeakError, match="valid: train ends at 3, the first target is at 3"):
        check_split(dataclasses.replace(result, train=late))


def test_a_splitter_of_ones_own_is_checked() -> None:
    @dataclasses.dataclass(frozen=True)
    class Backwards:
        kind = "temporal"
        folds_in_valid = True

        def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
            return Roles(np.where(interactions.timestamp > 5, TRAIN, TEST).astype(np.int8))

    with pytest.raises(LeakError, match="test: train ends at 9"):
        split(full(2, 5, times=True), Backwards())


def test_a_splitter_of_ones_own() -> None:
    class Everything:
        kind = "everything"
        folds_in_valid = False

        def roles(self, interactions: Interactions, rng: np.random.Generator) -> Roles:
            return Roles(np.full(len(interactions), TRAIN, np.int8))

    # settings are read from dataclass fields, so a splitter is one
    result = split(full(2, 3), dataclasses.dataclass(frozen=True)(Everything)())
    assert len(result.train) == 6
    assert len(result.test) == 0


@pytest.mark.parametrize("splitter", [PerUser, Random])
def test_shares_that_leave_nothing_to_train_on_are_refused(splitter: type[PerUser] | type[Random]) -> None:
    with pytest.raises(ConfigError, match=r"valid: 0\.6 and test 0\.4 leave nothing to train on"):
        splitter(valid=0.6, test=0.4)
