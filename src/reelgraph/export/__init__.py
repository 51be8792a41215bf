"""A bundle in another form: the whole recommender as one page that runs without a server."""

from __future__ import annotations

from reelgraph.export.film_page import PageExport, export_page
from reelgraph.export.film_site import export_site
from reelgraph.export.page_model import PageModel, page_model

__all__ = ["PageExport", "PageModel", "export_page", "export_site", "page_model"]
