"""What memory is free by the words of the system, and errors before the work where it is too little."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

import reelgraph as rg
from reelgraph import pipeline
from reelgraph.core import memory
from reelgraph.core.memory import GIB, DataSize, FitMemory, fit_memory, free_memory, require_memory
from reelgraph.data.readers import text_file
from reelgraph.models import model_class
from reelgraph.pipeline import memory_check

ML_32M = DataSize(200_948, 87_585, 32_000_204)
DATA = rg.from_frame({"user": [1, 1, 2, 2, 3, 3], "item": [1, 2, 2, 3, 1, 3], "rating": [4.0, 3, 5, 2, 4, 1]})


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root folder whose files say what is free."""
    monkeypatch.setattr(memory, "_ROOT", tmp_path)
    return tmp_path


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


MEMINFO = {"proc/meminfo": "MemTotal: 33554432 kB\nMemAvailable:   8388608 kB\nSwapFree: 1048576 kB\n"}


def test_available_memory_and_free_swap(system: Path) -> None:
    write(system, **MEMINFO)
    assert free_memory() == 9 * GIB


def test_nothing_is_known_without_files(system: Path) -> None:
    assert free_memory() is None
    require_memory(2**60, "anything", "")  # so nothing is refused


@pytest.mark.parametrize(
    ("files", "gib"),
    [
        (
            {
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/memory.max": f"{4 * GIB}\n",
                "sys/fs/cgroup/memory.current": f"{3 * GIB}\n",
                "sys/fs/cgroup/memory.stat": f"anon 1\ninactive_file {2 * GIB}\n",
            },
            3,
        ),
        (
            {
                "proc/self/cgroup": "0::/service/worker\n",
                "sys/fs/cgroup/service/worker/memory.max": "max\n",
                "sys/fs/cgroup/service/worker/memory.current": "5\n",
                "sys/fs/cgroup/service/memory.max": f"{2 * GIB}",
                "sys/fs/cgroup/service/memory.current": f"{GIB}",
            },
            1,
        ),
        (
            {
                "proc/self/cgroup": "7:cpu,cpuacct:/other\n5:memory:/docker/abc\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{6 * GIB}",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}",
                "sys/fs/cgroup/memory/memory.stat": f"total_inactive_file {GIB}",
            },
            6,
        ),
        (
            {
                "proc/self/cgroup": "5:memory:/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}",
            },
            9,
        ),
        ({"proc/self/cgroup": "garbage\n", "sys/fs/cgroup/memory.max": "what"}, 9),
    ],
    ids=["container", "limit of a group above", "version 1", "version 1 without a limit", "damaged"],
)
def test_limits_of_control_groups_count(files: dict[str, str], gib: int, system: Path) -> None:
    write(system, **MEMINFO, **files)
    assert free_memory() == gib * GIB


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space are read from /proc")
def test_the_limit_of_the_address_space_counts(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    write(system, **MEMINFO, **{"proc/self/statm": f"{GIB // resource.getpagesize()} 5 5"})
    monkeypatch.setattr(resource, "getrlimit", lambda _: (3 * GIB, resource.RLIM_INFINITY))
    assert free_memory() == 2 * GIB
    monkeypatch.setattr(resource, "getrlimit", lambda _: (GIB // 2, GIB))
    assert free_memory() == 0


def test_the_error_names_needed_and_free_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 3 * GIB)
    require_memory(3 * GIB, "the task", "nothing")
    with pytest.raises(rg.InsufficientMemoryError) as caught:
        require_memory(13 * GIB // 2, "the task", "do less")
    expected = "the task needs about 6.5 GiB of memory, and 3.0 GiB are free (do less)"
    assert str(caught.value) == expected
    assert (caught.value.needed, caught.value.free) == (13 * GIB // 2, 3 * GIB)
    assert isinstance(caught.value, MemoryError)


def test_little_is_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 0)
    require_memory(2**28 - 1, "a small task", "")
    for name in ("popularity", "graph-filter", "bayes-gcn", "blend", "gcn", "lightgcn", "hetero"):
        assert fit_memory(model_class(name)(), DataSize(610, 9_724, 100_836)).n_bytes < 2.25 * GIB
    pipeline.train(DATA, rg.Popularity())  # with nothing free at all


# Peaks in GiB that such fits must stay above and below: half of, and no more than, what was measured or is in arrays.
@pytest.mark.parametrize(
    ("name", "settings", "low", "high"),
    [
        ("graph-filter", {}, 1.5, 4.5),  # a head of 16,384 in float32, its triangle, and the graph
        ("graph-filter", {"form": "head", "head_items": 16_000}, 0.9, 3.5),
        ("graph-filter", {"form": "dense"}, 100.0, 250.0),
        ("bayes-gcn", {}, 2.0, 4.5),
        ("lightgcn", {}, 0.5, 8.0),
        ("gcn", {}, 0.5, 7.0),
        ("hetero", {}, 0.5, 7.0),
    ],
)
def test_estimates_at_the_size_of_ml_32m(name: str, settings: dict[str, object], low: float, high: float) -> None:
    estimate = fit_memory(model_class(name)(**settings), ML_32M)
    assert low < estimate.n_bytes / GIB < high
    assert estimate.advice.startswith("set ")


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({}, "set memory_gib lower than 4"),
        ({"form": "dense"}, "set form to auto"),
        ({"form": "head", "head_items": 30_000}, "set head_items lower than 30,000"),
        ({"form": "low-rank"}, "set rank lower than 512"),
    ],
)
def test_the_advice_names_the_setting_that_counts(settings: dict[str, object], advice: str) -> None:
    assert fit_memory(rg.GraphFilter(**settings), ML_32M).advice == advice


def test_what_the_search_may_take_is_counted_in_each_form() -> None:
    for n_items in (3_000, 13_000, 14_000, 30_000):
        size = DataSize(6_000, n_items, 1_000_000)
        for form in ("auto", "dense", "head"):
            asked = rg.GraphFilter(form=form)  # type: ignore[arg-type]
            taken = fit_memory(dataclasses.replace(asked, choose=False, later_weight=1.0), size)
            without = fit_memory(dataclasses.replace(asked, choose=False), size)
            assert fit_memory(asked, size).n_bytes == max(taken.n_bytes, without.n_bytes)
    needed = fit_memory(rg.GraphFilter(), DataSize(6_000, 13_000, 1_000_000)).n_bytes
    assert needed == 24 * 13_000**2 + 32 * 1_000_000  # the dense form takes 24 bytes for each pair of movies then


def test_what_forgetting_needs_is_counted_with_all_that_is_kept_for_it() -> None:
    rng = np.random.default_rng(0)
    users, items = np.nonzero(rng.random((60, 30)) < 0.3)
    train = rg.index(rg.from_frame({"user": users, "item": items, "rating": rng.integers(1, 6, len(users))}).ratings)
    model = rg.GraphFilter(form="head", head_items=20)
    size = DataSize(60, 30, len(train))
    kept = model.fit(train, rg.FitContext(keep_forgetting=True)).scorer.arrays()
    assert kept["inverse"].nbytes + kept["graph"].nbytes == 4 * 20 * 21
    needed = fit_memory(model, size).n_bytes
    with_triangles = needed + 4 * 20 * 20  # without half a diagonal of each
    keeping = dataclasses.replace(size, keep_forgetting=True)
    assert fit_memory(model, keeping).n_bytes == with_triangles
    assert fit_memory(dataclasses.replace(model, exact_updates=True), size).n_bytes == with_triangles
    assert fit_memory(dataclasses.replace(model, spectral_weight=1.0), keeping).n_bytes == needed  # keeps nothing


def test_train_asks_for_the_memory_of_what_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr(memory_check, "fit_memory", lambda _, size: sizes.append(size) or FitMemory(0, ""))
    for keeps in ({}, {"keep_forgetting": True}, {"exact_forgetting": True}):
        pipeline.train(DATA, rg.Popularity(), **keeps)
    assert [size.keep_forgetting for size in sizes] == [False, False, True, True, True, True]


def test_a_blend_needs_what_its_largest_part_needs() -> None:
    blend = rg.Blend(settings={"graph-filter": {"form": "dense"}})
    dense = fit_memory(rg.GraphFilter(form="dense"), ML_32M)
    estimate = fit_memory(blend, ML_32M)
    assert estimate.n_bytes == dense.n_bytes
    assert estimate.advice == f"{dense.advice} in the settings of graph-filter"


class Large:
    """A model that would need 50 GiB, and must not be asked to."""

    name = "large"

    def fit_memory(self, size: DataSize) -> FitMemory:
        assert size == DataSize(3, 3, 6)
        return FitMemory(50 * GIB, "set size lower")

    def fit(self, train: rg.Interactions, context: rg.FitContext | None = None) -> rg.FitResult:
        raise AssertionError("begun")


def test_train_refuses_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 3 * GIB)
    monkeypatch.setattr("reelgraph.pipeline.training.index", None)  # not reached
    message = (
        r"^fitting large to 6 ratings by 3 users of 3 movies needs about 50\.0 GiB of memory, and 3\.0 GiB are free "
        r"\(set size lower, or take a smaller model, such as popularity, or fewer people\)$"
    )
    with pytest.raises(rg.InsufficientMemoryError, match=message):
        pipeline.train(DATA, Large())


def test_a_file_too_large_is_refused_before_it_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("userId,movieId,rating,timestamp\n" + "1,2,4.0,900000000\n" * 40)
    size = path.stat().st_size
    monkeypatch.setattr(text_file, "BLOCK_BYTES", 64)
    monkeypatch.setattr(text_file, "_MEMORY_SHARE", 8 * GIB / size)
    monkeypatch.setattr(memory, "free_memory", lambda: 2 * GIB)
    with pytest.raises(rg.InsufficientMemoryError, match=r"ratings\.csv needs about 8\.0 GiB .* 2\.0 GiB are"):
        rg.read(path)
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    assert len(rg.read(path).ratings) == 40


def test_the_ids_of_the_data_are_released_through_the_fit() -> None:
    import weakref

    alive: list[bool] = []

    class Watching(rg.Popularity):
        def fit(self, train: rg.Interactions, context: rg.FitContext | None = None) -> rg.FitResult:
            alive.append(ids() is not None)
            return super().fit(train, context)

    def data() -> rg.Dataset:
        nonlocal ids
        frame = {"user": np.repeat([1, 2, 3], 4), "item": np.tile([1, 2, 3, 4], 3), "rating": np.full(12, 4.0)}
        cleaned, _ = rg.clean(rg.from_frame(frame))
        ids = weakref.ref(cleaned.ratings.user_id)
        return cleaned

    ids: weakref.ref[np.ndarray] = weakref.ref(np.empty(0))
    trained = pipeline.train(data(), Watching())
    assert alive == [False]
    assert trained.bundle.history.nnz == 12
    assert trained.bundle.info["data"]["ratings"] == 12
