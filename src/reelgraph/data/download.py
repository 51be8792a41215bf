"""Download the data sets of GroupLens by name, verify their checksums, and keep them in the user's cache."""

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
_TIMEOUT = 30  # seconds without receiving data
_RESEARCH = "research only, no commercial use, no redistribution without permission; cite doi 10.1145/2827872"
_SHARED = "research only, no commercial use; redistribution under the same terms; cite doi 10.1145/2827872"
_README = "research only, no commercial use; see the README in the zip; cite doi 10.1145/2827872"


@dataclass(frozen=True)
class Download:
    """A data set that can be downloaded.

    Args:
        name: its name; the file is ``<name>.zip``.
        md5: the checksum that GroupLens publishes, hex; None if the file is updated from time to time; then
            the published ``<name>.zip.md5`` is downloaded, too.
        size: approximate size, bytes.
        ratings: approximate number of ratings.
        terms: a summary of its licence; the README inside the zip is authoritative.
    """

    name: str
    md5: str | None
    size: int
    ratings: int
    terms: str

    @property
    def url(self) -> str:
        """The URL of the file."""
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
"""The data sets that can be downloaded, by name."""


def cached(name: str, cache_dir: str | Path | None = None) -> Path:
    """The path of a data set in the cache, whether or not it has been downloaded.

    Args:
        name: a key of `DATASETS`.
        cache_dir: folder of the cache; the user's cache folder when None.

    Raises:
        ConfigError: there is no data set with this name.
    """
    if name not in DATASETS:
        raise ConfigError.unknown(name, DATASETS, "data set")
    import pooch  # not at the top: it imports a web client that most runs do not need

    folder = Path(cache_dir) if cache_dir is not None else Path(pooch.os_cache("reelgraph"))
    return folder / f"{name}.zip"


def get(
    name: str,
    progress: ProgressCallback | None = None,
    cache_dir: str | Path | None = None,
    base_url: str = GROUPLENS,
) -> Path:
    """The zip of a data set, downloaded if it is not in the cache; ``read`` accepts the path.

    The file has its final name only after it is complete and its checksum is verified.

    Args:
        name: a key of `DATASETS`.
        progress: called with the number of bytes received, or None.
        cache_dir: folder of the cache; the user's cache folder when None.
        base_url: the URL of the files, with a slash at the end.

    Raises:
        ConfigError: there is no data set with this name.
        ReelgraphError: the download fails or is damaged; says where to download it by hand and where to put it.
    """
    path = cached(name, cache_dir)
    md5 = DATASETS[name].md5
    if md5 is None and path.is_file():
        # Without a fixed checksum, use the one saved with the file: no network access is needed.
        md5 = _saved_md5(path)
        if md5 is None and _is_complete(path):
            return path  # downloaded by hand
    if md5 is not None and path.is_file() and _md5(path) == md5:
        return path
    try:
        if md5 is None or DATASETS[name].md5 is None:
            md5 = _published_md5(name, path, base_url)
        return _retrieve(f"{base_url}{name}.zip", f"md5:{md5}", path, progress)
    except (OSError, ValueError) as error:  # errors of requests are OSErrors; a wrong checksum is a ValueError
        raise _download_error(name, path, base_url, error) from None


def _retrieve(url: str, known_hash: str | None, path: Path, progress: ProgressCallback | None) -> Path:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(
        timeout=_TIMEOUT, progressbar=_ProgressBar(path.name, progress) if progress is not None else False
    )
    fetched = pooch.retrieve(url, known_hash=known_hash, fname=path.name, path=path.parent, downloader=downloader)
    return Path(fetched)


def _published_md5(name: str, path: Path, base_url: str) -> str:
    sidecar = path.with_name(f"{path.name}.md5")
    sidecar.unlink(missing_ok=True)
    text = _retrieve(f"{base_url}{name}.zip.md5", None, sidecar, None).read_text(encoding="utf-8", errors="replace")
    md5 = _find_md5(text)
    if md5 is None:
        sidecar.unlink(missing_ok=True)
        raise ValueError(f"{sidecar.name} contains no MD5 checksum")
    return md5


def _saved_md5(path: Path) -> str | None:
    sidecar = path.with_name(f"{path.name}.md5")
    return _find_md5(sidecar.read_text(encoding="utf-8", errors="replace")) if sidecar.is_file() else None


def _find_md5(text: str) -> str | None:
    match = re.search(r"\b[0-9a-fA-F]{32}\b", text)
    return match.group().lower() if match else None


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _is_complete(path: Path) -> bool:
    """True for a zip with ratings and movies in which all members have the right checksum."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(member).name for member in archive.namelist()}
            return {"ratings.csv", "movies.csv"} <= names and archive.testzip() is None
    except (zipfile.BadZipFile, OSError):
        return False


def _download_error(name: str, path: Path, base_url: str, error: Exception) -> ReelgraphError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    reason = "the checksum is not the published one" if "hash of downloaded file" in str(error) else reason
    return ReelgraphError(
        f"cannot download {name} from {base_url}{name}.zip: {reason}",
        f"download it by hand to {path}, or read a folder or zip that you have; "
        "without network access, use the built-in 'sample'",
    )


class _ProgressBar:
    """A progress bar for pooch that reports to a `ProgressCallback`."""

    def __init__(self, stage: str, report: ProgressCallback) -> None:
        self.total = 0
        self._stage, self._report, self._done = stage, report, 0

    def update(self, count: int) -> None:
        # pooch counts whole chunks, so the last one may exceed the total
        self._done = min(self._done + count, self.total) if self.total else self._done + count
        self._report(Progress(f"download {self._stage}", self._done, self.total or None, "bytes"))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> Any:
        return None
