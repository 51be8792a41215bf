"""Means over the folds, by hand."""

from __future__ import annotations

from benchmarks.accuracy.folds import means


def row(model: str, fold: int, rmse: float) -> dict[str, object]:
    return {"protocol": f"ml-100k-u{fold}", "model": model, "metrics": {"rmse": {"mean": rmse}}, "commit": "abc"}


def test_newest_of_each_fold_and_only_models_with_all_five() -> None:
    rows = [row("a", 1, 9.0), *(row("a", fold, 0.8 + fold / 100) for fold in range(1, 6)), row("b", 1, 0.5)]
    rows += [row("c", fold, 0.5) for fold in range(1, 6)]
    rows.append({"protocol": "temporal", "model": "a", "metrics": {"rmse": {"mean": 0.1}}, "commit": "abc"})
    best, other = means(rows)  # type: ignore[arg-type]
    assert best["model"] == "c"
    assert other["mean"] == 0.83  # (0.81 + 0.82 + 0.83 + 0.84 + 0.85) / 5
    assert other["rmse"]["ml-100k-u1"] == 0.81
