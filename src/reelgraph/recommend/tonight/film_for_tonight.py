"""One film for tonight."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from reelgraph.core.argument_checks import require_group, require_type
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.recommend.filters import Filters
from reelgraph.recommend.group.group_list import Aggregation, MemberOpinion, fitting_rows, recommend_for_group
from reelgraph.recommend.person import Person
from reelgraph.recommend.recommender import Recommender
from reelgraph.recommend.tonight.moods import MoodName, mood_mask


@dataclass(frozen=True)
class TonightFilm:
    """One film for an evening.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        year: 0 if unknown.
        runtime: length in minutes; 0 if unknown.
        genres: of the film.
        stars: predicted for a single person; None for several, or if the model predicts none.
        opinions: one for each person; empty for a single one.
        n_fitting: number of films that fit, this one included.
        note: something the people should know, or "".
    """

    item_id: int | str
    title: str
    year: int
    runtime: int
    genres: tuple[str, ...]
    stars: float | None
    opinions: tuple[MemberOpinion, ...]
    n_fitting: int
    note: str = ""


def film_for_tonight(
    recommender: Recommender,
    people: Mapping[str, Person],
    *,
    mood: MoodName | None = None,
    min_minutes: int | None = None,
    max_minutes: int | None = None,
    exclude: Collection[int | str] = (),
    filters: Filters | None = None,
    how: Aggregation = "least-misery",
) -> TonightFilm | None:
    """The best film that nobody who watches has rated or seen.

    For one person it is the first of `Recommender.recommend`, for several the first of `recommend_for_group`, among the
    films that fit. Ask for another with ``exclude``, to which each answer is added.

    Args:
        recommender: of the bundle.
        people: name -> ratings by item id, ids of movies seen, the id of a known user, or a history.
        mood: one of ``MOODS`` in `reelgraph.recommend.tonight.moods`; None for any.
        min_minutes: minimum length, or None.
        max_minutes: maximum length, or None. A film of unknown length passes only when both are None.
        exclude: ids or titles of films that are not suggested.
        filters: other conditions; the arguments above are added to them.
        how: what is best for several people, see `recommend_for_group`.

    Returns:
        The film; None if none fits.

    Raises:
        UnknownIdError: no such user or item.
        DataFormatError: a rating is not on the scale.
        ConfigError: there are no people, or no mood has this name, or an argument or a filter is not valid.
        CapabilityError: a length is given, and the catalogue has none.

    Cost: that of one list.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> data = rg.from_frame(table)
        >>> split = rg.split(rg.index(data.ratings), rg.Random(valid=0.0, test=0.0))
        >>> recommender = rg.Recommender(rg.Bundle.create(rg.GraphFilter(choose=False).fit(split.train), data, split))
        >>> rg.film_for_tonight(recommender, {"ann": {10: 5.0}}).item_id
        20
        >>> rg.film_for_tonight(recommender, {"ann": {10: 5.0}}, exclude=[20]).item_id
        30
        >>> rg.film_for_tonight(recommender, {"ann": {10: 5.0}}, exclude=[20, 30]) is None
        True
    """
    require_type("film_for_tonight", "recommender", recommender, Recommender)
    require_group("film_for_tonight", "people", people)
    if not people:
        raise ConfigError("people", "there is nobody to find a film for")
    conditions = _conditions(recommender, mood, min_minutes, max_minutes, exclude, filters or Filters())
    histories = {name: recommender.history_for(person) for name, person in people.items()}
    fitting = fitting_rows(recommender, histories, conditions)
    if not len(fitting):
        return None
    if len(histories) > 1:
        group = recommend_for_group(recommender, histories, 1, conditions, how=how)
        line = group.lines[0]
        return _film(recommender, line.item_id, len(fitting), None, line.opinions, group.note)
    (history,) = histories.values()
    picks = recommender.recommend(history, 1, conditions)
    if not len(picks):
        return None
    return _film(recommender, picks[0].item_id, len(fitting), picks[0].stars, (), picks.note)


def _conditions(
    recommender: Recommender,
    mood: MoodName | None,
    min_minutes: int | None,
    max_minutes: int | None,
    exclude: Collection[int | str],
    filters: Filters,
) -> Filters:
    """All conditions as filters."""
    if min_minutes is not None and max_minutes is not None and min_minutes > max_minutes:
        raise ConfigError("min_minutes", f"{min_minutes} is more than max_minutes, {max_minutes}")
    if (min_minutes, max_minutes) != (None, None) and not recommender.catalogue.runtime.any():
        raise CapabilityError("the catalogue has no lengths of films", "leave out the length")
    filters = dataclasses.replace(
        filters,
        runtime_from=filters.runtime_from if min_minutes is None else max(min_minutes, filters.runtime_from or 0),
        runtime_to=filters.runtime_to if max_minutes is None else min(max_minutes, filters.runtime_to or max_minutes),
        exclude=(*filters.exclude, *exclude),
    )
    if mood is None:
        return filters
    has_mood = mood_mask(recommender.catalogue, mood)
    if filters.include is not None:
        is_included = np.zeros_like(has_mood)
        is_included[recommender.titles.rows(list(filters.include))] = True
        has_mood &= is_included
    return dataclasses.replace(filters, include=recommender.items.ids[has_mood].tolist())


def _film(
    recommender: Recommender,
    item_id: int | str,
    n_fitting: int,
    stars: float | None,
    opinions: tuple[MemberOpinion, ...],
    note: str,
) -> TonightFilm:
    catalogue, row = recommender.catalogue, recommender.items.row(item_id)
    return TonightFilm(
        item_id, str(catalogue.title[row]), int(catalogue.year[row]), int(catalogue.runtime[row]),
        catalogue.genres[row], stars, opinions, n_fitting, note,
    )  # fmt: skip
