"""How alike two people's tastes are, and which movies say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reelgraph.core import Explains, FloatArray, Matrix, Scorer
from reelgraph.recommend.explain.contributions import shares
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.blend import standardised

if TYPE_CHECKING:
    from reelgraph.bundle import Bundle
    from reelgraph.recommend.recommender import Recommender
    from reelgraph.recommend.weighted_history import Person

CROWD = 200  # kept users that stand for all


@dataclass(frozen=True)
class FilmShare:
    """What one rated movie says of the likeness.

    Args:
        item_id: the movie.
        title: its title.
        one: stars of the first person, or None.
        other: stars of the second person, or None.
        share: what it adds to the likeness, negative where it sets them apart.
    """

    item_id: int | str
    title: str
    one: float | None
    other: float | None
    share: float


@dataclass(frozen=True)
class Compatibility:
    """How alike two tastes are.

    Args:
        likeness: from -1 to 1: the correlation of their scores of all movies, once what everyone likes is taken out.
        percentile: share of the pairs of other people who are less alike, 0 to 1; NaN where there are too few.
        films: the movies that either rated, those that say most first; the shares and ``apart`` add up to the
            likeness. Empty where the model is no sum over the ratings.
        apart: what hangs on no single rating.
        both: movies that both rated.
        agree: those of them with at most one star between the two.
    """

    likeness: float
    percentile: float
    films: tuple[FilmShare, ...]
    apart: float
    both: int
    agree: int


class Crowd:
    """The average taste of the kept users and how alike pairs of them are.

    Args:
        bundle: the model and the kept ratings; every n-th of the people with ratings is taken, `CROWD` at most.
    """

    def __init__(self, bundle: Bundle) -> None:
        rated = np.flatnonzero(np.diff(bundle.history.indptr))
        some = rated[np.unique(np.linspace(0, len(rated) - 1, min(CROWD, len(rated))).astype(np.int64))]
        tastes = _tastes(bundle.scorer, bundle.history[some]) if len(some) else np.zeros((0, len(bundle.items)))
        self._axes = _basis(tastes)
        own = self.own(tastes)
        alike = own @ own.T
        self._pairs = np.sort(alike[np.triu_indices(len(alike), 1)])

    def own(self, scores: FloatArray) -> FloatArray:
        """Directions ``(people, n_items)`` of length 1 (or 0) in which people differ from everyone, from scores."""
        left = scores - (scores @ self._axes.T) @ self._axes
        length = np.linalg.norm(left, axis=1, keepdims=True)
        known = length > 1e-9 * np.maximum(np.linalg.norm(scores, axis=1, keepdims=True), 1e-300)
        own: FloatArray = np.divide(left, length, out=np.zeros_like(left), where=known)
        return own

    def length(self, scores: FloatArray) -> float:
        """How far scores, ``(n_items,)``, differ from everyone's."""
        return float(np.linalg.norm(scores - (scores @ self._axes.T) @ self._axes))

    def below(self, likeness: float) -> float:
        """Share of the pairs that are less alike; NaN for fewer than ten."""
        return float(np.searchsorted(self._pairs, likeness) / len(self._pairs)) if len(self._pairs) >= 10 else np.nan


def _tastes(scorer: Scorer, history: Matrix) -> FloatArray:
    return standardised(scorer.score(history).astype(np.float64), np.float64)


def _basis(tastes: FloatArray) -> FloatArray:
    """Orthonormal rows that span what all have in common: a constant, and the mean taste."""
    n_items = tastes.shape[1]
    axes = [np.full(n_items, n_items**-0.5)]
    if len(tastes):
        mean = tastes.mean(axis=0)
        mean = mean - (mean @ axes[0]) * axes[0]
        if np.linalg.norm(mean) > 1e-9:
            axes.append(mean / np.linalg.norm(mean))
    return np.array(axes)


def compatibility(recommender: Recommender, one: Person, other: Person) -> Compatibility:
    """How alike two people's tastes are, decomposed by the movies they rated.

    The likeness is the correlation of their scores of all movies after the part that lies along the mean taste of the
    kept users is taken out of both: that everyone likes the popular says nothing of these two.

    Args:
        recommender: of the bundle.
        one: ratings by item id, in stars, or the id of a known user.
        other: likewise.

    Raises:
        UnknownIdError: no such user or item.
        DataFormatError: a rating is not on the scale.

    Cost: `CROWD` rankings on the first call.
    """
    heard, crowd = [recommender.history_for(person) for person in (one, other)], recommender.crowd
    scorer = recommender.scorer
    scores = [person.score(scorer)[0].astype(np.float64) for person in heard]
    own = crowd.own(np.array(scores))
    likeness = float(own[0] @ own[1])
    films, apart = dict[int, float](), likeness
    if isinstance(scorer, Explains) and own.any(axis=1).all():
        films, apart = _by_film(scorer, heard, own, [crowd.length(each) for each in scores])
    stars = [dict(zip(person.ratings.indices.tolist(), person.ratings.data.tolist(), strict=True)) for person in heard]
    both = stars[0].keys() & stars[1].keys()
    ids, titles = recommender.items.ids, recommender.catalogue.title
    return Compatibility(
        likeness=likeness,
        percentile=crowd.below(likeness),
        films=tuple(
            FilmShare(ids[row].item(), str(titles[row]), stars[0].get(row), stars[1].get(row), share)
            for row, share in sorted(films.items(), key=lambda film: (-abs(film[1]), film[0]))
        ),
        apart=apart,
        both=len(both),
        agree=sum(abs(stars[0][row] - stars[1][row]) <= 1 for row in both),
    )


def _by_film(
    scorer: Scorer, heard: list[WeightedHistory], own: FloatArray, length: list[float]
) -> tuple[dict[int, float], float]:
    """The likeness by rated movie, half by the ratings of each person, and what is left over."""
    films, apart = dict[int, float](), 0.0
    for person, towards, size in zip(heard, own[::-1], length, strict=True):
        found = shares(person, scorer, np.arange(own.shape[1]))
        parts = 0.5 * (towards @ found.ratings) / size
        for row, part in zip(person.ratings.indices.tolist(), parts.tolist(), strict=True):
            films[row] = films.get(row, 0.0) + part
        apart += 0.5 * float(towards @ sum(found.apart.values(), np.zeros(own.shape[1]))) / size
    return films, apart
