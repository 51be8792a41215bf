"""One list for several people, and what each of them gives up for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from reelgraph.core import Explains, FloatArray, IntArray
from reelgraph.core.display import Table, Tabular
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.explain.contributions import Reason, reasons_of, weighted_contributions
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.blend import standardised

if TYPE_CHECKING:
    from reelgraph.recommend.filters import Filters
    from reelgraph.recommend.recommender import Recommender
    from reelgraph.recommend.weighted_history import Person

Aggregation = Literal["mean", "least-misery", "envy-bounded"]
ValueUnit = Literal["score", "stars"]

_EXCHANGES = 200
_DRAW = 1e-9
_POOL = 200  # movies of the best mean that an envy-bounded list is made of, and so many of each person's own


@dataclass(frozen=True)
class MemberOpinion:
    """What one movie is to one person.

    Args:
        name: of the person.
        value: comparable between people, see `GroupList.unit`.
        rank: in their own order of what all may watch, from 1.
        because: the rating of theirs that speaks most for it, or None where the model is no sum, or nothing does.
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
        value: of the movie for the group.
        opinions: one a person.
    """

    item_id: int | str
    title: str
    rank: int
    value: float
    opinions: tuple[MemberOpinion, ...]


@dataclass(frozen=True)
class MemberLoss:
    """What one person has of the list.

    Args:
        name: of the person.
        alone: mean value of the list they would have alone, of what all may watch.
        together: mean value of this list.
        kept: movies of their own list that are in this one.
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
        unit: of all values: ``score``, standard deviations of the person's own scores of all movies, or ``stars``.
        envy: the largest loss less the smallest.
        note: something the people should know, or "".
    """

    lines: tuple[GroupItem, ...]
    people: tuple[MemberLoss, ...]
    unit: ValueUnit
    envy: float
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """One row a movie: ``rank``, ``item_id``, ``title``, ``value``, and for each person "rank for NAME"."""
        columns: dict[str, list[Any]] = {
            name: [getattr(line, name) for line in self.lines] for name in ("rank", "item_id", "title", "value")
        }
        for n, person in enumerate(self.people):
            columns[f"rank for {person.name}"] = [line.opinions[n].rank for line in self.lines]
        return columns

    def _display(self) -> Table:
        losses = ", ".join(f"{person.name} {person.loss:.4f}" for person in self.people)
        note = f"given up ({self.unit}): {losses}" + (f"; {self.note}" if self.note else "")
        return Table(f"GroupList: {len(self.lines)} movies for {len(self.people)} people", self.to_dict(), note)


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
    """One list of movies that nobody of several people has rated.

    Values are made comparable first: each person's scores less their mean over all movies, by their standard
    deviation; or expected stars are compared. Then each movie has a value for the group.

    Args:
        recommender: of the bundle.
        people: name -> ratings by item id, or the id of a known user.
        k: length of the list.
        filters: what may be listed.
        how: ``mean`` of the values; ``least-misery``: the smallest of them, draws by the mean; ``envy-bounded``: the
            best mean found by exchanging movies such that what people give up, on average over the list, is within
            ``envy`` of one another.
        unit: ``score`` or ``stars``.
        envy: in the unit.

    Raises:
        UnknownIdError: no such user or item.
        DataFormatError: a rating is not on the scale.
        ConfigError: there is nobody, or an argument or a filter is off.
        CapabilityError: stars are asked of a model that predicts none.

    Source: Masthoff 2004 ("Group modeling: selecting a sequence of television items") for mean and least misery; the
    bound on envy is ours.
    """
    if k < 1:
        raise ConfigError("k", f"{k} is not at least 1")
    if not people:
        raise ConfigError("people", "there is nobody to make a list for")
    for name, given, known in (("how", how, get_args(Aggregation)), ("unit", unit, get_args(ValueUnit))):
        if given not in known:
            raise ConfigError.unknown(f"{name}={given}", known)
    if not envy >= 0:
        raise ConfigError("envy", f"{envy} is not valid: expected a number of at least 0")
    heard = {name: recommender.history_for(person) for name, person in people.items()}
    candidates: IntArray = np.arange(len(recommender.items))
    for one in heard.values():
        candidates = np.intersect1d(candidates, recommender.candidates.rows(one, filters), assume_unique=True)
    values = np.array([_values(recommender, one, unit)[candidates] for one in heard.values()])
    own = np.argsort(-values, axis=1, kind="stable")  # everyone's own order
    group = values.min(axis=0) if how == "least-misery" else values.mean(axis=0)
    order: IntArray = np.lexsort((-values.mean(axis=0), -group))[:k]
    notes = [
        f"{name} has no ratings, so stands for the most rated movies" for name, one in heard.items() if one.is_empty
    ]
    if how == "envy-bounded" and len(people) > 1:
        order = _bounded(values, own, order, envy)
    gone = _given_up(list(heard), values, own, order)
    spread = max(one.loss for one in gone) - min(one.loss for one in gone)
    if how == "envy-bounded" and spread > envy + 1e-9:
        notes.append(f"no list kept the losses within {envy:g} of one another")
    lines = _lines(recommender, heard, candidates, values, own, group, order)
    return GroupList(lines, gone, unit, float(spread), "; ".join(notes))


def _values(recommender: Recommender, heard: WeightedHistory, unit: ValueUnit) -> FloatArray:
    """What all movies are to one person, comparable with others: ``(n_items,)`` float64."""
    if unit == "score":
        scores = heard.score(recommender.scorer_for(heard)).astype(np.float64)
        own: FloatArray = standardised(scores, np.float64)[0]
        return own
    stars = heard.mean_stars(recommender.scorer)
    if stars is None:
        raise CapabilityError(f"the model {recommender.scorer.kind!r} predicts no stars", "compare by score")
    return stars.astype(np.float64)


def _bounded(values: FloatArray, own: IntArray, best: IntArray, envy: float) -> IntArray:
    """Places of a list of the best mean whose losses are within ``envy`` of one another, by exchanging movies.

    From the list of the best mean, first the exchange that lessens the envy most for what it costs, until it is within
    the bound or cannot be lessened; then those that better the mean within it.
    """
    mean, size = values.mean(axis=0), len(best)
    pool = np.union1d(np.argsort(-mean, kind="stable")[:_POOL], own[:, :_POOL].ravel())
    alone = np.take_along_axis(values, own[:, :size], axis=1).mean(axis=1)
    chosen: IntArray = best.copy()
    for _ in range(_EXCHANGES):
        others: IntArray = np.setdiff1d(pool, chosen)
        losses = alone - values[:, chosen].mean(axis=1)
        # (people, out, in)
        after = losses[:, None, None] + (values[:, chosen, None] - values[:, None, others]) / size
        over = np.maximum(after.max(axis=0) - after.min(axis=0) - envy, 0.0)
        gain = (mean[others] - mean[chosen][:, None]) / size
        now = max(float(losses.max() - losses.min()) - envy, 0.0)
        if now > _DRAW:
            worth = np.where(over < now - _DRAW, (now - over) / np.maximum(-gain, _DRAW), -np.inf)
        else:
            worth = np.where((over <= _DRAW) & (gain > _DRAW), gain, -np.inf)
        if not worth.size or worth.max() == -np.inf:
            break
        out, into = np.unravel_index(int(worth.argmax()), worth.shape)
        chosen[out] = others[into]
    listed: IntArray = chosen[np.lexsort((chosen, -mean[chosen]))]
    return listed


def _given_up(names: list[str], values: FloatArray, own: IntArray, order: IntArray) -> tuple[MemberLoss, ...]:
    made = []
    for row, name in enumerate(names):
        alone = own[row, : len(order)]
        mean = [float(values[row, places].mean()) if len(order) else 0.0 for places in (alone, order)]
        made.append(MemberLoss(name, mean[0], mean[1], int(np.isin(alone, order).sum())))
    return tuple(made)


def _lines(
    recommender: Recommender,
    heard: Mapping[str, WeightedHistory],
    candidates: IntArray,
    values: FloatArray,
    own: IntArray,
    group: FloatArray,
    order: IntArray,
) -> tuple[GroupItem, ...]:
    bundle, items = recommender.bundle, candidates[order]
    ranks = np.argsort(own, axis=1)[:, order] + 1
    because = [_because(recommender, one, items) for one in heard.values()]
    return tuple(
        GroupItem(
            item_id=bundle.items.id(item),
            title=str(bundle.catalogue.title[item]),
            rank=place + 1,
            value=float(group[order[place]]),
            opinions=tuple(
                MemberOpinion(name, float(values[row, order[place]]), int(ranks[row, place]), because[row][place])
                for row, name in enumerate(heard)
            ),
        )
        for place, item in enumerate(items.tolist())
    )


def _because(recommender: Recommender, heard: WeightedHistory, items: IntArray) -> list[Reason | None]:
    """The rating that speaks most for each of the items."""
    scorer, rated = recommender.scorer_for(heard), heard.ratings
    if not isinstance(scorer, Explains) or not rated.nnz:
        return [None] * len(items)
    found: list[Reason | None] = []
    for item, ratings in zip(items.tolist(), weighted_contributions(heard, scorer, items).ratings, strict=True):
        most = [int(np.argmax(ratings))]
        rows = rated.indices[most]
        viewers = recommender.co_likes.counts(item, rows)
        (reason,) = reasons_of(recommender.bundle, rows, rated.data[most], ratings[most], viewers)
        found.append(reason if reason.share > 0 else None)
    return found
