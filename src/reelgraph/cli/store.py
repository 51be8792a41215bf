"""``reelgraph store``: init, dump, restore, rebuild, vacuum, retrain; its keys are in `store_keys`."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from reelgraph import pipeline
from reelgraph.bundle import Bundle, require_bundle_path
from reelgraph.cli import store_keys
from reelgraph.cli.files import require_writable
from reelgraph.cli.options import (
    Columns,
    Config,
    Device,
    FeedbackKind,
    Json,
    ModelName,
    Scale,
    Seed,
    Settings,
    StoreAddress,
)
from reelgraph.cli.output import err, out, print_json, progress_bar
from reelgraph.cli.outside import chosen_model
from reelgraph.cli.sources import open_data, read_options
from reelgraph.cli.tables import clean_summary, report_row, report_table
from reelgraph.core import Catalogue, Dataset
from reelgraph.core.errors import ConfigError, DataFormatError
from reelgraph.data import CleanRules, ExtendedDataset, add_ratings, clean, empty_dataset
from reelgraph.data.readers.options import ReadOptions
from reelgraph.store import AddedItem, open_store

if TYPE_CHECKING:
    from reelgraph.store.sql_store import SqlStore

_DAY = 86_400  # seconds
_SHOWN = 5  # ids that are named

app = typer.Typer(help="Keep the people of a service: make, dump, restore, retrain; keys.", no_args_is_help=True)
app.add_typer(store_keys.app, name="key")


@contextmanager
def opened(address: str, *, create: bool = False) -> Iterator[SqlStore]:
    """The store at an address, closed afterwards."""
    store = open_store(address, create=create)
    try:
        yield store
    finally:
        store.close()


@app.command("init")
def init(address: StoreAddress, as_json: Json = False) -> None:
    """Make a store, or bring an older one up to date.

    Examples:
      reelgraph store init people.db

      reelgraph store init postgresql://reelgraph@localhost/reelgraph
    """
    with opened(address, create=True) as store:
        store.ready()
        counts = dataclasses.asdict(store.counts())
    _print_result(as_json, counts, f"ready; {counts['users']:,} people, {counts['ratings']:,} ratings")


@app.command("dump")
def dump(
    address: StoreAddress,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="File to write; packed when it ends in .gz.")],
    as_json: Json = False,
) -> None:
    """Write all of a store to one file, as it is at one moment, while the service runs.

    The file holds people's ratings and the hashes of keys: only its owner may read it.

    Example:
      reelgraph store dump people.db backup/people.jsonl.gz
    """
    require_writable(path)
    with opened(address) as store:
        written = dataclasses.asdict(store.dump(path))
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
    with opened(address, create=True) as store:
        read = dataclasses.asdict(store.restore(path))
    _print_result(as_json, read, f"restored {_dump_summary(read)}")


@app.command("rebuild")
def rebuild(address: StoreAddress, as_json: Json = False) -> None:
    """Rebuild ratings and lists from the log, and report differences.

    Example:
      reelgraph store rebuild people.db
    """
    with opened(address) as store:
        result = store.rebuild()
    agree = "they agreed with the log" if result.differences == 0 else f"{result.differences:,} rows put right"
    _print_result(as_json, dataclasses.asdict(result), f"{result.ratings:,} ratings, {result.marks:,} marks: {agree}")


@app.command("vacuum")
def vacuum(
    address: StoreAddress,
    served_days: Annotated[
        int | None, typer.Option("--served-days", min=0, help="Remove served lists that are older first.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Reclaim disk space, and leave nothing in the files of what was removed.

    Example:
      reelgraph store vacuum people.db --served-days 90
    """
    with opened(address) as store:
        removed = 0 if served_days is None else store.delete_impressions(int(time.time()) - served_days * _DAY)
        store.vacuum()
    _print_result(as_json, {"served_removed": removed}, f"done; {removed:,} served lists removed")


@app.command("retrain")
def retrain(
    address: StoreAddress,
    out_path: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Folder to write; replaced when there.")],
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="A data set whose people and movies are trained on, too."),
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option("--catalogue", metavar="BUNDLE", help="In place of DATA: a bundle that has the movies."),
    ] = None,
    model: ModelName = None,
    config_file: Config = None,
    settings: Settings = None,
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    known_only: Annotated[
        bool, typer.Option("--known-movies-only", help="Leave out rated movies that neither the data nor people named.")
    ] = False,
    seed: Seed = 0,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Train a new bundle on what is in a store, and on a data set where one is given; for a nightly job.

    A service that watches BUNDLE takes it over without dropping a request. People of the data set and of the store
    with the same id are the same; of two ratings of a movie that of the store counts. Of a bundle given by --catalogue
    only the movies are used, rated or not: who was forgotten does not come back from it. Movies that programs added to
    the service are in the new bundle; rated movies of which only the id is known have it as their title.

    Examples:
      reelgraph store retrain people.db ml-1m/ --out out/ml-1m

      reelgraph store retrain people.db --catalogue out/ml-1m --model graph-filter --out out/own
    """
    model_settings = chosen_model(model, config_file, settings)
    if device not in ("cpu", "cuda"):
        raise ConfigError.unknown(device, ("cpu", "cuda"))
    require_bundle_path(out_path)  # before the work, not after it
    base = _base(data, catalogue, read_options(scale, columns, feedback))
    with opened(address) as store:
        added = _catalogue_of(store.added_items())
        joined = add_ratings(base, store.ratings_in_chunks(), added, keep_unknown=not known_only)
    dataset, cleaned = clean(joined.data, CleanRules())
    if not as_json:
        err.print(
            f"{_join_summary(joined, len(joined.data.catalogue) - len(base.catalogue))}; {clean_summary(cleaned)}"
        )
    with progress_bar() as progress:
        done = pipeline.train(
            dataset, model_settings, seed=seed, device=device, progress=progress, all_items=catalogue is not None,
            extra_items=dataset.catalogue.item_id[np.isin(dataset.catalogue.item_id.astype(np.str_), added.item_id)],
        )  # fmt: skip
    done.bundle.save(out_path)
    if as_json:
        counts = {
            "added": joined.added, "replaced": joined.replaced, "unknown": joined.unknown, "rounded": joined.rounded,
            "new_movies": len(joined.data.catalogue) - len(base.catalogue), "untitled": list(joined.untitled),
        }  # fmt: skip
        print_json({"bundle": str(out_path), **counts, **report_row(model_settings.name, done.measured)})
        return
    report_table({model_settings.name: done.measured.report}, f"{model_settings.name} on {dataset.name}")
    out.print(f"{done.measured.fit.stopped_because}; wrote {out_path}", soft_wrap=True)


def _base(data: str | None, catalogue: Path | None, options: ReadOptions) -> Dataset:
    """The data set that the store's ratings are joined to."""
    if (data is None) == (catalogue is None):
        raise ConfigError("retrain", "give DATA, or --catalogue BUNDLE for the ratings of the store alone")
    if catalogue is not None:
        bundle = Bundle.load(catalogue)
        return empty_dataset(bundle.catalogue, bundle.scale, "store", bundle.feedback)
    return open_data(str(data), options)[0]


def _catalogue_of(items: Sequence[AddedItem]) -> Catalogue:
    """Movies that were added to a store, as a catalogue with text ids."""
    catalogue = Catalogue.from_ids(np.array([item.item_id for item in items], np.str_))
    return dataclasses.replace(
        catalogue,
        title=np.array([item.title for item in items], np.str_),
        year=np.array([item.year for item in items], np.int64),
        genres=tuple(item.genres for item in items),
    )


def _join_summary(joined: ExtendedDataset, n_new_movies: int) -> str:
    parts = [f"{joined.added:,} ratings of the store, {joined.replaced:,} in place of another"]
    parts += [f"{joined.rounded:,} set to the nearest step of the scale"] if joined.rounded else []
    parts += [f"{n_new_movies:,} movies added"] if n_new_movies else []
    if joined.untitled:
        examples = ", ".join(joined.untitled[:_SHOWN]) + (", ..." if len(joined.untitled) > _SHOWN else "")
        parts.append(f"{len(joined.untitled):,} of them known by their id alone: {examples}")
    parts += [f"{joined.unknown:,} of unknown movies left out"] if joined.unknown else []
    return "; ".join(parts)


def _dump_summary(record: dict[str, int]) -> str:
    people, events, lists, movies, keys = (record[name] for name in ("users", "events", "served", "items", "keys"))
    added = f", {movies:,} added movies" if movies else ""
    return f"{people:,} people, {events:,} events, {lists:,} served lists{added}, {keys:,} keys"


def _print_result(as_json: bool, record: dict[str, object] | dict[str, int], line: str) -> None:
    if as_json:
        print_json(record)
    else:
        out.print(line, soft_wrap=True)
