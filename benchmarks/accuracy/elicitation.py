"""Asking new people: does the best next question beat asking for popular movies, or at random?

``python -m benchmarks.accuracy.elicitation --data DIR [--part valid] [--picture FILE] [--json]`` fits the ranker and
the model of the stars on the train part of ``strong``, and asks each held-out person about movies, one after the other;
they answer with their stars where the movie is among the ratings that fold in, else that they have not seen it. After
5, 10 and 20 answers: RMSE on the held-back ratings, NDCG@10 of them among all movies but the known ones, and how many
questions it took, each with its 95 % interval and the paired differences to asking for the most rated movies first, and
at random.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table
from reelgraph.core import EvalPart, EvalReport, FloatArray, IntArray, Matrix, PredictsRating, Scorer
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation import PROTOCOLS
from reelgraph.evaluation.bootstrap import paired, summarise
from reelgraph.evaluation.full_ranking import top_k_hits
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.pipeline import prepare
from reelgraph.recommend.co_views import CoViews
from reelgraph.recommend.elicitation.next_questions import PreferenceElicitor
from reelgraph.scorers import BlendScorer

ANSWERS = (5, 10, 20)
WAYS = ("popular", "random", "best-next")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="The folder that holds the data sets, or one data set.")] = Path("data"),
    part: Annotated[Literal["valid", "test"], typer.Option(help="Whose people are asked.")] = "test",
    config: Annotated[Path | None, typer.Option(help="TOML file with other settings of the blend.")] = None,
    people: Annotated[int, typer.Option(min=2, help="People asked, at most.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the fit and the random questions.")] = 0,
    picture: Annotated[Path | None, typer.Option(help="Draw the figures into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a way and number of answers.")] = False,
) -> None:
    """Measure three ways of asking."""
    prepared = prepare(PROTOCOLS["strong"], data, seed)
    model = pipeline.make_model("blend", config)
    parts = prepared.split
    scorer = model.fit(parts.train, pipeline.fit_context(prepared.dataset, parts, seed=seed)).scorer
    if not isinstance(scorer, BlendScorer):
        raise ConfigError("config", "expected a blend")
    reports = measure(scorer, getattr(parts, part), parts.train.matrix(), seed, people)
    rows = list(_rows(reports))
    if as_json:
        head = {"protocol": "strong", "part": part, "seed": seed, "data_sha256": prepared.dataset.sha256}
        for row in rows:
            print(json.dumps(finite({**head, **row, "versions": installed_versions()})), flush=True)
    else:
        names = ("rmse", "ndcg@10", "questions")
        table = [[row["answers"], row["way"], row["people"], *(_cell(row, name) for name in names)] for row in rows]
        caption = "below: paired differences to asking for the most rated first (p) and at random (r), with intervals"
        print_table(f"strong, {part} part", ["answers", "way", "people", *names], table, caption)
    if picture is not None:
        from reelgraph.plots import interview_curves

        interview_curves(rows).savefig(picture)


def measure(
    scorer: Scorer, part: EvalPart, known: Matrix, seed: int = 0, most: int = 10_000
) -> dict[tuple[str, int], EvalReport]:
    """Per-person figures of each way of asking after each number of answers.

    Args:
        scorer: ranks, and predicts stars.
        part: people whose history is asked for and whose targets are predicted.
        known: ``(n_users, n_items)`` CSR, the ratings of the people of the train part.
        seed: of the random questions and the bootstrap.
        most: people, at most, in the order of the part.
    """
    assert isinstance(scorer, PredictsRating)
    views = CoViews(known)
    people = np.flatnonzero((np.diff(part.history.indptr) >= max(ANSWERS)) & (np.diff(part.target.indptr) > 0))[:most]
    found: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for person in people.tolist():
        rng = np.random.default_rng(np.random.SeedSequence([seed, person]))
        for way in WAYS:
            answered, questions = _interview(way, scorer, views, part.history[[person]], rng)
            for count in ANSWERS:
                figures = _figures(scorer, part, person, answered[:count])
                found.setdefault((way, count), []).append((*figures, float(questions[count - 1])))
    targets = np.diff(part.target.indptr)[people].astype(np.float64)
    return {key: _report(np.array(rows), targets, seed) for key, rows in found.items()}


def _interview(
    way: str, scorer: Scorer, views: CoViews, history: Matrix, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Rows of the movies answered, in the order of asking, and how many questions had been asked by each answer."""
    answered, questions = [], []
    seen = dict(zip(history.indices.tolist(), history.data.tolist(), strict=True))
    for number, item in enumerate(_order(way, scorer, views, seen, rng), start=1):
        if item in seen:
            answered.append(item)
            questions.append(number)
            if len(answered) == max(ANSWERS):
                break
    return np.array(answered), np.array(questions)


def _order(
    way: str, scorer: Scorer, views: CoViews, seen: Mapping[int, float], rng: np.random.Generator
) -> Iterator[int]:
    """Movies to ask about, one after the other; only what was answered so far is looked at."""
    if way == "popular":
        yield from np.argsort(-views.viewer_counts, kind="stable").tolist()
    elif way == "random":
        yield from rng.permutation(len(views.viewer_counts)).tolist()
    else:
        asking, left = PreferenceElicitor(scorer, views), np.ones(len(views.viewer_counts), np.bool_)
        while left.any():
            item = int(asking.best(np.flatnonzero(left))[0])
            yield item
            left[item] = False
            if item in seen:
                asking.add_rating(item, seen[item])
            else:
                asking.add_not_seen(item)


def _figures(scorer: Scorer, part: EvalPart, person: int, answered: IntArray) -> tuple[float, float]:
    """RMSE and NDCG@10 of a person of whom only some ratings are known."""
    whole, target = part.history[[person]], part.target[[person]]
    kept = np.isin(whole.indices, answered)
    ends = np.array([0, int(kept.sum())])
    history = Matrix((whole.data[kept], whole.indices[kept], ends), shape=whole.shape)
    assert isinstance(scorer, PredictsRating)
    stars = scorer.rate(history, target.indices.astype(np.int64)).stars[0]
    rmse = float(np.sqrt(np.mean((stars - target.data) ** 2)))
    ranked = top_k_hits(scorer.score(history), part.seen[[person]], target, 10, part.candidates)
    return rmse, float(ndcg(ranked.hits, np.array([target.nnz]))[0])


def _report(rows: FloatArray, targets: FloatArray, seed: int) -> EvalReport:
    """The figures of all people; ``rmse`` is over all ratings, ``targets`` of each person."""
    per_user, weight = dict(zip(("rmse", "ndcg@10", "questions"), rows.T, strict=True)), {"rmse": targets}
    return EvalReport(per_user, weight, summarise(per_user, weight, seed), "interview", seed)


def _rows(reports: dict[tuple[str, int], EvalReport]) -> Iterator[dict[str, Any]]:
    for count in ANSWERS:
        for place, way in enumerate(WAYS):
            report = reports[way, count]
            yield {
                "answers": count, "way": way, "people": len(report.per_user["rmse"]),
                "metrics": {name: _plain(report[name]) for name in report},
                "differences": {
                    other: {name: _plain(paired(report, reports[other, count], name)) for name in report}
                    for other in WAYS[:place]
                },
            }  # fmt: skip


def _plain(figure: Any) -> dict[str, float]:
    return {"mean": figure.mean, "low": figure.low, "high": figure.high}


def _cell(row: dict[str, Any], name: str) -> str:
    figure = row["metrics"][name]
    lines = [f"{figure['mean']:.4f} [{figure['low']:.4f}, {figure['high']:.4f}]"]
    for other, changes in row["differences"].items():
        change = changes[name]
        lines.append(f"{other[0]} {change['mean']:+.4f} [{change['low']:+.4f}, {change['high']:+.4f}]")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.accuracy.elicitation"))
