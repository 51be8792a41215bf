"""A protocol: a data set, a way to split it and the metrics to show."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

from reelgraph.core import CleanReport, Dataset, EvalPart, EvalReport, Matrix, Ratings, Scorer, Split
from reelgraph.core.errors import CapabilityError
from reelgraph.data import KFold, Splitter
from reelgraph.data.splitting.leak_checks import check_split
from reelgraph.evaluation.additional_metrics import (
    targets_before,
    with_all_items,
    with_first_days,
    with_hits_in,
    with_means_over_people,
)
from reelgraph.evaluation.evaluate import evaluate
from reelgraph.evaluation.full_ranking import RankedHits
from reelgraph.evaluation.metric_names import (
    DISTRIBUTION,
    HITS,
    RANKING,
    RATING,
    measurable,
    require_available,
    require_feedback,
    with_levels,
)
from reelgraph.evaluation.metrics.beyond_accuracy import OF_GENRES

_DAY = 86_400  # seconds


@dataclass(frozen=True)
class PreparedData:
    """Data ready for a protocol, see `reelgraph.pipeline.prepare`.

    Args:
        split: train, validation and test.
        dataset: the cleaned data set; its ``sha256`` says which bytes the numbers come from.
        cleaning: what was dropped from it; None where that is not known.
    """

    split: Split
    dataset: Dataset
    cleaning: CleanReport | None = None


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
        metrics: names in the order of display, alone or with a length, see `evaluate`.
        k: length of the lists.
        threshold: stars of five from which the metrics among rated items call one recommended and relevant.
        relevant_from: stars of five from which a target item is relevant to a ranking; None for all. On other scales
            both stand for the ratings that correspond to them.
        seeds: seeds that the comparison numbers are means over.
        folds: splits measured one after the other; `reelgraph.pipeline.prepare` gives the first, see `of_fold`.
        lengths: lengths to measure in place of ``k``.
        first_days: also measure the hits among the targets of so many days after the cut, as ``ndcg_30d@10`` and so
            on, over the people who have one; None for no such figures.
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
    folds: int = 1
    lengths: tuple[int, ...] = ()
    first_days: int | None = None

    def of_fold(self, fold: int) -> Protocol:
        """The protocol with another fold as the test; the same one if it has no folds."""
        if self.folds == 1:
            return self
        splitter = cast("Callable[[int], KFold]", self.splitter)
        return dataclasses.replace(self, splitter=lambda n: dataclasses.replace(splitter(n), fold=fold))

    def require_defined_on(self, ratings: Ratings) -> None:
        """Check that the protocol has a meaning for these ratings.

        Raises:
            CapabilityError: it is defined on stars, and the data have none.
        """
        if ratings.scale is None and (self.min_rating is not None or not set(self.metrics) & {*RANKING, *OF_GENRES}):
            requirement = "measures stars" if self.min_rating is None else f"keeps ratings >= {self.min_rating:g}"
            raise CapabilityError(
                f"{self.name} {requirement}, and the data have no stars ({ratings.feedback} feedback)",
                "take a protocol that ranks, such as temporal or strong",
            )

    def measure(
        self,
        scorer: Scorer | Any,
        split: Split,
        part: Literal["valid", "test"] = "test",
        seed: int = 0,
        *,
        genres: Matrix | None = None,
        lists: RankedHits | None = None,
        all_items: RankedHits | None = None,
    ) -> EvalReport:
        """The protocol's metrics of a fitted model, without those that it or nobody in the part has a value of.

        Args:
            scorer: fitted on ``split.train``, or a table of lists, see `evaluate`.
            split: from `reelgraph.pipeline.prepare`.
            part: ``valid`` to choose, ``test`` to report.
            seed: seed of the bootstrap.
            genres: of the items, see `evaluate`; None leaves out what needs them.
            lists: rankings made before, of length ``k`` or longer, in place of the scorer's.
            all_items: the same among all unseen items, where the part has candidates; without them, and with
                ``lists``, these are not measured.

        Raises:
            CapabilityError: the protocol measures stars only, and the scorer predicts none or the data have none.
            ConfigError: it measures only what needs genres, and none are given.
            LeakError: a target can be known from what comes before it, see `reelgraph.data.check_split`.
        """
        check_split(split)
        eval_part: EvalPart = getattr(split, part)
        joined = "; validation joined to train" if split.spec.settings.get("join_valid") else ""
        feedback = split.train.feedback
        available = with_levels(measurable(scorer, genres, feedback))
        metrics = [name for name in self.metrics if name.partition("@")[0] in available]
        if not metrics:
            require_feedback(self.metrics, feedback)
            require_available(self.metrics[0].partition("@")[0], available, getattr(scorer, "kind", "a table of lists"))

        threshold, relevant_from = (_on_scale(stars, split) for stars in (self.threshold, self.relevant_from))

        def run(part: EvalPart, metrics: list[str], lists: RankedHits | None) -> EvalReport:
            return evaluate(
                scorer,
                part,
                self.lengths or self.k,
                threshold=threshold,
                relevant_from=relevant_from,
                metrics=metrics,
                train=split.train,
                genres=genres,
                lists=lists,
                seed=seed,
                protocol=f"{self.name}: {self.text}{joined}",
                only_with_values=True,
            )

        report = run(eval_part, metrics, lists)
        of_hits = [name for name in metrics if name.partition("@")[0] in HITS]
        if eval_part.grows and of_hits:
            report = with_means_over_people(report)
        if self.first_days is not None and of_hits and "test_from" in split.spec.settings and part == "test":
            end = split.spec.settings["test_from"] + self.first_days * _DAY
            rows, early = targets_before(eval_part, end)
            if len(early):
                early_lists = None if lists is None else with_hits_in(lists.rows(rows), early.target)
                report = with_first_days(report, run(early, of_hits, early_lists), rows, self.first_days)
        if eval_part.candidates is None or (lists is not None and all_items is None):
            return report
        whole_part = dataclasses.replace(eval_part, candidates=None)
        ranking = [name for name in metrics if name.partition("@")[0] in RANKING]
        return with_all_items(report, run(whole_part, ranking, all_items))


def _on_scale(stars: float | None, split: Split) -> float | None:
    """Stars of five on the scale of the ratings."""
    scale = split.train.scale
    return stars if stars is None or scale is None else scale.of_five(stars)
