"""Settings of the documentation, built by ``make docs``: Sphinx with Markdown pages, warnings are errors."""

import sys
import tomllib
from pathlib import Path

import reelgraph

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE / "_ext"))
_PROJECT = tomllib.loads((_HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "reelgraph"
author = "The reelgraph authors"
copyright = author
release = version = reelgraph.__version__
repository_url = _PROJECT["urls"]["Repository"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "links",
    "mathml",
    "reference_tables",
    "rest_reference",
]
exclude_patterns = ["_ext", "_static"]
# Fences of CSV and console text that no lexer knows are shown plain.
suppress_warnings = ["misc.highlighting_failure"]

# Formulas become MathML while the pages are built, so a page needs no script from another server.
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3

autosummary_generate = False
autodoc_typehints = "signature"
autodoc_member_order = "groupwise"
autodoc_preserve_defaults = True
autodoc_type_aliases = {name: name for name in ("AnyArray", "BoolArray", "FloatArray", "IntArray", "Matrix")}
napoleon_custom_sections = [("Source", "notes"), ("Cost", "notes"), ("Departures", "notes")]
default_role = "py:obj"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100

html_theme = "furo"
html_title = f"reelgraph {release}"
html_static_path = ["_static"]
html_css_files = ["formulas.css"]
html_show_sourcelink = False
html_copy_source = False
