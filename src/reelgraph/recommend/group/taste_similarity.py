"""How similar the tastes of two people are, and which items show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reelgraph.core import Explains, FloatArray, Scorer
from reelgraph.core.argument_checks import require_type
from reelgraph.core.display import Table, Tabular, counted
from reelgraph.recommend.explain.contributions import weighted_contributions
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.recommend.person import Person
from reelgraph.recommend.recommender import Recommender
from reelgraph.recommend.weighted_history import WeightedHistory


@dataclass(frozen=True)
class ItemShare:
    """What one item, rated or seen, adds to the similarity.

    Args:
        item_id: the item.
        title: its title.
        one: stars of the first person; None where they gave none.
        other: stars of the second person, likewise.
        share: what it adds to the similarity, negative where the two differ.
    """

    item_id: int | str
    title: str
    one: float | None
    other: float | None
    share: float


@dataclass(frozen=True, repr=False)
class Compatibility(Tabular):
    """How similar two tastes are.

    Args:
        likeness: from -1 to 1: the correlation of their scores of all items, after the part that all people have in
            common is removed.
        percentile: share of the pairs of other people who are less similar, 0 to 1; NaN where there are too few.
        items: the items that either rated, largest share first; the shares and ``baseline`` add up to the likeness.
            Empty when the model is not a sum over the ratings.
        baseline: the part that depends on no single rating.
        both: number of items that both rated; that both saw, where the data have no stars.
        agree: how many of these the two rated at most one star apart; 0 where the data have no stars.
        has_stars: whether the data have stars.
    """

    likeness: float
    percentile: float
    items: tuple[ItemShare, ...]
    baseline: float
    both: int
    agree: int
    has_stars: bool = True

    def to_dict(self) -> dict[str, Any]:
        """One row for each item: ``item_id``, ``title``, ``one`` and ``other`` (their stars) and ``share``."""
        names = ("item_id", "title", "one", "other", "share")
        return {name: [getattr(item, name) for item in self.items] for name in names}

    def _display(self) -> Table:
        is_known = not np.isnan(self.percentile)
        percentile = f", more than {self.percentile:.0%} of the pairs of users" if is_known else ""
        agree = f", {self.agree} of them at most one star apart" if self.has_stars else ""
        note = f"{counted(self.both, 'movie')} {'rated' if self.has_stars else 'seen'} by both{agree}"
        return Table(f"Compatibility: likeness {self.likeness:+.4f}{percentile}", self.to_dict(), note)


def compatibility(recommender: Recommender, first: Person, second: Person) -> Compatibility:
    """How similar the tastes of two people are, decomposed by the items they rated.

    The likeness is the correlation of their scores of all items after the part along the mean taste of the known users
    is removed from both: that everyone likes the popular items says nothing about these two.

    Args:
        recommender: of the bundle.
        first: ratings by item id, in stars; ids of movies seen; or the id of a known user.
        second: likewise.

    Raises:
        UnknownIdError: no such user or item.
        DataFormatError: a rating is not on the scale.

    Cost: `taste_baseline.MAX_USERS` rankings on the first call.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> data = rg.from_frame(table)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> fit = rg.GraphFilter(choose=False).fit(split.train)
        >>> recommender = rg.Recommender(rg.Bundle.create(fit, data, split))
        >>> rg.compatibility(recommender, {10: 5.0, 20: 3.0}, {10: 4.0}).both
        1
    """
    require_type("compatibility", "recommender", recommender, Recommender)
    baseline, scorer = recommender.taste_baseline, recommender.scorer
    histories = [recommender.history_for(person) for person in (first, second)]
    has_stars = recommender.scale is not None
    scores = [score_histories([history], scorer)[0].astype(np.float64) for history in histories]
    directions = baseline.directions(np.array(scores))
    likeness = float(directions[0] @ directions[1])
    shares, remainder = dict[int, float](), likeness
    if isinstance(scorer, Explains) and directions.any(axis=1).all():
        distances = [baseline.distance(person_scores) for person_scores in scores]
        shares, remainder = _item_shares(scorer, histories, directions, distances)
    rated = [history.rated().ratings for history in histories]
    stars = [dict(zip(ratings.indices.tolist(), ratings.data.tolist(), strict=True)) for ratings in rated]
    rated_by_both = stars[0].keys() & stars[1].keys()
    titles = recommender.catalogue.title
    return Compatibility(
        likeness=likeness,
        percentile=baseline.percentile(likeness),
        items=tuple(
            ItemShare(
                recommender.items.id(row),
                str(titles[row]),
                stars[0].get(row) if has_stars else None,
                stars[1].get(row) if has_stars else None,
                share,
            )
            for row, share in sorted(shares.items(), key=lambda row_share: (-abs(row_share[1]), row_share[0]))
        ),
        baseline=remainder,
        both=len(rated_by_both),
        agree=sum(abs(stars[0][row] - stars[1][row]) <= 1 for row in rated_by_both) if has_stars else 0,
        has_stars=has_stars,
    )


def _item_shares(
    scorer: Scorer, histories: Sequence[WeightedHistory], directions: FloatArray, distances: Sequence[float]
) -> tuple[dict[int, float], float]:
    """The likeness by rated item, half from the ratings of each person, and the remainder."""
    shares, remainder = dict[int, float](), 0.0
    all_items = np.arange(directions.shape[1])
    for history, other_direction, distance in zip(histories, directions[::-1], distances, strict=True):
        contributions = weighted_contributions(history, scorer, all_items)
        rating_shares = 0.5 * (other_direction @ contributions.ratings) / distance
        for row, share in zip(history.ratings.indices.tolist(), rating_shares.tolist(), strict=True):
            shares[row] = shares.get(row, 0.0) + share
        baseline_score = sum(contributions.baseline_terms.values(), np.zeros(len(all_items)))
        remainder += 0.5 * float(other_direction @ baseline_score) / distance
    return shares, remainder
