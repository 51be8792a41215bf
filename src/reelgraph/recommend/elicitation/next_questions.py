"""Which item to ask a person about next: one they have likely seen, and whose rating is the most informative."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from reelgraph.core import FloatArray, IntArray, Scorer, unit_rating
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.recommend.co_views import CoViews
from reelgraph.recommend.elicitation.information_gain import ExpectedHitsGain, RatingVarianceGain
from reelgraph.recommend.elicitation.well_known import QUESTION_HEAD
from reelgraph.recommend.person import Person
from reelgraph.recommend.recommender import Recommender

_MIN_CANDIDATES, _MAX_CANDIDATES = 50, 800  # items compared: those most likely seen


@dataclass(frozen=True)
class Question:
    """An item to ask about.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        year: 0 if unknown.
        gain: expected share of the variance of the stars of what people watch that the answer removes, 0 to 1; 0
            when the model predicts no stars.
        chance: probability that the person has seen it.
        worth: what the questions are ordered by, see `PreferenceElicitor`; a number without a unit.
    """

    item_id: int | str
    title: str
    year: int
    gain: float
    chance: float
    worth: float


class PreferenceElicitor:
    r"""Keeps what the answers of one person say, and chooses the next item to ask about.

    Among the items that the person has most likely seen, it chooses the one with the largest product of the gain for
    their list and the gain for the predicted stars, :math:`D_j g_j` (see `ExpectedHitsGain` and `RatingVarianceGain`).
    D alone gives better lists, g alone better stars, and they have no common unit. If the model lacks one of the two,
    that factor is left out.

    The probability of having seen an item is the mean of the probabilities given each answer alone, seen or not seen,
    and of the unconditional one. Compared are the items whose probability is at least ``floor``, so that people know
    what they are asked about; at least the 50 and at most the 800 most likely ones.

    Args:
        scorer: ranks with an additive scorer, predicts stars with linear models, or both.
        views: of the known users.
        floor: smallest probability of having seen an item that is asked about.

    Raises:
        CapabilityError: it does neither.

    Source: greedy experimental design. Departures: the product, and the probability as a limit rather than a factor,
    since both gains are those of an answer, and a question without an answer costs little (experiments/log.md).
    """

    def __init__(self, scorer: Scorer, views: CoViews, floor: float = 0.0) -> None:
        self._views, self._floor = views, floor
        item_shares = views.viewer_counts / max(views.viewer_counts.sum(), 1.0)
        self._list_gain = ExpectedHitsGain.from_scorer(scorer, views.viewer_counts)
        self._star_gains = RatingVarianceGain.from_scorer(scorer, item_shares)
        if self._list_gain is None and not self._star_gains:
            raise CapabilityError(
                f"the model {scorer.kind!r} cannot estimate the information of a rating",
                "train a blend, graph-filter, bayes-gcn or gcn",
            )
        self._probability_sum: FloatArray = views.viewer_counts / views.n_users
        self._n_summed = 1
        self._worth = np.full(len(views.viewer_counts), np.nan)  # of the items compared since the last rating

    def add_rating(self, item_row: int, stars: float) -> None:
        """The person has rated ``item_row`` with ``stars``."""
        for star_gain in self._star_gains:
            star_gain.add_rating(item_row)
        if self._list_gain is not None:
            self._list_gain.add_rating(item_row, stars)
        self._worth[:] = np.nan
        self._add_view(item_row, seen=True)

    def add_seen(self, item_row: int, weight: float, stars: float) -> None:
        """The person has seen ``item_row`` and not rated it, which counts as ``weight`` of a rating of ``stars``."""
        if self._list_gain is not None and weight > 0:
            self._list_gain.add_rating(item_row, stars, weight)
        self._worth[:] = np.nan
        self._add_view(item_row, seen=True)

    def add_not_seen(self, item_row: int) -> None:
        """The person has not seen ``item_row``."""
        self._add_view(item_row, seen=False)

    def gain(self, item_rows: IntArray) -> FloatArray:
        """Share of the variance of the stars that each rating would remove, ``(n,)``; 0 without linear models."""
        gains = [star_gain.gain(item_rows) for star_gain in self._star_gains]
        gain: FloatArray = np.mean(gains, axis=0) if gains else np.zeros(len(item_rows))
        return gain

    def seen_probability(self) -> FloatArray:
        """Probability of having seen each item, ``(n_items,)``."""
        return self._probability_sum / self._n_summed

    def worth(self, item_rows: IntArray) -> FloatArray:
        """What questions are ordered by, ``(n,)``, at least 0."""
        missing = item_rows[np.isnan(self._worth[item_rows])]
        if len(missing):
            star_gain = self.gain(missing) if self._star_gains else 1.0
            list_gain = 1.0 if self._list_gain is None else np.maximum(self._list_gain.gain(missing), 0.0)
            self._worth[missing] = star_gain * list_gain
        return self._worth[item_rows]

    def best(self, allowed: IntArray, k: int = 1) -> IntArray:
        """The k best item rows among ``allowed`` (ascending), best first; ties go to the most likely seen."""
        return self.ranked(allowed, k)[:k]

    def ranked(self, allowed: IntArray, k: int = 1) -> IntArray:
        """The item rows compared among ``allowed`` (ascending), at least k of them, best first."""
        probability = self._probability_sum[allowed]
        n_known = int(np.count_nonzero(probability >= self._floor * self._n_summed))
        n_candidates = max(min(max(n_known, _MIN_CANDIDATES), _MAX_CANDIDATES), k)
        candidates = allowed[np.argsort(-probability, kind="stable")[:n_candidates]]
        ranked: IntArray = candidates[np.argsort(-self.worth(candidates), kind="stable")]
        return ranked

    def _add_view(self, item_row: int, *, seen: bool) -> None:
        self._probability_sum = self._probability_sum + self._views.seen_probability(item_row, seen=seen)
        self._n_summed += 1


def next_questions(
    recommender: Recommender, person: Person, k: int = 5, *, not_seen: Collection[int | str] = ()
) -> tuple[Question, ...]:
    """Items to ask a person about, the best question first.

    They are well known: the most watched items that make up 30 % of all views (see `WellKnownItems`), and others that
    this person is as likely to have seen. They are of different series, and of other ones than the answers so far,
    while there are enough such items; so the order is that of ``worth`` but for further items of a series at the end.

    Args:
        recommender: of a bundle whose model supports it, see `PreferenceElicitor`.
        person: ratings so far, ids of movies seen, or the id of a known user. Movies seen without a rating may be asked
            about, unless the data have no stars.
        k: number of questions.
        not_seen: ids of items that the person has not seen.

    Raises:
        UnknownIdError: no such user or item.
        DataFormatError: a rating is not on the scale.
        ConfigError: k is below 1.
        CapabilityError: the model cannot estimate the information of a rating.

    Cost: O(4,000 + d^2) for each of the 800 items compared, O(n_items) for each answer, and once the ratings of the
    viewers of each item answered.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> data = rg.from_frame(table)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> fit = rg.GraphFilter(choose=False).fit(split.train)
        >>> recommender = rg.Recommender(rg.Bundle.create(fit, data, split))
        >>> [question.item_id for question in rg.next_questions(recommender, {}, k=2)]
        [10, 20]
    """
    require_type("next_questions", "recommender", recommender, Recommender)
    if k < 1:
        raise ConfigError("k", f"{k} is not at least 1")
    items, catalogue, history = recommender.items, recommender.catalogue, recommender.history_for(person)
    rated = history.rated().ratings
    well_known = recommender.well_known
    elicitor = PreferenceElicitor(recommender.scorer, recommender.co_views, well_known.floor(QUESTION_HEAD))
    not_seen_rows = items.rows(list(not_seen))
    for item_row, stars in zip(rated.indices.tolist(), rated.data.tolist(), strict=True):
        raise_if_interrupted()
        elicitor.add_rating(item_row, stars)
    is_unrated = history.is_unrated
    seen_rows: IntArray = history.ratings.indices[is_unrated].astype(np.int64)
    for item_row, weight in zip(seen_rows.tolist(), history.weights[is_unrated].tolist(), strict=True):
        raise_if_interrupted()
        elicitor.add_seen(item_row, weight, unit_rating(recommender.scale))
    for item_row in not_seen_rows.tolist():
        raise_if_interrupted()
        elicitor.add_not_seen(item_row)
    allowed = np.setdiff1d(np.arange(len(items)), np.concatenate([rated.indices, not_seen_rows]))
    answered = np.concatenate([rated.indices, seen_rows, not_seen_rows]).tolist()
    first, further = well_known.one_per_series(elicitor.ranked(allowed, k).tolist(), answered)
    best = np.array((first + further)[:k], np.int64)
    chance = np.where(np.isin(best, seen_rows), 1.0, elicitor.seen_probability()[best])
    figures = (elicitor.gain(best), chance, elicitor.worth(best))
    return tuple(
        Question(items.id(row), str(catalogue.title[row]), int(catalogue.year[row]), *map(float, row_figures))
        for row, *row_figures in zip(best.tolist(), *figures, strict=True)
    )
