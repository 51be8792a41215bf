"""What each fit gave on the test part, kept beside the results, so that it is not fitted again.

One file a protocol, model and seed: ``benchmarks/values/PROTOCOL/MODEL-KEY/seed-N.npz``, which git ignores. It holds
the values of each person (``per_user/ndcg@10``), the best `LENGTH` items of each person with their scores and ties, the
predicted stars and their distribution, and seconds, memory and versions. ``python -m benchmarks ... --save`` takes a
fit from there where nothing that it depends on has changed: settings, data, what it is fitted on, seed, and the code
below `FITTED_BY`. ``--remeasure`` takes it whatever the code was, and computes the metrics anew from what was
predicted.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

import reelgraph
from benchmarks.recorded import Predictions
from reelgraph._util.atomic_files import atomic_write
from reelgraph.core import AnyArray, EvalReport, Metric

FITTED_BY = (
    "_util", "core", "data", "graph", "train", "evaluation", "scorers", "models", "pipeline.py",
    "recommend/batch_lists.py", "recommend/list_order.py",
)  # fmt: skip
Reuse = Literal["same-code", "any-code", "nothing"]


@dataclass(frozen=True)
class RunKey:
    """What a fit depends on.

    Args:
        protocol: its name.
        model: its name.
        settings: JSON-ready.
        data_sha256: of the data set.
        fitted_on: ``train`` or ``train+valid``.
        seed: of split and fit.
        code: digest of the code that fits, see `code_digest`.
    """

    protocol: str
    model: str
    settings: Mapping[str, Any]
    data_sha256: str
    fitted_on: str
    seed: int
    code: str

    def path(self, folder: Path) -> Path:
        """The file of this fit; another code has the same one."""
        words = json.dumps([self.settings, self.data_sha256, self.fitted_on], sort_keys=True, default=str)
        digest = hashlib.sha256(words.encode()).hexdigest()[:16]
        return folder / self.protocol / f"{self.model}-{digest}" / f"seed-{self.seed}.npz"


@dataclass(frozen=True)
class StoredRun:
    """One fit, measured.

    Args:
        predictions: for the people of the test part.
        report: the protocol's metrics of them.
        facts: JSON-ready: ``fit_seconds``, ``score_seconds``, ``peak_mib``, ``versions``, and what else was noted.
    """

    predictions: Predictions
    report: EvalReport
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class RunStore:
    """The files of the fits.

    Args:
        folder: where they are.
        reuse: which of them count.
    """

    folder: Path
    reuse: Reuse = "same-code"

    def find(self, key: RunKey) -> StoredRun | None:
        """The fit of this key; None where there is none that counts, or its file is damaged."""
        path = key.path(self.folder)
        if self.reuse == "nothing" or not path.exists():
            return None
        try:
            with path.open("rb") as content, np.load(content) as file:
                arrays = {name: file[name] for name in file.files}
            words = json.loads(str(arrays.pop("words")))
            if self.reuse == "same-code" and words["key"]["code"] != key.code:
                return None
            return StoredRun(Predictions.from_arrays(arrays), _report(arrays, words["report"]), words["facts"])
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):
            return None

    def save(self, key: RunKey, run: StoredRun) -> None:
        """Write the file, whole or not at all."""
        report = run.report
        arrays: dict[str, Any] = dict(run.predictions.arrays())
        arrays |= {f"per_user/{name}": values for name, values in report.per_user.items()}
        arrays |= {f"weight/{name}": values for name, values in report.weight.items()}
        words = {
            "key": dataclasses.asdict(key),
            "report": {
                "summary": {name: [m.mean, m.low, m.high] for name, m in report.summary.items()},
                **{name: getattr(report, name) for name in ("protocol", "seed", "part_digest", "notes")},
            },
            "facts": dict(run.facts),
        }
        content = io.BytesIO()
        np.savez_compressed(content, words=np.array(json.dumps(words, default=str)), **arrays)
        path = key.path(self.folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, content.getvalue())

    def seconds_to(
        self, key: RunKey, goals: Mapping[str, float], follow: Callable[[], dict[str, float | None]]
    ) -> dict[str, float | None]:
        """Seconds to the errors of others, see `benchmarks.speed.time_to_target`, which take a fit of their own.

        Args:
            key: of the fit with seed 0.
            goals: name -> error to reach.
            follow: makes the fit, where it is not stored.
        """
        path = key.path(self.folder).with_name("seconds-to.json")
        if self.reuse != "nothing" and path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["goals"] == dict(goals) and (self.reuse == "any-code" or stored["code"] == key.code):
                return dict(stored["seconds"])
        seconds = follow()
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, json.dumps({"code": key.code, "goals": dict(goals), "seconds": seconds}).encode())
        return seconds


def _report(arrays: Mapping[str, AnyArray], words: Mapping[str, Any]) -> EvalReport:
    def named(prefix: str) -> dict[str, AnyArray]:
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    summary = {name: Metric(*ends) for name, ends in words["summary"].items()}
    rest = (words["protocol"], words["seed"], words["part_digest"], tuple(words["notes"]))
    return EvalReport(named("per_user/"), named("weight/"), summary, *rest)


@cache
def code_digest() -> str:
    """Digest of the source of all that fits and measures, `FITTED_BY`: the service and the shell may change."""
    package = Path(reelgraph.__file__).parent
    return files_digest(path for name in FITTED_BY for path in _sources(package / name))


def _sources(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def files_digest(paths: Iterable[Path]) -> str:
    """Digest of the contents of files, in the order given, hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
