"""``reelgraph update``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from reelgraph.bundle import Bundle, bundle_lock, require_bundle_path
from reelgraph.cli.options import ChangedBundle, Columns, Json, Seed
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.cli.part_names import model_name, part_name
from reelgraph.cli.sources import open_data, print_notes, read_options
from reelgraph.cli.tables import dropped_rows
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.data import read_catalogue
from reelgraph.data.clean_steps import counted_step
from reelgraph.updating.new_ratings import UpdateReport, update

_UNKNOWN_HINT = "name them in --items"


def update_command(
    bundle: ChangedBundle,
    ratings: Annotated[
        str | None, typer.Option("--ratings", metavar="DATA", help="A data set with the new ratings.")
    ] = None,
    items: Annotated[
        Path | None, typer.Option("--items", metavar="FILE", help="A table of new movies, such as movies.csv.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="Folder of the new bundle; the bundle is replaced without it.")
    ] = None,
    columns: Columns = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Add ratings, people and movies that came after the training, without a new fit.

    New movies are scored by movies like them, new people by their ratings. What was learnt follows the new ratings
    exactly where the model allows it; the other parts wait for the next `train`. An interrupted call changes nothing.

    Examples:
      reelgraph update out/ml-1m --ratings new-ratings.csv

      reelgraph update out/ml-1m --items movies-of-today.csv --out out/ml-1m-today
    """
    if ratings is None and items is None:
        raise ConfigError("--ratings", "nothing to add: give --ratings, --items or both")
    if to is not None:
        require_bundle_path(to)  # before the work, not after it
    with bundle_lock(bundle, to):
        before = Bundle.load(bundle)
        catalogue = None
        dropped: dict[str, int] = {}
        if items is not None:
            catalogue, notes = read_catalogue(items, before.items)
            print_notes(notes)
        data = None
        if ratings is not None:
            options = dataclasses.replace(read_options(None, columns), scale=before.scale, feedback=before.feedback)
            advice = f"the bundle takes ratings on its scale, {before.scale}: convert them, or train with all of them"
            data, report_of_cleaning = open_data(ratings, options, advice)
            dropped = dropped_rows(report_of_cleaning)
            rows = [counted_step(name, count) for name, count in dropped.items()]
            print_notes([f"rows left out: {', '.join(rows)}"] if rows else [])
        after, report = update(before, data, catalogue, seed=seed)
        after.save(bundle if to is None else to)
    if as_json:
        print_json({**dataclasses.asdict(report), "dropped": dropped})
        return
    show_update(report, after)


def show_update(report: UpdateReport, bundle: Bundle) -> None:
    """What was added, and which parts learnt from it."""
    counts: list[tuple[str, Any]] = [
        ("new ratings", report.ratings),
        ("ratings replaced", report.replaced),
        ("ratings that were there", report.repeated),
        ("new people", report.users),
        ("new movies", report.items),
    ]
    if report.corrected:
        counts.append(("movies added before, with newer metadata", report.corrected))
    if report.unknown:
        examples = ", ".join(report.unknown_items)
        counts.append((f"left out: movies not known ({examples}); {_UNKNOWN_HINT}", report.unknown))
    print_table("Added", ["what", "number"], [[name, f"{count:,}"] for name, count in counts])
    if report.parts:
        model = model_name(bundle.info)
        parts = [
            [part_name(part.kind, model), "exactly" if part.exactly else "not yet", part.how] for part in report.parts
        ]
        print_table("What was learnt", ["part", "updated", "how"], parts)
    sizes = ((len(bundle.users), "person"), (len(bundle.items), "movie"), (bundle.history.nnz, "rating"))
    out.print(", ".join(counted(size, noun) for size, noun in sizes))
