"""People as callers give them, turned into histories: ratings, ids of movies seen, or the id of a known user."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.bundle.seen_weight import check_seen_weight, recorded_seen_weight
from reelgraph.core import NO_TIME, FloatArray, IntArray, Matrix, RatingScale, single_row, unit_rating
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import CapabilityError, ConfigError, DataFormatError, WrongTypeError
from reelgraph.recommend.cold_start import KNOWS_ORDER_NOTE, Traits
from reelgraph.recommend.person import Person, RatedAndSeen
from reelgraph.recommend.scorer_inputs import counts_ages, learns_from_views
from reelgraph.recommend.title_lookup import TitleLookup
from reelgraph.recommend.weighted_history import WeightedHistory
from reelgraph.recommend.what_if import Changes

_LATEST = 2**40  # Unix seconds, as the service takes them


class HistoryBuilder:
    """Makes histories of people for one bundle.

    Args:
        bundle: ids, ratings of the known users, and what a rating is.
        titles: finds the items that are given by their titles.
        seen_weight: weight of a movie seen without a rating, from 0 to 1; None for that of the bundle. In a bundle
            of views it is always 1, for a view is all that its model learns from.

    Raises:
        ConfigError: the weight is not from 0 to 1.
    """

    def __init__(self, bundle: Bundle, titles: TitleLookup, seen_weight: float | None = None) -> None:
        self._bundle, self._titles = bundle, titles
        weight = recorded_seen_weight(bundle.info) if seen_weight is None else seen_weight
        self.seen_weight = check_seen_weight(weight) if bundle.feedback == "explicit" else 1.0

    def item_rows(self, item_ids: Iterable[int | str]) -> IntArray:
        """The rows of items given by their ids or titles, ``(n,)``.

        Raises:
            UnknownIdError: no item, or more than one, has one of the ids or titles.
        """
        return self._titles.rows(list(item_ids))

    def rating_row(self, person: Person) -> Matrix:
        """The person's ratings, ``(1, n_items)`` CSR; see `Recommender.rating_row`."""
        return self.history(person).rated().ratings

    def history(
        self,
        person: Person,
        changes: Changes | None = None,
        seen: Collection[int | str] = (),
        seen_weight: float | None = None,
        times: Mapping[int | str, int] | None = None,
    ) -> WeightedHistory:
        """See `Recommender.history_for`."""
        require_type("recommend", "changes", changes, Changes, optional=True)
        history = self._with_seen(self._history(person, seen_weight), seen, seen_weight)
        history = self.with_times(history, {} if times is None else times)
        if not changes:
            return history
        self._checked_values(changes.stars)
        return changes.apply(history, self._titles)

    def with_seen_rows(
        self, history: WeightedHistory, item_rows: IntArray, seen_weight: float | None = None
    ) -> WeightedHistory:
        """The history with movies that were seen; those that are rated stay as they are.

        Args:
            history: the person.
            item_rows: ``(n,)`` rows of the movies.
            seen_weight: from 0 to 1; None for the default.
        """
        weight = self.seen_weight if seen_weight is None else check_seen_weight(seen_weight)
        is_explicit = self._bundle.feedback == "explicit"
        value = unit_rating(self._bundle.scale)
        return history.including(item_rows, value, weight if is_explicit else 1.0, unrated=is_explicit)

    def _history(self, person: Person, seen_weight: float | None) -> WeightedHistory:
        if isinstance(person, WeightedHistory):
            return person
        if isinstance(person, Mapping):
            return WeightedHistory.unweighted(self._row_of_ratings(person))
        if isinstance(person, str | int | np.integer):
            user_row = self._bundle.users.row(person)
            return WeightedHistory.unweighted(
                self._bundle.history[[user_row]], user_row=user_row, order=self._order_of(user_row)
            )
        if isinstance(person, RatedAndSeen):
            history = self._with_seen(self._history(person.ratings, seen_weight), person.seen, seen_weight)
            times: Mapping[int | str, int] = getattr(person, "timestamps", {})
            return self.with_times(
                history, {item: times[item] for item in (*person.ratings, *person.seen) if item in times}
            )
        if not isinstance(person, Iterable) or not hasattr(person, "__len__"):
            raise WrongTypeError(
                f"person is {type(person).__name__} {person!r}, which is no person",
                "expected ratings {item id: stars}, a list of ids of movies seen, or the id of a known user",
            )
        return self._with_seen(WeightedHistory.unweighted(self._row_of_ratings({})), person, seen_weight)

    def with_times(self, history: WeightedHistory, times: Mapping[int | str, int]) -> WeightedHistory:
        """The history in the order of these times, by id or title; movies without one are the oldest.

        Args:
            history: the person.
            times: Unix seconds by item id or title; where there is none the order stays as it is. Where all movies have
                the same time, such as that of an export, no order is known.

        Raises:
            UnknownIdError: no such item.
            WrongTypeError: ``times`` is no mapping.
            DataFormatError: a time is not a whole number from 0 to 2^40.
            ConfigError: an item is given twice, or is neither rated nor seen.
        """
        require_type("recommend", "times", times, Mapping)
        if not times:
            return history
        item_rows = self.item_rows(times)
        time_of_row = dict(zip(item_rows.tolist(), map(_checked_time, times, times.values()), strict=True))
        if len(time_of_row) < len(times):
            raise ConfigError("times", f"an item is given twice: {', '.join(map(str, times))}")
        is_unknown = ~np.isin(item_rows, history.ratings.indices)
        if is_unknown.any():
            item = list(times)[int(np.argmax(is_unknown))]
            raise ConfigError(
                "times", f"item {item} is neither rated nor seen: give times of what the person rated or saw"
            )
        order = np.array([time_of_row.get(row, NO_TIME) for row in history.ratings.indices.tolist()], np.int64)
        return replace(history, order=known_order(order))

    def recent(self, history: WeightedHistory, traits: Traits | None = None) -> WeightedHistory:
        """The history in which the newest entries count most, see `WeightedHistory.recent`.

        For a model that was fitted to the order of the ratings it stays as it is, and lists say so, see `counts_ages`.

        Args:
            history: the person.
            traits: what else the list is made by.

        Raises:
            CapabilityError: the order is not known, or the model ranks by predicted stars alone.
            ConfigError: there are traits, which are asked for with all ratings alike.
        """
        if traits:
            raise ConfigError("recent", "cannot be combined with a profile or favourite genres")
        if not learns_from_views(self._bundle.scorer):
            raise CapabilityError(
                f"the model {self._bundle.scorer.kind!r} ranks by predicted stars, for which all ages count alike",
                "train a model that ranks, such as blend or graph-filter",
            )
        recent = history.recent()
        if counts_ages(self._bundle.scorer):
            return recent
        return replace(history, emphasis=KNOWS_ORDER_NOTE if recent.emphasis else "")

    def _order_of(self, user_row: int) -> IntArray | None:
        """The times of a known user's ratings; None where they tell no order."""
        if self._bundle.times is None:
            return None
        times = self._bundle.times[slice(*self._bundle.history.indptr[user_row : user_row + 2].tolist())]
        return known_order(times)

    def _with_seen(
        self, history: WeightedHistory, seen: Iterable[int | str], seen_weight: float | None
    ) -> WeightedHistory:
        if isinstance(seen, str) or not isinstance(seen, Iterable):
            raise WrongTypeError(f"seen is {seen!r}", "expected a list of ids of movies seen")
        item_ids = list(seen)
        if not item_ids:
            return history
        return self.with_seen_rows(history, self.item_rows(item_ids), seen_weight)

    def _row_of_ratings(self, ratings: Mapping[int | str, float]) -> Matrix:
        """Ratings by item id, as a row in the order of the item rows."""
        item_rows, values = self.item_rows(ratings), self._checked_values(ratings)
        order = np.argsort(item_rows, kind="stable")
        if len(np.unique(item_rows)) < len(item_rows):
            raise DataFormatError("ratings", "each item once", column="item_id", value=str(list(ratings)))
        return single_row(values[order], item_rows[order].astype(np.int32), len(self._bundle.items))

    def _checked_values(self, ratings: Mapping[int | str, float]) -> FloatArray:
        """The ratings, ``(n,)`` float32: stars on the scale, or 1 or counts where the data have no stars."""
        feedback = self._bundle.feedback
        scale = self._bundle.scale or RatingScale(1.0, 1.0 if feedback == "implicit" else np.inf, 1.0)
        for item, value in ratings.items():
            if not (isinstance(value, int | float | np.number) and scale.low <= value <= scale.high):
                expected = {
                    "explicit": f"stars from {scale.low:g} to {scale.high:g}",
                    "implicit": "1 for each movie seen, or a list of ids: the data have no stars",
                    "counts": "counts of at least 1: the data have no stars",
                }
                raise DataFormatError("ratings", expected[feedback], column=f"item {item}", value=str(value))
        return np.fromiter(ratings.values(), np.float32, len(ratings))


def _checked_time(item: int | str, value: object) -> int:
    """A time as a whole number of seconds."""
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
    if not is_number or not 0 <= value <= _LATEST or value != int(value):  # type: ignore[operator, call-overload]
        raise DataFormatError(
            "times", f"Unix seconds, a whole number from 0 to {_LATEST}", column=f"item {item}", value=str(value)
        )
    return int(value)  # type: ignore[call-overload, no-any-return]


def known_order(times: IntArray) -> IntArray | None:
    """Times of a person's movies as their order, ``(n,)``; None where no time is known or several are all the same."""
    is_unordered = len(times) > 1 and bool((times == times[0]).all())
    return None if is_unordered or bool((times == NO_TIME).all()) else times
