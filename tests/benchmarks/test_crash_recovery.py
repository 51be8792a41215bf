"""What is acknowledged and not there is counted as lost; kills are tried in tests/unit/store/test_store_faults.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.service.crash_recovery import Killed, main, run
from reelgraph.store import NewRating, open_store


@pytest.mark.parametrize("claimed", [0, 1])
def test_losses_are_counted(sqlite_file: Path, tmp_path: Path, claimed: int) -> None:
    path = tmp_path / "people.db"
    path.write_bytes(sqlite_file.read_bytes())

    def load(url: str, number: int, seconds: float) -> set[str]:
        """Three are kept, two of them acknowledged, and now and then one that was never written."""
        assert 0 < seconds < 1
        store = open_store(url)
        store.rate([NewRating(f"{number}-{count}", "7", 4.0, 1) for count in range(3)])
        store.close()
        return {f"{number}-0", f"{number}-1"} | ({f"{number}-x"} if claimed and number == 2 else set())

    found = run("sqlite", str(path), load, "writer", "7", times=4)
    assert found == Killed("sqlite", "writer", 4, 8 + claimed, kept=12, lost=claimed, differences=0)


def test_words_that_are_none_are_refused() -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--store", "oracle"])
    assert refused.value.code == 2
