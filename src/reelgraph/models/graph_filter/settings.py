"""The settings of `GraphFilter`: fields, ranges and defaults."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from reelgraph.core import IntArray, config
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.core.memory import DataSize, FitMemory

_GRAPH_BYTES = 32  # a rating in the graph: value, movie, time and weight of the breaks after it
_BYTES_PER_PAIR = 16  # of movies, of the dense form
_HEAD_BYTES_PER_PAIR = 4  # of movies, of each matrix of the form head
_SECONDS_OF_SEARCH = 240.0  # on 4,000 movies and the ratings of 20,000 people
_SECONDS_A_RATING, _SECONDS_A_CUBE = 5e-6, 2.5e-11  # of the graph, and of the inverse: benchmarks/SCALE.md
_LATER_BYTES_PER_PAIR = 8  # likewise, of the part of what is rated later
_MAX_WRITTEN_OUT = 512  # movies: their whole matrix takes a MiB
MIN_HEAD_RATINGS = 3  # of a movie of the head, where the many movies with fewer are left out of it
_MIN_ITEMS_TO_DIVIDE = 4000  # from so many on the inverse takes longer than all the rest of a fit
_MAX_OFTEN_RATED = 2 / 3  # share of the movies with so many ratings, up to which the others are left out

FormName = Literal["dense", "head", "low-rank"]


class FormChoice(NamedTuple):
    """The form of a fit.

    Args:
        name: of the form.
        n_head: movies of its head; of all movies where it has none.
        reason: why, in words.
    """

    name: FormName
    n_head: int
    reason: str


@dataclass(frozen=True)
class FilterSettings:
    """The settings alone, without the fit, so that the search on validation can vary them; see `GraphFilter`."""

    renamed_settings: ClassVar[dict[str, str]] = {"sitting": "session_weight"}

    user_weight: Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)] = 0.5
    ridge: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 40.0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    session_weight: Annotated[float, Field(ge=0, le=1)] = 0.8
    time_scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 3600.0
    feature_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.5
    rating_power: Annotated[float, Field(ge=0, le=4)] = 1.0
    closed_form: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    low_pass_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    low_pass_cutoff: Annotated[int, Field(ge=1)] = 192
    spectral_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    later_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    later_scale: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    cutoff: Annotated[int, Field(ge=1)] = 128
    chebyshev_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    degree: Annotated[int, Field(ge=1, le=64)] = 8
    flatness: Annotated[int, Field(ge=1, le=64)] = 4
    recency: Annotated[float, Field(ge=0, lt=1)] = 0.0
    choose: bool = True
    quick_search: bool = False
    exact_updates: bool = False
    form: Literal["auto", "dense", "head", "low-rank"] = "auto"
    head_items: Annotated[int, Field(ge=0)] = 0
    compact: bool = True
    factors: Annotated[int, Field(ge=1)] = 128
    weights_per_item: Annotated[int, Field(ge=1)] = 50
    rank: Annotated[int, Field(ge=1)] = 512
    memory_gib: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 4.0

    def __post_init__(self) -> None:
        config.validate(self)
        if not (self.closed_form or self.spectral_weight or self.chebyshev_weight):
            raise ConfigError("closed_form", "0.0 is not valid: one of the three parts needs a weight above 0")
        if self.form == "head" and not self._has_form_of_head:
            raise ConfigError("form", "'head' is not valid: it needs closed_form above 0 and chebyshev_weight 0")
        if self.low_pass_weight and self.parts_until_next_fit:
            raise ConfigError("low_pass_weight", "above 0 it needs spectral_weight and chebyshev_weight 0")
        if self.low_pass_weight and (self.form == "low-rank" or not self.closed_form):
            raise ConfigError("low_pass_weight", "above 0 it needs the closed form of the form 'dense' or 'head'")
        if self.later_weight and (self.form == "low-rank" or not self.closed_form):
            raise ConfigError("later_weight", "above 0 it needs the closed form of the form 'dense' or 'head'")

    @property
    def parts_until_next_fit(self) -> tuple[str, ...]:
        """Names of the weights of the parts that single people are forgotten from only by a new fit."""
        names = ("spectral_weight", "chebyshev_weight")
        return tuple(name for name in names if getattr(self, name))

    def is_written_out(self, n_items: int) -> bool:
        """Whether the dense form keeps its weights whole: as asked, or where that is no larger than the compact one."""
        return not self.compact or n_items <= _MAX_WRITTEN_OUT

    def form_for(self, counts: IntArray, *, keep_forgetting: bool) -> FormChoice:
        """The form for movies of so many ratings.

        ``auto`` leaves the movies with fewer than three ratings out of the head where they are a third of 4,000 or
        more: the inverse takes a time that grows with the cube of its size, and they add little to anybody's scores.
        Not where people shall be forgotten at once: the columns of the tail change at the next fit only.

        Args:
            counts: ``(n_items,)`` ratings of each movie.
            keep_forgetting: people shall be forgotten at once.
        """
        n_items, n_often = len(counts), int(np.count_nonzero(counts >= MIN_HEAD_RATINGS))
        name, reason = self.choose_form(n_items)
        n_head = self.n_modelled(n_items)
        may_divide = self.form == "auto" and self.compact and not (self.head_items or keep_forgetting)
        is_worth_it = n_items >= _MIN_ITEMS_TO_DIVIDE and 0 < n_often <= _MAX_OFTEN_RATED * n_items
        if not (may_divide and is_worth_it and self._has_form_of_head and n_often < n_head):
            return FormChoice(name, n_head, reason)
        reason = f"head of the {counted(n_often, 'movie')} with {MIN_HEAD_RATINGS} ratings or more, of {n_items:,}"
        return FormChoice("head", n_often, reason)

    @property
    def _has_form_of_head(self) -> bool:
        return bool(self.closed_form) and not self.chebyshev_weight

    def choose_form(self, n_items: int) -> tuple[FormName, str]:
        """The form for so many items, and why."""
        # The matrix in float64, its triangle in float64, the weights in float32; filters work on copies.
        needed = n_items**2 * self._dense_bytes_per_pair() / 2**30
        size = f"dense needs {needed:.2g} GiB for {counted(n_items, 'movie')}"
        if self.form == "auto":
            if needed <= self.memory_gib:
                return "dense", f"dense ({size}, {self.memory_gib:g} given)"
            form: FormName = "head" if self._has_form_of_head else "low-rank"
            reason = f" ({size}, only {self.memory_gib:g} given)"
        elif self.form == "dense":
            return "dense", f"dense as asked ({size})"
        else:
            form, reason = self.form, f", the form as asked ({size})"
        if form == "low-rank":
            return form, f"low-rank, {counted(min(self.rank, n_items), 'eigenvector')}{reason}"
        n_head = self.n_head(n_items)
        modelled = f"all {counted(n_items, 'movie')}" if n_head == n_items else f"the {n_head:,} most rated movies"
        return form, f"head of {modelled}{reason}"

    def _dense_bytes_per_pair(self) -> int:
        n_copies = 2 if self.spectral_weight or self.chebyshev_weight else 1
        return _BYTES_PER_PAIR * n_copies + (_LATER_BYTES_PER_PAIR if self.later_weight else 0)

    def n_modelled(self, n_items: int) -> int:
        """Movies that have weights of their own: those of the head, or all."""
        return self.n_head(n_items) if self.choose_form(n_items)[0] == "head" else n_items

    def fit_memory(self, size: DataSize) -> FitMemory:
        """The matrices of the form that is chosen, and the graph they are made of.

        With what is rated later where the search may take it: with or without it, whichever needs more.
        """
        may_take_later = self.choose and self.closed_form and self.form != "low-rank" and not self.later_weight
        as_chosen = [self, dataclasses.replace(self, later_weight=1.0)] if may_take_later else [self]
        return max((settings._fit_memory(size) for settings in as_chosen), key=lambda memory: memory.n_bytes)

    def _fit_memory(self, size: DataSize) -> FitMemory:
        """The same with these settings."""
        form, _ = self.choose_form(size.n_items)
        if form == "low-rank":
            matrices = 3 * 8 * size.n_items * min(self.rank, size.n_items)
        elif form == "dense":
            matrices = size.n_items**2 * self._dense_bytes_per_pair()
        else:
            matrices = _HEAD_BYTES_PER_PAIR * self.n_head(size.n_items) ** 2 * self._n_head_matrices(size)
        advice = f"set memory_gib lower than {self.memory_gib:g}"
        if self.form == "dense":
            advice = "set form to auto"
        elif form == "low-rank":
            advice = f"set rank lower than {self.rank:,}"
        elif form == "head" and self.head_items:
            advice = f"set head_items lower than {self.head_items:,}"
        return FitMemory(matrices + _GRAPH_BYTES * size.n_ratings, advice)

    def _n_head_matrices(self, size: DataSize) -> int:
        """C, T where there is a later part, and a triangle each of C and A where they are kept."""
        keeps = (self.exact_updates or size.keep_forgetting) and not self.parts_until_next_fit
        return 1 + bool(self.later_weight) + keeps

    def fit_seconds(self, size: DataSize) -> float:
        """Seconds of one core for the search for settings, the graph and the inverse."""
        search = _SECONDS_OF_SEARCH * min(1.0, size.n_items / 4000) ** 2 if self.choose else 0.0
        search /= 5 if self.quick_search else 1
        return search + _SECONDS_A_RATING * size.n_ratings + _SECONDS_A_CUBE * self.n_modelled(size.n_items) ** 3

    def n_head(self, n_items: int) -> int:
        """Movies of the form ``head``: ``head_items``, or if that is 0 as many as the dense form has room for."""
        return min(n_items, self.head_items or max(1, math.isqrt(int(self.memory_gib * 2**30 / _BYTES_PER_PAIR))))
