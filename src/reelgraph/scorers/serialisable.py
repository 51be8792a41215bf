"""How a scorer is stored in a bundle: its arrays in one file, its other fields in the manifest."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np

from reelgraph.core import AnyArray


class SerialisableScorer:
    """A scorer that is a dataclass of arrays, and of numbers and names that JSON can hold.

    ``compared_arrays`` are those that an exact update shares with a new fit, entry by entry; all if it is empty.
    ``forgetting_arrays`` are those that only forgetting and extending need; a bundle has them in a file of its own.
    """

    compared_arrays: ClassVar[tuple[str, ...]] = ()
    forgetting_arrays: ClassVar[tuple[str, ...]] = ()

    def arrays(self) -> dict[str, AnyArray]:
        """The fitted arrays, by name."""
        return {name: value for name, value in self._fields() if isinstance(value, np.ndarray)}

    def settings(self) -> dict[str, Any]:
        """All other fields; together with the arrays they rebuild the scorer."""
        return {name: value for name, value in self._fields() if not isinstance(value, np.ndarray)}

    def _fields(self) -> list[tuple[str, Any]]:
        instance: Any = self
        return [(field.name, getattr(instance, field.name)) for field in dataclasses.fields(instance)]
