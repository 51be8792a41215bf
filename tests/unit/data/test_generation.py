"""Generated ratings: their counts, what is planted in them, and the files."""

from __future__ import annotations

import errno
import itertools
import json
import math
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.cli import main
from reelgraph.core import Progress
from reelgraph.core.errors import ConfigError, ReelgraphError
from reelgraph.data.generation import people_kernels as kernels
from reelgraph.data.generation.blocks import draw_block
from reelgraph.data.generation.generate import GeneratedData, generate
from reelgraph.data.generation.shapes import SHAPES, Shape
from reelgraph.data.generation.star_noise import NOISE, star_moments
from reelgraph.data.generation.working_folder import WorkingFolder
from reelgraph.data.generation.world import World, activity

TINY = Shape(
    name="tiny", n_movies=400, n_ratings=60_000, fewest=20, most=150, median=30.0, spread=0.8,
    counts={1: 900.0, 20: 700.0, 100: 200.0, 400: 5.0}, largest_id=1_000, first=789_652_004, last=1_697_164_147,
)  # fmt: skip
N_RATINGS = 50_000


@pytest.fixture(scope="module")
def tiny() -> Any:
    patch = pytest.MonkeyPatch()
    patch.setitem(SHAPES, "tiny", TINY)  # type: ignore[arg-type]
    yield TINY
    patch.undo()


@pytest.fixture(scope="module")
def world(tiny: Shape) -> World:
    return World.of(tiny, 0)


@pytest.fixture(scope="module")
def generated(tiny: Shape, tmp_path_factory: pytest.TempPathFactory) -> GeneratedData:
    return generate("tiny", N_RATINGS, tmp_path_factory.mktemp("generated") / "out")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_expected_counts_are_those_of_movielens_32m() -> None:
    counts = SHAPES["ml-32m"].expected_counts()
    assert counts.sum() == pytest.approx(32_000_204)
    assert len(counts) == 87_585
    assert (np.diff(counts) < 0).all()
    assert counts[0] == pytest.approx(102_929, rel=0.05)
    n_rated = (1.0 - np.exp(-counts)).sum()  # a movie has 0 ratings with the chance exp(-expected)
    assert n_rated == pytest.approx(84_432, rel=0.005)
    assert (1.0 - np.exp(-counts / 32.0)).sum() == pytest.approx(33_345, rel=0.05)
    assert counts[:16_000].sum() / counts.sum() == pytest.approx(0.969, abs=0.01)


def test_the_activity_is_that_of_movielens_32m() -> None:
    sizes = activity(SHAPES["ml-32m"], (np.arange(200_948) + 0.5) / 200_948)
    assert sizes.min() == 20
    assert np.median(sizes) == 75
    assert sizes.mean() == pytest.approx(159.2, rel=0.01)
    assert sizes.max() <= 33_332


def test_sizes_add_up_and_fewer_ratings_are_fewer_people(world: World) -> None:
    few, many = world.sizes(2_000), world.sizes(N_RATINGS)
    assert (few.sum(), many.sum()) == (2_000, N_RATINGS)
    assert few.min() >= 20
    assert few[:-1].tolist() == many[: len(few) - 1].tolist()


def test_progress_is_told_in_steps_for_movies_then_in_people(tiny: Shape, tmp_path: Path) -> None:
    told: list[Progress] = []
    generated = generate("tiny", 2_000, tmp_path / "out", progress=told.append)
    movies = [step for step in told if step.stage == "movies"]
    assert {(step.total, step.unit) for step in movies} == {(264, "steps")}  # 24 groups of people, 5 + 6 times
    assert [step.done for step in movies] == list(range(265))
    assert [(step.stage, step.done) for step in told[265:]] == [("generate", generated.n_users)]


def test_movies_are_rated_as_often_as_wanted(world: World) -> None:
    sizes = world.sizes(TINY.n_ratings)
    drawn = draw_block(world, 0, sizes, 10**9, star_moments())
    counts = np.bincount(drawn.item, minlength=TINY.n_movies)
    wanted = world.expected * (counts.sum() / world.expected.sum())
    assert np.corrcoef(counts, wanted)[0, 1] > 0.98
    by_rank = np.sort(counts)[::-1]
    assert by_rank[[0, 19, 99]] == pytest.approx(np.sort(wanted)[::-1][[0, 19, 99]], rel=0.15)
    pairs = np.repeat(np.arange(len(sizes)), sizes) * TINY.n_movies + drawn.item
    assert (np.diff(pairs) > 0).all()  # each once, in the order of people and movies


@pytest.mark.parametrize(
    ("felt", "noise", "mean", "variance"),
    [(3.2, 1e-6, 3.0, 0.0), (3.25, 1e-6, 3.25, 0.0625), (9.0, 0.8, 5.0, 0.0), (-4.0, 0.8, 0.5, 0.0)],
)
def test_the_stars_left_by_rounding_and_limits(felt: float, noise: float, mean: float, variance: float) -> None:
    moments = star_moments(noise)
    entry = round((felt - moments.low) / moments.step)
    assert moments.mean[entry] == pytest.approx(mean, abs=1e-6)
    assert moments.variance[entry] == pytest.approx(variance, abs=1e-6)


def test_the_moments_agree_with_a_simulation() -> None:
    moments = star_moments()
    for felt in (0.7, 2.9, 4.4):
        noisy = felt + NOISE * np.random.default_rng(0).standard_normal(200_000)
        stars = np.clip(np.floor(2.0 * noisy + 0.5) / 2.0, 0.5, 5.0)
        entry = round((felt - moments.low) / moments.step)
        assert stars.mean() == pytest.approx(moments.mean[entry], abs=4 * NOISE / math.sqrt(200_000))
        assert stars.var() == pytest.approx(moments.variance[entry], rel=0.02)


def test_the_noise_floor_is_the_error_of_who_knows_all(generated: GeneratedData) -> None:
    assert generated.rmse_floor == pytest.approx(math.sqrt(generated.mse_floor))
    assert 0.6 < generated.rmse_floor < NOISE
    assert generated.realised_rmse == pytest.approx(generated.rmse_floor, rel=4 * 0.8 / math.sqrt(N_RATINGS))


def test_the_oracle_agrees_with_all_ways_to_hold_a_tenth_out() -> None:
    rng = np.random.default_rng(3)
    preferences = rng.normal(size=40)
    items = rng.permutation(40)[:20].astype(np.int64)
    discount = 1.0 / np.log2(np.arange(10) + 2.0)
    exact = []
    for held_out in itertools.combinations(items.tolist(), 2):
        seen = set(items.tolist()) - set(held_out)
        top = [item for item in np.argsort(-preferences).tolist() if item not in seen][:10]
        gain = sum(discount[place] for place, item in enumerate(top) if item in held_out)
        exact.append(gain / discount[:2].sum())
    state, is_rated = kernels.person_stream(0, 0), np.zeros(40, np.bool_)
    is_rated[items] = True
    drawn = [kernels._oracle_ndcg(state, preferences, items, is_rated) for _ in range(4_000)]
    assert np.mean(drawn) == pytest.approx(np.mean(exact), abs=4 * np.std(exact) / math.sqrt(4_000))
    assert np.flatnonzero(is_rated).tolist() == sorted(items.tolist())  # as before


def test_both_ways_to_draw_movies_have_one_law(world: World) -> None:
    tastes, end = np.linspace(-1.0, 1.0, kernels.TASTES), float(TINY.last)
    preferences = np.empty(TINY.n_movies)
    kernels.log_preferences(world.movies, tastes, end, preferences)
    state, n_draws, n_items = kernels.person_stream(0, 7), 1_500, 25
    counts = np.zeros((2, TINY.n_movies))
    for _ in range(n_draws):
        for way in range(2):
            items, is_rated = np.empty(n_items, np.int64), np.zeros(TINY.n_movies, np.bool_)
            if way:
                kernels._draw_at_once(state, preferences, is_rated, items)
            else:
                kernels._draw_one_by_one(state, world.movies, tastes, end, is_rated, items)
            assert len(set(items.tolist())) == n_items == is_rated.sum()
            counts[way, items] += 1
    share = counts / n_draws
    error = np.sqrt((share * (1 - share)).sum(0) / n_draws)
    assert (np.abs(share[0] - share[1]) < 4.5 * error + 1e-3).all()
    heaviest = np.argsort(-preferences)[:20]
    assert share[1, heaviest].mean() > 5 * share[1].mean()  # and it is not the uniform one


def test_ratings_come_in_sittings_and_after_the_release(world: World) -> None:
    sizes = world.sizes(N_RATINGS)
    drawn = draw_block(world, 0, sizes, 10**9, star_moments())
    user = np.repeat(np.arange(len(sizes)), sizes)
    assert drawn.time.min() >= TINY.first
    assert drawn.time.max() <= TINY.last
    assert (drawn.time >= world.movies.release[drawn.item]).mean() > 0.99
    order = np.lexsort((drawn.time, user))
    gaps = np.diff(drawn.time[order])[np.diff(user[order]) == 0]
    assert np.median(gaps) < 15
    assert 0.005 < (gaps > 3_600).mean() < 0.05  # a sitting of about 60


def test_the_files_are_read_back_without_a_fault(generated: GeneratedData) -> None:
    data = rg.read(generated.path)
    described = rg.describe(data)
    assert described["name"] == f"generated like tiny, {N_RATINGS:,} ratings, seed 0"
    assert any("no rating is a person's" in note for note in described["notes"])
    assert (described["ratings"], described["unreadable"]) == (N_RATINGS, 0)
    assert (described["users"], described["movies_rated"]) == (generated.n_users, generated.n_movies_rated)
    assert (described["movies_in_catalogue"], described["tags"]) == (400, generated.n_tags)
    assert described["scale"] == {"low": 0.5, "high": 5.0, "step": 0.5}
    assert generated.n_tags > 1_000
    cleaned, report = rg.clean(data)
    assert report.dropped == 0
    assert (cleaned.catalogue.year > 1900).all()
    assert cleaned.catalogue.imdb_id[0] == "tt90000000"
    assert "generated by reelgraph" in (generated.path / "README.txt").read_text()
    truth = json.loads((generated.path / "truth.json").read_text())
    assert truth["ndcg_ceiling"] == generated.ndcg_ceiling > 0.2
    assert not list(generated.path.parent.glob(".*"))  # no temporary file is left


def test_a_bundle_says_that_its_data_are_generated(generated: GeneratedData) -> None:
    data, _ = rg.clean(rg.read(generated.path))
    parts = rg.split(rg.index(data.ratings), rg.PerUser(), seed=0)
    bundle = rg.Bundle.create(rg.Popularity().fit(parts.train), data, parts, model=rg.Popularity())
    assert bundle.info["data"]["name"].startswith("generated like tiny")


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(generated: GeneratedData, tmp_path: Path) -> None:
    generate("tiny", N_RATINGS, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(generated.path)
    generate("tiny", 2_000, tmp_path / "other", seed=1)
    other = (tmp_path / "other" / "ratings.csv").read_bytes()
    assert other[:2_000] != (generated.path / "ratings.csv").read_bytes()[:2_000]


@pytest.mark.parametrize("damage", [None, b"", b"not a record", "short file", "other request"])
def test_an_interrupted_run_goes_on_and_gives_the_same_bytes(
    generated: GeneratedData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Any
) -> None:
    append, calls = WorkingFolder.append, []

    def full(self: WorkingFolder, texts: dict[str, bytes]) -> None:
        calls.append(self.n_blocks)
        if len(calls) == 2:
            with (self.path / "ratings.csv").open("ab") as file:
                file.write(texts["ratings.csv"][:100])  # half a block
            raise OSError(errno.ENOSPC, "No space left on device")
        append(self, texts)

    monkeypatch.setattr(WorkingFolder, "append", full)
    with pytest.raises(ReelgraphError, match=r"out: No space left on device \(the same command goes on"):
        generate("tiny", N_RATINGS, tmp_path / "out")
    working = tmp_path / ".out.generating"
    assert not (tmp_path / "out").exists()
    if isinstance(damage, bytes):
        (working / "progress.npz").write_bytes(damage)
    elif damage == "short file":
        (working / "ratings.csv").write_bytes(b"userId")
    elif damage == "other request":
        kept = contents(working)
        match = rf"generating holds the unfinished work of --like tiny --ratings {N_RATINGS} --seed 0: give these"
        with pytest.raises(ConfigError, match=match):
            generate("tiny", N_RATINGS, tmp_path / "out", seed=5)
        assert contents(working) == kept
    calls[:] = [0, 0]
    generate("tiny", N_RATINGS, tmp_path / "out")
    assert calls[2] == (
        1 if damage in (None, "other request") else 0
    )  # only without damage the first block is not drawn again
    assert contents(tmp_path / "out") == contents(generated.path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"like": "ml-33m"}, r"unknown shape of data; known are .*ml-32m.*did you mean 'ml-32m'"),
        ({"ratings": 999}, "ratings: 999 is not from 1,000 to"),
        ({"ratings": 10**9}, "ratings: 1,000,000,000 is not from"),
        ({"ratings": 10**300}, r"ratings: 1e\+300 is not from"),
        ({"seed": -1}, "seed: -1 is not from 0"),
        ({"out": "full"}, "full is not empty"),
        ({"out": "file"}, "file is a file"),
    ],
)
def test_bad_arguments_are_refused_before_any_work(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    given: dict[str, Any] = {"like": "ml-32m", "ratings": 1_000_000, "out": "new", **arguments}
    with pytest.raises(ConfigError, match=message):
        generate(given.pop("like"), given.pop("ratings"), tmp_path / given.pop("out"), **given)
    assert {file.name for file in tmp_path.rglob("*")} == {"full", "mine.txt", "file"}


def test_a_disk_that_is_too_small_is_refused_with_both_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10**9, 0, 3 * 10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(ConfigError, match=r"needs 1\.00 GB, and 0\.30 GB are free"):
        generate("ml-32m", 32_000_000, tmp_path / "deep" / "new")
    assert not list(tmp_path.iterdir())


def test_the_command_prints_the_floor_and_the_ceiling(
    tiny: Shape, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["data", "generate", "--like", "tiny", "--ratings", "2e3", "--out", str(tmp_path / "out"), "--json"]
    assert main(words) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["n_ratings"], printed["n_movies"]) == (2_000, 400)
    assert printed["rmse_floor"] == pytest.approx(math.sqrt(printed["mse_floor"]))
    assert main(words) == 2
    assert "is not empty" in capsys.readouterr().err
    assert main(["data", "generate", "--ratings", "1000.5", "--out", str(tmp_path / "new")]) == 2
    assert "not a whole number" in capsys.readouterr().err
