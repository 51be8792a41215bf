"""Peers under a protocol, one after the other, each in a process of its own."""

from __future__ import annotations

import dataclasses
import json
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
from benchmarks.peers.rank_task import rank_metrics, rank_task_of, ranked_by
from benchmarks.peers.task import task_of
from benchmarks.recorded import LENGTH, Predictions
from benchmarks.results import commit
from benchmarks.run import Row, row_of
from benchmarks.stored_runs import RunKey, RunStore, StoredRun, files_digest
from reelgraph.cli.output import err
from reelgraph.core import EvalReport, RatingDistribution, require_scale
from reelgraph.core.errors import CapabilityError, LeakError, TrainingError
from reelgraph.evaluation import DISTRIBUTION, RATING, PreparedData, Protocol, protocol_named
from reelgraph.pipeline import prepare


def run_peers(
    protocol: str,
    data: Path,
    seeds: int,
    names: Sequence[str] | None = None,
    *,
    join_valid: bool = False,
    store: RunStore | None = None,
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
        store: fits that need not be made again, and where new ones go; None for neither.

    Raises:
        ConfigError: a peer is unknown.
        CapabilityError: the protocol measures nothing that a named peer answers.
    """
    peers, measured = choose(names), protocol_named(protocol)
    able = [peer for peer in peers if (_star_metrics if peer.answers == "stars" else rank_metrics)(measured)]
    if names is not None:
        for peer in peers:
            if peer not in able:
                raise CapabilityError(f"{protocol} measures no {peer.answers}, and {peer.name} answers nothing else")
    return _rows(measured, data, seeds, able, join_valid, store)


def _rows(
    protocol: Protocol, data: Path, seeds: int, peers: Sequence[Peer], join_valid: bool, store: RunStore | None
) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="reelgraph-peers-") as folder:
        for answers in ("stars", "ranks"):
            asked = [peer for peer in peers if peer.answers == answers]
            joined = answers == "stars" or join_valid
            prepared = [prepare(protocol, data, seed, join_valid=joined) for seed in range(seeds if asked else 0)]
            for seed, one in enumerate(prepared):
                if one.split.test.grows:
                    raise CapabilityError(
                        f"{protocol.name} has a list for each target, and peers are told one history for each person",
                        "measure peers under next-loo",
                    )
                task = task_of(one) if answers == "stars" else rank_task_of(one, LENGTH)
                task.write(_input(Path(folder), seed))
            for peer in asked:
                err.print(f"{protocol.name}: peer {peer.name}, {seeds} seed{'s' if seeds > 1 else ''}")
                try:
                    yield _row(protocol, peer, prepared, Path(folder), joined, store)
                except (PeerError, TrainingError, LeakError) as error:
                    err.print(f"PEER SKIPPED: {peer.name}: {error}", soft_wrap=True)


def _star_metrics(protocol: Protocol) -> list[str]:
    return [name for name in protocol.metrics if name in RATING + DISTRIBUTION]


def _input(folder: Path, seed: int) -> Path:
    return folder / f"input-{seed}.npz"


def _row(
    protocol: Protocol, peer: Peer, prepared: Sequence[PreparedData], folder: Path, joined: bool, store: RunStore | None
) -> Row:
    reports, facts = [], []
    for seed, one in enumerate(prepared):
        key = RunKey(
            protocol.name,
            peer.name,
            peer.settings_for(one.dataset.name),
            one.dataset.sha256,
            "train+valid" if joined else "train",
            seed,
            _code_digest(peer),
        )
        run = None if store is None else store.find(key)
        is_stored = run is not None
        if run is None:
            run = _fit(protocol, peer, key, one, folder)
        elif store is not None and store.reuse == "any-code":
            run = dataclasses.replace(run, report=_measure(protocol, one, run.predictions, peer))
        if store is not None and not (is_stored and store.reuse == "same-code"):
            store.save(key, run)
        reports.append(run.report)
        facts.append({**run.facts, "is_stored": is_stored})
    return row_of(protocol.name, peer.name, reports, facts)


def _code_digest(peer: Peer) -> str:
    """Digest of the files that a peer is run by, and of its requirements."""
    folder = environments.ROOT / "benchmarks" / "peers"
    names = (f"{peer.script.rpartition('.')[2]}.py", "handover.py", "rank_handover.py")
    files = [*(folder / name for name in names), environments.REQUIREMENTS / f"{peer.library}.txt"]
    return files_digest(path for path in files if path.exists())


def _fit(protocol: Protocol, peer: Peer, key: RunKey, prepared: PreparedData, folder: Path) -> StoredRun:
    answer = ask(peer, _input(folder, key.seed), folder / "output.npz", {**key.settings, "seed": key.seed})
    predicted = ranked_by(protocol, prepared, answer) if isinstance(answer, Lists) else predicted_by(prepared, answer)
    facts = {
        "fit_seconds": round(answer.fit_seconds, 3),
        "score_seconds": round(answer.predict_seconds, 3),
        "prepare_seconds": round(answer.prepare_seconds, 3),
        "peak_mib": round(answer.peak_mib, 1),
        "fitted_on": key.fitted_on,
        "settings": dict(key.settings),
        "data": prepared.dataset.name,
        "data_sha256": key.data_sha256,
        "versions": dict(answer.versions),
        "commit": commit(Path(__file__).parent),
    }
    return StoredRun(predicted, _measure(protocol, prepared, predicted, peer), facts)


def _measure(protocol: Protocol, prepared: PreparedData, predicted: Predictions, peer: Peer) -> EvalReport:
    """The metrics of the protocol that the peer answers."""
    metrics = rank_metrics(protocol) if peer.answers == "ranks" else _star_metrics(protocol)
    return predicted.measure(dataclasses.replace(protocol, metrics=tuple(metrics)), prepared)


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


def predicted_by(prepared: PreparedData, answer: Answer) -> Predictions:
    """A peer's stars, and their distribution where it gives one; they are clipped to the scale when measured.

    Raises:
        PeerError: there is not one prediction for each test rating.
    """
    split = prepared.split
    n_ratings, levels = (
        len(split.test.target.data),
        require_scale(split.train.scale, "a peer that predicts stars").levels(),
    )
    if answer.stars.shape != (n_ratings,):
        raise PeerError(f"its predictions have the shape {answer.stars.shape}, expected ({n_ratings},)")
    if answer.probability is None:
        return Predictions(stars=answer.stars)
    if answer.probability.shape != (n_ratings, len(levels)):
        raise PeerError(f"its probabilities have the shape {answer.probability.shape}")
    return Predictions(stars=answer.stars, distribution=RatingDistribution(levels, answer.probability))
