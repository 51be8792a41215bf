"""The best next question: of the movies a person has likely seen, the one whose answer would tell most of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reelgraph.core import FloatArray, IntArray, Scorer
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.elicitation.co_views import CoViews
from reelgraph.recommend.elicitation.information_gain import ExpectedHitsGain, RatingVarianceGain

if TYPE_CHECKING:
    from reelgraph.recommend.recommender import Recommender
    from reelgraph.recommend.weighted_history import Person

_LIKELY = 800  # movies looked at, those most likely seen


@dataclass(frozen=True)
class Question:
    """A movie to ask about.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        year: 0 where unknown.
        gain: expected share of the variance of the stars of what people watch that the answer takes away, 0 to 1; 0
            where the model predicts no stars.
        chance: that the person has seen it, 0 to 1.
        worth: what the questions are ordered by, see `PreferenceElicitor`; a number without a unit.
    """

    item_id: int | str
    title: str
    year: int
    gain: float
    chance: float
    worth: float


class PreferenceElicitor:
    r"""What is known of a person while they are asked, and what to ask next.

    Asked is, among the movies that the person has most likely seen, the one with the largest product of what the
    answer would bring to their list and to the stars predicted for them, :math:`D_j g_j` (see `ExpectedHitsGain` and
    `RatingVarianceGain`): D alone makes the better lists, g alone the better stars, and neither is in a unit of the
    other. A model without the one or the other leaves its factor out.

    The chance of having seen a movie is the mean of the chances given each answer alone, yes or no, the plain one
    among them.

    Args:
        scorer: has a graph filter in its ranking, a model of the stars that is linear in the person, or both.
        views: of the kept users.

    Raises:
        CapabilityError: it has neither.

    Source: greedy experimental design; departures: the product, and the chance as a limit and not a factor, since
    both gains are those of an answer, and a question that gets none costs little (experiments/log.md).
    """

    def __init__(self, scorer: Scorer, views: CoViews) -> None:
        self._views = views
        self._list = ExpectedHitsGain.of(scorer, views.viewer_counts)
        self._stars = RatingVarianceGain.models(scorer, views.viewer_counts / max(views.viewer_counts.sum(), 1.0))
        if self._list is None and not self._stars:
            raise CapabilityError(
                f"the model {scorer.kind!r} does not say what an answer would tell of a person",
                "train a blend, graph-filter, bayes-gcn or gcn",
            )
        self._chances: FloatArray = views.viewer_counts / views.n_users
        self._asked = 1
        self._worth = np.full(len(views.viewer_counts), np.nan)  # of those looked at since the last answer

    def learn(self, item: int, stars: float) -> None:
        """The person has given ``item``, an item row, so many stars."""
        for model in self._stars:
            model.learn(item)
        if self._list is not None:
            self._list.learn(item, stars)
        self._worth[:] = np.nan
        self._hear(item, seen=True)

    def not_seen(self, item: int) -> None:
        """The person has not seen ``item``."""
        self._hear(item, seen=False)

    def gain(self, items: IntArray) -> FloatArray:
        """Share of the variance of stars that each answer would take away, 0 without a model of the stars."""
        gains = [model.gain(items) for model in self._stars]
        gain: FloatArray = np.mean(gains, axis=0) if gains else np.zeros(len(items))
        return gain

    def chance(self) -> FloatArray:
        """Chance of having seen each movie, ``(n_items,)``."""
        return self._chances / self._asked

    def worth(self, items: IntArray) -> FloatArray:
        """What questions are ordered by: ``(len(items),)``, at least 0."""
        new = items[np.isnan(self._worth[items])]
        if len(new):
            stars = self.gain(new) if self._stars else 1.0
            self._worth[new] = stars * (1.0 if self._list is None else np.maximum(self._list.gain(new), 0.0))
        return self._worth[items]

    def best(self, allowed: IntArray, k: int = 1) -> IntArray:
        """The k best rows to ask about among ``allowed``, ascending rows; of equal ones the likeliest seen."""
        chance = self._chances[allowed]
        likely = np.argsort(-chance, kind="stable")[: max(_LIKELY, k)]
        pool = allowed[likely]
        best: IntArray = pool[np.argsort(-self.worth(pool), kind="stable")[:k]]
        return best

    def _hear(self, item: int, *, seen: bool) -> None:
        self._chances = self._chances + self._views.seen_probability(item, seen=seen)
        self._asked += 1


def next_questions(
    recommender: Recommender, person: Person, k: int = 5, *, not_seen: Collection[int | str] = ()
) -> tuple[Question, ...]:
    """What to ask a person next, the best question first.

    Args:
        recommender: of a bundle whose model can tell, see `PreferenceElicitor`.
        person: what they have rated so far, or the id of a known user.
        k: questions.
        not_seen: ids of movies they said they have not seen.

    Raises:
        UnknownIdError: no such user or item.
        DataFormatError: a rating is not on the scale.
        ConfigError: k is under 1.
        CapabilityError: the model does not say what an answer would tell.

    Cost: O(4,000 + d^2) for each of the 800 movies looked at, O(n_items) for each answer, and the ratings of the
    viewers of each movie heard of for the first time.
    """
    if k < 1:
        raise ConfigError("k", f"{k} is not at least 1")
    bundle, rated = recommender.bundle, recommender.history_for(person).ratings
    asking = PreferenceElicitor(bundle.scorer, recommender.co_views)
    unseen = bundle.items.rows(list(not_seen))
    for item, stars in zip(rated.indices.tolist(), rated.data.tolist(), strict=True):
        asking.learn(item, stars)
    for item in unseen.tolist():
        asking.not_seen(item)
    allowed = np.setdiff1d(np.arange(len(bundle.items)), np.concatenate([rated.indices, unseen]))
    rows = asking.best(allowed, k)
    found = zip(rows.tolist(), asking.gain(rows), asking.chance()[rows], asking.worth(rows), strict=True)
    return tuple(
        Question(
            bundle.items.id(row), str(bundle.catalogue.title[row]), int(bundle.catalogue.year[row]),
            *map(float, values),
        )
        for row, *values in found
    )  # fmt: skip
