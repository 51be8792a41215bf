"""What `evaluate` measures: a protocol on a data set or on a split in files, lengths and metrics, lists in a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from reelgraph import pipeline
from reelgraph.cli.sources import locate, print_losses, print_notes
from reelgraph.core.errors import ConfigError
from reelgraph.data import split_of_tables
from reelgraph.data.readers.options import ReadOptions
from reelgraph.evaluation import PreparedData, Protocol, ShippedFold, protocol_named
from reelgraph.evaluation.metric_names import ALL_METRICS, list_lengths, metric_labels, require_feedback

OptionalData = Annotated[
    str | None,
    typer.Argument(
        metavar="DATA",
        show_default=False,
        help="A data set: a folder, a zip, a file, a name from `data list`, or sample. With --train and --test it only "
        "describes the movies.",
    ),
]
Lengths = Annotated[
    str | None, typer.Option("-k", "--lengths", metavar="K[,K...]", help="Lengths of the lists, as 5,10,20.")
]
Metrics = Annotated[
    str | None,
    typer.Option(
        metavar="NAME[,NAME...]", help="Metrics to show, as ndcg,recall@20,rmse; those of the protocol if not given."
    ),
]
TrainFile = Annotated[
    Path | None, typer.Option("--train", metavar="FILE", help="Own split: the ratings to learn from.")
]
ValidFile = Annotated[Path | None, typer.Option("--valid", metavar="FILE", help="Own split: the ratings to choose on.")]
TestFile = Annotated[Path | None, typer.Option("--test", metavar="FILE", help="Own split: the ratings to measure on.")]

_OWN = "own-split"
_DIGITS = 18  # of a length, at most


class SplitFiles(NamedTuple):
    """The files of a split of one's own."""

    train: Path | None
    valid: Path | None
    test: Path | None


def chosen_protocol(name: str | None, files: SplitFiles, lengths: str | None, metrics: str | None) -> Protocol:
    """The protocol of the options, with the lengths and metrics of the options in place of its own.

    Raises:
        ConfigError: a name, a length or a metric is unknown, or a protocol is named for an own split.
    """
    if any(files):
        if name is not None:
            raise ConfigError(
                "--protocol", "says how to split, and the files of --train and --test are a split already"
            )
        if files.train is None or files.test is None:
            raise ConfigError("--train" if files.train is None else "--test", "a split needs both --train and --test")
        protocol = _own_protocol(files)
    else:
        protocol = protocol_named(name or "temporal")
    if lengths is not None:
        protocol = dataclasses.replace(protocol, lengths=_numbers(lengths))
    if metrics is not None:
        names = [name.strip() for name in metrics.split(",") if name.strip()]
        metric_labels(names, protocol.lengths or (protocol.k,), ALL_METRICS, "")
        protocol = dataclasses.replace(protocol, metrics=tuple(names))
    return protocol


def prepared_folds(
    protocol: Protocol,
    data: str | None,
    files: SplitFiles,
    seed: int,
    options: ReadOptions,
    *,
    are_metrics_named: bool = False,
) -> Iterator[tuple[Protocol, PreparedData]]:
    """The split of the protocol, or its folds one after the other.

    Args:
        protocol: how to split and what to measure.
        data: the data set; None for the files alone.
        files: of a split that is ready.
        seed: of the split.
        options: how to read.
        are_metrics_named: the metrics are those of an option, so one that the data cannot have is an error.

    Raises:
        ConfigError: no data are named.
        CapabilityError: a named metric is of stars, and the data have none.
        LeakError: a rating is in two files.
    """
    if files.train is not None and files.test is not None:
        own_split = _own_split(data, files.train, files.valid, files.test, options)
        if are_metrics_named:
            require_feedback(protocol.metrics, own_split.split.train.feedback)
        yield protocol, own_split
        return
    if data is None:
        raise ConfigError("DATA", "name a data set, or give --train and --test")
    source = locate(data)
    for fold in range(protocol.folds):
        fold_protocol = protocol.of_fold(fold)
        prepared = pipeline.prepare(fold_protocol, source, seed, options=options)
        if fold == 0:
            print_notes(prepared.dataset.ratings.notes)
            print_losses(prepared.cleaning)
        if are_metrics_named:
            require_feedback(protocol.metrics, prepared.split.train.feedback)
        yield fold_protocol, prepared


def _own_split(data: str | None, train: Path, valid: Path | None, test: Path, options: ReadOptions) -> PreparedData:
    loaded = [pipeline.load(path, options=options) for path in (train, test, *([] if valid is None else [valid]))]
    tables = [table for table, _ in loaded]
    ratings = [table.ratings for table in tables]
    print_notes(dict.fromkeys(note for table in ratings for note in table.notes))
    for table, report in loaded:
        print_losses(report, table.ratings.source)
    dataset = tables[0] if data is None else pipeline.load(locate(data), options=options)[0]
    return PreparedData(split_of_tables(*ratings), dataclasses.replace(dataset, ratings=ratings[0]))


def _own_protocol(files: SplitFiles) -> Protocol:
    chosen = "choices on the validation file" if files.valid else "no validation, so nothing is chosen on one"
    return Protocol(
        _OWN,
        "",
        None,
        ShippedFold(_OWN, valid=0.0),
        f"train {files.train}, validation {files.valid or 'none'}, test {files.test}; fit and folded in: train only; "
        f"never ranked: train and, at test, validation; {chosen}",
    )


def _numbers(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and len(word) <= _DIGITS for word in words):
        raise ConfigError("-k", f"{text[:60]!r} is not valid: expected whole numbers separated by commas, as 5,10,20")
    return list_lengths([int(word) for word in words])
