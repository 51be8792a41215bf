"""How long a person waits for their list and a reason.

``python -m benchmarks.service.response_time BUNDLE [--ratings 500]`` takes people of the bundle with enough ratings,
hands their first so many in as those of someone new, and prints one JSON object: milliseconds, median and worst of the
people after the first, which warms up, for the list of ten, for the reasons of its first movie, for both, and for the
reasons of all ten movies; and for both the time of the processor alone, which other programs hardly change. One thread.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from pathlib import Path
from typing import Annotated

os.environ["OMP_NUM_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = "1"  # before numpy is imported

import numpy as np
import typer

from reelgraph.bundle import Bundle, installed_versions
from reelgraph.recommend import Recommender

_PEOPLE = 40


def main(
    bundle: Annotated[Path, typer.Argument(help="A folder written by `reelgraph train`.")],
    ratings: Annotated[int, typer.Option(min=1, help="Ratings of each person.")] = 500,
) -> None:
    """Print the milliseconds."""
    loaded = Bundle.load(bundle)
    recommender = Recommender(loaded)
    enough = np.flatnonzero(np.diff(loaded.history.indptr) >= ratings)[: _PEOPLE + 1]
    if len(enough) < 2:
        raise typer.BadParameter(f"fewer than two people have {ratings} ratings")
    spent: list[dict[str, float]] = []
    largest = 0.0
    for row in enough:
        rated = loaded.history[[row]]
        ids = loaded.items.ids[rated.indices[:ratings]].tolist()
        person = dict(zip(ids, rated.data[:ratings].tolist(), strict=True))
        started, busy = time.perf_counter(), time.process_time()
        answer = recommender.recommend(person, 10)
        listed = time.perf_counter()
        reason = recommender.explain(person, answer[0].item_id)
        told, busy = time.perf_counter(), time.process_time() - busy
        for line in answer:
            recommender.explain(person, line.item_id)
        ended = time.perf_counter()
        spent.append(
            {
                "recommend": listed - started,
                "explain": told - listed,
                "both": told - started,
                "both_processor": busy,
                "explain_10": ended - told,
            }
        )
        if reason.method == "sum":
            largest = max(largest, abs(reason.total - reason.score))
    figures = {
        f"{name}_ms": {"median": round(statistics.median(times), 2), "worst": round(max(times), 2)}
        for name in spent[0]
        for times in [[1000 * one[name] for one in spent[1:]]]
    }
    print(
        json.dumps(
            {
                "model": loaded.info["model"]["name"], "movies": len(loaded.items), "ratings": ratings,
                "people": len(spent) - 1, **figures, "largest_difference_of_sum_and_score": largest,
                "data_sha256": loaded.info["data"]["sha256"], "versions": installed_versions(),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
