"""Named protocols: a data set, a way to split it and the metrics to show, fixed so that numbers can be compared.

Each number a protocol gives comes with its text: what is masked, what is folded in, what the seed draws and where
choices are made. Everything is chosen on validation; the test is read once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reelgraph.core import Dataset, EvalPart, EvalReport, IntArray, Matrix, Ratings, Scorer, Split
from reelgraph.core.errors import CapabilityError
from reelgraph.data import ColdItems, HeldOutUsers, PerUser, PredefinedSplit, Splitter, Temporal
from reelgraph.data.splitting.leak_checks import check_split
from reelgraph.evaluation.evaluate import evaluate
from reelgraph.evaluation.metric_names import DISTRIBUTION, RANKING, RATING, measurable
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES

_STARS = ("rmse", "mse", "mae", *DISTRIBUTION)
_LISTS = ("ndcg", "recall", "precision")


@dataclass(frozen=True)
class PreparedData:
    """Data ready for a protocol, see `reelgraph.pipeline.prepare`.

    Args:
        split: train, validation and test.
        dataset: the cleaned data set; its ``sha256`` says which bytes the numbers come from.
    """

    split: Split
    dataset: Dataset


@dataclass(frozen=True)
class ShippedFold:
    """A split that the data set ships as files, such as ``u1.base`` and ``u1.test`` of ml-100k.

    Args:
        name: of the fold.
        valid: share of the base ratings to draw for validation.
    """

    name: str
    valid: float


@dataclass(frozen=True)
class Protocol:
    """One way to measure, complete: the same name means the same numbers.

    A protocol describes; `reelgraph.pipeline.prepare` reads and splits the data for it.

    Args:
        name: as on the command line.
        folder: read from the data folder where that holds it; else the data folder itself is read.
        n_ratings: ratings of the data set that the protocol is defined on; None for any data set.
        splitter: gives the splitter for a number of ratings, or names the fold that the data set ships.
        text: mask, history, seed and selection, for people.
        min_rating: lower ratings are removed before the split; None keeps all.
        metrics: names without ``@k`` in the order of display.
        k: length of the lists.
        threshold: stars from which the metrics among rated items call one recommended and relevant.
        relevant_from: stars from which a target item is relevant to a ranking; None for all.
        seeds: seeds that the comparison numbers are means over.
    """

    name: str
    folder: str
    n_ratings: int | None
    splitter: Callable[[int], Splitter] | ShippedFold
    text: str
    min_rating: float | None = None
    metrics: tuple[str, ...] = RANKING + OF_GENRES + RATING + DISTRIBUTION
    k: int = 10
    threshold: float = 3.5
    relevant_from: float | None = None
    seeds: int = 1

    def require_defined_on(self, ratings: Ratings) -> None:
        """Check that the protocol has a meaning for these ratings.

        Raises:
            CapabilityError: it is defined on stars, and the data have none.
        """
        if ratings.scale is None and (self.min_rating is not None or not set(self.metrics) & {*RANKING, *OF_GENRES}):
            what = "measures stars" if self.min_rating is None else f"keeps ratings >= {self.min_rating:g}"
            raise CapabilityError(
                f"{self.name} {what}, and the data have no stars ({ratings.feedback} feedback)",
                "take a protocol that ranks, such as temporal or strong",
            )

    def measure(
        self,
        scorer: Scorer,
        split: Split,
        part: Literal["valid", "test"] = "test",
        seed: int = 0,
        *,
        genres: Matrix | None = None,
    ) -> EvalReport:
        """The protocol's metrics of a fitted model, without those that need predictions the model does not make.

        Args:
            scorer: fitted on ``split.train``.
            split: from `reelgraph.pipeline.prepare`.
            part: ``valid`` to choose, ``test`` to report.
            seed: seed of the bootstrap.
            genres: of the items, see `evaluate`; None leaves out what needs them.

        Raises:
            CapabilityError: the protocol measures stars only, and the scorer predicts none or the data have none.
            LeakError: a target can be known from what comes before it, see `reelgraph.data.check_split`.
        """
        check_split(split)
        eval_part: EvalPart = getattr(split, part)
        joined = "; validation joined to train" if split.spec.settings.get("join_valid") else ""
        feedback = split.train.feedback
        metrics = [name for name in self.metrics if name in measurable(scorer, genres, feedback)]
        if not metrics and feedback != "explicit":
            raise CapabilityError(f"{self.name} measures only stars, and the data have none ({feedback} feedback)")
        if not metrics:
            raise CapabilityError(f"{scorer.kind} predicts no stars, and {self.name} measures nothing else")

        def run(part: EvalPart, metrics: list[str]) -> EvalReport:
            return evaluate(
                scorer,
                part,
                self.k,
                threshold=self.threshold,
                relevant_from=self.relevant_from,
                metrics=metrics,
                train=split.train,
                genres=genres,
                seed=seed,
                protocol=f"{self.name}: {self.text}{joined}",
            )

        report = run(eval_part, metrics)
        if eval_part.candidates is None:
            return report
        all_items = dataclasses.replace(eval_part, candidates=None)
        return _with_all_items(report, run(all_items, [name for name in metrics if name in RANKING]))


def _with_all_items(report: EvalReport, all_items: EvalReport) -> EvalReport:
    """The report, with the figures over all unseen items beside it as ``ndcg_all@10`` and so on."""

    def renamed(label: str) -> str:
        return label.replace("@", "_all@")

    return dataclasses.replace(
        report,
        per_user={**report.per_user, **{renamed(label): v for label, v in all_items.per_user.items()}},
        summary={**report.summary, **{renamed(label): v for label, v in all_items.summary.items()}},
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

    Source: scikit-learn 1.9, ``ShuffleSplit``; reimplemented, so that it is not a dependency.
    """
    order = np.random.RandomState(random_state).permutation(n)
    n_test = int(np.ceil(test_size * n))
    return order[n_test:], order[:n_test]


def _source_split(n_ratings: int) -> Splitter:
    _, rest = sklearn_holdout(n_ratings, 0.2, random_state=1)
    valid, test = sklearn_holdout(len(rest), 0.5, random_state=1)
    return PredefinedSplit(rest[test], rest[valid], name="train_test_split twice, random_state 1")


def _ninety_ten_split(n_ratings: int) -> Splitter:
    test = np.random.RandomState(0).permutation(n_ratings)[: n_ratings // 10 + 1]
    return PredefinedSplit(test, valid=0.02, name="RandomState(0).shuffle, first n // 10 + 1")


def _always(splitter: Splitter) -> Callable[[int], Splitter]:
    return lambda n_ratings: splitter


_TRAIN_ONLY = "fit and folded in: train only; never ranked: train and, at test, validation"
_CHOSEN = "all choices on validation"


def _cold_items(name: str, splitter: ColdItems, tags_text: str) -> Protocol:
    return Protocol(
        name,
        "ml-1m",
        None,
        _always(splitter),
        "10 % of the movies with at least 5 ratings, drawn by seed, have no rating in train, another 10 % for "
        f"validation; {_TRAIN_ONLY}; held-out movies ranked for each user with a rating >= 4 among them; stars: all "
        f"ratings of the held-out movies; {tags_text}; {_CHOSEN}",
        metrics=(*_LISTS, *_STARS),
        relevant_from=4.0,
    )


_ALL = (
    Protocol(
        "source-literal",
        "ml-latest-small",
        100_836,
        _source_split,
        "ratings >= 4 in file order, scikit-learn's train_test_split 80/20, then the 20 split 50/50, random_state 1 "
        f"both times (the seed draws no part of it); {_TRAIN_ONLY}; {_CHOSEN}; cannot tell good from bad, for every "
        "rating left is high",
        min_rating=4.0,
        metrics=("mse", "precision_rated", "recall_rated", "rmse", "mae"),
        k=20,
    ),
    Protocol(
        "source-honest",
        "ml-latest-small",
        100_836,
        _source_split,
        "all ratings in file order, scikit-learn's train_test_split 80/20, then the 20 split 50/50, random_state 1 "
        f"both times (the seed draws no part of it); graph from train only; {_TRAIN_ONLY}; {_CHOSEN}",
        metrics=("mse", "precision_rated", "recall_rated", "rmse", "mae", *DISTRIBUTION, *_LISTS),
    ),
    *(
        Protocol(
            f"ml-100k-{fold}",
            "ml-100k",
            100_000,
            ShippedFold(fold, valid=0.05),
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
        _ninety_ten_split,
        "rows of ratings.dat shuffled by numpy RandomState(0), the first n // 10 + 1 are the test; 2 % of the rest, "
        f"drawn by seed, for validation; {_TRAIN_ONLY}; predictions clipped to 1..5; {_CHOSEN}",
        metrics=(*_STARS, *_LISTS),
    ),
    Protocol(
        "recbole-ml-1m",
        "ml-1m",
        1_000_209,
        _always(PerUser(valid=0.1, test=0.1)),
        "ratings >= 3, no k-core, 8:1:1 of each user's ratings at random by seed, validation and test each "
        f"max(1, int(0.1 n)); {_TRAIN_ONLY}; {_CHOSEN}",
        min_rating=3.0,
        metrics=RANKING + OF_GENRES,
        seeds=3,
    ),
    Protocol(
        "temporal",
        "ml-1m",
        None,
        _always(Temporal(train=0.8, valid=0.1)),
        "one cut in time for all: 80 % of the ratings train, the next 10 % validation, the last 10 % test (the seed "
        "draws no part of it); people with a rating before the cut; fit: train only; folded in and never ranked: all "
        f"before the cut, at test the validation stretch too; {_CHOSEN}",
    ),
    Protocol(
        "strong",
        "ml-1m",
        None,
        _always(HeldOutUsers(valid_users=0.1, test_users=0.1, fold_in=0.8)),
        "10 % of the users, drawn by seed, held out whole for validation and 10 % for test; 80 % of a held-out user's "
        f"ratings, drawn by seed, are folded in and never ranked, 20 % are the target; {_CHOSEN}",
    ),
    _cold_items("cold-items", ColdItems(share=0.1, min_ratings=5), "tags that people gave held-out movies stay known"),
    _cold_items("cold-items-untagged", ColdItems(share=0.1, min_ratings=5, tags=False), "their tags are hidden"),
)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
