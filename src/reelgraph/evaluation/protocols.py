"""Named protocols: a data set, a way to split it and the metrics to show, fixed so that numbers can be compared.

Each number a protocol gives comes with its text: what is masked, what is folded in, what the seed draws and where
choices are made. Everything is chosen on validation; the test is read once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from reelgraph.core import Dataset, EvalPart, EvalReport, IntArray, Interactions, Matrix, Ratings, Scorer, Split
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.data import (
    ColdItems,
    HeldOutUsers,
    PerUser,
    PredefinedSplit,
    Splitter,
    Temporal,
    clean,
    index,
    read,
    split,
)
from reelgraph.data.readers.movielens_100k import read_fold
from reelgraph.data.splitting.leak_checks import check_split
from reelgraph.evaluation.evaluate import DISTRIBUTION, RANKING, RATING, evaluate, measurable
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES

_STARS = ("rmse", "mse", "mae", *DISTRIBUTION)
_LISTS = ("ndcg", "recall", "precision")


@dataclass(frozen=True)
class Prepared:
    """Data ready for a protocol.

    Args:
        split: train, validation and test.
        dataset: the cleaned data set; its ``sha256`` says which bytes the numbers come from.
    """

    split: Split
    dataset: Dataset


@dataclass(frozen=True)
class Protocol:
    """One way to measure, complete: the same name means the same numbers.

    Args:
        name: as on the command line.
        folder: read from the data folder where that holds it; else the data folder itself is read.
        n_ratings: ratings of the data set that the protocol is defined on; None for any data set.
        edges: the ratings as edges, and how to split them, from the data set and its folder (None where the data set
            did not come from one).
        text: mask, history, seed and selection, for people.
        metrics: names without ``@k`` in the order of display.
        k: length of the lists.
        threshold: stars from which the metrics among rated items call one recommended and relevant.
        relevant_from: stars from which a target item is relevant to a ranking; None for all.
        seeds: seeds that the comparison numbers are means over.
    """

    name: str
    folder: str
    n_ratings: int | None
    edges: Callable[[Dataset, Path | None], tuple[Interactions, Splitter]]
    text: str
    metrics: tuple[str, ...] = RANKING + OF_GENRES + RATING + DISTRIBUTION
    k: int = 10
    threshold: float = 3.5
    relevant_from: float | None = None
    seeds: int = 1

    def prepare(self, data: Path | str | Dataset, seed: int = 0, *, join_valid: bool = False) -> Prepared:
        """Read, clean, index and split.

        Args:
            data: a data set, whatever `reelgraph.data.read` takes, or a folder that holds ``folder``.
            seed: seed of whatever the protocol draws.
            join_valid: give the validation ratings to train, see `reelgraph.data.split`.

        Raises:
            DataFormatError: the files are not what was expected.
            ConfigError: the protocol is defined on another data set.
        """
        path, found = (None, data) if isinstance(data, Dataset) else self._read(data)
        dataset, _ = clean(found)
        if self.n_ratings is not None and len(dataset.ratings) != self.n_ratings:
            raise ConfigError(
                self.name,
                f"is defined on {self.folder} with {self.n_ratings:,} ratings; "
                f"{dataset.ratings.source} has {len(dataset.ratings):,}",
            )
        inter, how = self.edges(dataset, path)
        return Prepared(split(inter, how, seed, join_valid=join_valid), dataset)

    def measure(
        self,
        scorer: Scorer,
        prepared: Split,
        part: Literal["valid", "test"] = "test",
        seed: int = 0,
        *,
        genres: Matrix | None = None,
    ) -> EvalReport:
        """The protocol's metrics of a fitted model, those of them that it can be asked for.

        Args:
            scorer: fitted on ``prepared.train``.
            prepared: the split of `prepare`.
            part: ``valid`` to choose, ``test`` to report.
            seed: seed of the bootstrap.
            genres: of the items, see `evaluate`; None leaves out what needs them.

        Raises:
            CapabilityError: the protocol measures stars only and the scorer predicts none.
            LeakError: something asked can be known from what comes before it, see `reelgraph.data.check_split`.
        """
        check_split(prepared)
        asked: EvalPart = getattr(prepared, part)
        given_back = "; validation joined to train" if prepared.spec.settings.get("join_valid") else ""
        able = [name for name in self.metrics if name in measurable(scorer, genres)]
        if not able:
            raise CapabilityError(f"{scorer.kind} predicts no stars, and {self.name} measures nothing else")

        def run(part: EvalPart, metrics: list[str]) -> EvalReport:
            return evaluate(
                scorer,
                part,
                self.k,
                threshold=self.threshold,
                relevant_from=self.relevant_from,
                metrics=metrics,
                train=prepared.train,
                genres=genres,
                seed=seed,
                protocol=f"{self.name}: {self.text}{given_back}",
            )

        report = run(asked, able)
        if asked.candidates is None:
            return report
        everything = run(dataclasses.replace(asked, candidates=None), [name for name in able if name in RANKING])
        return _with_all(report, everything)

    def _read(self, data: Path | str) -> tuple[Path, Dataset]:
        inside = Path(data) / self.folder
        # A text may also name a data set for `read` ("sample"), so it is handed on as it is.
        return (inside, read(inside)) if inside.is_dir() else (Path(data), read(data))


def _with_all(report: EvalReport, everything: EvalReport) -> EvalReport:
    """The report, with the figures over all unseen items beside it as ``ndcg_all@10`` and so on."""

    def named(label: str) -> str:
        return label.replace("@", "_all@")

    return dataclasses.replace(
        report,
        per_user={**report.per_user, **{named(label): v for label, v in everything.per_user.items()}},
        summary={**report.summary, **{named(label): v for label, v in everything.summary.items()}},
        protocol=f"{report.protocol}; *_all: all unseen items ranked",
    )


def sklearn_holdout(n: int, test_size: float, random_state: int) -> tuple[IntArray, IntArray]:
    """Rows of train and test as scikit-learn's ``train_test_split(range(n), ...)`` draws them.

    Args:
        n: rows.
        test_size: share of the test, rounded up.
        random_state: seed of the legacy generator, as there.

    Returns:
        ``(n_train,)`` and ``(n_test,)`` int64, in the order drawn.

    Source: scikit-learn 1.9, ``ShuffleSplit``; written anew so that it is not needed to run.
    """
    order = np.random.RandomState(random_state).permutation(n)
    n_test = int(np.ceil(test_size * n))
    return order[n_test:], order[:n_test]


def _source(min_rating: float | None) -> Callable[[Dataset, Path | None], tuple[Interactions, Splitter]]:
    def edges(data: Dataset, path: Path | None) -> tuple[Interactions, Splitter]:
        inter = index(data.ratings, min_rating=min_rating)
        _, rest = sklearn_holdout(len(inter), 0.2, random_state=1)
        valid, test = sklearn_holdout(len(rest), 0.5, random_state=1)
        return inter, PredefinedSplit(rest[test], rest[valid], name="train_test_split twice, random_state 1")

    return edges


def _fold(name: str) -> Callable[[Dataset, Path | None], tuple[Interactions, Splitter]]:
    def edges(data: Dataset, path: Path | None) -> tuple[Interactions, Splitter]:
        if path is None:
            raise ConfigError("data", f"{name}.base and {name}.test are files: give the folder that holds them")
        base, test = read_fold(path, name)
        inter = index(_joined(base, test))
        return inter, PredefinedSplit(np.arange(len(base), len(inter)), valid=0.05, name=name)

    return edges


def _joined(one: Ratings, other: Ratings) -> Ratings:
    time = None
    if one.timestamp is not None and other.timestamp is not None:
        time = np.concatenate([one.timestamp, other.timestamp])
    return dataclasses.replace(
        one,
        user_id=np.concatenate([one.user_id, other.user_id]),
        item_id=np.concatenate([one.item_id, other.item_id]),
        rating=np.concatenate([one.rating, other.rating]),
        timestamp=time,
        source=f"{one.source} + {other.source}",
        faults=one.faults + other.faults,
    )


def _ninety_ten(data: Dataset, path: Path | None) -> tuple[Interactions, Splitter]:
    inter = index(data.ratings)
    test = np.random.RandomState(0).permutation(len(inter))[: len(inter) // 10 + 1]
    return inter, PredefinedSplit(test, valid=0.02, name="RandomState(0).shuffle, first n // 10 + 1")


def _with(how: Splitter, min_rating: float | None = None) -> Callable[..., tuple[Interactions, Splitter]]:
    def edges(data: Dataset, path: Path | None) -> tuple[Interactions, Splitter]:
        return index(data.ratings, min_rating=min_rating), how

    return edges


_TRAIN_ONLY = "fit and folded in: train only; never ranked: train and, at test, validation"
_CHOSEN = "all choices on validation"


def _cold(name: str, how: ColdItems, of_tags: str) -> Protocol:
    return Protocol(
        name,
        "ml-1m",
        None,
        _with(how),
        "10 % of the movies with at least 5 ratings, drawn by seed, have no rating in train, another 10 % for "
        f"validation; {_TRAIN_ONLY}; held-out movies ranked for each user with a rating >= 4 among them; stars: all "
        f"ratings of the held-out movies; {of_tags}; {_CHOSEN}",
        metrics=(*_LISTS, *_STARS),
        relevant_from=4.0,
    )


_ALL = (
    Protocol(
        "source-literal",
        "ml-latest-small",
        100_836,
        _source(4.0),
        "ratings >= 4 in file order, scikit-learn's train_test_split 80/20, then the 20 split 50/50, random_state 1 "
        f"both times (the seed draws no part of it); {_TRAIN_ONLY}; {_CHOSEN}; cannot tell good from bad, for every "
        "rating left is high",
        metrics=("mse", "precision_rated", "recall_rated", "rmse", "mae"),
        k=20,
    ),
    Protocol(
        "source-honest",
        "ml-latest-small",
        100_836,
        _source(None),
        "all ratings in file order, scikit-learn's train_test_split 80/20, then the 20 split 50/50, random_state 1 "
        f"both times (the seed draws no part of it); graph from train only; {_TRAIN_ONLY}; {_CHOSEN}",
        metrics=("mse", "precision_rated", "recall_rated", "rmse", "mae", *DISTRIBUTION, *_LISTS),
    ),
    *(
        Protocol(
            f"ml-100k-{fold}",
            "ml-100k",
            100_000,
            _fold(fold),
            f"shipped {fold}.base and {fold}.test; 5 % of {fold}.base, drawn by seed, for validation; {_TRAIN_ONLY}; "
            f"predictions clipped to 1..5; {_CHOSEN}",
            metrics=(*_STARS, *_LISTS),
        )
        for fold in ("u1", "u2", "u3", "u4", "u5")
    ),
    Protocol(
        "ml-1m-90-10",
        "ml-1m",
        1_000_209,
        _ninety_ten,
        "rows of ratings.dat shuffled by numpy RandomState(0), the first n // 10 + 1 are the test; 2 % of the rest, "
        f"drawn by seed, for validation; {_TRAIN_ONLY}; predictions clipped to 1..5; {_CHOSEN}",
        metrics=(*_STARS, *_LISTS),
    ),
    Protocol(
        "recbole-ml-1m",
        "ml-1m",
        1_000_209,
        _with(PerUser(valid=0.1, test=0.1), min_rating=3.0),
        "ratings >= 3, no k-core, 8:1:1 of each user's ratings at random by seed, validation and test each "
        f"max(1, int(0.1 n)); {_TRAIN_ONLY}; {_CHOSEN}",
        metrics=RANKING + OF_GENRES,
        seeds=3,
    ),
    Protocol(
        "temporal",
        "ml-1m",
        None,
        _with(Temporal(train=0.8, valid=0.1)),
        "one cut in time for all: 80 % of the ratings train, the next 10 % validation, the last 10 % test (the seed "
        "draws no part of it); people with a rating before the cut; fit: train only; folded in and never ranked: all "
        f"before the cut, at test the validation stretch too; {_CHOSEN}",
    ),
    Protocol(
        "strong",
        "ml-1m",
        None,
        _with(HeldOutUsers(valid_users=0.1, test_users=0.1, fold_in=0.8)),
        "10 % of the users, drawn by seed, held out whole for validation and 10 % for test; 80 % of a held-out user's "
        f"ratings, drawn by seed, are folded in and never ranked, 20 % are the target; {_CHOSEN}",
    ),
    _cold("cold-items", ColdItems(share=0.1, min_ratings=5), "tags that people gave held-out movies stay known"),
    _cold("cold-items-untagged", ColdItems(share=0.1, min_ratings=5, tags=False), "their tags are hidden"),
)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
