"""External ids and their rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reelgraph.core.arrays import AnyArray, IntArray, freeze
from reelgraph.core.display import Displayed, Table
from reelgraph.core.errors import UnknownIdError

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_INT64 = np.iinfo(np.int64)


def whole_number(text: str) -> int | None:
    """The int64 that an id of text stands for; None if it is not written as that number is, as "007" is not 7.

    Examples:
        >>> whole_number("7"), whole_number("007")
        (7, None)
    """
    if not _WHOLE_NUMBER.fullmatch(text):
        return None
    number = int(text)
    return number if _INT64.min <= number <= _INT64.max else None


@dataclass(frozen=True, repr=False)
class IdIndex(Displayed):
    """A two-way mapping between external ids and rows.

    Args:
        ids: ``(n,)`` int64 or str, unique; the position is the row.
        noun: what an id stands for, for error messages ("user", "item").
        hint: what to do about an unknown id, for error messages; if it is empty, how many ids are known.

    Examples:
        >>> import numpy as np
        >>> from reelgraph import IdIndex
        >>> items = IdIndex(np.array([10, 20, 30]), "item")
        >>> items.row(20), items.id(0), "20" in items
        (1, 10, True)
    """

    ids: AnyArray
    noun: str = "id"
    hint: str = ""
    _rows: Mapping[Any, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", {key: row for row, key in enumerate(self.ids.tolist())})
        freeze(self)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, key: object) -> bool:
        return self._key(key) in self._rows

    def row(self, key: object) -> int:
        """The row of one external id.

        Raises:
            UnknownIdError: the id is not in the index.
        """
        try:
            return self._rows[self._key(key)]
        except KeyError:
            example = f", e.g. {self.ids[0]!s}" if len(self) else ""
            hint = self.hint or f"{len(self)} are known{example}"
            raise UnknownIdError(f"unknown {self.noun} {key!r}", hint) from None

    def id(self, row: int) -> int | str:
        """The external id at ``row``, a Python int or str."""
        external: int | str = self.ids[row].item()
        return external

    def rows(self, keys: Sequence[object] | AnyArray) -> IntArray:
        """The rows of many external ids, shape ``(len(keys),)`` int64; raises like :meth:`row`."""
        return np.fromiter((self.row(key) for key in keys), dtype=np.int64, count=len(keys))

    def _display(self) -> Table:
        return Table(f"IdIndex of {len(self):,} {self.noun} ids")

    def _key(self, key: object) -> object:
        if isinstance(key, np.generic):
            key = key.item()
        if isinstance(key, str) and self.ids.dtype.kind in "iu":
            number = whole_number(key)
            return key if number is None else number
        if isinstance(key, int) and self.ids.dtype.kind == "U":
            return str(key)
        return key
