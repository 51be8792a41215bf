"""Data sets of GroupLens by name: downloaded once, checked against a checksum, kept in the user's cache."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.errors import ConfigError, ReelgraphError

GROUPLENS = "https://files.grouplens.org/datasets/movielens/"
_TIMEOUT = 30  # seconds without a byte
_RESEARCH = "research only, no commercial use, no redistribution without permission; cite doi 10.1145/2827872"
_SHARED = "research only, no commercial use; redistribution under the same terms; cite doi 10.1145/2827872"
_README = "research only, no commercial use; see the README in the zip; cite doi 10.1145/2827872"


@dataclass(frozen=True)
class Download:
    """A data set that can be fetched.

    Args:
        name: its name; the file is ``<name>.zip``.
        md5: the checksum that GroupLens publishes, hex; None when the file is replaced in place from time to time,
            and the published ``<name>.zip.md5`` is fetched beside it.
        size: about this many bytes.
        ratings: about this many ratings.
        terms: what its licence allows, in short; the README inside the zip is what counts.
    """

    name: str
    md5: str | None
    size: int
    ratings: int
    terms: str

    @property
    def url(self) -> str:
        """Where it is published."""
        return f"{GROUPLENS}{self.name}.zip"


DATASETS: Mapping[str, Download] = {
    entry.name: entry
    for entry in (
        Download("ml-latest-small", None, 1_000_000, 100_836, _SHARED),
        Download("ml-100k", "0e33842e24a9c977be4e0107933c0723", 4_924_029, 100_000, _RESEARCH),
        Download("ml-1m", "c4d9eecfca2ab87c1945afe126590906", 5_900_000, 1_000_209, _RESEARCH),
        Download("ml-10m", "ce571fd55effeba0271552578f2648bd", 65_566_137, 10_000_054, _README),
        Download("ml-20m", "cd245b17a1ae2cc31bb14903e1204af3", 198_702_078, 20_000_263, _README),
        Download("ml-25m", "6b51fb2759a8657d3bfcbfc42b592ada", 261_978_986, 25_000_095, _README),
        Download("ml-32m", "d472be332d4daa821edc399621853b57", 238_950_008, 32_000_204, _README),
    )
}
"""What can be fetched, by name."""


def cached(name: str, cache_dir: str | Path | None = None) -> Path:
    """Where a data set lies once it has been fetched (the file need not be there yet).

    Args:
        name: a key of `DATASETS`.
        cache_dir: folder of the cache; the user's cache folder when None.

    Raises:
        ConfigError: there is no data set of that name.
    """
    if name not in DATASETS:
        raise ConfigError.unknown(name, DATASETS)
    import pooch  # here and below, not above: it brings a web client that most runs never need

    folder = Path(cache_dir) if cache_dir is not None else Path(pooch.os_cache("reelgraph"))
    return folder / f"{name}.zip"


def get(
    name: str,
    progress: ProgressCallback | None = None,
    cache_dir: str | Path | None = None,
    base_url: str = GROUPLENS,
) -> Path:
    """The zip of a data set, downloaded when it is not in the cache; ``read`` takes it as it is.

    The file gets its name only when it is whole and its checksum is right.

    Args:
        name: a key of `DATASETS`.
        progress: called with the bytes done, or None.
        cache_dir: folder of the cache; the user's cache folder when None.
        base_url: where the files are, with a slash at its end.

    Raises:
        ConfigError: there is no data set of that name.
        ReelgraphError: it cannot be downloaded or is damaged; says where to get it by hand and where to put it.
    """
    path = cached(name, cache_dir)
    md5 = DATASETS[name].md5
    if md5 is None and path.is_file():
        # Without a pinned checksum the one saved with the file says whether it is whole: no web is needed.
        md5 = _saved_md5(path)
        if md5 is None and _looks_whole(path):
            return path  # put there by hand
    if md5 is not None and path.is_file() and _md5(path) == md5:
        return path
    try:
        if md5 is None or DATASETS[name].md5 is None:
            md5 = _published_md5(name, path, base_url)
        return _retrieve(f"{base_url}{name}.zip", f"md5:{md5}", path, progress)
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong checksum is a ValueError
        raise _cannot(name, path, base_url, error) from None


def _retrieve(url: str, known_hash: str | None, path: Path, progress: ProgressCallback | None) -> Path:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(
        timeout=_TIMEOUT, progressbar=_Bar(path.name, progress) if progress is not None else False
    )
    fetched = pooch.retrieve(url, known_hash=known_hash, fname=path.name, path=path.parent, downloader=downloader)
    return Path(fetched)


def _published_md5(name: str, path: Path, base_url: str) -> str:
    sidecar = path.with_name(f"{path.name}.md5")
    sidecar.unlink(missing_ok=True)
    text = _retrieve(f"{base_url}{name}.zip.md5", None, sidecar, None).read_text(encoding="utf-8", errors="replace")
    found = _md5_in(text)
    if found is None:
        sidecar.unlink(missing_ok=True)
        raise ValueError(f"{sidecar.name} holds no MD5 checksum")
    return found


def _saved_md5(path: Path) -> str | None:
    sidecar = path.with_name(f"{path.name}.md5")
    return _md5_in(sidecar.read_text(encoding="utf-8", errors="replace")) if sidecar.is_file() else None


def _md5_in(text: str) -> str | None:
    found = re.search(r"\b[0-9a-fA-F]{32}\b", text)
    return found.group().lower() if found else None


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _looks_whole(path: Path) -> bool:
    """True for a zip with the ratings and the movies, all of whose members agree with their own checksums."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(member).name for member in archive.namelist()}
            return {"ratings.csv", "movies.csv"} <= names and archive.testzip() is None
    except (zipfile.BadZipFile, OSError):
        return False


def _cannot(name: str, path: Path, base_url: str, error: Exception) -> ReelgraphError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    reason = "its checksum is not the published one" if "hash of downloaded file" in str(error) else reason
    return ReelgraphError(
        f"cannot download {name} from {base_url}{name}.zip: {reason}",
        f"get it by hand and put it at {path}, or read a folder or zip you have; "
        "without the web, use the built-in 'sample'",
    )


class _Bar:
    """What pooch takes for a progress bar: passes the bytes on to a `ProgressCallback`."""

    def __init__(self, stage: str, report: ProgressCallback) -> None:
        self.total = 0
        self._stage, self._report, self._done = stage, report, 0

    def update(self, count: int) -> None:
        # pooch counts whole chunks, so the last one may go over the end
        self._done = min(self._done + count, self.total) if self.total else self._done + count
        self._report(Progress(f"download {self._stage}", self._done, self.total or None, "bytes"))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> Any:
        return None
