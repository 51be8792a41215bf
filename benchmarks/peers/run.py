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
from benchmarks.peers.rank_handover import Lists
from benchmarks.peers.rank_task import measure_lists, rank_metrics, rank_task_of
from benchmarks.peers.stored import StoredDistributions, StoredPredictions
from benchmarks.peers.task import task_of
from benchmarks.run import Row, mean_over_seeds
from reelgraph.cli.output import err
from reelgraph.core import EvalReport, RatingDistribution, require_scale
from reelgraph.core.errors import CapabilityError, LeakError, TrainingError
from reelgraph.evaluation import DISTRIBUTION, PROTOCOLS, RATING, PreparedData, Protocol, evaluate, measurable
from reelgraph.pipeline import prepare


def run_peers(
    protocol: str, data: Path, seeds: int, names: Sequence[str] | None = None, *, join_valid: bool = False
) -> Iterator[Row]:
    """The row of each peer that could be run, in the contract of `benchmarks.run.run_model`.

    Those that predict stars are fitted on train and validation together, for none chooses anything on validation;
    those that rank get what our models get. A peer that cannot be installed or fails is named in one line on stderr and
    has no row. Wrong names are refused here, the work is done as the rows are asked for. ``reports`` of a row are one a
    seed, for pairing with other models.

    Args:
        protocol: its name.
        data: folder of the data sets.
        seeds: how many; seed s drives split and fit.
        names: which peers; when None all that the protocol has a metric for.
        join_valid: those that rank are fitted on train and validation too.

    Raises:
        ConfigError: a peer is unknown.
        CapabilityError: the protocol measures nothing that a named peer answers.
    """
    peers, measured = choose(names), PROTOCOLS[protocol]
    able = [peer for peer in peers if (_star_metrics if peer.answers == "stars" else rank_metrics)(measured)]
    if names is not None:
        for peer in peers:
            if peer not in able:
                raise CapabilityError(f"{protocol} measures no {peer.answers}, and {peer.name} answers nothing else")
    return _rows(measured, data, seeds, able, join_valid)


def _rows(protocol: Protocol, data: Path, seeds: int, peers: Sequence[Peer], join_valid: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="reelgraph-peers-") as folder:
        for answers in ("stars", "ranks"):
            asked = [peer for peer in peers if peer.answers == answers]
            joined = answers == "stars" or join_valid
            prepared = [prepare(protocol, data, seed, join_valid=joined) for seed in range(seeds if asked else 0)]
            for seed, one in enumerate(prepared):
                task = task_of(one) if answers == "stars" else rank_task_of(one, protocol.k)
                task.write(_input(Path(folder), seed))
            for peer in asked:
                err.print(f"{protocol.name}: peer {peer.name}, {seeds} seed{'s' if seeds > 1 else ''}")
                try:
                    yield _row(protocol, peer, prepared, Path(folder), joined)
                except (PeerError, TrainingError, LeakError) as error:
                    err.print(f"PEER SKIPPED: {peer.name}: {error}", soft_wrap=True)


def _star_metrics(protocol: Protocol) -> list[str]:
    return [name for name in protocol.metrics if name in RATING + DISTRIBUTION]


def _input(folder: Path, seed: int) -> Path:
    return folder / f"input-{seed}.npz"


def _row(protocol: Protocol, peer: Peer, prepared: Sequence[PreparedData], folder: Path, joined: bool) -> Row:
    settings = peer.settings_for(prepared[0].dataset.name)
    answers: list[Answer | Lists] = []
    reports: list[EvalReport] = []
    for seed, one in enumerate(prepared):
        answer = ask(peer, _input(folder, seed), folder / "output.npz", {**settings, "seed": seed})
        answers.append(answer)
        reports.append(
            measure_lists(protocol, one, answer) if isinstance(answer, Lists) else measure(protocol, one, answer)
        )

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
        "fitted_on": "train+valid" if joined else "train",
        "settings": settings,
        "data": prepared[0].dataset.name,
        "data_sha256": prepared[0].dataset.sha256,
        "versions": answers[0].versions,
        "reports": reports,
    }


def ask(peer: Peer, source: Path, target: Path, settings: dict[str, Any]) -> Answer | Lists:
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
    done = subprocess.run(
        [str(python), "-m", peer.script, str(source), str(target), json.dumps(settings)],
        cwd=environments.ROOT,
        env=environments.clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PeerError(f"its script ended with {done.returncode}: {environments.last_line(done.stderr)}")
    try:
        return Answer.read(target) if peer.answers == "stars" else Lists.read(target)
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise PeerError(f"its predictions cannot be read: {error}") from None


def measure(protocol: Protocol, prepared: PreparedData, answer: Answer) -> EvalReport:
    """The protocol's metrics of a peer's stars, clipped to the scale, and of their distribution where it gives one.

    Raises:
        PeerError: there is not one prediction for each test rating.
        TrainingError: a prediction is not a finite number.
    """
    split = prepared.split
    wanted, levels = len(split.test.target.data), require_scale(split.train.scale, "a peer").levels()
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
