"""A small bundle, saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.bundle.saved_bundles import bundle


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return bundle().save(tmp_path / "B")
