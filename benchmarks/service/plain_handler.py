"""The same retrieval as anybody would write it: FastAPI, a response model, NumPy; people in memory, no keys."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from reelgraph.bundle import Bundle
from reelgraph.scorers import LowRankFilterScorer
from reelgraph.store import open_store


class Line(BaseModel):
    """One movie of a list."""

    item_id: str
    title: str
    score: float
    rank: int


class Answer(BaseModel):
    """A list."""

    items: list[Line]


def make(bundle: Bundle, people: dict[str, dict[int, float]]) -> FastAPI:
    """The application: one matrix product, a mask, a partial sort.

    Args:
        bundle: of a low-rank filter.
        people: id -> stars by item row.
    """
    scorer, app = bundle.scorer, FastAPI()
    assert isinstance(scorer, LowRankFilterScorer)
    titles, ids = bundle.catalogue.title.tolist(), [str(one) for one in bundle.items.ids.tolist()]

    @app.get("/api/recommend/{user_id}")
    def recommend(user_id: str, n: int = 10) -> Answer:
        if user_id not in people:
            raise HTTPException(404)
        rows = np.fromiter(people[user_id], np.int64)
        stars = np.fromiter(people[user_id].values(), np.float32)
        scores = scorer.right @ (scorer.left[rows].T @ (stars / scorer.unit_stars))
        scores[rows] = -np.inf
        best = np.argpartition(-scores, n)[:n]
        best = best[np.argsort(-scores[best])].tolist()
        lines = [
            Line(item_id=ids[row], title=titles[row], score=float(scores[row]), rank=place + 1)
            for place, row in enumerate(best)
        ]
        return Answer(items=lines)

    return app


def main() -> None:
    """Serve ``PLAIN_BUNDLE`` with the first ``PLAIN_USERS`` people of ``PLAIN_STORE`` on ``PLAIN_PORT``."""
    bundle = Bundle.load(Path(os.environ["PLAIN_BUNDLE"]))
    store = open_store(os.environ["PLAIN_STORE"])
    people = {}
    for number in range(int(os.environ["PLAIN_USERS"])):
        state = store.person(f"u{number}")
        if state is not None:
            people[f"u{number}"] = {bundle.items.row(item): one.stars for item, one in state.ratings.items()}
    store.close()
    uvicorn.run(make(bundle, people), port=int(os.environ["PLAIN_PORT"]), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
