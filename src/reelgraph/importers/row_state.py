"""Tell rows about movies that were watched from wishes and from rows that are no viewing.

The state of a row may be in a column, in the kind of entry, or in the name of the file. A rating counts whatever the
state; without one, wishes go to the watchlist, and hidden, dropped, unfinished and unseen movies are counted.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from reelgraph.importers.column_words import simplify
from reelgraph.importers.state_words import (
    FILE_PATTERNS,
    HIDDEN,
    NO,
    NOT_SEEN,
    NOT_UNDERSTOOD,
    SEEN,
    STATE_OF_TEXT,
    UNFINISHED,
    UNKNOWN,
    WISH,
    YES,
)

_MAX_LETTERS = 60  # of a text that names a state
_MIN_PROGRESS = 70.0  # percent of a movie: less is not watched to the end


def state_of_file(file_name: str) -> str:
    """The state of the rows of a file or section by its name; `UNKNOWN` if the name does not say it."""
    stem = re.sub(r"\.\w{2,4}$", "", file_name)
    name = " ".join(re.findall(r"[^\W_]+", simplify(stem)))
    return next((state for state, pattern in FILE_PATTERNS if re.search(simplify(pattern), name)), UNKNOWN)


def state_of_text(text: str) -> str:
    """The state that a text such as "Plan to Watch" or "gesehen" names; `UNKNOWN` if it is none."""
    if len(text) > _MAX_LETTERS:
        return UNKNOWN
    return STATE_OF_TEXT.get(" ".join(re.findall(r"\w+", simplify(text))), UNKNOWN)


@functools.lru_cache(maxsize=4096)
def _state_of_words(text: str) -> str:
    """The state that a text of a column of states names, also among other words: "added to watchlist"."""
    return state_of_text(text) or (state_of_file(text) if len(text) <= _MAX_LETTERS else UNKNOWN)


def flag_of(text: str) -> bool | None:
    """Whether a text is a yes or a no; other text, such as a date, is a yes; None if it is empty."""
    text = simplify(text.strip())
    if not text:
        return None
    number = re.fullmatch(r"\d+(?:\.\d+)?", text)
    return float(text) > 0 if number else text not in NO


class StateColumns:
    """The columns of a table that tell what became of a movie.

    Args:
        columns: role -> texts, for ``status``, ``watched``, ``plays``, ``wish``, ``hidden`` and ``progress``.
        file_state: from the name of the file.
    """

    def __init__(self, columns: Mapping[str, Sequence[str]], file_state: str) -> None:
        self._file_state = file_state
        self._columns = {role: texts for role, texts in columns.items() if any(texts)}
        statuses = [text for text in self._columns.get("status", ()) if text]
        n_understood = sum(_state_of_words(text) != UNKNOWN or _is_flag(text) for text in statuses)
        self.ignores_status = bool(statuses) and 2 * n_understood < len(statuses)
        if self.ignores_status:  # the state of something else, such as of a production
            del self._columns["status"]
        self._progress_unit = self._percent_per_unit()

    def state(self, row: int) -> str:
        """The state of a row without a rating."""
        text = self._text("status", row)
        if text:
            state = self._state_of_status(text)
            if state:
                return state
        wished = self._state_of_wish(self._text("wish", row))
        if flag_of(self._text("hidden", row)):
            return HIDDEN
        watched = [flag_of(self._text(role, row)) or False for role in ("watched", "plays") if role in self._columns]
        if wished == WISH and not any(watched):
            return WISH
        if wished not in (UNKNOWN, WISH):
            return wished
        progress = self._progress(row)
        if progress is not None and progress < _MIN_PROGRESS and not any(watched):
            return UNFINISHED if progress > 0 else NOT_SEEN
        if watched:
            return SEEN if any(watched) else NOT_SEEN
        return self._file_state or SEEN

    def _text(self, role: str, row: int) -> str:
        return self._columns[role][row] if role in self._columns else ""

    def _state_of_status(self, text: str) -> str:
        state = _state_of_words(text)
        if state:
            return state
        return (SEEN if flag_of(text) else NOT_SEEN) if _is_flag(text) else NOT_UNDERSTOOD

    def _state_of_wish(self, text: str) -> str:
        """The column may be a flag, a date, or a state such as "completed"."""
        return state_of_text(text) or (WISH if flag_of(text) else UNKNOWN)

    def _percent_per_unit(self) -> float:
        numbers = [number for number in map(_percentage, self._columns.get("progress", ())) if number is not None]
        if not numbers or max(numbers) > 100:
            return 0.0
        if max(numbers) > 1:
            return 1.0
        return 100.0 if any(0 < number < 1 for number in numbers) else 0.0  # 0 and 1 may be counts

    def _progress(self, row: int) -> float | None:
        number = _percentage(self._text("progress", row)) if self._progress_unit else None
        return None if number is None else number * self._progress_unit


def _is_flag(text: str) -> bool:
    return simplify(text.strip()) in YES | NO


def _percentage(text: str) -> float | None:
    match = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*%?", text.strip())
    return float(match.group(1).replace(",", ".")) if match else None
