"""Links that people made, in the tables of a store. Of a token only a hash is stored."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select

from reelgraph.core.errors import ConfigError
from reelgraph.store.backend import Backend, snapshot
from reelgraph.store.group_commit import GroupCommitWriter
from reelgraph.store.records import LINK_KINDS, Link, LinkKind
from reelgraph.store.tables import links, users
from reelgraph.store.validation import require_id, require_one_of
from reelgraph.store.writes import StoreWrites, increment_counter

LINKS_QUERY: Select[Any] = (
    select(
        links.c.digest, links.c.link_id, users.c.user_id, links.c.kind, links.c.created, links.c.expires,
        links.c.content,
    )
    .join_from(links, users)
    .order_by(links.c.created, links.c.link_id)
)  # fmt: skip
_MAX_CONTENT = 64 * 1024  # characters of JSON


class LinkTable:
    """Links of people. A token has 128 random bits or more; the store finds a link by the SHA-256 of it.

    Args:
        backend: the database.
        writer: runs the writes.
        writes: finds and creates people.
    """

    def __init__(self, backend: Backend, writer: GroupCommitWriter, writes: StoreWrites) -> None:
        self._backend, self._writer, self._writes = backend, writer, writes

    def add(
        self, user_id: str, kind: LinkKind, token: str, expires: int, content: Mapping[str, Any], *, max_links: int
    ) -> Link:
        """Add a link, and delete all that have expired.

        Args:
            user_id: who makes it; created if new.
            kind: what it does.
            token: opens it.
            expires: time, Unix seconds UTC.
            content: JSON values.
            max_links: number of links of this kind that the person may have; with 1 the new one replaces the old one.

        Raises:
            ConfigError: the person has ``max_links`` already, or an argument is not valid.
            StoreError: nothing was written.
        """
        require_id("user_id", user_id)
        require_one_of("kind", kind, LINK_KINDS)
        text = json.dumps(dict(content), ensure_ascii=False, separators=(",", ":"))
        if len(text) > _MAX_CONTENT:
            raise ConfigError("content", f"at most {_MAX_CONTENT:,} characters of JSON")
        link = Link(secrets.token_hex(8), user_id, kind, self._writes.now(), int(expires), json.loads(text))

        def write(connection: Connection) -> None:
            increment_counter(connection, "people", 0)  # blocks deletions
            key = self._writes.find_or_create(connection, {user_id})[user_id]
            connection.execute(delete(links).where(links.c.expires <= link.created))
            is_of_kind = (links.c.user_key == key) & (links.c.kind == kind)
            if max_links == 1:
                connection.execute(delete(links).where(is_of_kind))
            elif (connection.scalar(select(func.count()).select_from(links).where(is_of_kind)) or 0) >= max_links:
                raise ConfigError("links", f"there are {max_links} already; revoke one first")
            row = {"user_key": key, "kind": kind, "created": link.created, "expires": link.expires, "content": text}
            connection.execute(links.insert(), [{**row, "digest": _digest(token), "link_id": link.link_id}])

        self._writer.run(write)
        return link

    def find(self, kind: LinkKind, token: str) -> Link | None:
        """The link that a token opens; None if it is unknown, revoked or expired."""
        query = LINKS_QUERY.where(links.c.digest == _digest(token), links.c.kind == kind)
        with snapshot(self._backend) as connection:
            return self._valid(connection.execute(query).first(), token)

    def take(self, kind: LinkKind, token: str) -> Link | None:
        """`find` a link and delete it, so that of several calls with a token only one gets the link."""

        def write(connection: Connection) -> Link | None:
            increment_counter(connection, "people", 0)  # one after the other, in all processes
            digest = _digest(token)
            row = connection.execute(LINKS_QUERY.where(links.c.digest == digest, links.c.kind == kind)).first()
            link = self._valid(row, token)
            if link is not None:
                connection.execute(delete(links).where(links.c.digest == digest))
            return link

        return self._writer.run(write)

    def of(self, user_id: str, kind: LinkKind) -> Sequence[Link]:
        """The links of a person that have not expired, oldest first."""
        require_id("user_id", user_id)
        query = LINKS_QUERY.where(users.c.user_id == user_id, links.c.kind == kind)
        with snapshot(self._backend) as connection:
            rows = connection.execute(query.where(links.c.expires > self._writes.now())).all()
        return [to_link(row) for row in rows]

    def revoke(self, user_id: str, link_id: str) -> bool:
        """Delete a link of a person; False if they have none with this id."""
        require_id("user_id", user_id)
        require_id("link_id", link_id)

        def write(connection: Connection) -> bool:
            increment_counter(connection, "people", 0)
            key = self._writes.find_keys(connection, [user_id]).get(user_id)
            is_theirs = (links.c.user_key == key) & (links.c.link_id == link_id)
            return bool(connection.execute(delete(links).where(is_theirs)).rowcount)

        return self._writer.run(write)

    def _valid(self, row: Row[Any] | None, token: str) -> Link | None:
        if row is None or not hmac.compare_digest(row.digest, _digest(token)) or row.expires <= self._writes.now():
            return None
        return to_link(row)


def to_link(row: Row[Any]) -> Link:
    """The link in a row of `LINKS_QUERY`."""
    return Link(row.link_id, row.user_id, row.kind, row.created, row.expires, json.loads(row.content))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
