"""Why an item is recommended: what each of the person's ratings adds to its score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import Explains, FloatArray, IntArray, PredictsRating, Scorer
from reelgraph.core.display import Table, Tabular
from reelgraph.recommend.explain.co_likes import CoLikes
from reelgraph.recommend.explain.contributions import leave_one_out, weighted_contributions
from reelgraph.recommend.explain.personal_threshold import is_disliked
from reelgraph.recommend.explain.reason_choice import ReasonChooser
from reelgraph.recommend.explain.reason_sentences import low_ratings_sentence, reason_sentence
from reelgraph.recommend.explain.reasons import ChosenReasons, LowRatingsEffect, Reason, ReasonGroup, support
from reelgraph.recommend.explain.shared_reasons import SharedReasons, shared_reasons
from reelgraph.recommend.history_scoring import score_histories
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.scorers.blend import WHOLE

Method = Literal["sum", "leave-one-out"]
By = Literal["genres", "people", "decade"]
ValueUnit = Literal["score", "stars"]

_MAX_DISPLAYED = 10  # reasons in a repr


@dataclass(frozen=True, repr=False)
class Explanation(Tabular):
    """Why an item has its score.

    With ``method`` ``sum`` the shares of the reasons and the baseline terms add up to the score. With
    ``leave-one-out`` each share is what the value would lose without that rating alone; these do not add up, since the
    model is not a sum over the ratings.

    Args:
        item_id: the item.
        title: its title.
        score: the value that is explained.
        unit: ``score``, which orders lists, or ``stars``.
        stars: predicted stars, or None when the model predicts none.
        reasons: one for each rating, largest effect first.
        baseline_terms: name -> part of the score that depends on no single rating; empty with ``leave-one-out``.
        method: ``sum`` or ``leave-one-out``.
        note: what was held fixed, or left out; "" if nothing.
        because: the reasons that are shown, see `ChosenReasons`: movies that the person liked, alone or in a group.
        although: movies that the person rated low and that have a large share all the same.
        low_ratings: what the person's low ratings do to the stars; None where there are none, or no predicted stars.
        shared: sums of the shares of movies with a director, series, cast member or keyword of the item, where the
            catalogue knows them, see `SharedReasons`; empty with ``leave-one-out``, whose shares do not add up.
    """

    item_id: int | str
    title: str
    score: float
    unit: ValueUnit
    stars: float | None
    reasons: tuple[Reason, ...]
    baseline_terms: Mapping[str, float]
    method: Method
    note: str = ""
    because: tuple[ReasonGroup, ...] = ()
    although: tuple[Reason, ...] = ()
    low_ratings: LowRatingsEffect | None = None
    shared: tuple[SharedReasons, ...] = ()

    @property
    def support(self) -> float:
        """All that the person's movies add: the sum of the shares above 0, in the unit of the score."""
        return support(reason.share for reason in self.reasons)

    @property
    def sentence(self) -> str:
        """``because`` and ``although`` in words, such as "because you gave Heat 5 stars"; "" if both are empty."""
        return reason_sentence(ChosenReasons(self.because, self.although))

    @property
    def low_ratings_sentence(self) -> str:
        """``low_ratings`` in words; "" where it is None."""
        return low_ratings_sentence(self.low_ratings)

    @property
    def total(self) -> float:
        """Sum of the shares and the baseline terms; with ``sum`` this is the score."""
        return float(sum(reason.share for reason in self.reasons) + sum(self.baseline_terms.values()))

    def grouped(self, by: By) -> dict[str, float]:
        """Sums of the shares by genre, person or decade of the rated items, largest first.

        The share of an item is divided evenly among its genres or people, so that the groups and ``baseline_terms``
        still add up to the score. Items without any form the group "unknown"; empty when no rated item has any.
        """
        groups: defaultdict[str, float] = defaultdict(float)
        for reason in self.reasons:
            names = _group_names(reason, by)
            for name in names or ("unknown",):
                groups[name] += reason.share / max(len(names), 1)
        ordered = sorted(groups.items(), key=lambda name_share: (-abs(name_share[1]), name_share[0]))
        return {} if set(groups) == {"unknown"} else dict(ordered)

    def strongest(self, top: int = 10) -> list[tuple[str, float | None, float]]:
        """Label, stars given (None where seen without a rating) and share of the ``top`` strongest reasons.

        With ``sum`` the other movies together and the baseline terms follow, with None in place of the stars, so that
        the shares still add up to the score.
        """
        remaining = self.reasons[top:]
        rows: list[tuple[str, float | None, float]] = [
            (reason.title, reason.stars, reason.share) for reason in self.reasons[:top]
        ]
        if self.method == "sum":
            if remaining:
                noun = "movies" if any(reason.stars is None for reason in self.reasons) else "ratings"
                rows.append((f"{len(remaining):,} other {noun}", None, sum(reason.share for reason in remaining)))
            rows += [(name, None, term) for name, term in self.baseline_terms.items()]
        return rows

    def to_dict(self) -> dict[str, Any]:
        """One row for each rated item: ``item_id``, ``title``, ``year``, ``stars`` (given), ``share``, ``viewers``."""
        names = ("item_id", "title", "year", "stars", "share", "viewers")
        return {name: [getattr(reason, name) for reason in self.reasons] for name in names}

    def _display(self) -> Table:
        rows = self.strongest(_MAX_DISPLAYED)
        if self.method == "sum":
            rows.append((f"the {self.unit}", None, self.total))
        columns = {"because of": [label for label, _, _ in rows]}
        if not self.reasons or any(reason.stars is not None for reason in self.reasons):
            columns["stars"] = ["" if stars is None else f"{stars:g}" for _, stars, _ in rows]
        columns["adds"] = [f"{share:+.4f}" for _, _, share in rows]
        predicted = f", predicted stars {self.stars:.2f}" if self.stars is not None else ""
        return Table(f"{self.title}: {self.unit} {self.score:.4f}{predicted}", columns, self.note)


def _group_names(reason: Reason, by: By) -> tuple[str, ...]:
    if by == "decade":
        return (f"{reason.year // 10 * 10}s",) if reason.year else ()
    return reason.genres if by == "genres" else reason.people


@dataclass(frozen=True)
class _Attribution:
    """The value of an item and the effects of the ratings at some positions; other fields as in `Explanation`."""

    value: float
    effects: FloatArray
    positions: IntArray
    unit: ValueUnit
    method: Method
    note: str
    baseline_terms: Mapping[str, float] = field(default_factory=dict)


def explain_item(
    bundle: Bundle,
    co_likes: CoLikes,
    history: WeightedHistory,
    scorer: Scorer,
    item_row: int,
    method: Method | None = None,
) -> Explanation:
    """See `Recommender.explain`."""
    attribution = _attribution(history, scorer, item_row, method)
    order = np.argsort(-np.abs(attribution.effects), kind="stable")
    predicted_stars = history.predict_stars(scorer, np.array([item_row]))
    shares = np.zeros(history.ratings.nnz)
    shares[attribution.positions] = attribution.effects
    chooser = ReasonChooser(bundle, co_likes, history, np.array([item_row]))
    chosen = chooser.choose(item_row, shares, is_sum=attribution.method == "sum")
    ordered = attribution.positions[order]
    reasons = chooser.reasons(item_row, shares, ordered)
    is_sum = attribution.method == "sum"
    movie_rows = history.ratings.indices[ordered].tolist()
    return Explanation(
        item_id=bundle.items.id(item_row),
        title=str(bundle.catalogue.title[item_row]),
        score=attribution.value,
        unit=attribution.unit,
        stars=None if predicted_stars is None else float(predicted_stars[0]),
        reasons=reasons,
        baseline_terms=attribution.baseline_terms,
        method=attribution.method,
        note=attribution.note,
        because=chosen.because,
        although=chosen.although,
        low_ratings=_low_ratings_effect(bundle, history, scorer, item_row, predicted_stars),
        shared=shared_reasons(bundle.catalogue, item_row, movie_rows, reasons) if is_sum else (),
    )


def _low_ratings_effect(
    bundle: Bundle, history: WeightedHistory, scorer: Scorer, item_row: int, predicted_stars: FloatArray | None
) -> LowRatingsEffect | None:
    is_low = is_disliked(history, bundle.scale) & (history.weights > 0) & (history.ratings.indices != item_row)
    if predicted_stars is None or not is_low.any():
        return None
    others = replace(history, weights=np.where(is_low, 0.0, history.weights))
    stars_without = others.predict_stars(scorer, np.array([item_row]))
    if stars_without is None:
        return None
    return LowRatingsEffect(int(is_low.sum()), float(predicted_stars[0]), float(stars_without[0]))


def _attribution(history: WeightedHistory, scorer: Scorer, item_row: int, method: Method | None) -> _Attribution:
    """By ``method``; None takes the sum when the scorer is one and at least one rating has a share."""
    if method == "leave-one-out" or (method is None and not isinstance(scorer, Explains)):
        return _by_leave_one_out(history, scorer, item_row)
    attribution = _by_sum(history, scorer, item_row)
    has_whole_parts = any(name.endswith(WHOLE) for name in attribution.baseline_terms)
    if method is None and has_whole_parts and not attribution.effects.any():
        return _by_leave_one_out(history, scorer, item_row)
    return attribution


def _by_sum(history: WeightedHistory, scorer: Scorer, item_row: int) -> _Attribution:
    contributions = weighted_contributions(history, scorer, np.array([item_row]))
    score, positions = float(score_histories([history], scorer)[0, item_row]), np.arange(history.ratings.nnz)
    note = f"held fixed: {contributions.conditioned_on.replace('; ', ', ')}" if contributions.conditioned_on else ""
    baseline_terms = {name: float(term[0]) for name, term in contributions.baseline_terms.items()}
    return _Attribution(score, contributions.ratings[0], positions, "score", "sum", note, baseline_terms)


def _by_leave_one_out(history: WeightedHistory, scorer: Scorer, item_row: int) -> _Attribution:
    value, effects, positions = leave_one_out(history, scorer, item_row)
    unit: ValueUnit = "stars" if isinstance(scorer, PredictsRating) else "score"
    notes = [
        f"what the {unit} would lose without each rating",
        "the model is not a sum over the ratings, so these do not add up",
    ]
    if len(positions) < np.count_nonzero(history.weights):
        n_ratings = history.ratings.nnz
        notes.append(f"only the {len(positions)} ratings of the most similar movies were left out, of {n_ratings}")
    return _Attribution(value, effects, positions, unit, "leave-one-out", "; ".join(notes))
