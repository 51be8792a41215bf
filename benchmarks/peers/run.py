"""Peers under a protocol, one after the other, each in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import environments
from benchmarks.peers.catalogue import Peer, choose
from benchmarks.peers.errors import PeerError
from benchmarks.peers.handover import Answer
from benchmarks.peers.stored import StoredDistributions, StoredPredictions
from benchmarks.peers.task import task_of
from benchmarks.run import Row, mean_over_seeds
from reelgraph.cli.output import err
from reelgraph.errors import CapabilityError, TrainingError
from reelgraph.evaluation import DISTRIBUTION, RATING, evaluate, measurable
from reelgraph.evaluation.protocols import PROTOCOLS, Prepared, Protocol
from reelgraph.types import EvalReport, RatingDistribution


def run_peers(protocol: str, data: Path, seeds: int, names: Sequence[str] | None = None) -> Iterator[Row]:
    """The row of each peer that could be run, in the contract of `benchmarks.run.run_model`.

    Fitted on train and validation together, for none chooses anything on validation. A peer that cannot be installed
    or fails is named in one line on stderr and has no row. Wrong names are refused here, the work is done as the rows
    are asked for.

    Args:
        protocol: its name; one that measures stars.
        data: folder of the data sets.
        seeds: how many; seed s drives split and fit.
        names: which peers; all when None.

    Raises:
        ConfigError: a peer is unknown.
        CapabilityError: the protocol measures no stars.
    """
    peers = choose(names)
    if not _star_metrics(PROTOCOLS[protocol]):
        raise CapabilityError(f"{protocol} measures no stars, and the peers predict nothing else")
    return _rows(PROTOCOLS[protocol], data, seeds, peers)


def _rows(protocol: Protocol, data: Path, seeds: int, peers: Sequence[Peer]) -> Iterator[Row]:
    prepared: list[Prepared] = []
    with tempfile.TemporaryDirectory(prefix="reelgraph-peers-") as folder:
        for seed in range(seeds):
            prepared.append(protocol.prepare(data, seed, join_valid=True))
            task_of(prepared[seed]).write(_input(Path(folder), seed))
        for peer in peers:
            err.print(f"{protocol.name}: peer {peer.name}, {seeds} seed{'s' if seeds > 1 else ''}")
            try:
                yield _row(protocol, peer, prepared, Path(folder))
            except (PeerError, TrainingError) as error:
                err.print(f"PEER SKIPPED: {peer.name}: {error}", soft_wrap=True)


def _star_metrics(protocol: Protocol) -> list[str]:
    return [name for name in protocol.metrics if name in RATING + DISTRIBUTION]


def _input(folder: Path, seed: int) -> Path:
    return folder / f"input-{seed}.npz"


def _row(protocol: Protocol, peer: Peer, prepared: Sequence[Prepared], folder: Path) -> Row:
    settings = peer.settings_for(prepared[0].dataset.name)
    answers: list[Answer] = []
    reports: list[EvalReport] = []
    for seed, one in enumerate(prepared):
        answer = ask(peer, _input(folder, seed), folder / "output.npz", {**settings, "seed": seed})
        answers.append(answer)
        reports.append(measure(protocol, one, answer))

    def mean(seconds: str) -> float:
        return round(statistics.mean(float(getattr(answer, seconds)) for answer in answers), 3)

    return {
        "protocol": protocol.name,
        "model": peer.name,
        "metrics": mean_over_seeds(reports),
        "fit_seconds": mean("fit_seconds"),
        "score_seconds": mean("predict_seconds"),
        "prepare_seconds": mean("prepare_seconds"),
        "peak_mib": round(max(answer.peak_mib for answer in answers), 1),
        "seeds": len(prepared),
        "fitted_on": "train+valid",
        "settings": settings,
        "data_sha256": prepared[0].dataset.sha256,
        "versions": answers[0].versions,
    }


def ask(peer: Peer, source: Path, target: Path, settings: dict[str, Any]) -> Answer:
    """Run a peer's script with its own interpreter and read its predictions.

    Args:
        peer: which.
        source: the input file.
        target: where its output goes.
        settings: its settings, the seed among them.

    Raises:
        PeerError: it cannot be installed, failed, or left no predictions that can be read.
    """
    target.unlink(missing_ok=True)
    python = environments.interpreter(peer.library)
    script = [str(python), "-m", f"benchmarks.peers.{peer.library}_peer"]
    done = subprocess.run(
        [*script, str(source), str(target), json.dumps(settings)],
        cwd=environments.ROOT,
        env=environments.clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PeerError(f"its script ended with {done.returncode}: {environments.last_line(done.stderr)}")
    try:
        return Answer.read(target)
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise PeerError(f"its predictions cannot be read: {error}") from None


def measure(protocol: Protocol, prepared: Prepared, answer: Answer) -> EvalReport:
    """The protocol's metrics of a peer's stars, clipped to the scale, and of their distribution where it gives one.

    Raises:
        PeerError: there is not one prediction for each test rating.
        TrainingError: a prediction is not a finite number.
    """
    split = prepared.split
    wanted, levels = len(split.test.target.data), split.train.scale.levels()
    if answer.stars.shape != (wanted,):
        raise PeerError(f"its predictions have the shape {answer.stars.shape}, expected ({wanted},)")
    scorer = StoredPredictions(split.test, answer.stars)
    if answer.probability is not None:
        if answer.probability.shape != (wanted, len(levels)):
            raise PeerError(f"its probabilities have the shape {answer.probability.shape}")
        chances = RatingDistribution(levels, answer.probability)
        scorer = StoredDistributions(split.test, answer.stars, chances)
    return evaluate(
        scorer,
        split.test,
        protocol.k,
        threshold=protocol.threshold,
        metrics=[name for name in _star_metrics(protocol) if name in measurable(scorer)],
        train=split.train,
        protocol=f"{protocol.name}: {protocol.text}; validation joined to train",
    )
