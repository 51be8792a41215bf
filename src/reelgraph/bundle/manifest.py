"""The manifest of a bundle: it names every other file with its size and SHA-256, and holds a digest of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from reelgraph._version import __version__
from reelgraph.core.errors import BundleError

FORMAT = "reelgraph-bundle"
FORMAT_VERSION = 3
MANIFEST = "manifest.json"
SCORER, HISTORY, FORGETTING, STATISTICS = (
    f"{name}.safetensors" for name in ("scorer", "history", "forgetting", "statistics")
)
CATALOGUE, USERS = "catalogue.parquet", "users.parquet"
KNOWN_FILES = (SCORER, CATALOGUE, HISTORY, USERS, STATISTICS, FORGETTING)
"""All that any bundle may consist of, beside its manifest."""
# Version 1 has neither the times of the ratings nor which ones are training ratings; version 2 has all arrays in their
# own types and in two files.
_READABLE_VERSIONS = (1, 2, 3)


def require_bundle_path(path: str | Path) -> Path:
    """The path, if a bundle may be written there: nothing is there, or an empty folder, or a bundle.

    Raises:
        BundleError: something else is there, it lies inside a bundle, or it is an address of the Hub.
    """
    path = Path(path)
    if path.parts[:1] == ("hf:",):
        raise BundleError(f"{path} is an address of the Hub, not a folder", "upload with: reelgraph bundle push")
    require_outside_bundles(path)
    try:
        if not path.exists() or (path.is_dir() and not any(path.iterdir())):
            return path
    except OSError:
        pass
    if _is_bundle(path):
        return path
    raise BundleError(f"{path} exists and is not a bundle", "give another path")


def require_outside_bundles(path: Path) -> None:
    """Refuse a path in the folder of a bundle, at any depth, whether there is something at the path or not.

    Such a folder is replaced whole when the bundle changes, and what else lies in it is gone.

    Raises:
        BundleError: it lies inside a bundle.
    """
    around = next((folder for folder in path.resolve().parents if _is_bundle(folder)), None)
    if around is not None:
        raise BundleError(
            f"{path} lies inside the bundle {around}, whose folder is replaced whole when it changes",
            "give a path outside of it",
        )


def _is_bundle(folder: Path) -> bool:
    """Whether a folder is a bundle, a damaged one, too, which may be replaced."""
    try:
        return f'"format": "{FORMAT}"'.encode() in (folder / MANIFEST).read_bytes()
    except OSError:
        return False


def installed_versions() -> dict[str, str]:
    """Versions of the packages that results depend on, by name; those not installed are left out."""
    versions = {"reelgraph": __version__}
    for name in ("numpy", "scipy", "numba", "polars", "torch"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def file_entry(content: bytes) -> dict[str, Any]:
    """What the manifest says of a file: size and SHA-256."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """The text of the manifest file."""
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"


def manifest_digest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of the manifest without its digest, in canonical JSON."""
    without_digest = {key: value for key, value in manifest.items() if key != "digest"}
    return hashlib.sha256(json.dumps(without_digest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of the bundle at ``path``.

    Raises:
        BundleError: missing, damaged, of another kind or of an unknown format version.
    """
    file = path / MANIFEST
    try:
        text = file.read_bytes().decode()
        manifest = json.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(f"{path} is not a bundle: no {MANIFEST}", "train one with: reelgraph train") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{file} is damaged: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(f"{file} is not of a reelgraph bundle")
    if manifest.get("format_version") not in _READABLE_VERSIONS:
        raise BundleError(
            f"{file} is of format version {manifest.get('format_version')}, this reelgraph reads 1 to 3",
            "train it again, or use the reelgraph that wrote it",
        )
    # The text is compared too: some flipped bytes, such as 1e-05 to 1E-05, do not change the values.
    if manifest.get("digest") != manifest_digest(manifest) or text != manifest_text(manifest):
        raise BundleError(f"{file} is damaged: its digest does not match")
    if not isinstance(manifest.get("files"), dict):
        raise BundleError(f"{file} is damaged: it names no files")
    return manifest


def read_verified(file: Path, entry: Mapping[str, Any] | None) -> bytes:
    """The bytes of a file, compared with its entry in the manifest.

    Raises:
        BundleError: they differ, or the file cannot be read.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}") from None
    if entry is None or file_entry(content) != dict(entry):
        raise BundleError(f"{file} is damaged: its size or SHA-256 is not that of the manifest")
    return content
