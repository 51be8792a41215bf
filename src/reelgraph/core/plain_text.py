"""Other people's text without what no reader sees: control characters, and marks that turn or hide letters."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKS = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Marks of the direction of writing, letters without width and tags; not the joiners that Persian and Hindi need."""


def plain_text(text: str, control: str = " ") -> str:
    r"""A text with control characters replaced, half surrogate pairs as U+FFFD, and without invisible marks.

    Args:
        text: of anybody.
        control: what a control character, or a mark that parts lines or paragraphs, is replaced by.

    Examples:
        >>> plain_text("a\x00b \u202egpj.exe\u202c")
        'a b gpj.exe'

    Source: Unicode Technical Report 36, "Unicode Security Considerations", 2.5 and 3.6.
    """
    if text.isascii() and text.isprintable():  # nearly all texts of the large files
        return text
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub(control, _MARKS.sub("", text)))
