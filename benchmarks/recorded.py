"""The predictions of a fitted model for the test part: all that a protocol measures, without the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.peers.stored import StoredDistributions, StoredLists, StoredPredictions
from reelgraph.core import (
    AnyArray,
    EvalPart,
    EvalReport,
    FloatArray,
    Interactions,
    Matrix,
    PredictsRating,
    RatingDistribution,
    Scorer,
    TopK,
)
from reelgraph.data import one_by_one
from reelgraph.evaluation import DISTRIBUTION, OF_GENRES, RANKING, RATING, PreparedData, Protocol, target_predictions
from reelgraph.evaluation.full_ranking import RankedHits, rank_hits
from reelgraph.evaluation.list_metrics import checked_lists, item_popularity, relevant_targets, targets_by_liking
from reelgraph.evaluation.list_values import has_row_for_each_target
from reelgraph.evaluation.metrics.tied_hits import TiedHits
from reelgraph.evaluation.tie_order import TieOrder
from reelgraph.pipeline import genres_of
from reelgraph.recommend import Order
from reelgraph.recommend.batch_lists import ranked_lists
from reelgraph.recommend.list_order import order_scorer

LENGTH = 100  # places of the lists that are kept
LENGTH_OF_TARGETS = 20  # the same where there is a list for each target
_HITS = ("offset", "size", "relevant")


@dataclass(frozen=True)
class Predictions:
    """Lists and stars for the people of a test part, in its order.

    Args:
        lists: ``(n, LENGTH)``, or ``(n_targets, LENGTH_OF_TARGETS)`` of a part that grows; None where the protocol
            does not rank.
        liked: as ``lists``, in the order ``liked`` of `reelgraph.recommend`; None where the model has no other.
        all_items: the same among all unseen items, where ``lists`` are of the candidates of the part.
        stars: ``(n_ratings,)`` of the target ratings, not clipped; None where the model predicts none.
        distribution: of the same ratings, or None.
    """

    lists: RankedHits | None = None
    all_items: RankedHits | None = None
    liked: RankedHits | None = None
    stars: FloatArray | None = None
    distribution: RatingDistribution | None = None

    @classmethod
    def of_scorer(
        cls, scorer: Scorer, protocol: Protocol, prepared: PreparedData, *, with_liked: bool = True
    ) -> Predictions:
        """Ask a fitted model for all that the protocol measures, with or without the lists in the order of liking."""
        part, train = prepared.split.test, prepared.split.train
        lists, all_items, liked, stars, distribution = None, None, None, None, None
        if any(name in RANKING + OF_GENRES for name in protocol.metrics):
            genres = genres_of(prepared.dataset, prepared.split)
            batches = one_by_one(part) if part.grows else [part]
            ranked = [_ranked(scorer, batch, train, protocol, genres, with_liked=with_liked) for batch in batches]
            lists, all_items, liked = (
                None if each[0] is None else RankedHits.concatenated([one for one in each if one is not None])
                for each in zip(*ranked, strict=True)
            )
        asks_stars = any(name in RATING + DISTRIBUTION for name in protocol.metrics)
        if asks_stars and train.scale is not None and isinstance(scorer, PredictsRating):
            predicted = target_predictions(scorer, part)
            stars, distribution = predicted.stars, predicted.distribution
        return cls(lists, all_items, liked, stars, distribution)

    def measure(self, protocol: Protocol, prepared: PreparedData, order: Order = "watch") -> EvalReport:
        """The protocol's metrics of the lists in an order."""
        part = prepared.split.test
        scorer: Scorer = StoredLists(prepared.split.train.n_items)
        if self.stars is not None and self.distribution is not None:
            scorer = StoredDistributions(part, self.stars, self.distribution)
        elif self.stars is not None:
            scorer = StoredPredictions(part, self.stars)
        genres = genres_of(prepared.dataset, prepared.split)
        lists = self.liked if order == "liked" and self.liked is not None else self.lists
        return protocol.measure(scorer, prepared.split, genres=genres, lists=lists, all_items=self.all_items)

    def arrays(self) -> dict[str, AnyArray]:
        """Arrays by name, for a file."""
        arrays: dict[str, AnyArray] = {}
        for name, ranked in (("lists", self.lists), ("all_items", self.all_items), ("liked", self.liked)):
            if ranked is not None:
                arrays[f"{name}/items"] = ranked.lists.items.astype(np.int32)
                arrays[f"{name}/scores"] = ranked.lists.scores
                arrays |= {f"{name}/{part}": getattr(ranked.hits, part) for part in _HITS}
                arrays |= {f"{name}/named/{label}": hits.relevant for label, hits in ranked.named_hits.items()}
        if self.stars is not None:
            arrays["stars"] = self.stars
        if self.distribution is not None:
            arrays["levels"], arrays["probability"] = self.distribution.levels, self.distribution.probability
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> Predictions:
        """From the arrays of :meth:`arrays`."""

        def ranked(name: str) -> RankedHits | None:
            if f"{name}/items" not in arrays:
                return None
            lists = TopK(arrays[f"{name}/items"].astype(np.int64), arrays[f"{name}/scores"])
            hits = TiedHits(*(arrays[f"{name}/{part}"] for part in _HITS))
            named = {
                label.removeprefix(f"{name}/named/"): TiedHits(hits.offset, hits.size, array)
                for label, array in arrays.items()
                if label.startswith(f"{name}/named/")
            }
            return RankedHits(lists, hits, named)

        chances = None
        if "probability" in arrays:
            chances = RatingDistribution(arrays["levels"], arrays["probability"])
        return cls(ranked("lists"), ranked("all_items"), ranked("liked"), arrays.get("stars"), chances)


def _ranked(
    scorer: Scorer, part: EvalPart, train: Interactions, protocol: Protocol, genres: Matrix, *, with_liked: bool
) -> tuple[RankedHits, RankedHits | None, RankedHits | None]:
    """The lists of a part, those among all items where it has candidates, and those in the order of liking."""
    relevant = relevant_targets(part, protocol.relevant_from)
    order = TieOrder.of_part(part, item_popularity(part, train)[0], genres, seed=0)
    named = targets_by_liking(part, train.scale)
    length = LENGTH_OF_TARGETS if has_row_for_each_target(part) else LENGTH
    lists = rank_hits(scorer, part, relevant, length, tie_order=order, named=named)
    all_items, liked = None, None
    liked_scorer = scorer
    if with_liked:
        liked_scorer = order_scorer(scorer, "liked", train.scale, float(train.rating.mean()))
    if liked_scorer is not scorer:
        liked = checked_lists(ranked_lists(liked_scorer, part, length), part, length, relevant, named)
    if part.candidates is not None:
        unrestricted = dataclasses.replace(part, candidates=None)
        all_items = rank_hits(scorer, unrestricted, relevant, length, tie_order=order)
    return lists, all_items, liked
