"""What a recommender is made of, and who is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from reelgraph.core import BoolArray, Catalogue, IdIndex, Matrix, RatingScale, Scorer
from reelgraph.recommend.what_if import Heard

# Ratings by item id, or the id of a known user, or somebody who was heard already.
Person = Mapping[int | str, float] | int | str | Heard


class Fitted(Protocol):
    """What a recommender needs; a `Bundle` has it."""

    @property
    def scorer(self) -> Scorer:
        """The fitted model."""
        ...

    @property
    def users(self) -> IdIndex:
        """Known users."""
        ...

    @property
    def items(self) -> IdIndex:
        """Items that can be ranked."""
        ...

    @property
    def history(self) -> Matrix:
        """Ratings of the known users, ``(n_users, n_items)`` CSR, stars."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """Aligned with ``items``."""
        ...

    @property
    def scale(self) -> RatingScale:
        """Of the ratings."""
        ...

    @property
    def learnt(self) -> BoolArray | None:
        """Which ratings of ``history`` the model was fitted on, ``(nnz,)``; None where not known."""
        ...
