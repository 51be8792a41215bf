"""All errors that reelgraph raises on purpose: one class hierarchy, one clear line each.

The command line turns any `ReelgraphError` into one line on stderr and exit code 2; the service answers with a 4xx.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Self


class ReelgraphError(Exception):
    """Base class: something outside the program is wrong, and the message says what to do.

    Args:
        message: one line: what is wrong and where.
        hint: one line: what to do about it; appended to the message in brackets.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message} ({hint})" if hint else message)

    def with_hint(self, hint: str) -> Self:
        """This error with another hint."""
        self.hint = hint
        self.args = (f"{self.message} ({hint})",)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the error with its attributes, whatever arguments its constructor takes."""
        return _unpickle, (type(self), str(self), self.__dict__)


def _unpickle(cls: type[ReelgraphError], text: str, state: dict[str, Any]) -> ReelgraphError:
    error = cls.__new__(cls, text)
    error.args = (text,)
    error.__dict__.update(state)
    return error


class DataFormatError(ReelgraphError):
    """A file or table does not contain what was expected.

    Args:
        path: the file, or the name of the table.
        expected: what the file should contain.
        line: 1-based line in the file, where known.
        column: column name, where known.
        value: the invalid text, where known (shortened to 80 characters).
        hint: what to do about it.
    """

    def __init__(
        self,
        path: object,
        expected: str,
        *,
        line: int | None = None,
        column: str | None = None,
        value: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.path, self.line, self.column, self.value, self.expected = str(path), line, column, value, expected
        where = self.path + (f", line {line}" if line is not None else "")
        where += f", column {column!r}" if column is not None else ""
        problem = f": found {_shorten(value)!r}, expected {expected}" if value is not None else f": {expected}"
        super().__init__(where + problem, hint)


class ConfigError(ReelgraphError):
    """A setting is unknown or out of range.

    Args:
        key: the setting's name.
        problem: what is wrong with it.
        did_you_mean: the nearest known name, if there is one.

    Examples:
        >>> from reelgraph import ConfigError
        >>> print(ConfigError.unknown("ridg", ["ridge", "dropout"]))
        ridg: unknown setting; known are dropout, ridge (did you mean 'ridge'?)
    """

    def __init__(self, key: str, problem: str = "unknown setting", did_you_mean: str | None = None) -> None:
        self.key, self.did_you_mean = key, did_you_mean
        super().__init__(f"{key}: {problem}", f"did you mean {did_you_mean!r}?" if did_you_mean else None)

    @classmethod
    def unknown(
        cls, key: str, names: Iterable[str], what: str = "setting", renamed: Mapping[str, str] | None = None
    ) -> ConfigError:
        """An unknown ``what``; the nearest of the known ``names`` is suggested, or the new name of a renamed one."""
        names, renamed = sorted(names), renamed or {}
        near = difflib.get_close_matches(key, [*names, *renamed], n=1, cutoff=0.5)
        suggestion = renamed.get(near[0], near[0]) if near else None
        return cls(key, f"unknown {what}; known are {', '.join(names)}", suggestion)


class UnknownIdError(ReelgraphError):
    """An external user or item id is not in the data or the bundle."""


class CapabilityError(ReelgraphError):
    """The model does not support the request, or an optional package is not installed."""

    @classmethod
    def missing(cls, what: str, package: str, extra: str) -> CapabilityError:
        """``what`` needs a ``package`` that is not installed; ``extra`` of reelgraph brings it."""
        return cls(f"{what} needs {package}", f'pip install "reelgraph[{extra}]"')


class InsufficientMemoryError(ReelgraphError, MemoryError):
    """A task needs more memory than is free; nothing has been begun.

    Args:
        task: what needs it.
        needed: bytes, an estimate.
        free: bytes.
        advice: what to do about it.
    """

    def __init__(self, task: str, needed: int, free: int, advice: str) -> None:
        self.needed, self.free = needed, free
        sizes = f"about {needed / 2**30:.1f} GiB of memory, and {free / 2**30:.1f} GiB are free"
        super().__init__(f"{task} needs {sizes}", advice)


class PluginError(ReelgraphError):
    """A model, reader or importer of another package cannot be used; the message names its entry point and package."""


class WrongTypeError(ReelgraphError, TypeError):
    """A function got something else than it takes, mostly the result of an earlier or a later step."""


class TrainingError(ReelgraphError):
    """Training cannot continue (the loss is not finite, or a checkpoint does not match)."""


class WorkerError(ReelgraphError):
    """A worker of a run on several processes or machines died and its work could not be done by another."""


class BundleError(ReelgraphError):
    """A saved bundle or checkpoint is damaged, is something else, or has another format version."""


class StoreError(ReelgraphError):
    """The store of people and ratings is unavailable or refuses the operation."""


class DeletedUserError(ReelgraphError):
    """The person was deleted for good: nothing is written for this id any more."""


class WorkInterruptedError(ReelgraphError):
    """Work was stopped before its end: it took too long, or nobody waits for it any more."""


class LeakError(ReelgraphError):
    """Parts of an evaluation overlap, so its figures would be meaningless."""


def _shorten(value: str, limit: int = 80) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"
