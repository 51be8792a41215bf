"""How alike two people's tastes are, and which movies say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reelgraph.core import Explains, FloatArray, Scorer
from reelgraph.core.display import Table, Tabular
from reelgraph.recommend.explain.contributions import weighted_contributions
from reelgraph.recommend.weighted_history import WeightedHistory

if TYPE_CHECKING:
    from reelgraph.recommend.recommender import Recommender
    from reelgraph.recommend.weighted_history import Person


@dataclass(frozen=True)
class ItemShare:
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


@dataclass(frozen=True, repr=False)
class Compatibility(Tabular):
    """How alike two tastes are.

    Args:
        likeness: from -1 to 1: the correlation of their scores of all movies, once what everyone likes is taken out.
        percentile: share of the pairs of other people who are less alike, 0 to 1; NaN where there are too few.
        items: the movies that either rated, those that say most first; the shares and ``baseline`` add up to the
            likeness. Empty where the model is no sum over the ratings.
        baseline: what hangs on no single rating.
        both: movies that both rated.
        agree: those of them with at most one star between the two.
    """

    likeness: float
    percentile: float
    items: tuple[ItemShare, ...]
    baseline: float
    both: int
    agree: int

    def to_dict(self) -> dict[str, Any]:
        """One row a movie: ``item_id``, ``title``, ``one`` and ``other`` (their stars) and ``share``."""
        names = ("item_id", "title", "one", "other", "share")
        return {name: [getattr(item, name) for item in self.items] for name in names}

    def _display(self) -> Table:
        known = not np.isnan(self.percentile)
        percentile = f", more than {self.percentile:.0%} of the pairs of users" if known else ""
        note = f"{self.both} movies rated by both, {self.agree} of them at most one star apart"
        return Table(f"Compatibility: likeness {self.likeness:+.4f}{percentile}", self.to_dict(), note)


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
    heard, crowd = [recommender.history_for(person) for person in (one, other)], recommender.taste_baseline
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
        items=tuple(
            ItemShare(ids[row].item(), str(titles[row]), stars[0].get(row), stars[1].get(row), share)
            for row, share in sorted(films.items(), key=lambda film: (-abs(film[1]), film[0]))
        ),
        baseline=apart,
        both=len(both),
        agree=sum(abs(stars[0][row] - stars[1][row]) <= 1 for row in both),
    )


def _by_film(
    scorer: Scorer, heard: list[WeightedHistory], own: FloatArray, length: list[float]
) -> tuple[dict[int, float], float]:
    """The likeness by rated movie, half by the ratings of each person, and what is left over."""
    films, apart = dict[int, float](), 0.0
    for person, towards, size in zip(heard, own[::-1], length, strict=True):
        found = weighted_contributions(person, scorer, np.arange(own.shape[1]))
        parts = 0.5 * (towards @ found.ratings) / size
        for row, part in zip(person.ratings.indices.tolist(), parts.tolist(), strict=True):
            films[row] = films.get(row, 0.0) + part
        apart += 0.5 * float(towards @ sum(found.baseline_terms.values(), np.zeros(own.shape[1]))) / size
    return films, apart
