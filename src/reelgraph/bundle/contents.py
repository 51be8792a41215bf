"""What the files of a bundle hold, before they are written and after they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from reelgraph.bundle.history_arrays import history_arrays, history_of, no_history, unpacked
from reelgraph.bundle.item_statistics import ItemStatistics
from reelgraph.bundle.manifest import (
    CATALOGUE,
    FORGETTING,
    HISTORY,
    SCORER,
    STATISTICS,
    USERS,
    read_manifest,
    read_verified,
)
from reelgraph.bundle.tables import read_tables, write_tables
from reelgraph.bundle.tensors import mapped_tensors, tensor_bytes
from reelgraph.core import (
    AnyArray,
    BoolArray,
    Catalogue,
    CombinesScorers,
    IdIndex,
    IntArray,
    KeepsForgetting,
    KeepsUserAverages,
    Matrix,
    RatingScale,
    Scorer,
    StoresUserFeatures,
)
from reelgraph.core.display import counted
from reelgraph.core.errors import BundleError, ConfigError
from reelgraph.core.rating_scale import check_feedback
from reelgraph.scorers import SCORERS, rebuild

NO_PEOPLE = "the bundle was saved without people: give ratings in place of an id, in the shell --ratings FILE"


@dataclass(frozen=True)
class KnownPeople:
    """The people whose ratings a bundle holds; fields as those of `Bundle`."""

    ids: AnyArray
    history: Matrix
    times: IntArray | None
    is_train: BoolArray | None


def write_contents(scorer: Scorer, catalogue: Catalogue, people: KnownPeople | ItemStatistics) -> dict[str, bytes]:
    """The files of a bundle but for the manifest: file name -> bytes.

    Args:
        scorer: of the bundle.
        catalogue: likewise.
        people: all that is kept of them, or how they rated the items where they are left out.
    """
    arrays, forgetting = _parted_arrays(scorer)
    movies, users = write_tables(catalogue, people.ids if isinstance(people, KnownPeople) else None)
    contents = {SCORER: tensor_bytes(arrays), CATALOGUE: movies}
    if users is not None:
        contents[USERS] = users
    if isinstance(people, KnownPeople):
        contents[HISTORY] = tensor_bytes(history_arrays(people.history, people.times, people.is_train))
    else:
        contents[STATISTICS] = tensor_bytes(people.arrays())
    if forgetting:
        contents[FORGETTING] = tensor_bytes(forgetting)
    return contents


def file_names(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that a bundle of this manifest is read from, but for the one of what only forgetting needs."""
    return (SCORER, CATALOGUE, *((HISTORY, USERS) if STATISTICS not in manifest["files"] else (STATISTICS,)))


def read_files(path: Path, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """The bytes of these files, compared with the manifest; read and hashed on as many threads as there are files.

    Raises:
        BundleError: a file differs, or cannot be read.
    """
    names, entries = file_names(manifest), manifest["files"]
    with ThreadPoolExecutor(len(names)) as pool:
        contents = pool.map(lambda name: read_verified(path / name, entries.get(name)), names)
        return dict(zip(names, contents, strict=True))


def read_forgetting(path: Path, manifest: Mapping[str, Any]) -> dict[str, AnyArray]:
    """The arrays that only forgetting needs, mapped from their file: they are read when they are touched.

    Raises:
        BundleError: the file is missing, or not of the size that the manifest says.
    """
    entry = manifest["files"].get(FORGETTING)
    if entry is None:
        return {}
    file = path / FORGETTING
    try:
        if file.stat().st_size != entry["bytes"]:
            raise BundleError(f"{file} is damaged: its size is not that of the manifest")
        return mapped_tensors(file)
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}") from None
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{file} is damaged: {error}") from None


def verify_forgetting(path: Path) -> None:
    """Compare the file of what only forgetting needs, if there is one, with its hash in the manifest.

    Raises:
        BundleError: they differ, or a file cannot be read.
    """
    entry = read_manifest(path)["files"].get(FORGETTING)
    if entry is None:
        return
    file = path / FORGETTING
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}") from None
    if digest != entry["sha256"]:
        raise BundleError(f"{file} is damaged: its SHA-256 is not that of the manifest", "train the bundle again")


def forgetting_of(scorer: Scorer) -> dict[str, AnyArray]:
    """The arrays of a scorer that only forgetting needs."""
    return _parted_arrays(scorer)[1]


def bundle_fields(
    path: Path,
    manifest: Mapping[str, Any],
    contents: Mapping[str, bytes],
    forgetting: Mapping[str, AnyArray],
    scorer_classes: Mapping[str, type],
) -> dict[str, Any]:
    """The fields of the bundle of a manifest and the bytes of its files.

    Raises:
        BundleError: the scorer is of an unknown kind, or files and manifest do not go together.
    """
    try:
        kind = manifest["scorer"]["kind"]
        if kind not in SCORERS and kind not in scorer_classes:
            raise BundleError(f"{path}: unknown kind of scorer {kind!r}", f"known are {', '.join(SCORERS)}")
        arrays = {**load_tensors(contents[SCORER]), **forgetting}
        scorer = rebuild(kind, arrays, manifest["scorer"]["settings"], scorer_classes)
        has_people = USERS in contents
        with ThreadPoolExecutor(1) as pool:  # the tables are read while the ratings are unpacked
            tables = pool.submit(read_tables, contents[CATALOGUE], contents.get(USERS))
            ratings = unpacked(load_tensors(contents[HISTORY])) if has_people else {}
            catalogue, user_ids = tables.result()
        users = IdIndex(user_ids, "user", "" if has_people else NO_PEOPLE)
        statistics, times, is_train = None, None, None
        history = no_history(len(catalogue))
        if has_people:
            history, times, is_train = history_of(ratings, (len(users), len(catalogue)))
        else:
            statistics = ItemStatistics.from_arrays(load_tensors(contents[STATISTICS]), len(catalogue))
        feedback = manifest.get("feedback", "explicit")
        scale = None if manifest["scale"] is None else RatingScale(**manifest["scale"])
        _require_valid(users, catalogue, history, scale, feedback, manifest["info"])
    except (SafetensorError, ConfigError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{path} does not match its manifest: {error}") from None
    items = IdIndex(catalogue.item_id, "item")
    if scorer.n_items != len(items):
        raise BundleError(f"{path}: the scorer has {counted(scorer.n_items, 'item')}, the catalogue {len(items)}")
    return {
        "scorer": scorer, "users": users, "items": items, "history": history, "catalogue": catalogue, "scale": scale,
        "info": manifest["info"], "times": times, "is_train": is_train, "feedback": feedback, "statistics": statistics,
    }  # fmt: skip


def anonymous(scorer: Scorer, n_users: int) -> Scorer:
    """The scorer without what it keeps by user, and without what only forgetting needs."""
    scorer = _without_users(scorer, n_users)
    return scorer.without_forgetting() if isinstance(scorer, KeepsForgetting) else scorer


def _without_users(scorer: Scorer, n_users: int) -> Scorer:
    """The scorer without what it keeps by user, for each part of a blend."""
    if isinstance(scorer, CombinesScorers):
        return scorer.with_parts([_without_users(part, n_users) for part in scorer.parts])
    if isinstance(scorer, KeepsUserAverages):
        return scorer.without_users()
    if isinstance(scorer, StoresUserFeatures):  # asked once: it takes longer than to leave a user out
        drop_last: Any = scorer
        for user_row in reversed(range(n_users)):
            drop_last = drop_last.drop_user(user_row)
        return cast(Scorer, drop_last)
    return scorer


def _parted_arrays(scorer: Scorer) -> tuple[dict[str, AnyArray], dict[str, AnyArray]]:
    """The arrays of a scorer, and apart from them those that only forgetting needs, where there are such."""
    arrays, names = scorer.arrays(), getattr(scorer, "forgetting_arrays", ())
    forgetting = {name: arrays[name] for name in names if arrays[name].size}
    return {name: array for name, array in arrays.items() if name not in forgetting}, forgetting


def _require_valid(
    users: IdIndex, catalogue: Catalogue, history: Matrix, scale: RatingScale | None, feedback: str, info: object
) -> None:
    """Raise a `ValueError` for contents that only a faulty writer produces, which no digest can detect."""
    for noun, ids in (("user", users.ids), ("item", catalogue.item_id)):
        if len(np.unique(ids)) != len(ids):
            raise ValueError(f"duplicate {noun} ids")
    history.check_format()
    if not np.isfinite(history.data).all():
        raise ValueError("a rating is not a finite number")
    check_feedback(feedback, scale)
    if scale is not None and not (scale.low < scale.high and (scale.step is None or scale.step > 0)):
        raise ValueError(f"an invalid rating scale: {scale}")
    if not isinstance(info, dict):
        raise ValueError("info is not an object")
