"""Abilities of fitted models that change: people forgotten and added, new items, and what is kept for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from reelgraph.core.ability import Ability
from reelgraph.core.arrays import Matrix
from reelgraph.core.scoring import Scorer

if TYPE_CHECKING:
    from reelgraph.core.interactions import Interactions  # it imports these protocols


@runtime_checkable
class ForgetsAtOnce(Ability, Protocol):
    """A model that can be fitted so that single people can be taken out of it at once."""

    def with_exact_updates(self) -> Any:
        """The model with settings of which every part has such updates.

        Raises:
            ConfigError: its settings ask for a part that has none.
        """
        ...


@runtime_checkable
class SupportsUnlearning(Ability, Protocol):
    """Ability: removes people from the fitted model, exactly."""

    def without(self, history: Matrix, times: Matrix | None = None) -> Scorer:
        """The scorer that a fit without these people would give.

        Args:
            history: ``(n_people, n_items)`` CSR, stars: all their ratings in the training data.
            times: CSR with the sparsity pattern of ``history``, int64 Unix seconds; None if the data had no times.
        """
        ...


@runtime_checkable
class UpdatesInPart(Ability, Protocol):
    """A scorer of which some of what was learnt from a person stays when they are taken out."""

    @property
    def kept_until_next_fit(self) -> str:
        """What stays until the next fit, such as "the weights of 20 movies"; "" for nothing."""
        ...


@runtime_checkable
class HoldsFixed(Ability, Protocol):
    """A scorer that keeps, when people are put in or taken out, something that a new fit measures or chooses again."""

    @property
    def held_fixed(self) -> str:
        """What it keeps, such as "the same 20 movies in its head"; "" for nothing."""
        ...


def held_fixed(scorer: Scorer) -> str:
    """What exact updates of a scorer keep that a new fit measures or chooses again; "" for nothing."""
    return scorer.held_fixed if isinstance(scorer, HoldsFixed) else ""


def with_held_fixed(words: str, scorer: Scorer) -> str:
    """``words`` on an exact update, with what it keeps that a new fit measures or chooses again."""
    kept = held_fixed(scorer)
    return f"{words}, with {kept}" if kept else words


@runtime_checkable
class SupportsPartialFit(Ability, Protocol):
    """Ability: adds new people to the fitted model, exactly."""

    def including(self, history: Matrix, times: Matrix | None = None) -> Scorer:
        """The scorer that a fit with these people would give; arguments as `SupportsUnlearning.without`."""
        ...


TimedRatings = tuple[Matrix, Matrix | None]  # stars and times of some people, (n, n_items) CSR each


@runtime_checkable
class SupportsReplacement(Ability, Protocol):
    """Ability: takes ratings of people out and puts others in, in one step that costs less than both."""

    def replacing(self, before: TimedRatings, after: TimedRatings) -> Scorer:
        """The scorer as if some people had had other ratings in the training data.

        Args:
            before: all ratings that people had, who are taken out.
            after: all ratings of the people who are put in.

        Raises:
            CapabilityError: as `SupportsUnlearning.without` and `SupportsPartialFit.including`.
        """
        ...


@runtime_checkable
class SupportsNewItems(Ability, Protocol):
    """Ability: scores items that came after the fit by those like them."""

    def with_new_items(self, similarity: Matrix, seed: int) -> Scorer:
        """The scorer with more items, after its own ones.

        Args:
            similarity: ``(n_new, n_items)`` CSR, likeness of each new item to the others, rows of sum 1; a row without
                entries is an item of which nothing is known.
            seed: of what is drawn.

        Raises:
            CapabilityError: a part of it cannot.
        """
        ...


@runtime_checkable
class SupportsRefit(Ability, Protocol):
    """Ability: says which fit gives it again, so that an exact update can be compared with a new fit."""

    def refit_settings(self) -> tuple[str, dict[str, Any]] | None:
        """Name and settings of the model that gives this scorer when fitted on the same ratings; None if unknown."""
        ...


@runtime_checkable
class RefitsLike(Ability, Protocol):
    """A model that can be fitted with what the updates of one of its scorers hold fixed, see `HoldsFixed`."""

    def fit_like(self, scorer: Scorer, train: Interactions, context: Any = None) -> Any:
        """The fit as by ``fit``, on the items that ``scorer`` was fitted on.

        Args:
            scorer: fitted by this model with these settings, and updated since.
            train: the edges.
            context: a `FitContext`.
        """
        ...


@runtime_checkable
class StoresUserFeatures(Ability, Protocol):
    """Ability: stores features of known users, in addition to the ratings, by user row."""

    def drop_user(self, user_row: int) -> Scorer:
        """The scorer without the features of one user; the rows after it move up."""
        ...


@runtime_checkable
class KeepsUserAverages(StoresUserFeatures, Protocol):
    """Ability: answers for new people as before when the features of all users are left out."""

    def without_users(self) -> Scorer:
        """The scorer without the features of all users, but for what new people need: averages over the users."""
        ...


@runtime_checkable
class KeepsForgetting(Ability, Protocol):
    """Ability: may keep arrays that only forgetting and extending need, which a bundle has in a file of their own."""

    def without_forgetting(self) -> Scorer:
        """The scorer without these arrays."""
        ...
