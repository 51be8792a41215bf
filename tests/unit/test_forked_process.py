"""The whole walk in a forked process, whose parent has used polars, numba and several threads before."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from reelgraph.core import forked_process
from reelgraph.core.errors import CapabilityError, DataFormatError
from reelgraph.data import read

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

PARENT = """
    import multiprocessing, sys
    import polars as pl
    from pathlib import Path

    ROWS = [(user, item, 1.0 + (user * item) % 5, 10**9 + user) for user in range(12) for item in range(9)]

    def frame():
        return pl.DataFrame(ROWS, schema=["user_id", "item_id", "rating", "timestamp"], orient="row")

    def walk(folder):
        import reelgraph as rg
        data, _ = rg.clean(rg.read(frame()))
        split = rg.split(rg.index(data.ratings), rg.PerUser(valid=0.1, test=0.2), seed=0)
        fit = rg.GraphFilter(choose=False).fit(split.train)
        report = rg.evaluate(fit.scorer, split.test, k=3)
        rg.Bundle.create(fit, data, split).save(folder)
        movies = rg.Recommender(rg.Bundle.load(folder)).recommend({1: 5.0, 2: 1.0}, k=3)
        return report["ndcg@3"].mean, [movie.item_id for movie in movies]

    def in_child(job):
        try:
            return job[0](*job[1:])
        except Exception as error:
            return type(error).__name__, str(error)
"""


def run(script: str, *args: str) -> str:
    program = textwrap.dedent(PARENT) + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *args], timeout=90, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_a_forked_process_does_what_its_parent_does(tmp_path: Path) -> None:
    script = """
        import reelgraph as rg
        own = walk(sys.argv[1])
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply(walk, (sys.argv[1],)) == own, own
            assert pool.apply(in_child, ((rg.read, "no such file"),))[0] == "DataFormatError"
        print(own[1])
    """
    assert len(run(script, str(tmp_path / "bundle")).split(",")) == 3


def test_a_fork_before_the_first_import_is_noticed() -> None:
    script = """
        def n_ratings():
            import reelgraph as rg
            return len(rg.read(frame()).ratings)

        frame().filter(pl.col("rating") > 1)  # starts the threads of polars
        with multiprocessing.get_context("fork").Pool(1) as pool:
            print(pool.apply(n_ratings))
    """
    assert run(script).strip() == "108"


@pytest.fixture
def _forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_process, "_loaded_before_fork", {"polars"})


@pytest.mark.usefixtures("_forked")
def test_errors_come_from_the_fresh_process_as_they_are() -> None:
    with pytest.raises(DataFormatError, match="no such file or folder") as caught:
        read("/nowhere/ratings.csv")
    assert caught.value.path == "/nowhere/ratings.csv"


@pytest.mark.usefixtures("_forked")
def test_an_argument_that_cannot_be_sent_is_an_error_at_once() -> None:
    with pytest.raises(CapabilityError, match="argument cannot be sent to a fresh process.*'spawn'"):
        read(row for row in ())


@pytest.mark.usefixtures("_forked")
def test_without_a_python_to_start_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(CapabilityError, match=r"reelgraph\.data\.read\.read in a forked process.*'spawn'"):
        read("/nowhere/ratings.csv")
