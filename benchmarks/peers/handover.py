"""The two files that pass between the benchmark and a peer's process.

NumPy and the standard library only: the peer's interpreter imports this too, and has no reelgraph.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Features:
    """One kind of side features, a 0/1 matrix as the parts of a CSR.

    Args:
        indptr: ``(n + 1,)`` int64.
        indices: ``(nnz,)`` int64 columns.
        columns: how many there are.
    """

    indptr: Array
    indices: Array
    columns: int


@dataclass(frozen=True)
class Task:
    """All that a peer is told. The test ratings are not among it.

    Args:
        user: ``(n,)`` int64 user rows of the ratings to learn from.
        item: ``(n,)`` int64 item rows.
        rating: ``(n,)`` float64 stars.
        time: ``(n,)`` int64 Unix seconds, or None.
        test_user: ``(n_test,)`` int64 user rows of the ratings to predict.
        test_item: ``(n_test,)`` int64 item rows.
        test_time: ``(n_test,)`` int64 Unix seconds, or None.
        n_users: number of users.
        n_items: number of items.
        levels: ``(n_levels,)`` float64 stars that a rating may have, ascending.
        user_features: by kind ("gender"), rows as the user rows.
        item_features: by kind ("genres"), rows as the item rows.
    """

    user: Array
    item: Array
    rating: Array
    time: Array | None
    test_user: Array
    test_item: Array
    test_time: Array | None
    n_users: int
    n_items: int
    levels: Array
    user_features: Mapping[str, Features] = field(default_factory=dict)
    item_features: Mapping[str, Features] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the file that the peer reads."""
        arrays: dict[str, Any] = {
            "train/user": self.user,
            "train/item": self.item,
            "train/rating": self.rating,
            "test/user": self.test_user,
            "test/item": self.test_item,
            "shape": np.array([self.n_users, self.n_items]),
            "levels": self.levels,
        }
        if self.time is not None and self.test_time is not None:
            arrays |= {"train/time": self.time, "test/time": self.test_time}
        for side, kinds in (("user", self.user_features), ("item", self.item_features)):
            for kind, one in kinds.items():
                name = f"{side}/{kind}"
                arrays |= {f"{name}/indptr": one.indptr, f"{name}/indices": one.indices}
                arrays[f"{name}/columns"] = np.array(one.columns)
        np.savez(path, **arrays)

    @classmethod
    def read(cls, path: Path) -> Task:
        """Read it back."""
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        n_users, n_items = arrays["shape"].tolist()
        return cls(
            arrays["train/user"],
            arrays["train/item"],
            arrays["train/rating"],
            arrays.get("train/time"),
            arrays["test/user"],
            arrays["test/item"],
            arrays.get("test/time"),
            n_users,
            n_items,
            arrays["levels"],
            _features(arrays, "user"),
            _features(arrays, "item"),
        )


def _features(arrays: Mapping[str, Array], side: str) -> dict[str, Features]:
    kinds = [name.split("/")[1] for name in arrays if re.fullmatch(f"{side}/.+/indptr", name)]
    found = {}
    for kind in kinds:
        indptr, indices, columns = (arrays[f"{side}/{kind}/{part}"] for part in ("indptr", "indices", "columns"))
        found[kind] = Features(indptr, indices, int(columns))
    return found


@dataclass(frozen=True)
class Answer:
    """What a peer gives back.

    Args:
        stars: ``(n_test,)`` predicted stars, in the order of the test rows; clipped by the reader.
        versions: of the library and what it computes with.
        prepare_seconds: wall time to bring the ratings into the library's own form.
        fit_seconds: wall time of the fit alone.
        predict_seconds: wall time of the predictions.
        probability: ``(n_test, n_levels)`` of each level of the scale, or None when the peer predicts a point only.
        peak_mib: largest resident memory of the peer's process, MiB; filled in by `serve`.
    """

    stars: Array
    versions: Mapping[str, str]
    prepare_seconds: float
    fit_seconds: float
    predict_seconds: float
    probability: Array | None = None
    peak_mib: float = 0.0

    def write(self, path: Path) -> None:
        """Write the file that the benchmark reads."""
        words = {
            "versions": dict(self.versions),
            "prepare_seconds": self.prepare_seconds,
            "fit_seconds": self.fit_seconds,
            "predict_seconds": self.predict_seconds,
            "peak_mib": peak_mib(),
        }
        arrays: dict[str, Any] = {"stars": np.asarray(self.stars, np.float64), "words": np.array(json.dumps(words))}
        if self.probability is not None:
            arrays["probability"] = np.asarray(self.probability, np.float64)
        np.savez(path, **arrays)

    @classmethod
    def read(cls, path: Path) -> Answer:
        """Read it back."""
        with np.load(path) as file:
            words = json.loads(str(file["words"]))
            return cls(file["stars"], probability=file.get("probability"), **words)


def serve(work: Callable[[Task, Mapping[str, Any]], Answer]) -> None:
    """The main function of a peer: ``python -m benchmarks.peers.NAME_peer INPUT OUTPUT SETTINGS``.

    Args:
        work: from the task and the settings to the answer.
    """
    source, target, settings = sys.argv[1:]
    work(Task.read(Path(source)), json.loads(settings)).write(Path(target))


def peak_mib() -> float:
    """Largest resident memory of this process so far, MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage on Linux: its figure begins with that of the process that started this one.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 2**10
    if sys.platform == "win32":
        return float("nan")
    import resource

    peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
