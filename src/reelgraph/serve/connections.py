"""The open connections of a process, bounded in all and for each client."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from enum import Enum
from typing import Protocol


class Connection(Protocol):
    """An open connection."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress on it: nothing has come yet, part of a head, or it waits for the next."""

    def close_idle(self) -> None:
        """Close it."""


class Admission(Enum):
    """What a new connection may do."""

    ANYTHING = "anything"
    MONITORING = "monitoring"  # all connections are in use: ask for health and metrics only
    NOTHING = "nothing"


class ConnectionTable:
    """Admits connections. Where there are too many, the longest idle one makes room.

    One client cannot take the connections of others: above its own number its own idle connections are closed, and
    above the total those of whoever has most. Some connections beyond the total are kept for monitoring. Used by one
    thread.

    Args:
        max_total: number of connections.
        max_per_client: number of connections of one client.
        n_reserved: number of connections above the total that may ask for health and metrics.
        on_refusal: called for each connection that was closed, refused, or restricted to monitoring.
    """

    def __init__(
        self, max_total: int, max_per_client: int, n_reserved: int, on_refusal: Callable[[], None] = lambda: None
    ) -> None:
        self._max_total, self._max_per_client, self._n_reserved = max_total, max_per_client, n_reserved
        self._on_refusal = on_refusal
        self._clients: defaultdict[str, OrderedDict[Connection, None]] = defaultdict(OrderedDict)
        self._client_of: dict[Connection, str] = {}

    def __len__(self) -> int:
        return len(self._client_of)

    def admit(self, connection: Connection, client: str, *, is_proxy: bool) -> Admission:
        """Take in a connection, unless the result is `Admission.NOTHING`.

        Args:
            connection: the new one.
            client: whose connections are counted together.
            is_proxy: the connections of a trusted proxy are those of many clients: only the total applies.
        """
        is_over = not is_proxy and len(self._clients.get(client, ())) >= self._max_per_client
        if is_over and not self._close_longest_idle(client):
            self._on_refusal()
            return Admission.NOTHING
        admission = self._admit_to_total()
        if admission is not Admission.NOTHING:
            self._clients[client][connection] = None
            self._client_of[connection] = client
        return admission

    def remove(self, connection: Connection) -> None:
        """A connection is closed; a second call does nothing."""
        client = self._client_of.pop(connection, None)
        if client is not None:
            del self._clients[client][connection]
            if not self._clients[client]:
                del self._clients[client]

    def _admit_to_total(self) -> Admission:
        if len(self) < self._max_total or self._close_longest_idle_of_largest():
            return Admission.ANYTHING
        self._on_refusal()
        return Admission.MONITORING if len(self) < self._max_total + self._n_reserved else Admission.NOTHING

    def _close_longest_idle_of_largest(self) -> bool:
        """Close the longest idle connection of the client that has most among those with an idle one."""
        by_size = sorted(self._clients, key=lambda client: -len(self._clients[client]))
        return any(self._close_longest_idle(client) for client in by_size)

    def _close_longest_idle(self, client: str) -> bool:
        connection = next((connection for connection in self._clients[client] if connection.is_idle), None)
        if connection is None:
            return False
        self.remove(connection)
        connection.close_idle()
        self._on_refusal()
        return True
