"""``reelgraph store feed``: add, list, revoke."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.bundle import Bundle
from reelgraph.cli.options import Json, StoreAddress, bundle_to_read
from reelgraph.cli.output import err, out, print_json, print_table
from reelgraph.core.errors import UnknownIdError
from reelgraph.store import Store, add_feed, feed_paths, open_store
from reelgraph.store.feeds import DEFAULT_DAYS, MAX_DAYS

app = typer.Typer(
    help="Read-only links to the lists of one person, for Radarr, Stremio, readers.", no_args_is_help=True
)

_User = Annotated[str, typer.Argument(metavar="USER", help="Id of the person.")]


@app.command("add")
def add(
    address: StoreAddress,
    user: _User,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the feed is for.")],
    days: Annotated[
        int, typer.Option("--days", min=1, max=MAX_DAYS, help="Days until the link expires.")
    ] = DEFAULT_DAYS,
    url: Annotated[str, typer.Option("--url", help="Address of the service, put before the paths.")] = "",
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--bundle", metavar="BUNDLE", parser=bundle_to_read, help="Bundle whose users may have feeds, too."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a feed and print its addresses, once: the store keeps only a hash of the token in them.

    Example:
      reelgraph store feed add people.db ann radarr --url https://films.example
    """
    with closing(open_store(address, create=False)) as store:
        _require_known(store, user, bundle)
        token, link = add_feed(store, user, name, days)
    addresses = {program: url.rstrip("/") + path for program, path in feed_paths(token).items()}
    if as_json:
        print_json({"id": link.link_id, "user_id": user, "name": name, "expires": link.expires, "addresses": addresses})
        return
    err.print("keep them now; they cannot be shown again. Whoever has one reads this person's list:", soft_wrap=True)
    for program, text in addresses.items():
        out.print(f"{program}: {text}", soft_wrap=True)


@app.command("list")
def list_(address: StoreAddress, user: _User, as_json: Json = False) -> None:
    """List the feeds of a person, without their addresses.

    Example:
      reelgraph store feed list people.db ann
    """
    with closing(open_store(address, create=False)) as store:
        links = store.links.of(user, "feed")
    rows = [[link.link_id, link.content.get("name", ""), _day(link.created), _day(link.expires)] for link in links]
    columns = ["id", "name", "created", "expires"]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(f"Feeds of {user}", columns, rows)


@app.command("revoke")
def revoke(
    address: StoreAddress,
    user: _User,
    feed_id: Annotated[str, typer.Argument(metavar="ID", help="As `reelgraph store feed list` shows it.")],
    as_json: Json = False,
) -> None:
    """Let a feed show nothing from now on.

    Example:
      reelgraph store feed revoke people.db ann 0f3a5c7e9b1d2468
    """
    with closing(open_store(address, create=False)) as store:
        feed_ids = {link.link_id for link in store.links.of(user, "feed")}
        if feed_id not in feed_ids or not store.links.revoke(user, feed_id):
            raise UnknownIdError(f"{user} has no feed {feed_id!r}", "see: reelgraph store feed list")
    if as_json:
        print_json({"revoked": feed_id})
    else:
        out.print(f"revoked {feed_id}", soft_wrap=True)


def _require_known(store: Store, user: str, bundle: Path | None) -> None:
    if store.person(user) is not None:
        return
    if bundle is None:
        raise UnknownIdError(f"nobody in the store has the id {user!r}", "for a user of a bundle give --bundle")
    users = Bundle.load(bundle).users
    if user not in users:
        raise UnknownIdError(f"neither the store nor the bundle knows {user!r}")


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
