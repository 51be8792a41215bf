"""Peers that rank: what they are told, how their lists are made and measured, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from benchmarks.peers import catalogue
from benchmarks.peers.rank_handover import Lists, RankTask, Rows
from benchmarks.peers.rank_task import rank_task_of
from benchmarks.peers.run import run_peers
from reelgraph.evaluation import PROTOCOLS
from reelgraph.models import model_class
from reelgraph.pipeline import prepare


def task() -> RankTask:
    """Three users and five movies; 0 and 2 are asked about, k = 2."""
    history = Rows(np.array([0, 2, 3]), np.array([0, 3, 1]))
    none = np.zeros(0, np.int64)
    user, item = np.array([0, 0, 1, 2]), np.array([3, 0, 2, 1])
    return RankTask(user, item, none, none, np.array([0, 2]), history, history, 3, 5, 2)


def test_files_say_the_same_when_read(tmp_path: Path) -> None:
    task().write(tmp_path / "input.npz")
    again = RankTask.read(tmp_path / "input.npz")
    assert (again.n_users, again.n_items, again.k, again.target) == (3, 5, 2, None)
    assert_array_equal(again.history.indices, [0, 3, 1])
    assert_array_equal(again.users, [0, 2])
    Lists(np.array([[1, -1]]), np.array([[0.5, -np.inf]]), {"a": "1"}, 0.0, 1.0, 0.0, {"note": 2}).write(
        tmp_path / "output.npz"
    )
    lists = Lists.read(tmp_path / "output.npz")
    assert_array_equal(lists.items, [[1, -1]])
    assert_array_equal(lists.scores, [[0.5, -np.inf]])
    assert lists.notes == {"note": 2}
    assert lists.peak_mib > 0


def test_people_are_known_only_with_the_very_history_of_training() -> None:
    asked = task()
    assert asked.known()
    for history in (Rows(np.array([0, 1, 2]), np.array([0, 1])), Rows(np.array([0, 2, 3]), np.array([0, 3, 4]))):
        none = asked.valid_user
        changed = RankTask(asked.user, asked.item, none, none, asked.users, history, history, 3, 5, 2)
        assert not changed.known()


def test_lists_by_hand() -> None:
    scores = np.array([[9.0, 1.0, 0.0, 9.0, 2.0], [-np.inf, 5.0, -np.inf, 3.0, -np.inf]])
    for people in (1, 512):
        items, best = task().lists(lambda rows: scores[rows], people)
        assert_array_equal(items, [[4, 1], [3, -1]])
        assert_array_equal(best, [[2.0, 1.0], [3.0, -np.inf]])


def test_equal_scores_are_listed_in_any_order() -> None:
    people, none = 400, np.zeros(0, np.int64)
    nothing = Rows(np.zeros(people + 1, np.int64), none)
    asked = RankTask(none, none, none, none, np.arange(people), nothing, nothing, people, 5, 2)
    items, best = asked.lists(lambda rows: np.tile([0.0, 1.0, 1.0, 1.0, 0.0], (rows.stop - rows.start, 1)))
    assert set(items.ravel().tolist()) == {1, 2, 3}
    assert (best == 1.0).all()
    assert np.bincount(items[:, 0]).max() < 200  # 133 each in the mean


def test_scores_of_a_matrix_by_hand() -> None:
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])  # of the movies 0, 3 and 4
    found = task().matrix_scores(matrix, np.array([0, 3, 4]))(slice(0, 2))
    none = -np.inf
    assert_array_equal(found, [[5.0, none, none, 7.0, 9.0], [0.0, none, none, 0.0, 0.0]])


def test_places_in_time_are_told_where_there_are_times(tmp_path: Path, toy: Path) -> None:
    prepared = prepare(PROTOCOLS["next-loo"], toy)
    asked, train = rank_task_of(prepared, 10), prepared.split.train
    assert asked.place is not None
    assert asked.history_place is not None
    assert train.timestamp is not None
    for user in np.unique(asked.user):
        mine = asked.user == user
        assert sorted(asked.place[mine].tolist()) == list(range(mine.sum()))
        assert (np.diff(train.timestamp[mine][np.argsort(asked.place[mine])]) >= 0).all()
    ends = asked.history.indptr
    for start, end in pairwise(ends):
        assert sorted(asked.history_place[start:end].tolist()) == list(range(end - start))
    asked.write(tmp_path / "input.npz")
    again = RankTask.read(tmp_path / "input.npz")
    assert_array_equal(again.place, asked.place)
    assert_array_equal(again.history_place, asked.history_place)
    assert task().place is None


def test_input_holds_no_test_rating(toy: Path) -> None:
    prepared = prepare(PROTOCOLS["temporal"], toy)
    asked = rank_task_of(prepared, 10)
    assert asked.target is None
    own = prepared.split.test
    people, target = np.repeat(own.users, np.diff(own.target.indptr)), own.target.indices
    told = [(asked.user, asked.item), (asked.valid_user, asked.valid_item)]
    told += [(asked.users[rows.people()], rows.indices) for rows in (asked.history, asked.seen)]
    for user, item in told:
        assert not set(zip(user.tolist(), item.tolist(), strict=True)) & set(
            zip(people.tolist(), target.tolist(), strict=True)
        )


def test_lists_of_popularity_measure_as_our_own(toy: Path, rank: dict[str, object]) -> None:
    (row,) = run_peers("temporal", toy, 1)
    prepared = prepare(PROTOCOLS["temporal"], toy)
    own = PROTOCOLS["temporal"].measure(model_class("popularity")().fit(prepared.split.train).scorer, prepared.split)
    for metric in ("ndcg@10", "recall@10", "novelty@10"):
        assert row["metrics"][metric]["mean"] == pytest.approx(own[metric].mean, abs=1e-6)
    assert (row["fitted_on"], row["versions"]) == ("train", {"rank": "1.0"})
    assert "rmse" not in row["metrics"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"known_only": True}, "its script ended with 1: it knows nobody else"),
        ({"cheats": True}, "a list shows an item that is in seen"),
        ({"twice": True}, "a list holds a movie twice"),
    ],
)
def test_a_peer_that_cannot_rank_is_named(
    settings: dict[str, object], why: str, toy: Path, rank: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    rank |= settings
    assert list(run_peers("strong", toy, 1)) == []
    skipped = [line for line in capsys.readouterr().err.splitlines() if line.startswith("PEER SKIPPED: rank: ")]
    assert len(skipped) == 1
    assert why in skipped[0]


def test_what_takes_hours_runs_only_when_named() -> None:
    assert catalogue.LIGHTGCN not in [peer.name for peer in catalogue.choose(None)]
    assert [peer.name for peer in catalogue.choose([catalogue.LIGHTGCN])] == [catalogue.LIGHTGCN]
