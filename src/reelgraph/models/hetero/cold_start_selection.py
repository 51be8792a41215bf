"""Choosing on movies without ratings what speaks for them, never worse than the neighbours by features."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from reelgraph.core import BoolArray, EvalPart, FloatArray, IntArray, Interactions, Matrix, at_least, liked_threshold
from reelgraph.evaluation.full_ranking import top_k_hits
from reelgraph.evaluation.list_metrics import relevant_targets
from reelgraph.evaluation.metrics.ranking import ndcg
from reelgraph.models.content_based import OVERVIEW_WEIGHT
from reelgraph.models.validation_gain import is_gain

MAX_USERS = 1000  # validation users on whom the form is chosen
_ALIGNMENTS, _POPULARITIES = (0.0, 0.25, 0.5), (0.0, 0.5, 0.75, 1.0)
_OVERVIEW_WEIGHTS = (0.0, 2.0, 8.0)
_HIDDEN_SHARE, _MIN_RATINGS = 0.1, 5  # of the movies that are hidden where validation is not about new ones


@dataclass(frozen=True)
class ColdForm:
    """What speaks for a movie without ratings.

    Args:
        tags: the tags that people gave it count.
        alignment: weight of its predicted vector among its features, see `FeatureEstimates.votes`.
        popularity: power of its expected popularity.
        learned: the network corrects the predicted vector's direction.
        overview_weight: an overview counts as much as so many other features in what is alike.
        plain: only the neighbours by features and who likes them, as `FeatureKNN` has them; the rest is not read.
    """

    tags: bool = True
    alignment: float = 0.25
    popularity: float = 0.5
    learned: bool = True
    overview_weight: float = OVERVIEW_WEIGHT
    plain: bool = False

    def __str__(self) -> str:
        if self.plain:
            return "the neighbours by features alone"
        tags, learned = ("yes" if value else "no" for value in (self.tags, self.learned and self.alignment > 0))
        overviews = f", overviews {self.overview_weight:g}" if self.overview_weight else ""
        closed = f"tags {tags}, alignment {self.alignment:g}, popularity {self.popularity:g}{overviews}"
        return f"{closed}, learned {learned}"


PLAIN = ColdForm(plain=True)


def forms(first: ColdForm, *, has_tags: bool) -> list[ColdForm]:
    """The forms that are tried, the given one first."""
    grid = itertools.product(
        (True, False) if has_tags else (first.tags,),
        _ALIGNMENTS,
        _POPULARITIES,
        (True, False) if first.learned else (False,),
    )
    tried = [first]
    for tags, alignment, popularity, learned in grid:
        form = ColdForm(tags, alignment, popularity, learned, overview_weight=first.overview_weight)
        tried.append(form)
    return list(dict.fromkeys(form for form in tried if form == first or form.alignment > 0 or not form.learned))


def with_other_overview_weights(form: ColdForm) -> list[ColdForm]:
    """The form with every other weight of the overviews that is tried."""
    return [dataclasses.replace(form, overview_weight=w) for w in _OVERVIEW_WEIGHTS if w != form.overview_weight]


def best_form(user_ndcg: Mapping[ColdForm, FloatArray]) -> ColdForm:
    """The form to take: each step away from the safer one must gain more than its standard error over the people.

    The best form must be so much better than the first one, and what is then chosen than `PLAIN`.

    Args:
        user_ndcg: form -> ``(n_people,)`` NDCG@10, the given one first; with `PLAIN`.
    """
    tried = [form for form in user_ndcg if form != PLAIN]
    best = max(tried, key=lambda form: user_ndcg[form].mean())
    chosen = best if is_gain(user_ndcg[best] - user_ndcg[tried[0]]) else tried[0]
    return chosen if is_gain(user_ndcg[chosen] - user_ndcg[PLAIN]) else PLAIN


def measured(
    part: EvalPart, liked_from: float, tried: list[ColdForm], score: Callable[[ColdForm, EvalPart], FloatArray]
) -> dict[ColdForm, FloatArray]:
    """NDCG@10 of each form for each person who likes one of the candidates; at most 1,000 people.

    Args:
        part: people and new movies, its ``candidates``.
        liked_from: stars from which a movie is relevant.
        tried: the forms.
        score: form and people -> ``(n_people, n_candidates)``.
    """
    candidates = part.candidates
    assert candidates is not None
    part = dataclasses.replace(part, target=relevant_targets(part, liked_from))
    part = part.take(np.flatnonzero(np.diff(part.target[:, candidates].indptr))[:MAX_USERS])
    target = Matrix(part.target[:, candidates])
    n_targets = np.diff(target.indptr)
    return {form: ndcg(top_k_hits(score(form, part), None, target, 10).hits, n_targets) for form in tried}


def hidden_movies(train: Interactions, rng: np.random.Generator) -> tuple[Interactions, EvalPart] | None:
    """A tenth of the movies with at least five ratings is hidden: the other ratings, and the part to choose on.

    None where that leaves no movie to hide, or none to learn from.
    """
    count = np.bincount(train.item_row, minlength=train.n_items)
    candidates = np.sort(rng.permutation(np.flatnonzero(count >= _MIN_RATINGS)))
    drawn: IntArray = np.sort(rng.permutation(candidates)[: round(_HIDDEN_SHARE * len(candidates))])
    is_hidden: BoolArray = np.isin(train.item_row, drawn)
    if not len(drawn) or is_hidden.all():
        return None
    reduced = train.take(~is_hidden)
    history, target = reduced.matrix(), train.take(is_hidden).matrix()
    liked = np.bincount(
        np.repeat(np.arange(train.n_users), np.diff(target.indptr)),
        at_least(target.data, liked_threshold(train.scale)),
        minlength=train.n_users,
    )
    people = rng.permutation(np.flatnonzero((liked > 0) & (np.diff(history.indptr) > 0)))[:MAX_USERS]
    people = np.sort(people)
    if not len(people):
        return None
    return reduced, EvalPart(people, history[people], target[people], history[people], candidates=drawn)
