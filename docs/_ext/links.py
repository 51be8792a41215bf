"""Links of pages and docstrings.

A page links to files of the repository by their relative path, as it must to work where the sources are browsed. Those
that are no page of the documentation become links to the repository. A path that does not exist stays unresolved, which
is a warning, and so an error.
"""

from __future__ import annotations

import os
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def _link_to_repository(app: Sphinx, doctree: nodes.document) -> None:
    root = Path(app.srcdir).parent
    folder = (Path(app.srcdir) / app.env.docname).parent
    for kind in (addnodes.pending_xref, addnodes.download_reference):
        for node in list(doctree.findall(kind)):
            if node.get("reftype") != "myst" or node["reftarget"] in app.env.found_docs:
                continue
            # A Markdown file outside the documentation is named without its ending.
            target = Path(os.path.normpath(folder / node["reftarget"]))
            target = target if target.exists() else target.with_name(f"{target.name}.md")
            if not target.exists() or not target.is_relative_to(root) or target.is_relative_to(app.srcdir):
                continue
            view = "tree" if target.is_dir() else "blob"
            address = f"{app.config.repository_url}/{view}/main/{target.relative_to(root).as_posix()}"
            node.replace_self(nodes.reference("", "", *node.children, refuri=address, internal=False))


def _unlink_metric_names(app: Sphinx, doctree: nodes.document) -> None:
    """In docstrings, ``NDCG@10`` is taken for an address of e-mail."""
    for node in list(doctree.findall(nodes.reference)):
        if node.get("refuri", "").startswith("mailto:"):
            node.replace_self(node.children)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both steps, which run on each page after it is read."""
    app.add_config_value("repository_url", "", "env", str)
    app.connect("doctree-read", _link_to_repository, priority=400)  # before files are collected as downloads
    app.connect("doctree-read", _unlink_metric_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
