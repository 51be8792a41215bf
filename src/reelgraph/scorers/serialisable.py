"""How a scorer goes into a bundle: its arrays in one file, its other fields in the manifest."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from reelgraph.core import AnyArray


class Stored:
    """A scorer that is a dataclass of arrays, and of numbers and names that JSON has words for."""

    def arrays(self) -> dict[str, AnyArray]:
        """All that was fitted, by name."""
        return {name: value for name, value in self._fields() if isinstance(value, np.ndarray)}

    def settings(self) -> dict[str, Any]:
        """The numbers and names beside the arrays; with them they rebuild the scorer."""
        return {name: value for name, value in self._fields() if not isinstance(value, np.ndarray)}

    def _fields(self) -> list[tuple[str, Any]]:
        own: Any = self
        return [(field.name, getattr(own, field.name)) for field in dataclasses.fields(own)]
