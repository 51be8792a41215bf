"""Long work stops where it is told to: at its deadline, or when nobody waits for it any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reelgraph.core import Catalogue
from reelgraph.core.errors import WorkInterruptedError
from reelgraph.core.interruption import Interruption, interruptible, raise_if_interrupted
from reelgraph.importers import import_export
from reelgraph.recommend import Recommender, next_questions, recommend_for_group
from tests.service.conftest import small


class CountingInterruption(Interruption):
    """Interrupts at the n-th check."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.last, self.n_checks = last, 0

    def check(self) -> None:
        """Count, and cancel at the last one."""
        self.n_checks += 1
        if self.n_checks == self.last:
            self.cancel()
        super().check()


def test_nothing_is_interrupted_unless_somebody_asked_for_it() -> None:
    raise_if_interrupted()
    outer, inner = Interruption(), Interruption()
    inner.cancel()
    with interruptible(outer):
        with pytest.raises(WorkInterruptedError, match="nobody waits"), interruptible(inner):
            raise_if_interrupted()
        raise_if_interrupted()
    outer.cancel()
    raise_if_interrupted()


def test_the_deadline_counts_from_when_it_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("reelgraph.core.interruption.time.monotonic", lambda: now)
    limited = Interruption()
    limited.stop_after(2.5)
    now = 102.5
    limited.check()
    now = 102.6
    with pytest.raises(WorkInterruptedError, match=r"longer than 2\.5 seconds"):
        limited.check()


RATINGS = {10: 5.0, 20: 1.0, 50: 4.0, 60: 2.0}


def work_of_the_library(folder: Path) -> dict[str, Callable[[], object]]:
    recommender = Recommender(small())
    path = folder / "mistyped.csv"
    path.write_text("Name,Year,Rating\n" + "".join(f"Haet and Matrux {n},1995,4\n" for n in range(40)))
    catalogue = Catalogue.from_ids(np.arange(3))
    return {
        "import": lambda: import_export(path, catalogue),
        "counterfactual": lambda: recommender.counterfactual(RATINGS, 40, 1),
        "questions": lambda: next_questions(recommender, RATINGS, 2),
        "group": lambda: recommend_for_group(recommender, {"ann": RATINGS, "bob": {20: 5.0}}, 2, envy=0.1),
        "explain": lambda: recommender.explain(RATINGS, 30, method="leave-one-out"),
        "recommend": lambda: recommender.recommend(RATINGS, 3),
    }


@pytest.mark.parametrize("name", ["import", "counterfactual", "questions", "group", "explain", "recommend"])
def test_long_work_stops_in_the_middle(name: str, tmp_path: Path) -> None:
    work = work_of_the_library(tmp_path)[name]
    counted = CountingInterruption(last=-1)
    with interruptible(counted):
        work()
    assert counted.n_checks > 0
    for last in {1, counted.n_checks // 2 + 1, counted.n_checks}:
        stopped = CountingInterruption(last)
        with pytest.raises(WorkInterruptedError), interruptible(stopped):
            work()
        assert stopped.n_checks == last  # and no check after it


def test_every_mistyped_title_is_a_place_to_stop(tmp_path: Path) -> None:
    counted = CountingInterruption(last=-1)
    with interruptible(counted):
        work_of_the_library(tmp_path)["import"]()
    assert counted.n_checks >= 2 * 40  # where it is read, and where it is matched
