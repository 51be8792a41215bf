"""Films suggested for evenings, in the tables of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from reelgraph.core.errors import ConfigError
from reelgraph.store.backend import Backend, snapshot
from reelgraph.store.group_commit import GroupCommitWriter
from reelgraph.store.records import OUTCOMES, Outcome, Suggestion
from reelgraph.store.tables import suggestions, users
from reelgraph.store.validation import require_id, require_one_of
from reelgraph.store.writes import StoreWrites, increment_counter

SUGGESTIONS_QUERY: Select[Any] = (
    select(
        users.c.user_id, suggestions.c.item_id, suggestions.c.at, suggestions.c.mood, suggestions.c.company,
        suggestions.c.outcome, suggestions.c.answered,
    )
    .join_from(suggestions, users)
    .order_by(users.c.user_id, suggestions.c.at, suggestions.c.item_id)
)  # fmt: skip
_MAX_OF_PERSON = 500  # older ones are deleted
_MAX_MOOD_LENGTH = 40


class SuggestionTable:
    """Films suggested for evenings; the last 500 of each person are kept.

    Args:
        backend: the database.
        writer: runs the writes.
        writes: finds and creates people.
    """

    def __init__(self, backend: Backend, writer: GroupCommitWriter, writes: StoreWrites) -> None:
        self._backend, self._writer, self._writes = backend, writer, writes

    def add(self, suggestion: Suggestion) -> None:
        """Add a suggestion; one of the same film at the same time is replaced.

        Raises:
            ConfigError: an id, the mood, the company or the outcome is not valid.
            StoreError: nothing was written.
        """
        require_suggestion(suggestion)

        def write(connection: Connection) -> None:
            increment_counter(connection, "people", 0)  # blocks deletions
            key = self._writes.find_or_create(connection, {suggestion.user_id})[suggestion.user_id]
            connection.execute(self._insert().values(**to_row(suggestion, key)))
            times = select(suggestions.c.at).where(suggestions.c.user_key == key).order_by(suggestions.c.at.desc())
            oldest_kept = connection.scalar(times.offset(_MAX_OF_PERSON - 1).limit(1))
            if oldest_kept is not None:
                connection.execute(
                    delete(suggestions).where(suggestions.c.user_key == key, suggestions.c.at < oldest_kept)
                )

        self._writer.run(write)

    def answer(self, user_id: str, item_id: str, at: int, outcome: Outcome) -> bool:
        """Record what became of a suggestion; False if there is no such suggestion.

        Args:
            user_id: whose.
            item_id: the film.
            at: time of the suggestion.
            outcome: replaces an earlier one.
        """
        require_id("user_id", user_id)
        require_id("item_id", item_id)
        require_one_of("outcome", outcome, OUTCOMES)

        def write(connection: Connection) -> bool:
            increment_counter(connection, "people", 0)
            keys = self._writes.find_keys(connection, [user_id])
            change = update(suggestions).where(
                suggestions.c.user_key == keys.get(user_id), suggestions.c.item_id == item_id, suggestions.c.at == at
            )
            changed = connection.execute(change.values(outcome=outcome, answered=self._writes.now())).rowcount
            return bool(changed)

        return self._writer.run(write)

    def of(self, user_id: str, n: int = 50) -> Sequence[Suggestion]:
        """The last ``n`` suggestions of a person, newest first."""
        require_id("user_id", user_id)
        newest = (
            SUGGESTIONS_QUERY.where(users.c.user_id == user_id)
            .order_by(None)
            .order_by(suggestions.c.at.desc(), suggestions.c.item_id)
        )
        with snapshot(self._backend) as connection:
            return [to_suggestion(row) for row in connection.execute(newest.limit(n))]

    def _insert(self) -> Any:
        upsert = self._backend.insert(suggestions)
        return upsert.on_conflict_do_update(
            index_elements=[suggestions.c.user_key, suggestions.c.at, suggestions.c.item_id],
            set_={name: upsert.excluded[name] for name in ("mood", "company", "outcome", "answered")},
        )


def require_suggestion(suggestion: Suggestion) -> None:
    """Check a suggestion; raises as `SuggestionTable.add`."""
    require_id("user_id", suggestion.user_id)
    require_id("item_id", suggestion.item_id)
    if len(suggestion.mood) > _MAX_MOOD_LENGTH or not suggestion.mood.isascii() or "\0" in suggestion.mood:
        raise ConfigError("mood", f"must be text of at most {_MAX_MOOD_LENGTH} characters")
    if suggestion.company < 1:
        raise ConfigError("company", f"{suggestion.company} is not at least 1")
    if suggestion.outcome is not None:
        require_one_of("outcome", suggestion.outcome, OUTCOMES)


def to_suggestion(row: Row[Any]) -> Suggestion:
    """The suggestion in a row of `SUGGESTIONS_QUERY`."""
    return Suggestion(**row._mapping)


def to_row(suggestion: Suggestion, user_key: int) -> dict[str, Any]:
    """A suggestion as a row."""
    return {
        "user_key": user_key, "at": int(suggestion.at), "item_id": suggestion.item_id, "mood": suggestion.mood,
        "company": int(suggestion.company), "outcome": suggestion.outcome, "answered": suggestion.answered,
    }  # fmt: skip
