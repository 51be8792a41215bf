"""Text in CSV files that people open in spreadsheets, where a cell that begins with ``=`` is run as a formula."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_ESCAPED = re.compile(r"'(?=[=+\-@\t\r\n])")


def escape_formula(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would take it for a formula.

    Source: OWASP, "CSV Injection".

    Examples:
        >>> escape_formula("=HYPERLINK(...)"), escape_formula("Heat")
        ("'=HYPERLINK(...)", 'Heat')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    """The text without the apostrophe of `escape_formula`, which other programs write too."""
    return _ESCAPED.sub("", text, count=1) if _ESCAPED.match(text) else text
