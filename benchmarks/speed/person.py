"""How long a new person waits for their stars.

``python -m benchmarks.speed.person --data DIR`` fits `bayes-gcn` on ML-1M with the settings of
benchmarks/configs/bayes-ml-1m.toml, but only a few sweeps: every kept draw stands for ten, since the time depends on
how many there are and not on which. It then folds in people with 20 ratings, one thread, and prints one JSON object:
milliseconds for the mean stars of all movies, for all their distributions, and for the score that ranks them (the mean
of f, in the model's unit), fold-in included; and how far the mean stars are from the means of the distributions.
"""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

os.environ["OMP_NUM_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = "1"  # before numpy is imported

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph.bundle import installed_versions
from reelgraph.core import Matrix
from reelgraph.evaluation import PROTOCOLS
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.pipeline import prepare
from reelgraph.scorers import BayesScorer

_CONFIG = Path(__file__).parents[1] / "configs" / "bayes-ml-1m.toml"
_PEOPLE, _TIMES = 30, 10


def main(
    data: Annotated[Path, typer.Option(help="The folder that holds ml-1m.")],
    ratings: Annotated[int, typer.Option(min=1, help="Ratings of each person.")] = 20,
) -> None:
    """Print the milliseconds."""
    prepared = prepare(PROTOCOLS["ml-1m-90-10"], data)
    model = pipeline.make_model(None, _CONFIG)
    assert isinstance(model, BayesGCN)
    few = dataclasses.replace(model, draws=model.keep // _TIMES, burn_in=2, keep=model.keep // _TIMES)
    scorer = few.fit(prepared.split.train, pipeline.fit_context(prepared.dataset, prepared.split)).scorer
    assert isinstance(scorer, BayesScorer)
    scorer = dataclasses.replace(_repeated(scorer, _TIMES), similar_weight=1.0)  # few draws may have learnt none
    people = _people(prepared.split.test.history, ratings)
    row = {
        "movies": scorer.n_items,
        "ratings": ratings,
        "draws": len(scorer.item),
        "dim": model.dim,
        "score_ms": _milliseconds(lambda person: scorer.score(person), people),
        "mean_stars_ms": _milliseconds(lambda person: scorer.mean_stars(person), people),
        "distribution_ms": _milliseconds(lambda person: scorer.rate(person), people),
        "mean_stars_off_by": _off_by(scorer, people),
        "data_sha256": prepared.dataset.sha256,
        "versions": installed_versions(),
    }
    print(json.dumps(row))


def _repeated(scorer: BayesScorer, times: int) -> BayesScorer:
    """Every draw so many times."""
    once = ("profile_indptr", "profile_indices", "date_day", "moment_seconds", "levels")
    arrays: dict[str, Any] = {
        name: array if name in once else np.concatenate([array] * times) for name, array in scorer.arrays().items()
    }
    return dataclasses.replace(scorer, **arrays)


def _people(history: Matrix, ratings: int) -> list[Matrix]:
    """The first people with enough ratings, the first so many of each."""
    enough = np.flatnonzero(np.diff(history.indptr) >= ratings)[: _PEOPLE + 1]
    return [
        Matrix(
            (history[[row]].data[:ratings], history[[row]].indices[:ratings], np.array([0, ratings])),
            shape=(1, history.shape[1]),
        )
        for row in enough
    ]


def _off_by(scorer: BayesScorer, people: list[Matrix]) -> dict[str, float]:
    """Root mean square and largest distance of the mean stars from the means of the distributions."""
    apart = np.concatenate([scorer.mean_stars(one) - scorer.rate(one).stars for one in people])
    return {"rms": round(float(np.sqrt(np.square(apart).mean())), 4), "most": round(float(np.abs(apart).max()), 4)}


def _milliseconds(work: Callable[[Matrix], object], people: list[Matrix]) -> dict[str, float]:
    """Median and smallest time of the people after the first, which warms up."""
    spent = []
    for person in people:
        started = time.perf_counter()
        work(person)
        spent.append(1000 * (time.perf_counter() - started))
    return {"median": round(statistics.median(spent[1:]), 2), "least": round(min(spent[1:]), 2)}


if __name__ == "__main__":
    typer.run(main)
