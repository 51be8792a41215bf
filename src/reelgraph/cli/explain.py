"""``reelgraph explain``."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from reelgraph.cli.options import BundlePath, Count, Json
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.cli.person_options import Damp, Item, Mute, OwnFile, SeenWeight, Stars, User, changes_of, open_for
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Explanation, Order, Reason
from reelgraph.recommend.explain.co_likes import MIN_COUNT
from reelgraph.recommend.explain.explanation import By, Method

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
    watch: Annotated[bool, typer.Option("--watch", help="The score and the list of recommend --watch.")] = False,
    mute: Mute = None,
    damp: Damp = None,
    stars: Stars = None,
    seen_weight: SeenWeight = None,
    as_json: Json = False,
) -> None:
    """Say why a movie has its score: what each of the person's ratings adds to it.

    A movie seen without a rating counts with its weight. The shares add up to the score. Where the model is no sum over
    the ratings, what the stars would lose without each rating is shown instead, and named so.

    Examples:
      reelgraph explain out/ml-1m --user 42 --item "Alien (1979)"

      reelgraph explain out/ml-1m --ratings mine.csv --item 1214 --json

      reelgraph explain out/ml-1m --user 42 --item "Alien (1979)" --counterfactual -k 10
    """
    recommender, person = open_for(bundle, user, ratings, "explain", seen_weight=seen_weight)
    order: Order = "watch" if watch else "liked"
    if counterfactual:
        if mute or damp or stars or leave_one_out:
            raise ConfigError("--counterfactual", "cannot be combined with --mute, --damp, --stars or --leave-one-out")
        change = recommender.counterfactual(person, item, k, order=order)
        if as_json:
            print_json(dataclasses.asdict(change))
        else:
            out.print(str(change), soft_wrap=True)
        return
    changes = changes_of(recommender, mute, damp, stars, None)
    method: Method | None = "leave-one-out" if leave_one_out else None
    explanation = recommender.explain(person, item, changes=changes, method=method, order=order)
    if as_json:
        groups = {by: explanation.grouped(by) for by in _GROUPS}
        print_json({**_record(explanation), "sum": explanation.total, "groups": groups})
        return
    _table(explanation, top)
    for by in _GROUPS if explanation.method == "sum" else ():
        _groups(explanation, by, top)
    if explanation.note:
        out.print(explanation.note)


def _record(explanation: Explanation) -> dict[str, Any]:
    """The explanation as JSON has it: its baseline terms are called ``apart`` there."""
    names = {"baseline_terms": "apart"}
    return {names.get(name, name): value for name, value in dataclasses.asdict(explanation).items()}


def _table(explanation: Explanation, top: int) -> None:
    supporting = [reason for reason in explanation.reasons if reason.share > 0][:top]
    against = [reason for reason in explanation.reasons if reason.share < 0][:top]
    with_stars = any(reason.stars is not None for reason in explanation.reasons) or not explanation.reasons
    rows = [_row("because you saw" if reason.stars is None else "because you gave", reason) for reason in supporting]
    rows += [_row("against it", reason) for reason in against]
    if explanation.method == "sum":
        listed_ids = {reason.item_id for reason in (*supporting, *against)}
        remaining = [reason.share for reason in explanation.reasons if reason.item_id not in listed_ids]
        if remaining:
            rows.append(["other terms", f"{len(remaining):,} other movies", "", f"{sum(remaining):+.3f}", ""])
        rows += [["other terms", name, "", f"{term:+.3f}", ""] for name, term in explanation.baseline_terms.items()]
        rows.append(["total", f"the {explanation.unit}", "", f"{explanation.total:.3f}", ""])
    else:
        rows.append(["current", f"the {explanation.unit}", "", f"{explanation.score:.3f}", ""])
    predicted = f", predicted stars {explanation.stars:.2f}" if explanation.stars is not None else ""
    title = f"{explanation.title}: {explanation.unit} {explanation.score:.3f}{predicted}"
    caption = f"{MIN_COUNT} viewers at least, of those whose ratings are kept"
    columns = ["", "movie", "stars", "adds", "viewers who loved both"]
    if not with_stars:
        columns, rows = ["", "movie", "adds", "viewers of both"], [[*row[:2], *row[3:]] for row in rows]
    print_table(title, columns, rows, caption)


def _row(word: str, reason: Reason) -> list[Any]:
    viewers = "" if reason.viewers is None else f"{reason.viewers:,}"
    stars = "" if reason.stars is None else f"{reason.stars:g}"
    return [word, reason.title, stars, f"{reason.share:+.3f}", viewers]


def _groups(explanation: Explanation, by: By, top: int) -> None:
    groups = list(explanation.grouped(by).items())
    if groups:
        rows: list[list[object]] = [[name, f"{share:+.3f}"] for name, share in groups[:top]]
        if len(groups) > top:
            rows.append([f"{len(groups) - top} others", f"{sum(share for _, share in groups[top:]):+.3f}"])
        print_table(f"The same by {by}", [by, "adds"], rows)
