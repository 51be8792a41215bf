"""``reelgraph store key``: add, list, revoke."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated, cast

import typer

from reelgraph.cli.options import Json, StoreAddress
from reelgraph.cli.output import err, out, print_json, print_table
from reelgraph.core.errors import UnknownIdError
from reelgraph.store import SCOPES, Scope, open_store

app = typer.Typer(help="Keys of programs that may ask the service.", no_args_is_help=True)


@app.command("add")
def add(
    address: StoreAddress,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"What it may do: {', '.join(SCOPES)}; may be repeated; read when not given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it, once: the store keeps only its hash.

    Example:
      reelgraph store key add people.db website --scope read --scope write
    """
    scope_names = cast("list[Scope]", scopes or ["read"])  # the store refuses words that are none
    with closing(open_store(address, create=False)) as store:
        plain = store.add_key(name, scope_names)
    if as_json:
        print_json({"name": name, "scopes": scope_names, "key": plain})
        return
    err.print("keep it now; it cannot be shown again:")
    out.print(plain, soft_wrap=True)


@app.command("list")
def list_(address: StoreAddress, as_json: Json = False) -> None:
    """List the keys, without their secrets.

    Example:
      reelgraph store key list people.db
    """
    with closing(open_store(address, create=False)) as store:
        keys = store.keys()
    rows = [[key.id, key.name, " ".join(sorted(key.scopes)), _day(key.created), _day(key.revoked)] for key in keys]
    columns = ["id", "name", "scopes", "created", "revoked"]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table("Keys", columns, rows)


@app.command("revoke")
def revoke(
    address: StoreAddress,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `reelgraph store key list` shows it.")],
    as_json: Json = False,
) -> None:
    """Let a key open nothing from now on.

    Example:
      reelgraph store key revoke people.db 0f3a5c7e9b1d
    """
    with closing(open_store(address, create=False)) as store:
        if not store.revoke(key_id):
            raise UnknownIdError(f"no open key {key_id!r}", "see: reelgraph store key list")
    if as_json:
        print_json({"revoked": key_id})
    else:
        out.print(f"revoked {key_id}", soft_wrap=True)


def _day(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
