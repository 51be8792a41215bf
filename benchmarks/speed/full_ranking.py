"""Full ranking of ML-1M, and what other libraries take for their own.

``python -m benchmarks.speed.full_ranking --data DIR [--peers]`` ranks all unseen movies for everyone of
`recbole-ml-1m`, seed 0. Lists are scores, mask and top-k; evaluation is that and Recall, MRR, NDCG, hit rate and
precision, with us the bootstrap intervals too. Peers run their own evaluation on the same split, in the same run, after
one call that warms them up: RecBole as its trainer does, in the batches of its published settings, LensKit by its batch
recommendation and its measurement. How long it takes does not hang on how well a model was trained, so networks get an
epoch or none. The seconds of all cores together (CPU s; LensKit's are in processes of its own and not known) hang less
on the load of the machine.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.peers.catalogue import LIGHTGCN, PEERS
from benchmarks.peers.errors import PeerError
from benchmarks.peers.rank_handover import Lists
from benchmarks.peers.rank_task import rank_task_of
from benchmarks.peers.run import ask
from benchmarks.speed import timing
from reelgraph import pipeline
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import err
from reelgraph.core import Scorer
from reelgraph.evaluation import PROTOCOLS, PreparedData, evaluate, rank_all
from reelgraph.pipeline import prepare

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_METRICS = ("recall", "mrr", "ndcg", "hit", "precision")  # RecBole's five
_SAME_DIM = "lightgcn, dim 64"  # as RecBole's published settings have it; LensKit's has 50
# Shown as: model, and settings that shorten its fit.
_OURS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "graph-filter": ("graph-filter", {}),
    "lightgcn": ("lightgcn", {"epochs": 1}),
    _SAME_DIM: ("lightgcn", {"epochs": 1, "dim": 64}),
}
_DEFAULT_BATCH = {"eval_batch_size": 4096}  # RecBole's own default: scores in a batch, so one person at a time
# Shown as, peer, ours that scores alike (an item-item matrix, or embeddings), and settings that shorten its fit.
_PEERS: Sequence[tuple[str, str, str, Mapping[str, Any]]] = (
    ("recbole-ease", "recbole-ease", "graph-filter", {}),
    ("recbole-ease, default batch", "recbole-ease", "graph-filter", _DEFAULT_BATCH),
    (LIGHTGCN, LIGHTGCN, _SAME_DIM, {"epochs": 0}),
    (f"{LIGHTGCN}, default batch", LIGHTGCN, _SAME_DIM, {"epochs": 0, **_DEFAULT_BATCH}),
    ("lenskit-ease", "lenskit-ease", "graph-filter", {}),
    ("lenskit-implicit-mf", "lenskit-implicit-mf", _SAME_DIM, {"epochs": 1}),
)


@app.command()
def full_ranking(
    data: Annotated[Path, typer.Option(help="The folder that holds ml-1m.")] = Path("data"),
    k: Annotated[int, typer.Option(min=1, help="Length of the lists.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="How often ours run.")] = 7,
    peers: Annotated[bool, typer.Option("--peers", help="RecBole's and LensKit's own evaluation as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a side on stdout, nothing else.")] = False,
    save: Annotated[bool, typer.Option(help="Add the figures to benchmarks/SPEED.md and speed.jsonl.")] = False,
) -> None:
    """Time lists and evaluation."""
    prepared = prepare(PROTOCOLS["recbole-ml-1m"], data)
    rows, evaluation = [], {}
    for name, (kind, settings) in _OURS.items():
        err.print(f"fitting {name}")
        model = pipeline.make_model(kind, settings=settings)
        scorer = model.fit(prepared.split.train, pipeline.fit_context(prepared.dataset, prepared.split)).scorer
        row = _own(name, scorer, prepared, k, rounds)
        evaluation[name] = statistics.median(row.pop("seconds"))
        rows.append(row)
    versions = installed_versions()
    if peers:
        with tempfile.TemporaryDirectory(prefix="reelgraph-ranking-") as folder:
            rank_task_of(prepared, k, with_target=True).write(Path(folder) / "input.npz")
            for shown, name, ours, settings in _PEERS:
                err.print(f"peer {shown}")
                try:
                    answer = _asked(name, settings, Path(folder), k)
                except PeerError as error:
                    err.print(f"PEER SKIPPED: {shown}: {error}", soft_wrap=True)
                    continue
                rows.append(_other(shown, ours, answer, evaluation[ours], k))
                versions |= answer.versions
    n, n_items = prepared.split.test.history.shape
    about = {
        "data": f"recbole-ml-1m, seed 0: {n:,} people, {n_items:,} movies, k = {k}",
        "measured": f"ours: {rounds} rounds, median [least, most]; every side with the threads or processes it takes",
        "data_sha256": prepared.dataset.sha256[:16],
        "versions": versions,
    }
    timing.report("full_ranking", rows, about, as_json=as_json, save=save)


def _own(name: str, scorer: Scorer, prepared: PreparedData, k: int, rounds: int) -> dict[str, Any]:
    part, train = prepared.split.test, prepared.split.train
    evaluate(scorer, part, k, metrics=_METRICS, train=train)
    busy = time.process_time()
    report = evaluate(scorer, part, k, metrics=_METRICS, train=train)
    busy = time.process_time() - busy
    times = timing.rounds(
        {
            "lists": lambda: rank_all(scorer, part, k),
            "evaluation": lambda: evaluate(scorer, part, k, metrics=_METRICS, train=train),
        },
        rounds,
    )
    return {
        "side": f"reelgraph {name}",
        "lists s": timing.spread(times["lists"]),
        "evaluation s": timing.spread(times["evaluation"]),
        "CPU s": round(busy, 3),
        "times ours": 1.0,
        "beside": name,
        f"ndcg@{k}": round(report[f"ndcg@{k}"].mean, 4),
        "seconds": times["evaluation"],
    }


def _asked(name: str, settings: Mapping[str, Any], folder: Path, k: int) -> Lists:
    asked = {**PEERS[name].settings_for("ml-1m"), **settings, "seed": 0, "own_evaluation": k}
    answer = ask(PEERS[name], folder / "input.npz", folder / "output.npz", asked)
    assert isinstance(answer, Lists)
    return answer


def _other(name: str, ours: str, answer: Lists, own_seconds: float, k: int) -> dict[str, Any]:
    notes = answer.notes
    figures = {label.lower(): value for label, value in notes["figures"].items()}
    return {
        "side": name,
        "lists s": round(notes["lists_seconds"], 3) if "lists_seconds" in notes else None,
        "evaluation s": round(notes["evaluate_seconds"], 3),
        "CPU s": round(notes["cpu_seconds"], 3) if "cpu_seconds" in notes else None,
        "times ours": round(notes["evaluate_seconds"] / own_seconds, 1),
        "beside": ours,
        f"ndcg@{k}": round(figures[f"ndcg@{k}"], 4),
    }


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.speed.full_ranking"))
