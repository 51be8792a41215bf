"""The bundle: one folder with everything needed to recommend. JSON, safetensors and Parquet, no pickle.

``manifest.json`` names every other file with its size and SHA-256 and carries a digest of itself, so a flipped byte
anywhere is found. A bundle is written under a temporary name and renamed, so it is there whole or not at all.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from reelgraph._util.atomic_files import atomic_write_folder, recover_folder
from reelgraph._util.json_values import finite
from reelgraph.bundle import files
from reelgraph.bundle.files import FORMAT, FORMAT_VERSION, MANIFEST, installed_versions, require_bundle_path
from reelgraph.core import (
    AnyArray,
    BoolArray,
    Catalogue,
    Dataset,
    EvalReport,
    FitResult,
    IdIndex,
    IntArray,
    Interactions,
    Matrix,
    RatingScale,
    Scorer,
    Split,
)
from reelgraph.core.display import Displayed, Table
from reelgraph.core.errors import BundleError
from reelgraph.scorers import SCORERS, rebuild

_FILES = ("scorer.safetensors", "history.safetensors", "catalogue.parquet", "users.parquet")


@dataclass(frozen=True, repr=False)
class Bundle(Displayed):
    """A fitted scorer with the ids, titles and histories that make it useful.

    Args:
        scorer: the fitted model.
        users: known users.
        items: items that can be ranked.
        history: ``(n_users, n_items)`` CSR, stars: all that is known of the users, held-back ratings included, so
            that nothing seen is recommended.
        catalogue: aligned with ``items``.
        scale: of the ratings.
        info: JSON-ready: model, settings, seed, data hash, split, training, metrics, versions.
        times: ``(nnz,)`` int64 Unix seconds of the ratings, in the order of ``history.data``; None where not known.
        is_train: ``(nnz,)`` bool, which of the ratings the model was fitted on; None where not known. A person can be
            forgotten exactly only with ``times`` and ``is_train``.
    """

    scorer: Scorer
    users: IdIndex
    items: IdIndex
    history: Matrix
    catalogue: Catalogue
    scale: RatingScale
    info: Mapping[str, Any]
    times: IntArray | None = None
    is_train: BoolArray | None = None

    @classmethod
    def create(
        cls,
        fit: FitResult,
        data: Dataset,
        split: Split,
        *,
        model: object | None = None,
        seed: int = 0,
        report: EvalReport | None = None,
    ) -> Bundle:
        """Put together what was fitted and what it was fitted on.

        Args:
            fit: the fit on ``split.train``.
            data: the cleaned data set that ``split`` was made from.
            split: gives the ids and rows.
            model: the hyper-parameters, a dataclass with a ``name``.
            seed: of the fit.
            report: measured quality, to be told to whoever loads it.
        """
        train = split.train
        info = {
            "model": {
                "name": getattr(model, "name", fit.scorer.kind),
                "settings": dataclasses.asdict(model) if dataclasses.is_dataclass(model) else {},  # type: ignore[arg-type]
            },
            "seed": seed,
            "data": {"name": data.name, "sha256": data.sha256, "ratings": len(data.ratings)},
            "split": dataclasses.asdict(split.spec),
            "training": {
                "epochs": len(fit.history),
                "best_epoch": fit.best_epoch,
                "stopped_because": fit.stopped_because,
                "seconds": round(fit.seconds, 3),
                "history": [dataclasses.asdict(epoch) for epoch in fit.history],
            },
            "metrics": {} if report is None else {name: dataclasses.asdict(report[name]) for name in report},
            "protocol": "" if report is None else report.protocol,
            "versions": installed_versions(),
        }
        known = _all_known(data, train)
        times = known.times()
        return cls(
            scorer=fit.scorer,
            users=train.users,
            items=train.items,
            history=known.matrix(),
            catalogue=data.catalogue.aligned(train.items.ids),
            scale=train.scale,
            info=info,
            times=None if times is None else times.data,
            is_train=_among(known, train),
        )

    def train_interactions(self) -> Interactions:
        """The ratings that the model was fitted on.

        Raises:
            BundleError: the bundle does not say which they are.
        """
        if self.is_train is None:
            raise BundleError("the bundle does not say which ratings the model learnt from", "train it again")
        user = np.repeat(np.arange(len(self.users), dtype=np.int32), np.diff(self.history.indptr))
        known = Interactions(
            self.users, self.items, user, self.history.indices, self.history.data, self.times, self.scale
        )
        return known.take(self.is_train)

    def _display(self) -> Table:
        metrics = {name: f"{figures['mean']:.4f}" for name, figures in self.info.get("metrics", {}).items()}
        data = self.info.get("data", {}).get("name", "unknown data")
        title = (
            f"Bundle of {self.info.get('model', {}).get('name', self.scorer.kind)} on {data}: "
            f"{len(self.users):,} users, {len(self.items):,} items, {self.history.nnz:,} ratings"
        )
        columns = {"metric": list(metrics), "mean": list(metrics.values())} if metrics else {}
        return Table(title, columns, self.info.get("protocol", ""))

    def save(self, path: str | Path) -> Path:
        """Write the bundle to the folder ``path``, replacing a bundle that is there.

        Returns:
            The folder.

        Raises:
            BundleError: the folder holds something that is not a bundle, or cannot be written; what was there stays.
        """
        path = require_bundle_path(path)
        contents = {
            "scorer.safetensors": save_tensors(files.contiguous(self.scorer.arrays())),
            "history.safetensors": save_tensors(files.contiguous(self._kept())),
            "catalogue.parquet": files.parquet(files.catalogue_frame(self.catalogue)),
            "users.parquet": files.parquet(pl.DataFrame({"user_id": self.users.ids})),
        }
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "scorer": {"kind": self.scorer.kind, "settings": self.scorer.settings()},
            "scale": dataclasses.asdict(self.scale),
            "info": finite(dict(self.info)),
            "files": {name: files.fingerprint(content) for name, content in contents.items()},
        }
        manifest["digest"] = files.digest(manifest)
        contents[MANIFEST] = files.manifest_text(manifest).encode()
        try:
            atomic_write_folder(path, contents)
        except OSError as error:
            raise BundleError(f"cannot write {path}: {error.strerror}", "what was there before is untouched") from error
        return path

    def _kept(self) -> dict[str, AnyArray]:
        """The arrays of all that is known of the users."""
        kept = {"data": self.history.data, "indices": self.history.indices, "indptr": self.history.indptr}
        if self.times is not None:
            kept["times"] = self.times
        if self.is_train is not None:
            kept["learnt"] = self.is_train.astype(np.uint8)
        return kept

    @classmethod
    def load(cls, path: str | Path) -> Bundle:
        """Read and verify a bundle.

        Raises:
            BundleError: missing, damaged or foreign; names the file and the reason.
        """
        path = Path(path)
        recover_folder(path)
        manifest = files.read_manifest(path)
        contents = {name: files.verified(path / name, manifest["files"].get(name)) for name in _FILES}
        try:
            kind = manifest["scorer"]["kind"]
            if kind not in SCORERS:
                raise BundleError(f"{path}: unknown kind of scorer {kind!r}", f"known are {', '.join(SCORERS)}")
            scorer = rebuild(kind, load_tensors(contents["scorer.safetensors"]), manifest["scorer"]["settings"])
            catalogue = files.catalogue_of(pl.read_parquet(io.BytesIO(contents["catalogue.parquet"])))
            users = IdIndex(files.ids_of(pl.read_parquet(io.BytesIO(contents["users.parquet"]))["user_id"]), "user")
            arrays = load_tensors(contents["history.safetensors"])
            shape = (len(users), len(catalogue))
            history = Matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
            scale = RatingScale(**manifest["scale"])
            times, learnt = (_aligned(arrays.get(name), history.nnz) for name in ("times", "learnt"))
            _require_sound(users, catalogue, history, scale, manifest["info"])
        except (SafetensorError, pl.exceptions.PolarsError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{path} does not hold what its manifest says: {error}") from None
        items = IdIndex(catalogue.item_id, "item")
        if scorer.n_items != len(items):
            raise BundleError(f"{path}: the scorer knows {scorer.n_items} items, the catalogue {len(items)}")
        told = None if learnt is None else learnt.astype(np.bool_)
        return cls(scorer, users, items, history, catalogue, scale, manifest["info"], times, told)


def _require_sound(users: IdIndex, catalogue: Catalogue, history: Matrix, scale: RatingScale, info: object) -> None:
    """Refuse, by a `ValueError`, what only a faulty writer makes and a digest does not show."""
    for noun, ids in (("user", users.ids), ("item", catalogue.item_id)):
        if len(np.unique(ids)) != len(ids):
            raise ValueError(f"{noun} ids are there twice")
    history.check_format()
    if not np.isfinite(history.data).all():
        raise ValueError("ratings that are no number")
    if not (scale.low < scale.high and scale.step > 0):
        raise ValueError(f"no scale from {scale.low} to {scale.high} by {scale.step}")
    if not isinstance(info, dict):
        raise ValueError("info is no object")


def _all_known(data: Dataset, train: Interactions) -> Interactions:
    """Every rating of ``data`` between a known user and a known item."""
    ratings = data.ratings
    user_row = _rows(ratings.user_id, train.users)
    item_row = _rows(ratings.item_id, train.items)
    known = (user_row >= 0) & (item_row >= 0)
    time = None if ratings.timestamp is None else ratings.timestamp[known]
    return Interactions(
        train.users, train.items, user_row[known], item_row[known], ratings.rating[known], time, train.scale
    )


def _among(known: Interactions, train: Interactions) -> BoolArray:
    """Which of the known ratings, in the order of their matrix, are among those of ``train``."""
    keys = [one.user_row.astype(np.int64) * known.n_items + one.item_row for one in (known, train)]
    return np.isin(np.sort(keys[0]), keys[1])


def _aligned(array: AnyArray | None, ratings: int) -> AnyArray | None:
    if array is not None and array.shape != (ratings,):
        raise ValueError(f"{len(array)} values for {ratings} ratings")
    return array


def _rows(ids: AnyArray, index: IdIndex) -> AnyArray:
    """Rows of ``ids`` in ``index``, -1 where unknown, by one sorted search."""
    order = np.argsort(index.ids, kind="stable")
    place = np.minimum(np.searchsorted(index.ids, ids, sorter=order), len(order) - 1)
    rows = order[place]
    return np.where(index.ids[rows] == ids, rows, -1).astype(np.int32)
