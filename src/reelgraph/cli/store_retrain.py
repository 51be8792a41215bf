"""``reelgraph store retrain``: a new bundle from what people rated, if it is no worse than the one in use."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from reelgraph import pipeline
from reelgraph.bundle import MANIFEST, Bundle, read_manifest, replace_bundle, require_bundle_path
from reelgraph.bundle.contents import forgetting_of
from reelgraph.cli import retrain_options as options
from reelgraph.cli.model_options import chosen_model
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
    require_device,
)
from reelgraph.cli.output import err, out, print_json, progress_bar
from reelgraph.cli.retrain_summary import guest_summary, join_summary, show_gate, stop_if_refused, text_id_notes
from reelgraph.cli.sources import open_data, read_options
from reelgraph.cli.store_ratings import ratings_that_count
from reelgraph.cli.tables import clean_summary, dropped_rows, report_row, report_table
from reelgraph.core import Dataset, Model, config
from reelgraph.core.errors import BundleError, ConfigError
from reelgraph.data import CleanRules, add_ratings, clean, empty_dataset, index
from reelgraph.data.readers.options import ReadOptions
from reelgraph.models import model_names
from reelgraph.retraining import (
    GuestPolicy,
    append_record,
    compare,
    gate_outcome,
    held_back_split,
)
from reelgraph.retraining.guests import ids_as_text
from reelgraph.retraining.quality_gate import MARGIN
from reelgraph.store import GUEST_PREFIX, catalogue_of, open_store

_POLICY = GuestPolicy()


def retrain(
    address: StoreAddress,
    out_path: options.BundleInUse,
    data: options.OptionalData = None,
    catalogue: options.CatalogueBundle = None,
    model: ModelName = None,
    config_file: Config = None,
    settings: Settings = None,
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    known_only: options.KnownMoviesOnly = False,
    margin: options.Margin = MARGIN,
    force: options.Force = False,
    keep: options.Keep = 3,
    guest_days: options.GuestDays = _POLICY.min_days,
    guest_ratings: options.GuestRatings = _POLICY.min_ratings,
    guest_share: options.GuestShare = _POLICY.share,
    seed: Seed = 0,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Train a new bundle on what is in a store, and on a data set where one is given; for a weekly job.

    Model and settings are those of the bundle in use, at BUNDLE, unless --model or --config names others. The new
    bundle is compared with it on ratings that neither has learnt from. If it is worse by more than the interval and
    the margin, it is refused: BUNDLE stays, and the exit code is 3. BUNDLE-retrain.jsonl records every call.

    A service that watches BUNDLE takes it over without dropping a request. People of the data set and of the store
    with the same id are the same; of two ratings of a movie that of the store counts. Of a bundle given by --catalogue
    only the movies are used, rated or not: who was forgotten does not come back from it. Movies that programs added to
    the service are in the new bundle; rated movies of which only the id is known have it as their title.

    Examples:
      reelgraph store retrain people.db ml-1m/ --out out/ml-1m

      reelgraph store retrain people.db --catalogue out/ml-1m --out out/own
    """
    require_device(device)
    if (data is None) == (catalogue is None):
        raise ConfigError("retrain", "give DATA, or --catalogue BUNDLE for the ratings of the store alone")
    policy = dataclasses.replace(_POLICY, min_days=guest_days, min_ratings=guest_ratings, share=guest_share)
    require_bundle_path(out_path)  # before the work, not after it
    in_use = _bundle_in_use(out_path, force)
    chosen = _model(in_use, catalogue, model, config_file, settings)
    base = _base(data, catalogue, read_options(scale, columns, feedback))
    with closing(open_store(address, create=False)) as store:
        added = catalogue_of(store.added_items())
        pairs = {"user_id": ids_as_text(base.ratings.user_id), "item_id": ids_as_text(base.ratings.item_id)}
        ratings, guests = ratings_that_count(store, pl.DataFrame(pairs), in_use, policy)
        joined = add_ratings(base, [ratings], added, keep_unknown=not known_only)
    dataset, cleaned = clean(joined.data, CleanRules())
    n_new_movies = len(joined.data.catalogue) - len(base.catalogue)
    if not as_json:
        err.print("; ".join([join_summary(joined, n_new_movies), *guest_summary(guests), clean_summary(cleaned)]))
        for note in [
            *text_id_notes("people", base.ratings.user_id, joined.data.ratings.user_id),
            *text_id_notes("movies", base.catalogue.item_id, joined.data.catalogue.item_id),
        ]:
            err.print(note, soft_wrap=True, markup=False)
    extra_items = dataset.catalogue.item_id[np.isin(dataset.catalogue.item_id.astype(np.str_), added.item_id)]
    with progress_bar() as progress:
        splitter = None if in_use is None else held_back_split(index(dataset.ratings), in_use, GUEST_PREFIX)
        done = pipeline.train(
            dataset, chosen, splitter=splitter, seed=seed, device=device, progress=progress,
            all_items=catalogue is not None, extra_items=extra_items,
            keep_forgetting=in_use is not None and bool(forgetting_of(in_use.scorer)),
        )  # fmt: skip
    gate = None
    if in_use is not None and splitter is not None:
        gate = compare(in_use, done.bundle, done.parts.test, margin=margin, seed=seed)
    outcome = "first" if in_use is None else gate_outcome(gate, force)
    record: dict[str, Any] = {
        "model": chosen.name,
        "in_use": None if in_use is None else read_manifest(out_path)["digest"],
        "gate": None if gate is None else gate.to_dict(),
        "guests": dataclasses.asdict(guests),
    }
    if outcome != "refused":
        has_people = in_use is None or in_use.has_people  # the new bundle keeps what the one in use keeps
        record["bundle"] = replace_bundle(out_path, done.bundle if has_people else done.bundle.without_people(), keep)
    append_record(out_path, outcome, record)
    counts = {
        "added": joined.added, "replaced": joined.replaced, "unknown": joined.unknown, "rounded": joined.rounded,
        "new_movies": n_new_movies, "untitled": list(joined.untitled), "dropped": dropped_rows(cleaned),
    }  # fmt: skip
    if as_json:
        row = report_row(chosen.name, done.measured)
        print_json({"path": str(out_path), "outcome": outcome, **counts, **record, **row})
    else:
        report_table({chosen.name: done.measured.report}, f"{chosen.name} on {dataset.name}")
        show_gate(gate, outcome)
        if outcome != "refused":
            out.print("; ".join(filter(None, [done.measured.fit.stopped_because, f"wrote {out_path}"])), soft_wrap=True)
    stop_if_refused(out_path, gate, outcome)


def _bundle_in_use(path: Path, force: bool) -> Bundle | None:
    """The bundle that the new one will replace; None where there is none, or, with ``force``, a damaged one."""
    if not (path / MANIFEST).is_file():
        return None
    try:
        return Bundle.load(path)
    except BundleError as error:
        if force:
            return None
        raise BundleError(error.message, "nothing to compare with; --force replaces it") from None


def _model(
    in_use: Bundle | None,
    catalogue: Path | None,
    name: str | None,
    config_file: Path | None,
    settings: Sequence[str] | None,
) -> Model:
    """The model that is named, otherwise that of the bundle in use (or of the catalogue), with its settings."""
    if name is not None or config_file is not None or (in_use is None and catalogue is None):
        return chosen_model(name, config_file, settings)
    source = in_use if in_use is not None else Bundle.load(catalogue or Path())
    description = source.info.get("model", {})
    used = str(description.get("name", ""))
    if used not in model_names():
        raise ConfigError("model", f"the bundle in use is of {used or 'an unnamed model'!r}; name it: --model")
    return pipeline.make_model(used, None, description.get("settings", {}) | config.parse_assignments(settings or []))


def _base(data: str | None, catalogue: Path | None, options: ReadOptions) -> Dataset:
    """The data set that the store's ratings are joined to."""
    if catalogue is not None:
        bundle = Bundle.load(catalogue)
        return empty_dataset(bundle.catalogue, bundle.scale, "store", bundle.feedback)
    return open_data(str(data), options)[0]
