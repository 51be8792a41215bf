"""The page of `export_page` as the files of a static site: it can be installed, and starts without a connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from reelgraph._util.atomic_files import atomic_write_folder
from reelgraph.bundle import Bundle, require_outside_bundles
from reelgraph.core.errors import ConfigError
from reelgraph.export.film_page import TITLE, PageExport, built_page
from reelgraph.export.icons import icon_png
from reelgraph.export.page_model import DRAWS

_PAGE, _MANIFEST, _WORKER = "index.html", "manifest.webmanifest", "service_worker.js"
_SAFE_MARGIN = 0.14  # keeps the reel inside the circle that a phone may cut out of the icon
_ICONS: Mapping[str, Callable[[], bytes]] = {
    "icon-192.png": lambda: icon_png(192),
    "icon-512.png": lambda: icon_png(512),
    "icon-maskable.png": lambda: icon_png(512, _SAFE_MARGIN, opaque=True),
    "apple-touch-icon.png": lambda: icon_png(180, 0.08, opaque=True),
}
_FILES = (_PAGE, _MANIFEST, _WORKER, *_ICONS)
_WORKER_HEAD, _MANIFEST_HEAD = "const VERSION = ", '{\n "id": "./",\n'  # how those of a site begin
_GROUND = "#f6f2ea"
_HEAD = f"""
<link rel="manifest" href="{_MANIFEST}">
<link rel="icon" href="icon-192.png">
<link rel="apple-touch-icon" href="apple-touch-icon.png">
<meta name="theme-color" content="{_GROUND}">"""
_SOURCES = "img-src 'self'; manifest-src 'self'; worker-src 'self'; "


def require_site_path(path: str | Path) -> Path:
    """The path, if a site may be written there: nothing is there, an empty folder, or one with nothing but a site.

    Raises:
        ConfigError: something else is there.
        BundleError: it lies inside a bundle.
    """
    path = Path(path)
    require_outside_bundles(path)
    if not path.exists():
        return path
    if not path.is_dir():
        raise ConfigError(str(path), "is a file; give the name of a folder")
    others = sorted({entry.name for entry in path.iterdir()} - {*_FILES})
    if others:
        raise ConfigError(str(path), f"holds {others[0]}, which is no file of a site; give a folder of its own")
    if any(path.iterdir()) and not (
        _begins(path / _MANIFEST, _MANIFEST_HEAD) and _begins(path / _WORKER, _WORKER_HEAD)
    ):
        expected = f"holds files, but not the {_MANIFEST} and {_WORKER} of a site that was exported"
        raise ConfigError(str(path), f"{expected}; give a folder of its own")
    return path


def _begins(path: Path, head: str) -> bool:
    """Whether a file is there and begins with a text."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(head)) == head.encode()


def export_site(
    bundle: Bundle,
    path: str | Path,
    *,
    title: str | None = None,
    without: Collection[str] = (),
    draws: int = DRAWS,
    measure: bool = True,
) -> PageExport:
    """Write a bundle as a folder for any host of static files: the page of `export_page`, installable and offline.

    Beside the page are a manifest, a service worker that keeps all of it, and icons. The content policy lets the page
    load these from its own address, and still lets it send nothing. All addresses are relative, so it works below any
    path. Browsers run service workers of ``https:`` addresses and of ``localhost``.

    Args:
        bundle: see `export_page`.
        path: the folder; replaced if it is there and is empty, or holds a site and nothing else.
        title: of the page, and of the installed program.
        without: see `export_page`.
        draws: see `export_page`.
        measure: see `export_page`.

    Raises:
        CapabilityError: see `export_page`.
        ConfigError: ``without`` or ``draws`` is not valid, or the folder holds something else.
        OSError: the folder cannot be written; what was there stays.
    """
    path = require_site_path(path)
    built = built_page(bundle, title, without, draws, measure, head=_HEAD, sources=_SOURCES)
    contents = {
        _PAGE: built.content,
        _MANIFEST: json.dumps(_manifest(title or TITLE), indent=1, ensure_ascii=False).encode(),
        _WORKER: _worker(built.digest).encode(),
        **{name: icon() for name, icon in _ICONS.items()},
    }
    atomic_write_folder(path, contents)
    return built.written(path, sum(map(len, contents.values())))


def _manifest(title: str) -> dict[str, object]:
    return {
        "id": "./",
        "name": title,
        "short_name": title,
        "lang": "en",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": _GROUND,
        "theme_color": _GROUND,
        "icons": [
            {"src": "icon-192.png", "sizes": "192x192", "type": "image/png"},
            {"src": "icon-512.png", "sizes": "512x512", "type": "image/png"},
            {"src": "icon-maskable.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }


def _worker(version: str) -> str:
    """The service worker of one version of the page, and the names of all that it keeps."""
    cached_files = ["./", *(name for name in _FILES if name not in (_PAGE, _WORKER))]
    text = (Path(__file__).parent / "site" / _WORKER).read_text(encoding="utf-8")
    return f"{_WORKER_HEAD}{json.dumps(version)};\nconst FILES = {json.dumps(cached_files)};\n{text}"
