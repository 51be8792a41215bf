"""Downloads, from a server on the loopback: never the web."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reelgraph.core import Progress
from reelgraph.core.errors import ConfigError, ReelgraphError
from reelgraph.data import DATASETS, download, get, read
from tests.unit.data import layouts


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def served(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    layouts.zipped_ml_1m(folder)
    (folder / "ml-latest-small").mkdir()
    layouts.pack(layouts.ml_latest(folder / "ml-latest-small"), folder / "ml-latest-small.zip")
    return folder


@pytest.fixture
def url(served: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.fixture
def pinned(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = dataclasses.replace(DATASETS["ml-1m"], md5=_md5(served / "ml-1m.zip"))
    monkeypatch.setattr(download, "DATASETS", {**DATASETS, "ml-1m": entry})


@pytest.mark.usefixtures("pinned")
def test_downloads_once_and_reports_bytes(url: str, served: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    path = get("ml-1m", progress=seen.append, cache_dir=tmp_path / "cache", base_url=url)
    assert path == tmp_path / "cache" / "ml-1m.zip"
    assert len(read(path).ratings) == 5
    size = (served / "ml-1m.zip").stat().st_size
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (size, size, "bytes")
    (served / "ml-1m.zip").unlink()
    assert get("ml-1m", cache_dir=tmp_path / "cache", base_url=url) == path


def test_wrong_checksum_leaves_nothing(url: str, tmp_path: Path) -> None:
    with pytest.raises(ReelgraphError, match="checksum is not the published one"):
        get("ml-1m", cache_dir=tmp_path / "cache", base_url=url)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.usefixtures("pinned")
def test_damaged_cache_is_fetched_again(url: str, tmp_path: Path) -> None:
    path = get("ml-1m", cache_dir=tmp_path, base_url=url)
    path.write_bytes(b"half")
    assert get("ml-1m", cache_dir=tmp_path, base_url=url).stat().st_size > 100


@pytest.mark.parametrize("line", ["MD5 (ml-latest-small.zip) = {}", "{}  ml-latest-small.zip"])
def test_without_a_pin_the_published_checksum_is_used(url: str, served: Path, tmp_path: Path, line: str) -> None:
    archive = served / "ml-latest-small.zip"
    (served / "ml-latest-small.zip.md5").write_text(line.format(_md5(archive)) + "\n")
    path = get("ml-latest-small", cache_dir=tmp_path / "cache", base_url=url)
    assert _md5(path) == _md5(archive)
    archive.unlink()  # what is in the cache is checked against the saved checksum, without the web
    assert get("ml-latest-small", cache_dir=tmp_path / "cache", base_url=url) == path
    path.write_bytes(b"half")
    with pytest.raises(ReelgraphError, match="cannot download"):
        get("ml-latest-small", cache_dir=tmp_path / "cache", base_url=url)


def test_published_checksum_may_be_wrong_or_no_checksum(url: str, served: Path, tmp_path: Path) -> None:
    sidecar = served / "ml-latest-small.zip.md5"
    sidecar.write_text("0" * 32)
    with pytest.raises(ReelgraphError, match="checksum"):
        get("ml-latest-small", cache_dir=tmp_path / "cache", base_url=url)
    sidecar.write_text("<html>moved</html>")
    with pytest.raises(ReelgraphError, match="contains no MD5"):
        get("ml-latest-small", cache_dir=tmp_path / "cache", base_url=url)
    assert not (tmp_path / "cache" / "ml-latest-small.zip").exists()


def test_file_put_there_by_hand_is_taken_when_whole(served: Path, tmp_path: Path) -> None:
    target = tmp_path / "ml-latest-small.zip"
    nowhere = "http://127.0.0.1:9/"
    target.write_bytes((served / "ml-latest-small.zip").read_bytes())
    assert get("ml-latest-small", cache_dir=tmp_path, base_url=nowhere) == target
    target.write_bytes(target.read_bytes()[:-30])
    with pytest.raises(ReelgraphError, match="cannot download"):
        get("ml-latest-small", cache_dir=tmp_path, base_url=nowhere)


def test_no_web_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReelgraphError) as caught:
        get("ml-100k", cache_dir=tmp_path / "cache", base_url="http://127.0.0.1:9/")
    message = str(caught.value)
    assert "\n" not in message
    assert "http://127.0.0.1:9/ml-100k.zip" in message
    assert str(tmp_path / "cache" / "ml-100k.zip") in message
    assert "sample" in message


def test_unknown_name_has_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="ml-100k"):
        get("ml-100")


def test_registry() -> None:
    assert set(DATASETS) == {f"ml-{size}" for size in ("latest-small", "100k", "1m", "10m", "20m", "25m", "32m")}
    for name, entry in DATASETS.items():
        assert entry.name == name
        assert entry.url == f"https://files.grouplens.org/datasets/movielens/{name}.zip"
        assert entry.md5 is None or len(entry.md5) == 32
        assert entry.size > 0
        assert "research" in entry.terms
