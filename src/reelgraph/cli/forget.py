"""``reelgraph forget``."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from reelgraph.bundle import Bundle, read_manifest
from reelgraph.cli.options import ChangedBundle, Json
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.cli.part_names import model_name, part_name
from reelgraph.core.display import counted
from reelgraph.recommend import Recommender
from reelgraph.unlearning.receipt import Receipt, forget_in_bundle

_AT_NEXT_FIT = (
    "What is not forgotten yet goes when the model is fitted again on data without the person. A bundle trained with "
    "--exact-forgetting has only parts that forget at once; with --keep-forgetting those that can do."
)


def forget(
    bundle: ChangedBundle,
    user: Annotated[str, typer.Option("--user", help="Id of a user the bundle knows.")],
    item: Annotated[
        str | None, typer.Option("--item", metavar="ID_OR_TITLE", help="Only the rating of this movie.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Refit without it and report the difference.")] = False,
    as_json: Json = False,
) -> None:
    """Forget a person, or one rating: in what is stored and, where the model allows it exactly, in what was learnt.

    Prints a receipt that names nobody. An interrupted call changes nothing.

    Examples:
      reelgraph forget out/ml-1m --user 42

      reelgraph forget out/ml-1m --user 42 --item "Heat (1995)" --verify --json
    """
    item_id: int | str | None = item
    if item is not None:
        recommender = Recommender(Bundle.load(bundle))
        item_id = recommender.items.id(recommender.titles.row(item))
    receipt = forget_in_bundle(bundle, user, item_id, verify=verify)
    if as_json:
        print_json(dataclasses.asdict(receipt))
        return
    _show(receipt, model_name(read_manifest(bundle)["info"]))


def _show(receipt: Receipt, model: str) -> None:
    forgotten = receipt.forgotten
    learnt = "" if forgotten.learnt is None else f", {forgotten.learnt:,} of which the model had learnt from"
    out.print(
        f"{receipt.when}: {counted(forgotten.ratings, 'rating is', 'ratings are')} no longer stored{learnt}",
        soft_wrap=True,
    )
    parts = [
        [part_name(part.kind, model), "exactly" if part.exactly else "not yet", part.how] for part in forgotten.parts
    ]
    print_table("What was learnt", ["part", "forgotten", "how"], parts)
    if not all(part.exactly for part in forgotten.parts):
        out.print(_AT_NEXT_FIT, soft_wrap=True)
    rows = [
        [name, receipt.before[name][:12], receipt.after[name][:12]]
        for name in receipt.after
        if receipt.before[name] != receipt.after[name]
    ]
    print_table("Files that changed", ["file", "sha256 before", "after"], rows)
    kept = {part.kind: f", with {part.held_fixed}" for part in forgotten.parts if part.held_fixed}
    for kind, difference in receipt.differences.items():
        out.print(
            f"{part_name(kind, model)}: largest difference to a new fit without it{kept.get(kind, '')}: "
            f"{difference:.2g} of the largest entry",
            soft_wrap=True,
        )
