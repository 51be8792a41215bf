"""Earlier bundles, kept beside the one in use, and the way back to one of them.

The bundles that were in use lie in the folder ``NAME-previous`` beside the bundle ``NAME``, each in a folder
``NUMBER-DIGEST``; the later it was put aside, the higher the number. Their files are hard links where the file system
has them.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reelgraph._util.atomic_files import file_lock, recover_folder, replaced_folder
from reelgraph.bundle.bundle import Bundle
from reelgraph.bundle.manifest import MANIFEST, read_manifest
from reelgraph.core.errors import BundleError

_NAME = re.compile(r"(\d{6})-([0-9a-f]{12})")
_NO_NUMBER = 10**6  # above that of every folder
_DIGEST_SHOWN = 12  # characters of a digest in the name of a folder


@dataclass(frozen=True)
class KeptBundle:
    """A bundle that was in use before.

    Args:
        path: its folder.
        number: the order in which bundles were put aside.
        digest: the first twelve characters of its digest.
        created: when it was written, ISO 8601, or "".
        model: name of its model, or "".
    """

    path: Path
    number: int
    digest: str
    created: str
    model: str


@contextlib.contextmanager
def bundle_lock(path: Path, target: Path | None = None) -> Iterator[None]:
    """Hold the lock of a bundle, so that nobody else changes it between what is read and what is written of it.

    `replace_bundle`, `roll_back` and `forget_in_bundle <reelgraph.unlearning.receipt.forget_in_bundle>` wait for it;
    within it they may be called.

    Args:
        path: of the bundle; where there is none, nothing is made.
        target: where what is made of the bundle is written, and whose lock is held then; ``path`` if None.

    Raises:
        BundleError: there is no bundle at ``path``.
    """
    recover_folder(path)
    read_manifest(path)
    with file_lock(path if target is None else target):
        yield


def kept_bundles(path: Path) -> list[KeptBundle]:
    """The bundles that are kept beside the one at ``path``, the last one in use first."""
    bundles = []
    for folder in _folder(path).glob("*"):
        match = _NAME.fullmatch(folder.name)
        if match is None:
            continue
        with contextlib.suppress(BundleError):  # a damaged one is no way back
            manifest = read_manifest(folder)
            model = str(manifest["info"].get("model", {}).get("name", ""))
            bundles.append(KeptBundle(folder, int(match[1]), match[2], str(manifest.get("created", "")), model))
    return sorted(bundles, key=lambda bundle: -bundle.number)


def replace_bundle(path: Path, bundle: Bundle, keep: int) -> str:
    """Put a new bundle in the place of the one at ``path``, which is kept.

    Earlier ones than the last ``keep`` are removed. A process that is killed meanwhile leaves the old bundle or the
    new one at ``path``.

    Args:
        path: of the bundle in use; there may be none.
        bundle: the new one.
        keep: number of earlier bundles to keep; 0 for none.

    Returns:
        The digest of the new bundle.

    Raises:
        BundleError: the bundle cannot be written; the one in use stays.
    """
    with file_lock(path):
        if keep and (path / MANIFEST).is_file():
            _put_aside(path)
        bundle.save(path)
        _prune(path, keep)
        return str(read_manifest(path)["digest"])


def roll_back(path: Path, digest: str | None = None) -> KeptBundle:
    """Put an earlier bundle in the place of the one at ``path``, which is kept, in one step.

    Args:
        path: of the bundle in use.
        digest: first characters of the digest of the bundle to use; the one that was in use before if None.

    Returns:
        The bundle that is in use now.

    Raises:
        BundleError: there is no such bundle, it is damaged, or the folder cannot be written; the one in use stays.
    """
    if not kept_bundles(path):
        raise BundleError(f"no earlier bundle of {path} to go back to", "kept are: none")
    with file_lock(path):
        bundles = kept_bundles(path)
        current = _digest(path)
        others = [bundle for bundle in bundles if bundle.digest != current]
        if digest is None:
            # After a roll-back the bundle in use is among the kept ones: go further back, not forth again.
            number = min((bundle.number for bundle in bundles if bundle.digest == current), default=_NO_NUMBER)
            chosen = [bundle for bundle in others if bundle.number < number]
        else:
            chosen = [bundle for bundle in others if digest and bundle.digest.startswith(digest[:_DIGEST_SHOWN])]
        if not chosen:
            digests = ", ".join(bundle.digest for bundle in bundles) or "none"
            raise BundleError(f"no earlier bundle of {path} to go back to", f"kept are: {digests}")
        target = chosen[0]
        Bundle.load(target.path)  # refuses a damaged one
        if current is not None and all(bundle.digest != current for bundle in bundles):
            _put_aside(path)
        try:
            with replaced_folder(path) as folder:
                _link_files(target.path, folder)
        except OSError as error:
            raise BundleError(f"cannot write {path}: {error.strerror}", "the bundle in use is unchanged") from error
        return target


def remove_kept_bundles(path: Path) -> int:
    """Remove all earlier bundles beside the one at ``path``; returns their number.

    Raises:
        BundleError: one cannot be removed.
    """
    folders = [folder for folder in _folder(path).glob("*") if folder.is_dir()]
    try:
        for folder in folders:
            shutil.rmtree(folder)
        if _folder(path).is_dir():
            _folder(path).rmdir()
    except OSError as error:
        raise BundleError(f"{_folder(path)} cannot be removed: {error.strerror}") from error
    return len(folders)


def _folder(path: Path) -> Path:
    path = path.resolve()
    return path.parent / f"{path.name}-previous"


def _digest(path: Path) -> str | None:
    """The first characters of the digest of the bundle at ``path``; None if there is none, or a damaged one."""
    try:
        return str(read_manifest(path)["digest"])[:_DIGEST_SHOWN]
    except BundleError:
        return None


def _put_aside(path: Path) -> None:
    """Keep the bundle at ``path`` as the last one in use; it stays where it is."""
    digest, bundles = _digest(path), kept_bundles(path)
    if digest is None:
        return
    number = bundles[0].number + 1 if bundles else 1
    target = _folder(path) / f"{number:06d}-{digest}"
    try:
        for bundle in bundles:
            if bundle.digest == digest:
                bundle.path.rename(target)
                return
        with replaced_folder(target) as folder:
            _link_files(path, folder)
    except OSError as error:
        raise BundleError(f"cannot write {target}: {error.strerror}", "the bundle in use is unchanged") from error


def _prune(path: Path, keep: int) -> None:
    """Remove all but the last ``keep`` of the earlier bundles; the one in use does not count."""
    current = _digest(path)
    for bundle in [bundle for bundle in kept_bundles(path) if bundle.digest != current][keep:]:
        shutil.rmtree(bundle.path, ignore_errors=True)


def _link_files(source: Path, target: Path) -> None:
    """Every file of a folder, as a hard link where the file system can, otherwise as a copy; files never change."""
    for file in sorted(source.iterdir()):
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copy2(file, target / file.name)
