"""Views of three people, and what is read of a source."""

from __future__ import annotations

from pathlib import Path

from reelgraph.core import Dataset

USERS = ["ann", "ann", "bob", "bob", "cy", "cy"]


ITEMS = ["heat", "big", "heat", "alien", "big", "alien"]


TIMES = [1_700_000_000 + 60 * n for n in range(6)]


PAIRS = {"user": USERS, "item": ITEMS}


def facts(data: Dataset) -> tuple[str, list[float]]:
    """Feedback and ratings of a data set without a scale."""
    assert data.ratings.scale is None
    return data.ratings.feedback, data.ratings.rating.tolist()


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path
