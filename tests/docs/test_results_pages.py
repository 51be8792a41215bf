"""The figures in the documentation are those of benchmarks/results.jsonl."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "docs" / "results.md", *sorted((ROOT / "docs" / "models").glob("*.md")))
LABELS = {"`gcn`, the reference setting": "gcn:gcn-reference", "`gcn`, larger batches and side features": "gcn"}


def rows(page: Path) -> list[list[str]]:
    """The rows of the tables of figures: protocol, model, cells."""
    lines = page.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    return [row for row in cells if any(cell.count("[") == 1 and cell[:2] == "0." for cell in row)]


@pytest.fixture(scope="module")
def measured() -> dict[tuple[str, str], set[str]]:
    """Protocol and model -> the newest figures on each data set, as the pages write them."""
    newest: dict[tuple[str, str, str], dict[str, dict[str, float]]] = {}
    for line in (ROOT / "benchmarks" / "results.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        newest[row["protocol"], row["model"], row["data_sha256"]] = row["metrics"]
    figures: dict[tuple[str, str], set[str]] = {}
    for (protocol, model, _), metrics in newest.items():
        texts = {f"{m['mean']:.4f} [{m['low']:.4f}, {m['high']:.4f}]" for m in metrics.values()}
        figures.setdefault((protocol, model), set()).update(texts)
    return figures


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_figures_are_those_measured(page: Path, measured: dict[tuple[str, str], set[str]]) -> None:
    for protocol, model, *cells in rows(page):
        found = measured[protocol.split()[0].strip("`"), LABELS.get(model, model.strip("`"))]
        assert set(cells) - {"-"} <= found, (protocol, model)


def test_every_page_of_a_model_has_figures() -> None:
    counts = {page.stem: len(rows(page)) for page in PAGES}
    assert counts["results"] >= 70
    assert min(count for name, count in counts.items() if name != "index") >= 2


def test_the_table_of_all_tasks_has_the_figures_measured(measured: dict[tuple[str, str], set[str]]) -> None:
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| [")]
    assert len(lines) == 8
    for task, protocol, *cells in lines:
        figures = [re.fullmatch(r"`(\S+)` (0\.\d{4})", cell) for cell in cells[:3]]
        assert all(figures[:2])
        for name, mean in (figure.groups() for figure in figures if figure):
            assert any(text.startswith(f"{mean} [") for text in measured[protocol.strip("`"), name]), (task, name)
