"""Why a movie is recommended: what each of the person's ratings adds to its score. It adds up, or it says no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from scipy import sparse

from reelgraph.bundle import Bundle
from reelgraph.core import Contributions, Explains, FloatArray, HasItemVectors, IntArray, Matrix, PredictsRating, Scorer
from reelgraph.core.display import Table, Tabular
from reelgraph.core.errors import CapabilityError
from reelgraph.recommend.explain.co_likes import CoLikes
from reelgraph.recommend.item_similarity import cosines
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.blend import WHOLE

Method = Literal["sum", "leave-one-out"]
By = Literal["genres", "people", "decade"]

_REASONS_SHOWN = 10
MAX_LEFT_OUT = 50  # ratings left out one by one, at most


@dataclass(frozen=True)
class Reason:
    """What one rating does to the score of a movie.

    Args:
        item_id: the rated movie.
        title: its title.
        stars: what the person gave.
        share: what the rating adds, negative where it speaks against; in the unit of the `Explanation`.
        viewers: people who loved both movies, of those whose ratings are kept; None where they are too few to tell.
        year: of the rated movie, 0 where unknown.
        genres: of the rated movie.
        people: of the rated movie.
    """

    item_id: int | str
    title: str
    stars: float
    share: float
    viewers: int | None = None
    year: int = 0
    genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Explanation(Tabular):
    """Why a movie has its score.

    With ``method`` ``sum`` the shares of the reasons and the terms of ``baseline_terms`` add up to the score. With
    ``leave-one-out`` each share is what the value would lose without that rating alone; those do not add up, since the
    model is no sum over the ratings.

    Args:
        item_id: the movie.
        title: its title.
        score: what is explained.
        unit: ``score``, what lists are ordered by, or ``stars``.
        stars: predicted stars, or None when the model predicts none.
        reasons: the ratings, those that do most first.
        baseline_terms: name -> what hangs on no single rating; empty with ``leave-one-out``.
        method: ``sum`` or ``leave-one-out``.
        note: what was held, or left out; "" where there is nothing to say.
    """

    item_id: int | str
    title: str
    score: float
    unit: Literal["score", "stars"]
    stars: float | None
    reasons: tuple[Reason, ...]
    baseline_terms: Mapping[str, float]
    method: Method
    note: str = ""

    @property
    def total(self) -> float:
        """The shares and the terms apart, added up: the score, with ``sum``."""
        return float(sum(reason.share for reason in self.reasons) + sum(self.baseline_terms.values()))

    def grouped(self, by: By) -> dict[str, float]:
        """The shares of the reasons by genre, by person or by decade of the rated movies, those that do most first.

        The share of a movie is divided evenly among its genres or people, so that the groups and ``baseline_terms``
        still add up to the score; movies without any are the group "unknown". Nothing where no rated movie has any.
        """
        groups: defaultdict[str, float] = defaultdict(float)
        for reason in self.reasons:
            names = _names(reason, by)
            for name in names or ("unknown",):
                groups[name] += reason.share / max(len(names), 1)
        ordered = sorted(groups.items(), key=lambda group: (-abs(group[1]), group[0]))
        return {} if set(groups) == {"unknown"} else dict(ordered)

    def strongest(self, top: int = 10) -> list[tuple[str, float | None, float]]:
        """Label, stars given and share of the ``top`` strongest reasons.

        With ``sum`` the other ratings together and the baseline terms follow, with None in place of the stars, so that
        the shares still add up to the score.
        """
        others = self.reasons[top:]
        rows: list[tuple[str, float | None, float]] = [
            (reason.title, reason.stars, reason.share) for reason in self.reasons[:top]
        ]
        if self.method == "sum":
            if others:
                rows.append((f"{len(others):,} other ratings", None, sum(reason.share for reason in others)))
            rows += [(name, None, term) for name, term in self.baseline_terms.items()]
        return rows

    def to_dict(self) -> dict[str, Any]:
        """One row a rated movie: ``item_id``, ``title``, ``year``, ``stars`` (given), ``share`` and ``viewers``."""
        names = ("item_id", "title", "year", "stars", "share", "viewers")
        return {name: [getattr(reason, name) for reason in self.reasons] for name in names}

    def _display(self) -> Table:
        rows = self.strongest(_REASONS_SHOWN)
        if self.method == "sum":
            rows.append((f"the {self.unit}", None, self.total))
        columns = {
            "because of": [label for label, _, _ in rows],
            "stars": ["" if stars is None else f"{stars:g}" for _, stars, _ in rows],
            "adds": [f"{share:+.4f}" for _, _, share in rows],
        }
        predicted = f", predicted stars {self.stars:.2f}" if self.stars is not None else ""
        return Table(f"{self.title}: {self.unit} {self.score:.4f}{predicted}", columns, self.note)


def _names(reason: Reason, by: By) -> tuple[str, ...]:
    if by == "decade":
        return (f"{reason.year // 10 * 10}s",) if reason.year else ()
    return reason.genres if by == "genres" else reason.people


def weighted_contributions(heard: WeightedHistory, scorer: Scorer, items: IntArray) -> Contributions:
    """`Contributions` of a person whose ratings may be damped: ``(n, nnz)`` in the order of ``heard.ratings.indices``.

    Raises:
        CapabilityError: the scores are no sums over the ratings.
    """
    if not isinstance(scorer, Explains):
        raise CapabilityError(f"the scores of the model {scorer.kind!r} are no sums over a person's ratings")
    ratings = np.zeros((len(items), heard.ratings.nnz))
    apart: defaultdict[str, FloatArray] = defaultdict(lambda: np.zeros(len(items)))
    conditions: list[str] = []
    for share, places in heard.layers():
        part = scorer.contributions(heard.subset(places), items)
        ratings[:, places] += share * part.ratings
        for name, term in part.baseline_terms.items():
            apart[name] = apart[name] + share * term
        conditions.append(part.conditioned_on)
    return Contributions(ratings, dict(apart), "; ".join(dict.fromkeys(filter(None, conditions))))


def leave_one_out(heard: WeightedHistory, scorer: Scorer, item: int) -> tuple[float, FloatArray, IntArray]:
    """The value of ``item``, in stars where the scorer predicts them, and what it loses without each rating.

    At most `MAX_LEFT_OUT` ratings are left out one by one: those whose movies are most like the item, or the first.

    Returns:
        The value, the effects ``(m,)`` and the places of the ratings within ``heard.ratings``, ``(m,)``.

    Cost: the fold-in of m + 1 people.
    """
    rated = heard.ratings
    places = np.flatnonzero(heard.weights > 0)
    if len(places) > MAX_LEFT_OUT:
        places = np.sort(places[_nearest(scorer, item, rated.indices[places])[:MAX_LEFT_OUT]])
    without = [np.delete(np.arange(rated.nnz), place) for place in places]
    people = [
        WeightedHistory(heard.subset(kept), heard.weights[kept], heard.hidden)
        for kept in (np.arange(rated.nnz), *without)
    ]
    values = _values(people, scorer, item)
    return float(values[0]), values[0] - values[1:], places


def _nearest(scorer: Scorer, item: int, rows: IntArray) -> IntArray:
    if not isinstance(scorer, HasItemVectors):
        return np.arange(len(rows))
    return np.argsort(-cosines(scorer.item_vectors(), item)[rows], kind="stable")


def _values(people: Iterable[WeightedHistory], scorer: Scorer, item: int) -> FloatArray:
    """Stars, or scores where there are none, of ``item`` for each person, ``(n,)`` float64."""
    parts = [(row, share, history) for row, one in enumerate(people) for share, history in one.layer_ratings()]
    asked = Matrix(sparse.vstack([history for _, _, history in parts], format="csr"))
    if isinstance(scorer, PredictsRating):
        found = scorer.rate(asked, np.array([item])).stars[:, 0]
    else:
        found = scorer.score(asked)[:, item]
    rows = np.array([row for row, _, _ in parts])
    weight = np.array([share for _, share, _ in parts])
    return np.asarray(np.bincount(rows, weight * found), np.float64)


@dataclass(frozen=True)
class _Attribution:
    """A value of a movie and what ratings at some places do to it; the rest as in `Explanation`."""

    score: float
    effects: FloatArray
    places: IntArray
    unit: Literal["score", "stars"]
    method: Method
    note: str
    baseline_terms: Mapping[str, float] = field(default_factory=dict)


def explanation(
    bundle: Bundle,
    viewers: CoLikes,
    heard: WeightedHistory,
    scorer: Scorer,
    item: int,
    besides: int | None = None,
    method: Method | None = None,
) -> Explanation:
    """See `Recommender.explain`; ``item`` is an item row, ``besides`` the user row of the person, where known."""
    told = _as_sum(heard, scorer, item) if method == "sum" or isinstance(scorer, Explains) else None
    no_share = told is not None and not told.effects.any() and any(name.endswith(WHOLE) for name in told.baseline_terms)
    if told is None or method == "leave-one-out" or (no_share and method is None):
        told = _one_by_one(heard, scorer, item)
    stars = heard.predict_stars(scorer, np.array([item]))
    return Explanation(
        item_id=bundle.items.id(item),
        title=str(bundle.catalogue.title[item]),
        score=told.score,
        unit=told.unit,
        stars=None if stars is None else float(stars[0]),
        reasons=_reasons(
            bundle, heard.ratings, told, viewers.counts(item, heard.ratings.indices[told.places], besides)
        ),
        baseline_terms=told.baseline_terms,
        method=told.method,
        note=told.note,
    )


def _as_sum(heard: WeightedHistory, scorer: Scorer, item: int) -> _Attribution:
    found = weighted_contributions(heard, scorer, np.array([item]))
    score, places = float(heard.score(scorer)[0, item]), np.arange(heard.ratings.nnz)
    note = f"held as they are: {found.conditioned_on}" if found.conditioned_on else ""
    apart = {name: float(term[0]) for name, term in found.baseline_terms.items()}
    return _Attribution(score, found.ratings[0], places, "score", "sum", note, apart)


def _one_by_one(heard: WeightedHistory, scorer: Scorer, item: int) -> _Attribution:
    value, effects, places = leave_one_out(heard, scorer, item)
    unit: Literal["score", "stars"] = "stars" if isinstance(scorer, PredictsRating) else "score"
    note = f"what the {unit} would lose without each rating alone; the model is no sum, so these do not add up"
    if len(places) < np.count_nonzero(heard.weights):
        note += f"; of {heard.ratings.nnz} ratings those of the {len(places)} movies most like this one were tried"
    return _Attribution(value, effects, places, unit, "leave-one-out", note)


def _reasons(bundle: Bundle, rated: Matrix, told: _Attribution, viewers: IntArray) -> tuple[Reason, ...]:
    """The reasons, those that do most first."""
    order = np.argsort(-np.abs(told.effects), kind="stable")
    places = told.places[order]
    return make_reasons(bundle, rated.indices[places], rated.data[places], told.effects[order], viewers[order])


def make_reasons(
    bundle: Bundle, rows: IntArray, stars: FloatArray, shares: FloatArray, viewers: IntArray
) -> tuple[Reason, ...]:
    """Reasons with the words of the catalogue; all arguments ``(n,)``, viewers below 0 are not told."""
    catalogue = bundle.catalogue
    columns = (bundle.items.ids[rows], catalogue.title[rows], stars, shares, viewers, catalogue.year[rows], rows)
    return tuple(
        Reason(
            item, title, given, share, count if count >= 0 else None, year, catalogue.genres[row], catalogue.people[row]
        )
        for item, title, given, share, count, year, row in zip(*(one.tolist() for one in columns), strict=True)
    )
