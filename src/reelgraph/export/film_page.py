"""The whole recommender as one page, which a browser opens from disk: without a server, and without any request."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from reelgraph._util.atomic_files import atomic_write
from reelgraph._version import __version__
from reelgraph.bundle import Bundle, require_outside_bundles
from reelgraph.core.argument_checks import require_path, require_type
from reelgraph.core.errors import CapabilityError
from reelgraph.export.array_archive import ArrayArchive
from reelgraph.export.describe import describe
from reelgraph.export.measured_loss import MeasuredLoss, measured_loss
from reelgraph.export.page_model import DRAWS, PageModel, page_model
from reelgraph.export.sections import add_model, add_movies, describe_scale
from reelgraph.export.title_rules import title_rules

TITLE = "What to watch next"
"""Title of a page that is given none."""

_KEY_MOVIES = 20  # by which the data are known again

_FOLDER = Path(__file__).parent / "page"
_SHARED = "shared.css"
_STYLES = ("page.css", _SHARED, "parts.css")
_SCRIPTS = (
    "array_archive.js", "parts.js", "normal.js", "person_stars.js", "ranking.js", "stars.js", "text.js", "titles.js",
    "title_index.js", "fuzzy.js", "match.js", "dates.js", "zip.js", "csv.js", "entries.js", "services.js", "trakt.js",
    "read_export.js", "title_search.js", "engine.js", "dom.js", "poster.js", "person.js", "star_input.js", "reasons.js",
    "wall.js", "filters.js", "search_box.js", "picks.js", "mine.js", "import_view.js", "app.js",
)  # fmt: skip
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|class|const|let) ([\w$]+)", re.MULTILINE)


SHARED_STYLES = _FOLDER / _SHARED
"""The styles that this page and that of the service have in common."""


@dataclass(frozen=True)
class PageExport:
    """What was written.

    Args:
        path: of the page.
        n_bytes: its size.
        model: what it ranks and predicts with.
        loss: what it loses against the bundle; None where that was not measured.
        sentences: the same in words, as the page says it.
    """

    path: Path
    n_bytes: int
    model: PageModel
    loss: MeasuredLoss | None
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class BuiltPage:
    """A page before it is written.

    Args:
        content: UTF-8.
        model: see `PageExport`.
        loss: see `PageExport`.
        sentences: see `PageExport`.
    """

    content: bytes
    model: PageModel
    loss: MeasuredLoss | None
    sentences: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What tells this page from any other."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    def written(self, path: Path, n_bytes: int) -> PageExport:
        """What is said of it once it is at ``path``."""
        return PageExport(path, n_bytes, self.model, self.loss, self.sentences)


def export_page(
    bundle: Bundle,
    path: str | Path,
    *,
    title: str | None = None,
    without: Collection[str] = (),
    draws: int = DRAWS,
    measure: bool = True,
) -> PageExport:
    """Write a bundle as one page that recommends without a server.

    The page has the catalogue and the model, see `page_model`, and no person. It reads the exports of Letterboxd, IMDb,
    Trakt and Netflix as `import_export <reelgraph.importers.import_export>` does, and keeps what it is given in the
    browser.

    Args:
        bundle: of ``graph-filter``, ``lightgcn`` or a blend of them.
        path: of the page, replaced if it is there.
        title: of the page; `TITLE` when None.
        without: names of parts of the model to leave out, see `page_model`.
        draws: of the model of the stars.
        measure: measure on ratings that the bundle holds back what the page loses; it needs a bundle with people.

    Raises:
        CapabilityError: the model cannot be put into a page, or the bundle has no stars.
        ConfigError: ``without`` or ``draws`` is not valid.
        BundleError: the path lies inside a bundle.
        OSError: the page cannot be written; what was there stays.
    """
    require_path("export_page", "path", path)
    require_outside_bundles(Path(path))
    built, path = built_page(bundle, title, without, draws, measure), Path(path)
    atomic_write(path, built.content)
    return built.written(path, len(built.content))


def built_page(
    bundle: Bundle,
    title: str | None,
    without: Collection[str],
    draws: int,
    measure: bool,
    *,
    head: str = "",
    sources: str = "",
) -> BuiltPage:
    """The page of a bundle, see `export_page`.

    Args:
        bundle: see `export_page`; so are ``title``, ``without``, ``draws`` and ``measure``.
        title: of the page.
        without: names of parts.
        draws: of the model of the stars.
        measure: whether what is lost is measured.
        head: markup for its head.
        sources: directives of the content policy beside those that a page from disk has, each followed by "; ".
    """
    require_type("export_page", "bundle", bundle, Bundle)
    if bundle.scale is None:
        raise CapabilityError("a page is for ratings in stars", f"this bundle is of {bundle.feedback} feedback")
    model = page_model(bundle.scorer, without, draws)
    loss = measured_loss(bundle, model) if measure else None
    archive = ArrayArchive()
    meta: dict[str, Any] = {
        "model": add_model(archive, model),
        "scale": describe_scale(bundle),
        "movies": add_movies(archive, bundle),
    }
    archive.add_json("rules", title_rules())
    sentences = describe(bundle, model, loss)
    packed = archive.packed()
    meta |= {
        "sections": archive.directory,
        "size": sum(map(len, archive.parts)),
        "person": person_key(bundle),
        "version": __version__,
    }
    content = _page(title or TITLE, meta, packed, sentences, head, sources).encode()
    return BuiltPage(content, model, loss, sentences)


def person_key(bundle: Bundle) -> str:
    """Under which a browser keeps the visitor's ratings: the same after a new fit, another one for other data.

    It has the name of the data and a hash of the first movies, because new ones come behind them.
    """
    rows = range(min(_KEY_MOVIES, len(bundle.items)))
    movies = [[str(bundle.items.ids[row]), str(bundle.catalogue.title[row])] for row in rows]
    digest = hashlib.sha256(json.dumps(movies).encode()).hexdigest()
    return f"{bundle.info.get('data', {}).get('name', 'films')}-{digest[:16]}"


def _page(
    title: str, meta: dict[str, Any], packed: str, sentences: tuple[str, ...], head: str = "", sources: str = ""
) -> str:
    """The text of the page."""
    style, script = styles(), scripts()
    policy = (
        f"default-src 'none'; script-src {_source_of(script)}; style-src {_source_of(style)}; {sources}"
        "base-uri 'none'; form-action 'none'"
    )
    values = {
        "policy": escape(policy),
        "head": head,
        "title": escape(title),
        "style": style,
        "script": script,
        "about": "\n".join(f"<p>{escape(sentence)}</p>" for sentence in sentences),
        "meta": json.dumps(meta, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        "data": packed,
    }
    template = (_FOLDER / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match.group(1)], template)


@cache
def styles() -> str:
    """All styles of the page."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _STYLES)


@cache
def scripts() -> str:
    """All scripts of the page as one, each module in a scope of its own: a page from disk cannot import any."""
    modules = [_as_function(name, (_FOLDER / name).read_text(encoding="utf-8")) for name in _SCRIPTS]
    return '"use strict";\n(() => {\n' + "\n".join(modules) + "\n})();\n"


def _as_function(name: str, text: str) -> str:
    """A module as a function that is called at once and returns what the module exports."""
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(r"const \1 = \2_module;", text))
    exported = ", ".join(match.group(2) for match in _EXPORT.finditer(text))
    return f"const {name.removesuffix('.js')}_module = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


def _source_of(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"
