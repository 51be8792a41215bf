"""``reelgraph store rollback``: the way back to an earlier bundle."""

from __future__ import annotations

from typing import Annotated

import typer

from reelgraph.bundle import MANIFEST, kept_bundles, read_manifest, roll_back
from reelgraph.cli.options import ChangedBundle, Json
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.retraining import append_record


def rollback(
    bundle: ChangedBundle,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DIGEST", help="First characters of the digest of a kept bundle.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Only list the bundles that are kept.")] = False,
    as_json: Json = False,
) -> None:
    """Put the bundle that was in use before in the place of BUNDLE, in one step; each further call goes further back.

    A service that watches BUNDLE takes it over without dropping a request. `retrain` keeps the last ones beside it, in
    BUNDLE-previous. The bundle that is replaced is kept, too: --to puts it back.

    Examples:
      reelgraph store rollback out/ml-1m

      reelgraph store rollback out/ml-1m --to 3f2a1c
    """
    if show:
        rows = [[earlier.digest, earlier.created, earlier.model, str(earlier.path)] for earlier in kept_bundles(bundle)]
        names = ("digest", "created", "model", "path")
        if as_json:
            print_json([dict(zip(names, row, strict=True)) for row in rows])
        else:
            print_table(f"Kept beside {bundle}, the last one in use first", names, rows)
        return
    before = read_manifest(bundle)["digest"] if (bundle / MANIFEST).is_file() else None
    used = roll_back(bundle, to)
    now = read_manifest(bundle)["digest"]
    append_record(bundle, "rolled back", {"in_use": before, "bundle": now})
    if as_json:
        print_json({"bundle": now, "before": before, "created": used.created})
    else:
        out.print(f"{bundle} is the bundle {used.digest} of {used.created} again", soft_wrap=True)
