"""How good are the stars of somebody who has rated few films?

``python -m benchmarks.accuracy.cold_start --data DIR`` fits `bayes-gcn` on the training people of `strong` and folds in
the validation people, whom it has never seen, by 0, 1, 5, 10 and 20 of their ratings, drawn by seed, with neither times
nor profiles. It prints one JSON object a number of ratings: errors, and whether the distributions keep their word, over
the people's held-back ratings, with 95 % intervals. Nothing is read of the test people.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph.bundle import installed_versions
from reelgraph.core import EvalPart, Matrix, Scorer
from reelgraph.evaluation import PROTOCOLS, evaluate
from reelgraph.pipeline import prepare

METRICS = ("rmse", "crps", "log_loss", "coverage_80", "coverage_95", "ece")
RATINGS = (0, 1, 5, 10, 20)
_CONFIG = Path(__file__).parents[1] / "configs" / "bayes-ml-100k.toml"


def main(
    data: Annotated[Path, typer.Option(help="A folder of ratings, such as ml-1m.")],
    config: Annotated[Path, typer.Option(help="TOML file with the settings of the model.")] = _CONFIG,
) -> None:
    """Print the figures."""
    prepared = prepare(PROTOCOLS["strong"], data)
    model = pipeline.make_model(None, config)
    fit = model.fit(prepared.split.train, pipeline.fit_context(prepared.dataset, prepared.split))
    for ratings in RATINGS:
        row = {"data": data.name, "model": f"{model.name}:{config.stem}", "ratings": ratings, "part": "valid, strong"}
        figures = measure(fit.scorer, prepared.split.valid, ratings)
        end = {"seed": 0, "data_sha256": prepared.dataset.sha256, "versions": installed_versions()}
        print(json.dumps({**row, "metrics": figures, **end}), flush=True)


def measure(scorer: Scorer, part: EvalPart, ratings: int, seed: int = 0) -> dict[str, dict[str, float]]:
    """The figures when each person of the part is folded in by so many of their ratings."""
    report = evaluate(scorer, thinned(part, ratings, seed), metrics=METRICS)
    ends = ("mean", "low", "high")
    return {name: {end: round(getattr(report[name], end), 4) for end in ends} for name in METRICS}


def thinned(part: EvalPart, ratings: int, seed: int = 0) -> EvalPart:
    """The part with so many ratings of each person left in the history, drawn by seed, as people not known.

    Those who have fewer keep what they have. A larger number keeps what a smaller one kept.
    """
    draw, history = np.random.default_rng(seed), part.history
    kept = [
        np.sort(history.indptr[row] + draw.permutation(history.indptr[row + 1] - history.indptr[row])[:ratings])
        for row in range(len(part))
    ]
    indptr = np.concatenate([[0], np.cumsum([len(places) for places in kept])])
    place = np.concatenate(kept).astype(np.int64)
    few = Matrix((history.data[place], history.indices[place], indptr), shape=history.shape)
    return EvalPart(np.full(len(part), -1), few, part.target, few)


if __name__ == "__main__":
    typer.run(main)
