"""What it brings to count movies that people saw without rating them, on the validation part.

``python -m benchmarks.accuracy.seen_weight --data DIR [--model NAME] [--stripped 0.3] [--which random] [--json]``
fits a model on the train part of a split per person, takes the stars from a share of each validation person's history
and ranks their held-back movies with each weight of the movies without stars. NDCG@10 comes with its 95 % interval and
the paired differences to weight 0, where these movies are hidden and nothing else, as they were before they counted. At
share 1 weight 0 is the list of the most rated movies. ``liked`` counts only held-back ratings of at least four fifths
of the highest. ``--which lowest`` takes the stars from the movies that each person rated lowest, as for people who rate
only what they love. The test part is not looked at.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import (
    EvalPart,
    EvalReport,
    FloatArray,
    IntArray,
    Matrix,
    Metric,
    RatingScale,
    Scorer,
    require_scale,
)
from reelgraph.core.rating_scale import at_least
from reelgraph.data import PerUser, index, split
from reelgraph.evaluation.bootstrap import paired, summarise
from reelgraph.evaluation.full_ranking import top_k_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers import PopularityScorer

WEIGHTS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
KNOWN = "stars known"
Which = Literal["random", "lowest"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="A data set.")],
    model: Annotated[str, typer.Option(help="The model.")] = "blend",
    stripped: Annotated[list[float] | None, typer.Option(help="Share of a history without stars; repeatable.")] = None,
    which: Annotated[Which, typer.Option(help="Which ratings lose their stars.")] = "random",
    people: Annotated[int, typer.Option(min=2, help="People measured, at most.")] = 1000,
    config: Annotated[Path | None, typer.Option(help="TOML file with other settings of the model.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the fit and the ratings that lose stars.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a share and weight.")] = False,
) -> None:
    """Measure the weights."""
    dataset, _ = pipeline.load(data)
    parts = split(index(dataset.ratings), PerUser(valid=0.1, test=0.1), seed)
    fitted_model = pipeline.make_model(model, config)
    scorer = fitted_model.fit(parts.train, pipeline.fit_context(dataset, parts, seed=seed)).scorer
    popularity = PopularityScorer(np.bincount(parts.train.item_row, minlength=parts.train.n_items))
    scale = require_scale(parts.train.scale, "the weight of movies without stars")
    part = parts.valid.take(_sample(len(parts.valid), people))
    for share in stripped or [0.3, 1.0]:
        reports = measure(scorer, popularity, part, scale, share, which, seed)
        if as_json:
            head = {"data": dataset.name, "data_sha256": dataset.sha256, "model": model, "stripped": share,
                    "which": which, "seed": seed, "people": len(part), "part": "valid"}  # fmt: skip
            for name, report in reports.items():
                row = {**head, "weight": name, **figures(report, reports["0"])}
                print(json.dumps(finite({**row, "versions": installed_versions()})), flush=True)
        else:
            _table(reports, f"{model} on {dataset.name}: no stars for {share:.0%} of each history ({which})")


def measure(
    scorer: Scorer,
    popularity: Scorer,
    part: EvalPart,
    scale: RatingScale,
    share: float,
    which: Which = "random",
    seed: int = 0,
) -> dict[str, EvalReport]:
    """Per-person NDCG@10 with each weight, and with all stars known.

    Args:
        scorer: the fitted model.
        popularity: ranks for people of whom the model can use nothing.
        part: people with their histories and targets.
        scale: of the ratings.
        share: of each history that loses its stars, at least one rating.
        which: which ratings lose them.
        seed: of the random choice and the bootstrap.
    """
    values: dict[str, list[tuple[float, float]]] = {}
    for person in range(len(part)):
        rng = np.random.default_rng(np.random.SeedSequence([seed, int(part.users[person])]))
        history = part.history[[person]]
        if not history.nnz:
            continue
        unrated = _unrated_positions(history, share, which, rng)
        target, seen = part.target[[person]], part.seen[[person]]
        for name, weighted in _variants(history, unrated, scale).items():
            ranker = scorer if weighted.informs(scorer) else popularity
            scores = score_histories([weighted], ranker)
            values.setdefault(name, []).append(_ndcg(scores, seen, target, part.candidates, scale.liked_from))
    return {name: _report(np.array(rows), seed) for name, rows in values.items()}


def _variants(history: Matrix, unrated: IntArray, scale: RatingScale) -> dict[str, WeightedHistory]:
    rated = WeightedHistory.unweighted(history)
    known = rated.at(np.setdiff1d(np.arange(history.nnz), unrated))
    item_rows = history.indices[unrated].astype(np.int64)
    with_seen = {f"{weight:g}": known.including(item_rows, scale.liked_from, weight) for weight in WEIGHTS}
    return {KNOWN: rated, **with_seen}


def _unrated_positions(history: Matrix, share: float, which: Which, rng: np.random.Generator) -> IntArray:
    """Positions of the ratings that lose their stars; ties of the lowest are broken at random."""
    order = rng.permutation(history.nnz)
    if which == "lowest":
        order = order[np.argsort(history.data[order], kind="stable")]
    positions: IntArray = np.sort(order[: max(1, round(share * history.nnz))])
    return positions


def _ndcg(
    scores: FloatArray, seen: Matrix, target: Matrix, candidates: IntArray | None, liked_from: float
) -> tuple[float, float]:
    """NDCG@10 of all held-back movies, and of the liked ones (NaN without any)."""
    is_liked = at_least(target.data, liked_from)
    liked = Matrix((target.data[is_liked], target.indices[is_liked], [0, int(is_liked.sum())]), shape=target.shape)
    both = [
        float(ndcg(top_k_hits(scores, seen, relevant, 10, candidates).hits, np.array([relevant.nnz]))[0])
        for relevant in (target, liked)
    ]
    return both[0], both[1]


def _report(rows: FloatArray, seed: int) -> EvalReport:
    per_user = {"ndcg@10": rows[:, 0], "ndcg_liked@10": rows[:, 1]}
    return EvalReport(per_user, {}, summarise(per_user, {}, seed), "no stars for a share of each history", seed)


def figures(report: EvalReport, hidden: EvalReport) -> dict[str, dict[str, Any]]:
    """The metrics and their paired differences to hiding, JSON-ready."""

    def plain(metric: Metric) -> dict[str, float]:
        return {"mean": metric.mean, "low": metric.low, "high": metric.high}

    return {
        "metrics": {name: plain(report[name]) for name in report},
        "difference": {name: plain(paired(report, hidden, name)) for name in report},
    }


def _sample(n_people: int, most: int) -> IntArray:
    """Up to ``most`` rows at equal distances."""
    return np.unique(np.linspace(0, n_people - 1, min(most, n_people)).astype(np.int64))


def _table(reports: dict[str, EvalReport], title: str) -> None:
    rows: list[Sequence[object]] = []
    for name, report in reports.items():
        cells = []
        for metric in report:
            change = paired(report, reports["0"], metric)
            cells += [str(report[metric]), f"{change.mean:+.4f} [{change.low:+.4f}, {change.high:+.4f}]"]
        rows.append([name, *cells])
    columns = ["weight", "NDCG@10", "less weight 0", "NDCG@10 of liked", "less weight 0"]
    print_table(title, columns, rows, "weight 0: hidden, as if never seen otherwise")


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.accuracy.seen_weight"))
