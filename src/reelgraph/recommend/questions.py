"""The best next question: the movie whose answer would tell most of a person, weighed by the chance of getting one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reelgraph.errors import CapabilityError, ConfigError
from reelgraph.scorers import BayesScorer, BlendScorer, FoldInScorer
from reelgraph.types import FloatArray, IntArray, Matrix, Scorer

if TYPE_CHECKING:
    from reelgraph.recommend.fitted import Person
    from reelgraph.recommend.recommender import Recommender

_DRAWS = 4  # of a sampled model that the gain is averaged over
_GAIN, _CHANCE = 0.1, 0.8  # exponents, see `Interviewer`
_PRIOR = 20.0  # people by whom a conditional chance is pulled to the plain one


@dataclass(frozen=True)
class Question:
    """A movie to ask about.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        year: 0 where unknown.
        gain: expected share of the variance of the stars of what people watch that the answer takes away, 0 to 1.
        chance: that the person has seen it, 0 to 1; questions are ordered by :meth:`worth`.
    """

    item_id: int | str
    title: str
    year: int
    gain: float
    chance: float

    @property
    def worth(self) -> float:
        """What questions are ordered by, see `Interviewer`."""
        return float(_worth(np.array(self.gain), np.array(self.chance)))


def _worth(gain: FloatArray, chance: FloatArray) -> FloatArray:
    known = np.clip(chance, 1e-3, 1.0)
    worth: FloatArray = -(np.maximum(gain, 0.0) ** _GAIN) * known**_CHANCE * np.log(known)
    return worth


class CoViews:
    """Who has seen one movie has seen which others: counts of the kept users.

    Args:
        history: ``(n_users, n_items)`` CSR, pattern only.
    """

    def __init__(self, history: Matrix) -> None:
        self._rows, self._columns = history, history.tocsc()
        self._found: dict[int, FloatArray] = {}
        self.people = max(history.shape[0], 1)
        self.viewers = np.bincount(history.indices, minlength=history.shape[1]).astype(np.float64)

    def chance(self, item: int, *, seen: bool) -> FloatArray:
        """Chance of having seen each movie for those who have, or have not, seen ``item``: ``(n_items,)``."""
        if item not in self._found:
            columns = self._columns
            people = columns.indices[columns.indptr[item] : columns.indptr[item + 1]]
            counts = np.bincount(self._rows[people].indices, minlength=len(self.viewers))
            self._found[item] = counts.astype(np.float32)
        both: FloatArray = self._found[item]
        plain = self.viewers / self.people
        if seen:
            return np.asarray((both + _PRIOR * plain) / (self.viewers[item] + _PRIOR))
        others = self.people - self.viewers[item]
        return np.asarray((self.viewers - both + _PRIOR * plain) / (others + _PRIOR))


class Interviewer:
    r"""What is known of a person while they are asked, and what to ask next.

    The model of the stars is linear in the person, :math:`f = x_i \cdot z`, with z normal. Its covariance after some
    answers, S, does not hang on what was answered, so the gain of asking about j is known before:

    .. math:: g_j = \frac{\sum_i p_i (x_i' S x_j)^2}{(\sigma^2 + x_j' S x_j) \sum_i p_i x_i' S_0 x_i}

    with p the share of the viewers of each movie: the variance of the stars, averaged over what people watch, that
    the answer takes away, as a share of what there was before the first. The chance c of having seen a movie is the
    mean of the chances given each answer alone, the plain one among them. Asked is the movie with the largest

    .. math:: -g_j^{0.1} \, c_j^{0.8} \log c_j

    the gain, the chance of an answer, and what it says that someone has seen this: a film that everyone has seen tells
    a ranker nothing. The gain alone predicts stars better and ranks worse, the rest alone the other way round; the
    exponents were chosen on the validation part of ``strong`` on ML-100K (experiments/log.md).

    Args:
        scorer: a model of the stars that is linear in the person, or a blend with one.
        views: of the kept users.

    Raises:
        CapabilityError: the model is none.

    Source: A-optimal design (Chaloner and Verdinelli 1995, "Bayesian experimental design"); for ordinal stars the
    unit noise of the probit stands for :math:`\sigma^2`. Sampled models are averaged over a few draws.
    """

    def __init__(self, scorer: Scorer, views: CoViews) -> None:
        self._views = views
        weight = views.viewers / max(views.viewers.sum(), 1.0)
        self._models = [_Linear.of(*one, weight) for one in _linear(scorer)]
        self._chances: FloatArray = views.viewers / views.people
        self._asked = 1

    def learn(self, item: int) -> None:
        """The person has rated ``item``, an item row."""
        for model in self._models:
            model.observe(item)
        self._hear(item, seen=True)

    def not_seen(self, item: int) -> None:
        """The person has not seen ``item``."""
        self._hear(item, seen=False)

    def gain(self) -> FloatArray:
        """Share of the variance that each answer would take away, ``(n_items,)``."""
        gain: FloatArray = np.mean([model.gain() for model in self._models], axis=0)
        return gain

    def chance(self) -> FloatArray:
        """Chance of having seen each movie, ``(n_items,)``."""
        return self._chances / self._asked

    def best(self, allowed: IntArray, k: int = 1) -> IntArray:
        """The k best rows to ask about among ``allowed``, ascending rows."""
        worth = _worth(self.gain(), self.chance())[allowed]
        best: IntArray = allowed[np.argsort(-worth, kind="stable")[:k]]
        return best

    def _hear(self, item: int, *, seen: bool) -> None:
        self._chances = self._chances + self._views.chance(item, seen=seen)
        self._asked += 1


@dataclass
class _Linear:
    """One normal model of the person.

    Args:
        design: ``(n_items, d)``, X.
        covariance: ``(d, d)``, S.
        noise: variance of a rating.
        middle: ``(d, d)``, sum of p_i x_i x_i'.
        whole: variance there was before the first answer.
    """

    design: FloatArray
    covariance: FloatArray
    noise: float
    middle: FloatArray
    whole: float

    @classmethod
    def of(cls, design: FloatArray, covariance: FloatArray, noise: float, weight: FloatArray) -> _Linear:
        middle = design.T @ (weight[:, None] * design)
        return cls(design, covariance, noise, middle, max(float(np.sum(middle * covariance)), 1e-300))

    def observe(self, item: int) -> None:
        spread = self.covariance @ self.design[item]
        self.covariance = self.covariance - np.outer(spread, spread) / (self.noise + self.design[item] @ spread)

    def gain(self) -> FloatArray:
        spread = self.design @ self.covariance
        own = np.einsum("nd,nd->n", spread, self.design)
        taken = np.einsum("nd,nd->n", spread @ self.middle, spread)
        share: FloatArray = taken / (self.noise + own) / self.whole
        return share


def _linear(scorer: Scorer) -> Sequence[tuple[FloatArray, FloatArray, float]]:
    """Design ``(n_items, d)``, covariance of the person ``(d, d)`` and noise variance, one or a few draws of them."""
    if isinstance(scorer, BlendScorer):
        return _linear(scorer.parts[-1])
    if isinstance(scorer, FoldInScorer):
        return [(scorer.design, np.linalg.inv(scorer.prior_precision), scorer.noise)]
    if not isinstance(scorer, BayesScorer):
        raise CapabilityError(
            f"the model {scorer.kind!r} does not say how sure it is of a person", "train a blend, bayes-gcn or gcn"
        )
    found = []
    for draw in np.unique(np.linspace(0, len(scorer.item) - 1, _DRAWS).astype(np.int64)).tolist():
        design = scorer.item[draw].astype(np.float64) + scorer.date_drawn[draw]
        design[:, 0] = 1.0
        covariance = np.diag(1.0 / scorer.prior_precision[draw].astype(np.float64)) + scorer.neighbour_spread[draw]
        noise = 1.0 if scorer.cuts.shape[1] else 1.0 / float(scorer.noise[draw])
        found.append((design, covariance, noise))
    return found


def next_questions(
    recommender: Recommender, person: Person, k: int = 5, *, not_seen: Collection[int | str] = ()
) -> tuple[Question, ...]:
    """What to ask a person next, the best question first.

    Args:
        recommender: of a bundle whose model predicts the stars of anyone, see `Interviewer`.
        person: what they have rated so far, or the id of a known user.
        k: questions.
        not_seen: ids of movies they said they have not seen.

    Raises:
        UnknownIdError: no such user or item.
        DataFormatError: a rating is not on the scale.
        ConfigError: k is under 1.
        CapabilityError: the model does not say how sure it is of a person.

    Cost: O(n_items d^2), and the ratings of the viewers of each movie heard of for the first time.
    """
    if k < 1:
        raise ConfigError("k", f"{k} is not at least 1")
    fitted, rated = recommender.fitted, recommender.hear(person).rated.indices
    asking = Interviewer(fitted.scorer, recommender.co_views)
    unseen = fitted.items.rows(list(not_seen))
    for item in rated.tolist():
        asking.learn(item)
    for item in unseen.tolist():
        asking.not_seen(item)
    allowed = np.setdiff1d(np.arange(len(fitted.items)), np.concatenate([rated, unseen]))
    gain, chance = asking.gain(), asking.chance()
    return tuple(
        Question(
            fitted.items.ids[row].item(), str(fitted.catalogue.title[row]), int(fitted.catalogue.year[row]),
            float(gain[row]), float(chance[row]),
        )
        for row in asking.best(allowed, k).tolist()
    )  # fmt: skip
