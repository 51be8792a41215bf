"""``reelgraph store``: init, dump, restore, rebuild, vacuum; the others are in files of their own."""

from __future__ import annotations

import dataclasses
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.cli import store_feeds, store_keys, store_retrain, store_rollback, store_update
from reelgraph.cli.config_file import ConfigFile
from reelgraph.cli.files import require_store_outside_bundles, require_writable
from reelgraph.cli.options import Json, StoreAddress
from reelgraph.cli.output import out, print_json
from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.store import open_store

_DAY = 86_400  # seconds
_SUMMARY = "Keep the people of a service: make, dump, restore, update, retrain; keys, feeds."
_DUMP = "people"  # with it begin the names of the dumps that take turns

app = typer.Typer(help=_SUMMARY, no_args_is_help=True)


@app.callback()
def _options(config: ConfigFile = None) -> None:
    """Keep the people of a service: make, dump, restore, update, retrain; keys, feeds."""


app.add_typer(store_keys.app, name="key")
app.add_typer(store_feeds.app, name="feed")
app.command("retrain")(store_retrain.retrain)
app.command("update")(store_update.update_from_store)
app.command("rollback")(store_rollback.rollback)


@app.command("init")
def init(address: StoreAddress, as_json: Json = False) -> None:
    """Make a store, or bring an older one up to date.

    Examples:
      reelgraph store init people.db

      reelgraph store init postgresql://reelgraph@localhost/reelgraph
    """
    require_store_outside_bundles(address)
    with closing(open_store(address)) as store:
        store.ready()
        counts = dataclasses.asdict(store.counts())
    _print_result(
        as_json,
        counts,
        f"ready; {counted(counts['users'], 'person')}, {counted(counts['ratings'], 'rating')}",
    )


@app.command("dump")
def dump(
    address: StoreAddress,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="File to write; packed when it ends in .gz.")],
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="FILE is a folder: write a new dump into it and keep the last N."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write all of a store to one file, as it is at one moment, while the service runs.

    The file holds people's ratings and the hashes of keys: only its owner may read it.

    Examples:
      reelgraph store dump people.db backup/people.jsonl.gz

      reelgraph store dump people.db backup --keep 14
    """
    folder = path
    if keep is not None:
        path = folder / f"{_DUMP}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl.gz"
    require_writable(path)
    with closing(open_store(address, create=False)) as store:
        written = dataclasses.asdict(store.dump(path))
    if keep is not None:  # after the new one is complete
        for old in sorted(folder.glob(f"{_DUMP}-*T*Z.jsonl.gz"))[:-keep]:
            old.unlink()
    _print_result(as_json, {**written, "out": str(path)}, f"wrote {path}: {_dump_summary(written)}")


@app.command("restore")
def restore(
    address: StoreAddress,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `reelgraph store dump` wrote.")],
    as_json: Json = False,
) -> None:
    """Read a dump into a new store, of either kind of database; a store that holds anything is refused.

    Example:
      reelgraph store restore postgresql://reelgraph@localhost/reelgraph backup/people.jsonl.gz
    """
    if not path.is_file():
        raise DataFormatError(path, "no such file")
    require_store_outside_bundles(address)
    with closing(open_store(address)) as store:
        read = dataclasses.asdict(store.restore(path))
    _print_result(as_json, read, f"restored {_dump_summary(read)}")


@app.command("rebuild")
def rebuild(address: StoreAddress, as_json: Json = False) -> None:
    """Rebuild ratings and lists from the log, and report differences.

    Example:
      reelgraph store rebuild people.db
    """
    with closing(open_store(address, create=False)) as store:
        result = store.rebuild()
    agree = "they agreed with the log" if result.differences == 0 else f"{counted(result.differences, 'row')} put right"
    _print_result(
        as_json,
        dataclasses.asdict(result),
        f"{counted(result.ratings, 'rating')}, {counted(result.marks, 'mark')}: {agree}",
    )


@app.command("vacuum")
def vacuum(
    address: StoreAddress,
    served_days: Annotated[
        int | None, typer.Option("--served-days", min=0, help="First remove served lists that are older.")
    ] = None,
    guests_days: Annotated[
        int | None, typer.Option("--guests-days", min=1, help="First delete guests who have been away for longer.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Reclaim disk space, and leave nothing in the files of what was removed.

    Example:
      reelgraph store vacuum people.db --served-days 90 --guests-days 400
    """
    now = int(time.time())
    with closing(open_store(address, create=False)) as store:
        # Guests first: the lists that they were shown say when they were there.
        guests = 0 if guests_days is None else store.delete_guests(now - guests_days * _DAY)
        removed = 0 if served_days is None else store.delete_impressions(now - served_days * _DAY)
        store.vacuum()
    record = {"served_removed": removed, "guests_removed": guests}
    _print_result(as_json, record, f"done; {counted(removed, 'served list')} and {counted(guests, 'guest')} removed")


def _dump_summary(record: dict[str, int]) -> str:
    people, events, lists, movies, keys = (record[name] for name in ("users", "events", "served", "items", "keys"))
    added = f", {counted(movies, 'added movie')}" if movies else ""
    return (
        f"{counted(people, 'person')}, {counted(events, 'event')}, "
        f"{counted(lists, 'served list')}{added}, {counted(keys, 'key')}"
    )


def _print_result(as_json: bool, record: dict[str, object] | dict[str, int], line: str) -> None:
    if as_json:
        print_json(record)
    else:
        out.print(line, soft_wrap=True)
