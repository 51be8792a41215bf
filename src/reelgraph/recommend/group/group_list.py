"""One list for several people, and what each of them gives up for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from reelgraph.core import Explains, FloatArray, IntArray
from reelgraph.core.argument_checks import require_group, require_type
from reelgraph.core.display import Table, Tabular, counted
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.cold_start import KNOWS_ORDER_NOTE
from reelgraph.recommend.explain.contributions import weighted_contributions
from reelgraph.recommend.explain.explanation import ValueUnit
from reelgraph.recommend.explain.personal_threshold import is_liked
from reelgraph.recommend.explain.reasons import Reason, make_reasons
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.group.envy_bound import TOLERANCE, bound_envy
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.recommend.nothing_fits import nothing_fits
from reelgraph.recommend.person import Person
from reelgraph.recommend.recommender import Recommender
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.liked_order import LikedOrderScorer
from reelgraph.scorers.standardise import standardised

Aggregation = Literal["mean", "least-misery", "envy-bounded"]

_FAR_BELOW = 10.0  # what a movie below the floor of one person costs, in standard deviations of their scores


@dataclass(frozen=True)
class MemberOpinion:
    """The value of one item for one person.

    Args:
        name: of the person.
        value: comparable between people, see `GroupList.unit`.
        rank: in their own order of the items that all may watch, from 1.
        because: their movie that contributes most to it, of those that they liked (see `personal_threshold`); None when
            the model is not a sum, or no such movie contributes.
    """

    name: str
    value: float
    rank: int
    because: Reason | None


@dataclass(frozen=True)
class GroupItem:
    """One line of a list for several people.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        rank: counted from 1.
        value: of the item for the group.
        opinions: one for each person.
    """

    item_id: int | str
    title: str
    rank: int
    value: float
    opinions: tuple[MemberOpinion, ...]


@dataclass(frozen=True)
class MemberLoss:
    """What one person gives up for the list.

    Args:
        name: of the person.
        alone: mean value of the list they would have alone, among the items that all may watch.
        together: mean value of this list.
        kept: number of items of their own list that are in this one.
    """

    name: str
    alone: float
    together: float
    kept: int

    @property
    def loss(self) -> float:
        """What they give up."""
        return self.alone - self.together


@dataclass(frozen=True, repr=False)
class GroupList(Tabular):
    """A list for several people.

    Args:
        lines: best first.
        people: what each gives up.
        unit: of all values: ``score``, standard deviations of the person's own scores of all items, or ``stars``.
        envy: the largest loss minus the smallest.
        note: something the people should know, or "".
    """

    lines: tuple[GroupItem, ...]
    people: tuple[MemberLoss, ...]
    unit: ValueUnit
    envy: float
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """One row for each item: ``rank``, ``item_id``, ``title``, ``value``, and "rank for NAME" for each person."""
        columns: dict[str, list[Any]] = {
            name: [getattr(line, name) for line in self.lines] for name in ("rank", "item_id", "title", "value")
        }
        for n, person in enumerate(self.people):
            columns[f"rank for {person.name}"] = [line.opinions[n].rank for line in self.lines]
        return columns

    def _display(self) -> Table:
        losses = ", ".join(f"{person.name} {person.loss:.4f}" for person in self.people)
        note = f"given up ({self.unit}): {losses}" + (f"; {self.note}" if self.note else "")
        title = f"GroupList: {counted(len(self.lines), 'movie')} for {counted(len(self.people), 'person')}"
        return Table(title, self.to_dict(), note)


def recommend_for_group(
    recommender: Recommender,
    people: Mapping[str, Person],
    k: int = 10,
    filters: Filters | None = None,
    *,
    how: Aggregation = "mean",
    unit: ValueUnit = "score",
    envy: float = 0.25,
) -> GroupList:
    """One list of items that none of several people has rated or seen.

    Values are made comparable first: each person's scores minus their mean over all items, divided by their standard
    deviation; or expected stars are compared. Then each item gets a value for the group.

    Args:
        recommender: of the bundle.
        people: name -> ratings by item id, ids of movies seen, the id of a known user, or a history, see
            `Recommender.history_for`.
        k: length of the list.
        filters: what may be listed.
        how: ``mean`` of the values; ``least-misery``: the smallest value, ties by the mean; ``envy-bounded``: the
            best mean found by exchanging items such that what people give up, on average over the list, differs by at
            most ``envy``.
        unit: ``score`` or ``stars``.
        envy: in the unit.

    Raises:
        UnknownIdError: no such user or item.
        DataFormatError: a rating is not on the scale.
        ConfigError: there are no people, or an argument or a filter is not valid.
        CapabilityError: ``unit`` is ``stars`` and the model predicts none.

    Source: Masthoff 2004 ("Group modeling: selecting a sequence of television items") for mean and least misery; the
    bound on envy is ours.
    """
    require_type("recommend_for_group", "recommender", recommender, Recommender)
    require_group("recommend_for_group", "people", people)
    _check_arguments(people, k, how, unit, envy)
    histories = {name: recommender.history_for(person) for name, person in people.items()}
    candidates = fitting_rows(recommender, histories, filters)
    n_fitting = len(candidates)
    all_values = np.array([_values(recommender, history, unit) for history in histories.values()])
    candidates, places = _one_of_each_series(
        recommender, list(histories.values()), filters, candidates, all_values.mean(axis=0), k
    )
    values = all_values[:, candidates]
    own_order = np.array([np.lexsort((-member_values, places)) for member_values in values])
    group_values = values.min(axis=0) if how == "least-misery" else values.mean(axis=0)
    listed: IntArray = np.lexsort((-values.mean(axis=0), -group_values, places))[:k]
    if how == "envy-bounded" and len(people) > 1 and 0 < len(listed) < len(candidates):
        listed = bound_envy(values, own_order, listed, envy)
    losses = _losses(list(histories), values, own_order, listed)
    largest_difference = max(member.loss for member in losses) - min(member.loss for member in losses)
    is_explicit = recommender.bundle.feedback == "explicit"
    nothing_known = "has no ratings" if is_explicit else "has seen nothing"
    verb = "rated" if is_explicit else "watched"
    notes = [
        f"{name} {nothing_known}, so stands for the most {verb} movies"
        for name, history in histories.items()
        if not history.informs(recommender.scorer)
    ]
    notes += [KNOWS_ORDER_NOTE] if any(KNOWS_ORDER_NOTE in each.emphasis for each in histories.values()) else []
    if how == "envy-bounded" and largest_difference > envy + TOLERANCE:
        notes.append(f"no list kept the losses within {envy:g} of one another")
    if not n_fitting:
        notes = [
            nothing_fits(filters or Filters(), lambda loosened: len(fitting_rows(recommender, histories, loosened)))
        ]
    lines = _lines(recommender, histories, candidates, values, own_order, group_values, listed)
    return GroupList(lines, losses, unit, float(largest_difference), "; ".join(notes))


def fitting_rows(
    recommender: Recommender, histories: Mapping[str, WeightedHistory], filters: Filters | None
) -> IntArray:
    """Rows of the items that everybody may watch, ascending."""
    rows: IntArray = np.arange(len(recommender.items))
    for history in histories.values():
        rows = np.intersect1d(rows, recommender.candidates.item_rows(history, filters), assume_unique=True)
    return rows


def _one_of_each_series(
    recommender: Recommender,
    histories: Sequence[WeightedHistory],
    filters: Filters | None,
    candidates: IntArray,
    mean_values: FloatArray,
    k: int,
) -> tuple[IntArray, IntArray]:
    """The candidates without later films of series, see `Filters.whole_series`, but as many as the list needs.

    Args:
        recommender: of the bundle.
        histories: of the people; what one of them has seen counts for all.
        filters: what may be listed.
        candidates: ``(n,)`` item rows, ascending.
        mean_values: ``(n_items,)``, which choose among films of one place in their series.
        k: length of the list.

    Returns:
        Item rows, ascending, and the place of each in its series: 0, but for those that fill the list.
    """
    seen = np.concatenate([history.ratings.indices for history in histories])
    later, later_places = recommender.candidates.later_parts(seen, filters)
    places = np.zeros(len(mean_values), np.int64)
    places[later] = later_places
    order = np.lexsort((-mean_values[candidates], places[candidates]))
    n_first = int(np.count_nonzero(places[candidates] == 0))
    kept_rows = np.sort(candidates[order[: max(n_first, k)]])
    return kept_rows, places[kept_rows]


def _check_arguments(people: Mapping[str, Person], k: int, how: str, unit: str, envy: float) -> None:
    if k < 1:
        raise ConfigError("k", f"{k} is not at least 1")
    if not people:
        raise ConfigError("people", "there is nobody to make a list for")
    for name, value, allowed in (("how", how, get_args(Aggregation)), ("unit", unit, get_args(ValueUnit))):
        if value not in allowed:
            raise ConfigError.unknown(f"{name}={value}", allowed)
    if not envy >= 0:
        raise ConfigError("envy", f"{envy} is not valid: expected a number of at least 0")


def _values(recommender: Recommender, history: WeightedHistory, unit: ValueUnit) -> FloatArray:
    """Values of all items for one person, comparable between people: ``(n_items,)`` float64."""
    if unit == "score":
        scorer = recommender.scorer_for(history, "liked")
        if isinstance(scorer, LikedOrderScorer):  # in standard deviations already
            liked: FloatArray = score_histories([history], replace(scorer, far_below=_FAR_BELOW)).astype(np.float64)[0]
            return liked
        values: FloatArray = standardised(score_histories([history], scorer).astype(np.float64), np.float64)[0]
        return values
    stars = history.mean_stars(recommender.scorer)
    if stars is None:
        raise CapabilityError(f"the model {recommender.scorer.kind!r} predicts no stars", "compare by score")
    return stars.astype(np.float64)


def _losses(names: list[str], values: FloatArray, own_order: IntArray, listed: IntArray) -> tuple[MemberLoss, ...]:
    losses = []
    for person, name in enumerate(names):
        own_list = own_order[person, : len(listed)]
        alone, together = (float(values[person, items].mean()) if len(listed) else 0.0 for items in (own_list, listed))
        losses.append(MemberLoss(name, alone, together, int(np.isin(own_list, listed).sum())))
    return tuple(losses)


def _lines(
    recommender: Recommender,
    histories: Mapping[str, WeightedHistory],
    candidates: IntArray,
    values: FloatArray,
    own_order: IntArray,
    group_values: FloatArray,
    listed: IntArray,
) -> tuple[GroupItem, ...]:
    item_rows = candidates[listed]
    ranks = np.argsort(own_order, axis=1)[:, listed] + 1
    reasons = [_main_reasons(recommender, history, item_rows) for history in histories.values()]
    return tuple(
        GroupItem(
            item_id=recommender.items.id(row),
            title=str(recommender.catalogue.title[row]),
            rank=n + 1,
            value=float(group_values[listed[n]]),
            opinions=tuple(
                MemberOpinion(name, float(values[person, listed[n]]), int(ranks[person, n]), reasons[person][n])
                for person, name in enumerate(histories)
            ),
        )
        for n, row in enumerate(item_rows.tolist())
    )


def _main_reasons(recommender: Recommender, history: WeightedHistory, item_rows: IntArray) -> list[Reason | None]:
    """The liked movie that contributes most to each of the items."""
    scorer, ratings = recommender.scorer_for(history), history.ratings
    liked = np.flatnonzero(is_liked(history, recommender.scale))
    if not isinstance(scorer, Explains) or not len(liked):
        return [None] * len(item_rows)
    reasons: list[Reason | None] = []
    contributions = weighted_contributions(history, scorer, item_rows)
    for item_row, shares in zip(item_rows.tolist(), contributions.ratings, strict=True):
        largest = liked[[int(np.argmax(shares[liked]))]]
        rated_rows = ratings.indices[largest]
        viewers = recommender.co_likes.counts(item_row, rated_rows)
        stars = history.stars_given[largest]
        (reason,) = make_reasons(recommender.bundle, rated_rows, stars, shares[largest], viewers, np.ones(1, np.bool_))
        reasons.append(reason if reason.share > 0 else None)
    return reasons
