"""``reelgraph store update``: what people rated since the bundle was made, added to it without a fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph.bundle import Bundle, bundle_lock, read_manifest, replace_bundle
from reelgraph.cli import retrain_options as options
from reelgraph.cli.options import ChangedBundle, Json, Seed, StoreAddress
from reelgraph.cli.output import err, out, print_json
from reelgraph.cli.retrain_summary import guest_summary, show_gate, stop_if_refused, text_id_notes
from reelgraph.cli.store_ratings import ratings_that_count
from reelgraph.cli.tables import dropped_rows
from reelgraph.cli.update import show_update
from reelgraph.core import Dataset, SupportsNewItems
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.data import CleanRules, add_ratings, empty_dataset
from reelgraph.data.clean import clean_rows
from reelgraph.data.clean_steps import OFF_SCALE
from reelgraph.retraining import GuestPolicy, GuestReport, append_record, compare, gate_outcome, held_back_part
from reelgraph.retraining.guests import ratings_of
from reelgraph.retraining.quality_gate import MARGIN
from reelgraph.store import GUEST_PREFIX, POSTED_FIELDS, catalogue_of, open_store
from reelgraph.updating.new_ratings import update, with_ids_as_text
from reelgraph.updating.newer_metadata import with_newer_metadata

_POLICY = GuestPolicy()


def update_from_store(
    address: StoreAddress,
    bundle: ChangedBundle,
    margin: options.Margin = MARGIN,
    force: options.Force = False,
    keep: options.Keep = 3,
    guest_days: options.GuestDays = _POLICY.min_days,
    guest_ratings: options.GuestRatings = _POLICY.min_ratings,
    guest_share: options.GuestShare = _POLICY.share,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Add to BUNDLE what people rated since it was made, without a fit; for a nightly job between two trainings.

    Ratings that are new or changed, their people, and the movies that programs added to the service are put into the
    bundle in use, as `reelgraph update` does: what was learnt follows exactly where the model allows it (graph-filter,
    trained with --keep-forgetting), and other parts wait for the next `store retrain`. So do ratings that people took
    back, and ratings of movies that nobody described. Guests count as in `store retrain`, and the bundle is refused
    with exit code 3 if it is worse than the one in use. BUNDLE-retrain.jsonl records every call.

    Examples:
      reelgraph store update people.db out/ml-1m
    """
    policy = dataclasses.replace(_POLICY, min_days=guest_days, min_ratings=guest_ratings, share=guest_share)
    with bundle_lock(bundle):  # who is forgotten meanwhile would be in what is written
        in_use = _bundle_with_people(bundle)
        given = _store_ratings(address, in_use, policy)
        described = with_ids_as_text(given.bundle, given.data)
        new, report = update(described, given.data, given.data.catalogue, seed=seed)
        report = dataclasses.replace(report, corrected=given.corrected)
        gate, outcome = None, "unchanged"
        if report.ratings or report.replaced or report.items or report.corrected:
            part = held_back_part(new, in_use, GUEST_PREFIX, seed)
            gate = None if part is None else compare(in_use, new, part, margin=margin, seed=seed)
            outcome = gate_outcome(gate, force)
        record: dict[str, Any] = {
            **given.counts,
            "update": dataclasses.asdict(report),
            "in_use": read_manifest(bundle)["digest"],
            "gate": None if gate is None else gate.to_dict(),
            "guests": dataclasses.asdict(given.guests),
        }
        if outcome not in ("refused", "unchanged"):
            record["bundle"] = replace_bundle(bundle, new, keep)
        append_record(bundle, outcome, record)
    if as_json:
        print_json({"path": str(bundle), "outcome": outcome, **record})
    else:
        notes = [*given.notes(), *guest_summary(given.guests)]
        if "bundle" in record:
            notes += text_id_notes("people", in_use.users.ids, new.users.ids)
            notes += text_id_notes("movies", in_use.items.ids, new.items.ids)
        for note in notes:
            err.print(note, soft_wrap=True)
        show_update(report, new)
        show_gate(gate, outcome)
        out.print(_RESULTS.get(outcome, "wrote {}").format(bundle), soft_wrap=True)
    stop_if_refused(bundle, gate, outcome)


_RESULTS = {"unchanged": "nothing is new: {} stays as it is", "refused": "{} stays as it is"}


@dataclass(frozen=True)
class _StoreRatings:
    """What a store gives to a bundle.

    Args:
        bundle: with the metadata that the store has of the movies that earlier updates added.
        corrected: number of movies whose metadata changed by that.
        data: the ratings that the bundle can take, and the movies of the bundle and those added to the service.
        guests: which ratings of guests are left out.
        in_store: number of ratings in the store; these, less those of guests that do not count, ``unknown`` and
            ``dropped``, are in ``data``.
        unknown: number of ratings of movies that the bundle does not have.
        rounded: number of ratings set to the nearest step of the scale.
        dropped: reason -> number of ratings that no bundle takes.
        unscored: number of movies added to the service that the model cannot score.
    """

    bundle: Bundle
    corrected: int
    data: Dataset
    guests: GuestReport
    in_store: int
    unknown: int
    rounded: int
    dropped: Mapping[str, int]
    unscored: int

    @property
    def counts(self) -> dict[str, Any]:
        """All numbers but those of the guests, for JSON."""
        names = ("in_store", "unknown", "rounded", "dropped", "unscored")
        return {name: getattr(self, name) for name in names}

    def notes(self) -> list[str]:
        """What is in the store, and what of it is left out."""
        notes = [f"{counted(self.in_store, 'rating')} in the store"]
        if self.rounded:
            notes.append(f"{self.rounded:,} set to the nearest step of the scale")
        if self.unscored:
            notes.append(
                f"{counted(self.unscored, 'movie')} left out that the model cannot score: `store retrain` takes them"
            )
        if self.unknown:
            notes.append(f"{self.unknown:,} of unknown movies left out: `store retrain` takes them")
        return notes + [f"{count:,} left out: {reason}" for reason, count in self.dropped.items()]


def _bundle_with_people(path: Path) -> Bundle:
    bundle = Bundle.load(path)
    if not bundle.has_people:
        raise CapabilityError(
            f"{path} was saved without people, so no ratings can be added to it", "use `reelgraph store retrain`"
        )
    return bundle


def _store_ratings(address: str, in_use: Bundle, policy: GuestPolicy) -> _StoreRatings:
    """The ratings of a store that count, on the scale of the bundle.

    Raises:
        ConfigError: most of them are off the scale.
        StoreError: the store cannot answer.
    """
    with closing(open_store(address, create=False)) as store:
        added = catalogue_of(store.added_items())
        ratings, guests = ratings_that_count(store, ratings_of(in_use), in_use, policy)
    bundle, n_corrected = with_newer_metadata(in_use, added, POSTED_FIELDS)
    n_unscored = 0
    if not isinstance(in_use.scorer, SupportsNewItems):
        n_unscored = int(np.count_nonzero(~np.isin(added.item_id, in_use.items.ids.astype(np.str_))))
        added = added.aligned(added.item_id[:0])
    base = empty_dataset(bundle.catalogue, in_use.scale, "store", in_use.feedback)
    joined = add_ratings(base, [ratings], added)
    data, cleaned = clean_rows(joined.data, CleanRules())
    n_off_scale = cleaned.count(OFF_SCALE)
    if 2 * n_off_scale > cleaned.rows_in:
        raise ConfigError(
            "store",
            f"{n_off_scale:,} of {cleaned.rows_in:,} ratings are not on the scale of the bundle, {in_use.scale}: "
            "is it the store of another bundle?",
        )
    n_in_store = len(ratings) + guests.waiting_ratings + guests.held_over - guests.as_before
    dropped = dropped_rows(cleaned)
    return _StoreRatings(
        bundle, n_corrected, data, guests, n_in_store, joined.unknown, joined.rounded, dropped, n_unscored
    )
