"""What lies in the folder of a bundle: a manifest with hashes, and tables; what is wrong is named."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from reelgraph._version import __version__
from reelgraph.core import AnyArray, Catalogue
from reelgraph.core.errors import BundleError

FORMAT = "reelgraph-bundle"
FORMAT_VERSION = 2
MANIFEST = "manifest.json"
_READ = (1, 2)  # 1 says neither when a rating was given nor which ones the model learnt from


def require_bundle_path(path: str | Path) -> Path:
    """The path, where a bundle may be written: nothing is there, or an empty folder, or a bundle.

    Raises:
        BundleError: something else is there.
    """
    path = Path(path)
    try:
        if not path.exists() or (path.is_dir() and not any(path.iterdir())):
            return path
        # By its text, so that a damaged bundle may be replaced, but never a folder with a manifest of its own kind.
        if f'"format": "{FORMAT}"'.encode() in (path / MANIFEST).read_bytes():
            return path
    except OSError:
        pass
    raise BundleError(f"{path} exists and is not a bundle", "give another path")


def installed_versions() -> dict[str, str]:
    """Versions of what a figure depends on, by package name; those not installed are left out."""
    found = {"reelgraph": __version__}
    for name in ("numpy", "scipy", "numba", "polars", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def contiguous(arrays: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """The arrays in C order, as safetensors wants them."""
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def parquet(frame: pl.DataFrame) -> bytes:
    """A table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def catalogue_frame(catalogue: Catalogue) -> pl.DataFrame:
    """A catalogue as a table."""
    text_list = pl.List(pl.String)
    return pl.DataFrame(
        {
            "item_id": pl.Series(catalogue.item_id),
            "title": pl.Series(catalogue.title.tolist(), dtype=pl.String),
            "year": pl.Series(catalogue.year),
            "genres": pl.Series([list(values) for values in catalogue.genres], dtype=text_list),
            "tags": pl.Series([list(values) for values in catalogue.tags], dtype=text_list),
            "people": pl.Series([list(values) for values in catalogue.people], dtype=text_list),
            "imdb_id": pl.Series(catalogue.imdb_id.tolist(), dtype=pl.String),
            "tmdb_id": pl.Series(catalogue.tmdb_id),
            "runtime": pl.Series(catalogue.runtime),
        }
    )


def catalogue_of(frame: pl.DataFrame) -> Catalogue:
    """The catalogue of a table of `catalogue_frame`, or of an older bundle."""

    def tuples(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(values) for values in frame[name].to_list())

    return Catalogue(
        item_id=ids_of(frame["item_id"]),
        title=np.array(frame["title"].to_list(), dtype=np.str_),
        year=frame["year"].to_numpy().copy(),
        genres=tuples("genres"),
        tags=tuples("tags"),
        people=tuples("people"),
        imdb_id=np.array(frame["imdb_id"].to_list(), dtype=np.str_),
        tmdb_id=frame["tmdb_id"].to_numpy().copy(),
        runtime=frame["runtime"].to_numpy().copy() if "runtime" in frame.columns else np.empty(0, np.int64),
    )


def ids_of(column: pl.Series) -> AnyArray:
    """Ids as an array, text or int64."""
    if column.dtype == pl.String:
        return np.array(column.to_list(), dtype=np.str_)
    return column.to_numpy().copy()


def fingerprint(content: bytes) -> dict[str, Any]:
    """Size and SHA-256."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """The manifest as it stands in its file."""
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"


def digest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of the manifest without its digest, in canonical JSON."""
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of the bundle at ``path``.

    Raises:
        BundleError: missing, damaged, foreign or of an unknown format version.
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
    if manifest.get("format_version") not in _READ:
        raise BundleError(
            f"{file} is of format version {manifest.get('format_version')}, this reelgraph reads 1 and 2",
            "train it again, or use the reelgraph that wrote it",
        )
    # The text too: some flipped bytes, such as 1e-05 to 1E-05, leave the values as they were.
    if manifest.get("digest") != digest(manifest) or text != manifest_text(manifest):
        raise BundleError(f"{file} is damaged: its digest does not match")
    if not isinstance(manifest.get("files"), dict):
        raise BundleError(f"{file} is damaged: it names no files")
    return manifest


def verified(file: Path, expected: Mapping[str, Any] | None) -> bytes:
    """The bytes of a file that are those of the manifest.

    Raises:
        BundleError: they are not, or cannot be read.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}") from None
    if expected is None or fingerprint(content) != dict(expected):
        raise BundleError(f"{file} is damaged: its size or SHA-256 is not that of the manifest")
    return content
