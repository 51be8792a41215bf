"""experiments/log.md is one row a trial, and every row leads to the text behind it."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "experiments"
LOG = (FOLDER / "log.md").read_text(encoding="utf-8")
NOTES = (FOLDER / "notes.md").read_text(encoding="utf-8")
COLUMNS = ["date", "data", "change", "metric", "before", "after", "kept", "text"]


def anchor(heading: str) -> str:
    """The address of a heading within its page."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def tables() -> list[list[list[str]]]:
    blocks = re.findall(r"(?m)(?:^\|.*\n)+", LOG)
    return [[line.strip("| ").split(" | ") for line in block.splitlines()] for block in blocks]


def test_a_row_is_a_trial() -> None:
    assert len(tables()) >= 20
    for header, _, *rows in tables():
        assert header == COLUMNS
        assert rows
        for row in rows:
            assert len(row) == len(COLUMNS), row
            assert all(row), row
            datetime.date.fromisoformat(row[0])


def test_every_row_leads_to_a_paragraph_and_every_paragraph_has_a_row() -> None:
    headings = {anchor(heading) for heading in re.findall(r"(?m)^## (.+)$", NOTES)}
    targets = set(re.findall(r"\(notes\.md#([^)]+)\)", LOG))
    rows = sum(len(table) - 2 for table in tables())
    assert len(re.findall(r"\| \[notes\]\(notes\.md#[^)]+\) \|", LOG)) == rows > 200
    assert targets == headings
