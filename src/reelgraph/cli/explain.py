"""``reelgraph explain``."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from reelgraph.cli.options import BundlePath, Count, Json
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.cli.person_options import Damp, Item, Mute, OwnFile, Stars, User, changes_of, open_for
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Explanation, Filters, Reason
from reelgraph.recommend.explain.co_likes import MIN_COUNT
from reelgraph.recommend.explain.contributions import By

_GROUPS: tuple[By, ...] = ("genres", "people", "decade")


def explain(
    bundle: BundlePath,
    item: Item,
    user: User = None,
    ratings: OwnFile = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Reasons shown for it, and against it.")] = 5,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="What the stars would lose without each rating alone.")
    ] = False,
    counterfactual: Annotated[
        bool, typer.Option("--counterfactual", help="The smallest change of ratings that lists it, or no longer does.")
    ] = False,
    k: Count = 10,
    mute: Mute = None,
    damp: Damp = None,
    stars: Stars = None,
    as_json: Json = False,
) -> None:
    """Say why a movie has its score: what each of the person's ratings adds to it.

    The shares add up to the score. Where the model is no sum over the ratings, what the stars would lose without each
    rating is shown instead, and named so.

    Examples:
      reelgraph explain out/ml-1m --user 42 --item "Alien (1979)"

      reelgraph explain out/ml-1m --ratings mine.csv --item 1214 --json

      reelgraph explain out/ml-1m --user 42 --item "Alien (1979)" --counterfactual -k 10
    """
    recommender, person, unrated = open_for(bundle, user, ratings, "explain")
    if counterfactual:
        if mute or damp or stars or leave_one_out:
            raise ConfigError("--counterfactual", "looks for changes by itself: give none")
        change = recommender.counterfactual(person, item, k, Filters(exclude=unrated))
        if as_json:
            print_json(dataclasses.asdict(change))
        else:
            out.print(str(change), soft_wrap=True)
        return
    changes = changes_of(recommender, mute, damp, stars, None)
    found = recommender.explain(person, item, changes=changes, method="leave-one-out" if leave_one_out else None)
    if as_json:
        groups = {by: found.grouped(by) for by in _GROUPS}
        print_json({**_record(found), "sum": found.total, "groups": groups})
        return
    _table(found, top)
    for by in _GROUPS if found.method == "sum" else ():
        _groups(found, by, top)
    if found.note:
        out.print(found.note)


def _record(found: Explanation) -> dict[str, Any]:
    """The explanation as JSON has it: its baseline terms are called ``apart`` there."""
    names = {"baseline_terms": "apart"}
    return {names.get(name, name): value for name, value in dataclasses.asdict(found).items()}


def _table(found: Explanation, top: int) -> None:
    speaking = [reason for reason in found.reasons if reason.share > 0][:top]
    against = [reason for reason in found.reasons if reason.share < 0][:top]
    rows = [_row("because you gave", reason) for reason in speaking] + [_row("against it", one) for one in against]
    if found.method == "sum":
        shown = {reason.item_id for reason in (*speaking, *against)}
        rest = [reason.share for reason in found.reasons if reason.item_id not in shown]
        if rest:
            rows.append(["beside", f"{len(rest):,} other movies", "", f"{sum(rest):+.3f}", ""])
        rows += [["beside", name, "", f"{term:+.3f}", ""] for name, term in found.baseline_terms.items()]
        rows.append(["together", f"the {found.unit}", "", f"{found.total:.3f}", ""])
    else:
        rows.append(["as it is", f"the {found.unit}", "", f"{found.score:.3f}", ""])
    predicted = f", predicted stars {found.stars:.2f}" if found.stars is not None else ""
    title = f"{found.title}: {found.unit} {found.score:.3f}{predicted}"
    caption = f"{MIN_COUNT} viewers at least, of those whose ratings are kept"
    print_table(title, ["", "movie", "stars", "adds", "viewers who loved both"], rows, caption)


def _row(word: str, reason: Reason) -> list[Any]:
    viewers = "" if reason.viewers is None else f"{reason.viewers:,}"
    return [word, reason.title, f"{reason.stars:g}", f"{reason.share:+.3f}", viewers]


def _groups(found: Explanation, by: By, top: int) -> None:
    groups = list(found.grouped(by).items())
    if groups:
        rows: list[list[object]] = [[name, f"{share:+.3f}"] for name, share in groups[:top]]
        if len(groups) > top:
            rows.append([f"{len(groups) - top} others", f"{sum(share for _, share in groups[top:]):+.3f}"])
        print_table(f"The same by {by}", [by, "adds"], rows)
