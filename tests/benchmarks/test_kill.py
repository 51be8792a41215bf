"""kill -9 under write load, a short run; and a loss would be seen."""

from __future__ import annotations

from pathlib import Path

from benchmarks.kill import missing, run, store_load
from reelgraph.store import Rated, open_store


def test_everything_acknowledged_is_there_after_each_kill(sqlite_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    path.write_bytes(sqlite_file.read_bytes())
    found = run("sqlite", str(path), store_load("1"), "writer", "1", times=2)
    assert (found.kills, found.lost, found.differences) == (2, 0, 0)
    assert found.acknowledged >= 2
    assert 0 <= found.kept - found.acknowledged <= 2 * 8  # at most one a thread had not said so yet


def test_a_loss_is_seen(sqlite_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    path.write_bytes(sqlite_file.read_bytes())
    store = open_store(path)
    store.rate([Rated("a", "1", 4.0, 1), Rated("b", "2", 4.0, 1), Rated("c", "1", 4.0, 1)])
    store.unrate("c", "1")
    assert missing(store, {"a", "b", "c", "d"}, "1") == {"b", "c", "d"}
    store.close()
