"""The service worker with its version, and with the files that it keeps for a start without a connection."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

import orjson

from reelgraph._version import __version__
from reelgraph.export.film_page import SHARED_STYLES

_FOLDER = Path(__file__).parent
_WORKER = "service_worker.js"
_FIRST_SCRIPTS = ("home.js", "theme.js")  # of the first page; what they import belongs to them
_FIRST_FILES = ("page.css", "parts.css", "icon.svg")
_FIRST_PAGES = ("/",)
_LATER_PAGES = ("/offline", "/tonight", "/together", "/taste", "/diary", "/share", "/privacy", "/model")
_IMPORT = re.compile(r"""^import (?:[^"']* from )?["']\./([a-z0-9_]+\.js)["']""", re.MULTILINE)


@cache
def service_worker(bundle_digest: str) -> str:
    """The script of the service worker.

    Args:
        bundle_digest: of the bundle in use, which pages and answers depend on.

    Returns:
        ``static/service_worker.js`` after three constants: ``VERSION``, which changes with every file of the page
        and with the bundle; ``SHELL``, what the first page consists of, kept at once; ``LATER``, all else, kept from
        the second page on, because a first visit is to be light.
    """
    names = sorted(path.name for path in (_FOLDER / "static").iterdir() if path.name != _WORKER)
    first = _imported(_FIRST_SCRIPTS)
    shell = [name for name in names if name in first or name in _FIRST_FILES]
    later = [name for name in names if name not in shell and name.endswith((".js", ".svg", ".css"))]
    constants = {
        "VERSION": _version(bundle_digest),
        "SHELL": [*_FIRST_PAGES, *(f"/static/{name}" for name in shell)],
        "LATER": [*_LATER_PAGES, *(f"/static/{name}" for name in later)],
    }
    lines = [f"const {name} = {orjson.dumps(value).decode()};" for name, value in constants.items()]
    return "\n".join([*lines, (_FOLDER / "static" / _WORKER).read_text(encoding="utf-8")])


def _imported(names: tuple[str, ...]) -> set[str]:
    """These modules and all that they import, directly or not."""
    modules, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in modules:
            modules.add(name)
            waiting += _IMPORT.findall((_FOLDER / "static" / name).read_text(encoding="utf-8"))
    return modules


def _version(bundle_digest: str) -> str:
    digest = hashlib.blake2b(f"{__version__} {bundle_digest}".encode(), digest_size=8)
    for path in (SHARED_STYLES, *sorted(_FOLDER.rglob("*"))):
        if path.is_file() and path.suffix in (".js", ".css", ".svg", ".html", ".toml", ".json", ".yaml"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
