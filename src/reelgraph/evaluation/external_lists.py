"""Lists of another library, in a table of external ids, aligned with the people and items of an evaluation part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from reelgraph.core import BoolArray, EvalPart, FloatArray, IdIndex, IntArray, Matrix, TopK
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data.list_table import SOURCE, IdColumn, list_table
from reelgraph.data.splitting.leak_checks import pair_keys
from reelgraph.evaluation.full_ranking import NO_MATRICES, RankedHits, hits_in
from reelgraph.evaluation.metrics.tied_hits import TiedHits
from reelgraph.evaluation.tie_order import TieOrder

_NO_HITS = "no list has a target item: were they made for another split, or with what is held back here taken as seen?"


class AlignedLists(NamedTuple):
    """Lists in the rows of a part.

    Args:
        lists: ``(len(part), k)``, longer where equal ranks or scores go on behind place k; a score is minus the place
            in the list, the same for equal ranks or scores.
        notes: what was left out or counts as a miss, one line each with the number.
    """

    lists: TopK
    notes: tuple[str, ...]


def align_lists(table: Any, part: EvalPart, k: int) -> AlignedLists:
    """The best k items of each person of a part, from a table of lists in external ids.

    Items that a person has seen, and items that are no candidates of the part, are taken out and the items below them
    move up: our own rankings never show them either. Of an item that is twice in a list, the better row counts. An
    item that the data do not have keeps its place as a miss. People without a list have an empty one, and lists of
    people who are not in the part are ignored. Each of these is counted in the notes.

    Args:
        table: polars, pandas or Arrow table, or a dictionary of columns: ``user_id``, ``item_id`` and ``rank`` (lowest
            is best) or ``score`` (highest is best); with both, the rank counts. Lists may be longer than ``k``.
        part: of a split, which has the ids of its rows.
        k: length of the lists.

    Raises:
        DataFormatError: it is not a table, a column is missing or there twice, a row lacks a value, or no user or no
            item of it is known.
        ConfigError: the part does not have the ids of its rows.

    Cost: O(n log n) in the rows of the table.
    """
    if part.user_index is None or part.item_index is None:
        raise ConfigError("part", "has no ids of its rows; take it from rg.split, or set user_index and item_index")
    columns = list_table(table)
    user_rows, item_rows = _rows(columns.user, part.user_index), _rows(columns.item, part.item_index)
    n_users, n_items = len(part.user_index), len(part.item_index)
    part_row = np.full(max(n_users, int(user_rows.max()) + 1), -1, np.int64)
    part_row[part.users[part.users >= 0]] = np.flatnonzero(part.users >= 0)
    people = part_row[user_rows]
    if (people < 0).all():
        raise DataFormatError(SOURCE, "no list is of a person of this part", hint="was it made for another split?")
    counts: dict[str, int] = {
        "people who are not in the data, whose lists are ignored": _n_unique(user_rows, user_rows >= n_users),
        "people without a target in this part, whose lists are ignored": _n_unique(
            user_rows, (user_rows < n_users) & (people < 0)
        ),
    }
    order = np.lexsort((-columns.value, people))
    order = order[people[order] >= 0]
    people, items, values = people[order], item_rows[order], columns.value[order]
    counts["rows of items that are not in the data, which count as misses"] = _count(items >= n_items)
    is_left_out = np.zeros(len(items), np.bool_)
    for text, is_found in (
        ("rows of items that are in the list before, left out", _is_repeated(people, items)),
        ("rows of items that the person has seen, left out", _is_seen(people, items, part)),
        ("rows of items that are no candidates, left out", _is_no_candidate(items, part)),
    ):
        counts[text] = _count(is_found & ~is_left_out)
        is_left_out |= is_found
    people, items, values = people[~is_left_out], items[~is_left_out], values[~is_left_out]
    length = np.bincount(people, minlength=len(part))
    counts["people without a list, for whom every target is a miss"] = _count(length == 0)
    counts[f"lists of fewer than {k} items, whose empty places are misses"] = _count((length > 0) & (length < k))
    lists = _top_k(people, np.where(items < n_items, items, -1), values, length, k)
    return AlignedLists(lists, tuple(f"{text}: {count:,}" for text, count in counts.items() if count))


def external_hits(
    table: Any,
    part: EvalPart,
    relevant: Matrix,
    k: int,
    tie_order: TieOrder | None = None,
    named: Mapping[str, Matrix] = NO_MATRICES,
) -> tuple[RankedHits, tuple[str, ...]]:
    """The lists of `align_lists` with what is relevant in them, equal ranks or scores as ties, and the notes.

    Args:
        table: as in `align_lists`.
        part: as in `align_lists`.
        relevant: ``(len(part), n_items)`` CSR, pattern only.
        k: length of the lists; ties that go on behind place k are counted as far as the table has them.
        tie_order: the order of equal ranks or scores in the lists; None for that of the table.
        named: further items to count, like ``relevant``.
    """
    lists, notes = align_lists(table, part, k)
    if tie_order is not None:
        lists = tie_order.applied_to(lists)
    is_hit = hits_in(lists.items, relevant)
    if not is_hit.any():
        notes = (*notes, _NO_HITS)
    hits = TiedHits.of_lists(lists.scores, is_hit)
    counted = {name: TiedHits.of_lists(lists.scores, hits_in(lists.items, matrix)) for name, matrix in named.items()}
    return RankedHits(lists, hits, counted), notes


def _rows(column: IdColumn, index: IdIndex) -> IntArray:
    """Rows of external ids; an id that is not in the index gets one of its own from ``len(index)``.

    Raises:
        DataFormatError: none is in the index.
    """
    in_index = np.array([external in index for external in column.ids])
    if not in_index.any():
        example = "" if not len(index) else f"; they look like {index.id(0)!r}"
        raise DataFormatError(
            SOURCE, f"ids of the data set{example}", column=f"{index.noun}_id", value=str(column.ids[0])
        )
    rows = len(index) + np.arange(len(column.ids))
    rows[in_index] = index.rows(
        [external for external, is_in_index in zip(column.ids, in_index.tolist(), strict=True) if is_in_index]
    )
    of_each: IntArray = rows[column.code]
    return of_each


def _count(mask: BoolArray) -> int:
    return int(np.count_nonzero(mask))


def _n_unique(rows: IntArray, mask: BoolArray) -> int:
    return len(np.unique(rows[mask]))


def _is_repeated(people: IntArray, items: IntArray) -> BoolArray:
    """Whether the item is in the person's list before."""
    _, first = np.unique(people * (int(items.max()) + 1) + items, return_index=True)
    is_repeated = np.ones(len(items), np.bool_)
    is_repeated[first] = False
    return is_repeated


def _is_seen(people: IntArray, items: IntArray, part: EvalPart) -> BoolArray:
    n_items = part.seen.shape[1]
    is_seen: BoolArray = (items < n_items) & np.isin(people * n_items + items, pair_keys(part.seen))
    return is_seen


def _is_no_candidate(items: IntArray, part: EvalPart) -> BoolArray:
    if part.candidates is None:
        return np.zeros(len(items), np.bool_)
    is_other: BoolArray = (items < part.target.shape[1]) & ~np.isin(items, part.candidates)
    return is_other


def _top_k(people: IntArray, items: IntArray, values: FloatArray, length: IntArray, k: int) -> TopK:
    """Rows sorted by person, best first, as lists of length k, and of all rows that are equal to a k-th one."""
    start = np.cumsum(length) - length
    place = np.arange(len(people)) - start[people]
    is_new_value = np.concatenate([[True], (np.diff(people) != 0) | (np.diff(values) != 0)])[: len(people)]
    first_of_equals = np.maximum.accumulate(np.where(is_new_value, np.arange(len(people)), 0))
    place_of_equals = first_of_equals - start[people]
    is_shown = place_of_equals < k
    width = max(k, int(place[is_shown].max(initial=-1)) + 1)
    lists, scores = np.full((len(length), width), -1, np.int64), np.full((len(length), width), -np.inf, np.float32)
    lists[people[is_shown], place[is_shown]] = items[is_shown]
    scores[people[is_shown], place[is_shown]] = -place_of_equals[is_shown]
    return TopK(lists, scores)
