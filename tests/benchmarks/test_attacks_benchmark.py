"""The attacks of the benchmark work against the service of the tests, and find it closed."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.service.attacks import foreign_pages
from benchmarks.service.attacks.__main__ import ATTACKS, table_rows
from benchmarks.service.attacks.target import Target
from tests.service.conftest import Start, starting


def target(tmp_path: Path, start: Start) -> Target:
    service = start(open=True)
    items = tuple(str(item) for item in range(10, 90, 10))
    return Target(str(service.http.base_url).rstrip("/"), os.getpid(), tmp_path, "", items * 2)


def test_a_foreign_page_changes_nothing(tmp_path: Path) -> None:
    with starting(tmp_path) as start:
        attacked = target(tmp_path, start)
        assert set(foreign_pages.attack(attacked).values()) == {"403"}


def test_the_table_has_a_row_for_each_figure_and_a_column_for_each_service() -> None:
    assert len(ATTACKS) == 8
    results = {"before": {("guests", "people"): "190"}, "now": {("guests", "people"): "60", ("keys", "ms"): "1"}}
    assert table_rows(results) == [("guests", "people", "190", "60"), ("keys", "ms", "", "1")]
