"""``reelgraph store update``: what people rated since the bundle was made, added to it without a fit."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from typing import Any

from reelgraph.bundle import Bundle, read_manifest, replace_bundle
from reelgraph.cli import retrain_options as options
from reelgraph.cli.options import ChangedBundle, Json, Seed, StoreAddress
from reelgraph.cli.output import err, out, print_json
from reelgraph.cli.retrain_summary import guest_summary, show_gate, stop_if_refused
from reelgraph.cli.store_ratings import ratings_that_count
from reelgraph.cli.update import show_update
from reelgraph.core.errors import CapabilityError
from reelgraph.data import CleanRules, add_ratings, clean, empty_dataset
from reelgraph.retraining import GuestPolicy, append_record, compare, gate_outcome, held_back_part
from reelgraph.retraining.quality_gate import MARGIN
from reelgraph.store import GUEST_PREFIX, catalogue_of, open_store
from reelgraph.updating.new_ratings import update, with_ids_as_text

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
    in_use = Bundle.load(bundle)
    if not in_use.has_people:
        raise CapabilityError(
            f"{bundle} was saved without people, so no ratings can be added to it", "use `reelgraph store retrain`"
        )
    base = empty_dataset(in_use.catalogue, in_use.scale, "store", in_use.feedback)
    with closing(open_store(address, create=False)) as store:
        added = catalogue_of(store.added_items())
        known = in_use.interactions()
        user_ids, item_ids = known.users.ids[known.user_row], known.items.ids[known.item_row]
        ratings, guests = ratings_that_count(store, user_ids, item_ids, in_use, policy)
    joined = add_ratings(base, [ratings], added)
    dataset, _ = clean(joined.data, CleanRules())
    new, report = update(with_ids_as_text(in_use, dataset), dataset, dataset.catalogue, seed=seed)
    gate, outcome = None, "unchanged"
    if report.ratings or report.replaced or report.items:
        part = held_back_part(new, in_use, GUEST_PREFIX, seed)
        gate = None if part is None else compare(in_use, new, part, margin=margin, seed=seed)
        outcome = gate_outcome(gate, force)
    record: dict[str, Any] = {
        "update": dataclasses.asdict(report),
        "in_use": read_manifest(bundle)["digest"],
        "gate": None if gate is None else gate.to_dict(),
        "guests": dataclasses.asdict(guests),
    }
    if outcome not in ("refused", "unchanged"):
        record["bundle"] = replace_bundle(bundle, new, keep)
    append_record(bundle, outcome, record)
    if as_json:
        unknown = {"unknown": joined.unknown, "rounded": joined.rounded}
        print_json({"path": str(bundle), "outcome": outcome, **unknown, **record})
    else:
        notes = [f"{joined.rounded:,} set to the nearest step of the scale"] if joined.rounded else []
        if joined.unknown:
            notes.append(f"{joined.unknown:,} of unknown movies left out: `store retrain` takes them")
        for note in [*notes, *guest_summary(guests)]:
            err.print(note)
        show_update(report, new)
        show_gate(gate, outcome)
        out.print(_RESULTS.get(outcome, "wrote {}").format(bundle), soft_wrap=True)
    stop_if_refused(bundle, gate, outcome)


_RESULTS = {"unchanged": "nothing is new: {} stays as it is", "refused": "{} stays as it is"}
