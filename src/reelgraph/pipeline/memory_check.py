"""Is there memory enough for a fit? Asked before it begins, not found out in the middle."""

from __future__ import annotations

from typing import Any

from reelgraph.core import Dataset, Interactions
from reelgraph.core.display import counted
from reelgraph.core.memory import DataSize, fit_memory, require_memory
from reelgraph.data.id_rows import distinct_ids

_SPLIT_BYTES = 40  # a rating indexed and split: rows, stars and times, once for all and once for train
_SMALLER = "or take a smaller model, such as popularity, or fewer people"


def require_memory_to_train(model: Any, data: Dataset, *, all_items: bool, keep_forgetting: bool = False) -> None:
    """Check that the ratings of ``data`` can be split and ``model`` be fitted to them.

    Args:
        model: what is fitted; None if that is done elsewhere.
        data: clean.
        all_items: movies without a rating are fitted, too.
        keep_forgetting: as in `FitContext`.

    Raises:
        InsufficientMemoryError: more memory is needed than is free.
    """
    ratings = data.ratings
    n_items = len(data.catalogue) if all_items else len(distinct_ids(ratings.item_id))
    size = DataSize(len(distinct_ids(ratings.user_id)), n_items, len(ratings), keep_forgetting)
    _require(model, size, _SPLIT_BYTES * len(ratings))


def require_memory_to_fit(model: Any, train: Interactions, *, keep_forgetting: bool = False) -> None:
    """Check that ``model`` can be fitted to ``train``, with ``keep_forgetting`` as in `FitContext`.

    Raises:
        InsufficientMemoryError: more memory is needed than is free.
    """
    _require(model, DataSize(train.n_users, train.n_items, len(train), keep_forgetting), 0)


def _require(model: Any, size: DataSize, n_bytes: int) -> None:
    estimate = fit_memory(model, size)
    work = "splitting" if model is None else f"fitting {getattr(model, 'name', type(model).__name__)} to"
    task = f"{work} {counted(size.n_ratings, 'rating')}"
    task += f" by {counted(size.n_users, 'user')} of {counted(size.n_items, 'movie')}"
    advice = f"{estimate.advice}, {_SMALLER}" if estimate.advice else _SMALLER.removeprefix("or ")
    require_memory(estimate.n_bytes + n_bytes, task, advice)
