"""Data sets read, cleaned, indexed and split."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reelgraph.core import CleanReport, Dataset, Interactions
from reelgraph.core.argument_checks import require_type
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data import CleanRules, PredefinedSplit, Splitter, clean, index, read, read_fold, split
from reelgraph.data.readers.options import ReadOptions
from reelgraph.evaluation import PreparedData, Protocol, ShippedFold

_HINT = "look at the steps with: reelgraph data describe PATH, and at the rules in reelgraph.CleanRules"


def load(
    source: str | Path, rules: CleanRules | None = None, options: ReadOptions | None = None
) -> tuple[Dataset, CleanReport]:
    """Read a data set and clean it.

    Args:
        source: a folder, a zip, a file, or ``sample``.
        rules: what cleaning takes out.
        options: scale and columns; found in the data when None.

    Raises:
        DataFormatError: the source is missing, empty or not of a known layout, no rating is left, or most ratings are
            off the scale.
    """
    options = options or ReadOptions()
    data, report = clean(
        read(source, scale=options.scale, columns=options.columns, feedback=options.feedback), rules or CleanRules()
    )
    if report.rows_out == 0:  # nothing is left by the rules
        raise DataFormatError(data.ratings.source, f"no rating is left of {report.rows_in:,}", hint=_HINT)
    return data, report


def prepare(
    protocol: Protocol,
    source: str | Path | Dataset,
    seed: int = 0,
    *,
    join_valid: bool = False,
    options: ReadOptions | None = None,
) -> PreparedData:
    """Read, clean, index and split a data set for a protocol.

    Args:
        protocol: says which data set, and how it is split.
        source: a data set, whatever `reelgraph.data.read` takes, or a folder that holds ``protocol.folder``.
        seed: of what the split draws.
        join_valid: give the validation ratings to train, see `reelgraph.data.split`.
        options: scale and columns of the source; found in it when None.

    Raises:
        DataFormatError: the files are not what was expected.
        ConfigError: the protocol is defined on another data set, or nobody has a rating for its test.
        CapabilityError: the protocol is defined on stars, and the data have none.
    """
    require_type("prepare", "protocol", protocol, Protocol)
    folder = None
    if isinstance(source, Dataset):
        dataset, cleaning = clean(source)
    else:
        inside = Path(source) / protocol.folder
        if inside.is_dir():
            source = inside
        folder = Path(source)
        # Not the folder: a text may also be the name of a data set, such as "sample".
        dataset, cleaning = load(source, options=options)
    protocol.require_defined_on(dataset.ratings)
    n_ratings = len(dataset.ratings)
    if protocol.n_ratings not in (None, n_ratings):
        raise ConfigError(
            protocol.name,
            f"is defined on {protocol.folder} with {protocol.n_ratings:,} ratings; "
            f"{dataset.ratings.source} has {n_ratings:,}",
        )
    if isinstance(protocol.splitter, ShippedFold):
        interactions, splitter = _shipped_fold(folder, protocol.splitter)
    else:
        interactions = index(dataset.ratings, min_rating=protocol.min_rating)
        splitter = protocol.splitter(len(interactions))
    parts = split(interactions, splitter, seed, join_valid=join_valid)
    if len(parts.test) == 0:  # known now, not after a long fit
        raise ConfigError(
            protocol.name,
            f"the test is empty: of the {counted(len(interactions), 'rating')} by "
            f"{counted(interactions.n_users, 'person')} it holds none "
            "back; give more ratings a person, or take another protocol",
        )
    return PreparedData(parts, dataset, cleaning)


def _shipped_fold(folder: Path | None, fold: ShippedFold) -> tuple[Interactions, Splitter]:
    """The ratings of a fold's two files, base first, and the splitter that tests on the second."""
    if folder is None:
        raise ConfigError("data", f"{fold.name}.base and {fold.name}.test are files: give the folder that holds them")
    base, test = read_fold(folder, fold.name)
    interactions = index(base.append(test))
    test_edges = np.arange(len(base), len(interactions))
    return interactions, PredefinedSplit(test_edges, valid=fold.valid, name=fold.name)
