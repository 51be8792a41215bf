"""A portrait of a person's taste: their mean, genres and decades, and how they differ from the known users."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import BoolArray, FloatArray, IntArray
from reelgraph.data.features import items as item_features
from reelgraph.recommend.weighted_history import WeightedHistory

_DAMPING = 5.0  # films that a group is damped with, and ratings that the mean of a film is damped with
_MIN_FILMS = 3  # of a group that is listed
_MIN_OTHERS = 5  # people who rated a film, for it to be an unusual love
_MIN_USERS = 10  # with ratings, to compare a person with


@dataclass(frozen=True)
class TasteGroup:
    """The movies of a genre or a decade that a person knows.

    Args:
        name: genre, or first year of the decade and an "s": "1990s".
        movies: number of the person's movies in it.
        share: of the person's movies, 0 to 1.
        usual_share: share of all views of the known users.
        mean: of the person's stars; None if they rated none of these.
        difference: mean of the person's stars less those of others for the same movies, in stars; None likewise.
    """

    name: str
    movies: int
    share: float
    usual_share: float
    mean: float | None
    difference: float | None


@dataclass(frozen=True)
class UnusualLove:
    """A movie that a person loves and others do not, or if there are no stars, that few people have seen.

    Args:
        item_id: external id.
        title: title, or the id where there is none.
        year: 0 if unknown.
        stars: the person's; None without stars.
        others: mean stars of the others; None without stars.
        viewers: number of others who rated or saw it.
    """

    item_id: int | str
    title: str
    year: int
    stars: float | None
    others: float | None
    viewers: int


@dataclass(frozen=True)
class Portrait:
    """What a person's ratings and views say about their taste, see `Recommender.portrait`.

    Args:
        rated: number of movies rated; 0 if the data have no stars.
        seen: number of movies seen without a rating.
        mean: of the person's stars; None without any.
        difference: mean of the person's stars less the mean of others for the same movies, in stars; None without any.
        kinder_than: share of the known users whose ``difference`` is smaller, 0 to 1; None without stars or for fewer
            than ten users.
        genres: groups with at least three movies, the favourite first.
        decades: likewise.
        unusual: the most unusual loves, the most unusual first.
    """

    rated: int
    seen: int
    mean: float | None
    difference: float | None
    kinder_than: float | None
    genres: tuple[TasteGroup, ...]
    decades: tuple[TasteGroup, ...]
    unusual: tuple[UnusualLove, ...]


class Population:
    """What the portraits are compared with: the ratings of the known users.

    Args:
        bundle: the model's data.

    Cost: O(ratings).
    """

    def __init__(self, bundle: Bundle) -> None:
        self._history = bundle.history
        self._items, self._catalogue, self._scale = bundle.items, bundle.catalogue, bundle.scale
        self.viewers: FloatArray = bundle.item_statistics.counts.astype(np.float64)
        self._totals, self._mean = bundle.item_statistics.star_totals, bundle.item_statistics.mean
        genres = item_features(self._catalogue)["genres"]
        self._genres, self._genre_names = genres.matrix.tocsc(), genres.names
        self._decades = decades_of(self._catalogue.year)
        self._differences = np.zeros(0) if self._scale is None else np.sort(self._user_differences())

    def portrait(self, history: WeightedHistory, n_unusual: int = 5) -> Portrait:
        """The portrait of a person; see `Recommender.portrait`."""
        rows = history.ratings.indices.astype(np.int64)
        has_stars = self._scale is not None
        stars = history.stars_given if has_stars else np.full(len(rows), np.nan)
        others, viewers = self._others(rows, self._own_stars(history, rows))
        is_rated = ~np.isnan(stars)
        n_rated = int(np.count_nonzero(is_rated))
        gaps = stars - others
        difference = _mean(gaps)
        return Portrait(
            rated=n_rated,
            seen=len(rows) - n_rated,
            mean=_mean(stars),
            difference=difference,
            kinder_than=self._kinder_than(difference),
            genres=self._groups(rows, stars, gaps, self._genre_masks(rows)),
            decades=self._groups(rows, stars, gaps, self._decade_masks(rows)),
            unusual=self._unusual(rows, stars, others, viewers)[:n_unusual],
        )

    def _own_stars(self, history: WeightedHistory, rows: IntArray) -> FloatArray:
        """The ratings of a known user that the totals include; NaN elsewhere, ``(n,)``."""
        if history.user_row is None:
            return np.full(len(rows), np.nan)
        ratings = self._history[[history.user_row]]
        stars = np.full(ratings.shape[1], np.nan)
        stars[ratings.indices] = ratings.data
        return stars[rows]

    def _others(self, rows: IntArray, own_stars: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean stars of the others for each item (NaN if there are none), and their number."""
        is_own = ~np.isnan(own_stars)
        viewers = self.viewers[rows] - is_own
        totals = self._totals[rows] - np.where(is_own, own_stars, 0.0)
        mean = np.divide(totals, viewers, out=np.full(len(rows), np.nan), where=viewers > 0)
        return mean, viewers

    def _user_differences(self) -> FloatArray:
        """Mean difference to the others of each known user who shares a movie with somebody, ``(n,)``."""
        history = self._history
        others = self.viewers[history.indices] - 1
        data = history.data.astype(np.float64)
        is_shared = others > 0
        gap = np.where(is_shared, data - (self._totals[history.indices] - data) / np.maximum(others, 1), 0.0)
        user = np.repeat(np.arange(history.shape[0]), np.diff(history.indptr))
        counts = np.bincount(user[is_shared], minlength=history.shape[0])
        sums = np.bincount(user, gap, minlength=history.shape[0])
        differences: FloatArray = sums[counts > 0] / counts[counts > 0]
        return differences

    def _kinder_than(self, difference: float | None) -> float | None:
        n_users = len(self._differences)
        if difference is None or n_users < _MIN_USERS:
            return None
        low = np.searchsorted(self._differences, difference - 1e-9)
        return float(low) / n_users

    def _genre_masks(self, rows: IntArray) -> Iterable[tuple[str, BoolArray, float]]:
        total = max(float(self.viewers.sum()), 1.0)
        for column, name in enumerate(self._genre_names):
            members = self._genres.indices[self._genres.indptr[column] : self._genres.indptr[column + 1]]
            yield name, np.isin(rows, members), float(self.viewers[members].sum()) / total

    def _decade_masks(self, rows: IntArray) -> Iterable[tuple[str, BoolArray, float]]:
        total = max(float(self.viewers.sum()), 1.0)
        for decade in np.unique(self._decades[self._decades > 0]).tolist():
            yield (
                f"{decade}s",
                self._decades[rows] == decade,
                float(self.viewers[self._decades == decade].sum()) / total,
            )

    def _groups(
        self, rows: IntArray, stars: FloatArray, gaps: FloatArray, masks: Iterable[tuple[str, BoolArray, float]]
    ) -> tuple[TasteGroup, ...]:
        """Groups by how much better than their mean the person rates them, or watches them more than others do."""
        mean, valued = _mean(stars), []
        for name, mask, usual_share in masks:
            count = int(np.count_nonzero(mask))
            if count < _MIN_FILMS:
                continue
            rated = stars[mask & ~np.isnan(stars)]
            share = count / len(rows)
            if mean is not None:
                value = float(np.sum(rated - mean)) / (len(rated) + _DAMPING)
            else:
                value = (count + _DAMPING * usual_share) / (len(rows) + _DAMPING) / max(usual_share, 1e-9)
            valued.append((value, TasteGroup(name, count, share, usual_share, _mean(rated), _mean(gaps[mask]))))
        valued.sort(key=lambda pair: (-pair[0], -pair[1].movies, pair[1].name))
        return tuple(group for _, group in valued)

    def _unusual(
        self, rows: IntArray, stars: FloatArray, others: FloatArray, viewers: FloatArray
    ) -> tuple[UnusualLove, ...]:
        """Loved movies, those first that others rate worst; movies of a person without stars, the least seen first."""
        if self._scale is None or np.isnan(stars).all():
            order = np.argsort(viewers, kind="stable")
        else:
            loved_from = max(self._scale.liked_from, _mean(stars) or 0.0)
            overall = self._mean
            damped = damped_mean(np.nan_to_num(others) * viewers, viewers, overall, _DAMPING)
            gap = np.where(viewers >= _MIN_OTHERS, stars - damped, np.nan)
            candidates = np.flatnonzero((np.nan_to_num(stars, nan=-np.inf) >= loved_from) & (np.nan_to_num(gap) > 0))
            order = candidates[np.argsort(-gap[candidates], kind="stable")]
        return tuple(
            UnusualLove(
                self._items.id(int(rows[place])), str(self._catalogue.title[rows[place]]),
                int(self._catalogue.year[rows[place]]), _number(stars[place]),
                _number(others[place]) if self._scale is not None else None, int(viewers[place]),
            )
            for place in order.tolist()
        )  # fmt: skip


def damped_mean(totals: FloatArray, counts: FloatArray, prior_mean: float, prior_count: float) -> FloatArray:
    """Means of ``counts`` values that sum to ``totals``, each drawn to ``prior_mean`` by the weight of some values."""
    means: FloatArray = (totals + prior_count * prior_mean) / (counts + prior_count)
    return means


def decades_of(years: IntArray) -> IntArray:
    """The first years of the decades; 0 for years that are unknown."""
    decades: IntArray = np.maximum(years, 0) // 10 * 10
    return decades


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _mean(values: FloatArray) -> float | None:
    """The mean of the values that are numbers; None if there are none."""
    numbers = values[~np.isnan(values)]
    return float(numbers.mean()) if len(numbers) else None
