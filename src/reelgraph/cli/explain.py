"""``reelgraph explain``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from reelgraph.cli.list_options import Recent
from reelgraph.cli.options import BundlePath, Count, Json
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.cli.person_options import Damp, Item, Mute, OwnFile, SeenWeight, Stars, User, changes_of, open_for
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Explanation, Order, Reason
from reelgraph.recommend.explain.co_likes import MIN_COUNT
from reelgraph.recommend.explain.explanation import By, Method
from reelgraph.recommend.explain.reason_sentences import reason_sentence
from reelgraph.recommend.explain.reasons import ChosenReasons
from reelgraph.recommend.explain.shared_reasons import SharedReasons

_GROUPS: tuple[By, ...] = ("genres", "people", "decade")
_MAX_NAMED = 4  # movies of a group
_VALUE = {"score": "the score", "stars": "the stars"}


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
    recent: Recent = False,
    mute: Mute = None,
    damp: Damp = None,
    stars: Stars = None,
    seen_weight: SeenWeight = None,
    as_json: Json = False,
) -> None:
    """Say why a movie has its score: what each of the person's ratings adds to it.

    Only ratings no lower than usual for the person are named as the reason; lower ones follow an "although". A movie
    seen without a rating counts with its weight. The shares add up to the score, which orders lists and is no number of
    stars. Where the model is no sum over the ratings, what the stars would lose without each rating is shown instead,
    and named so.

    Examples:
      reelgraph explain out/ml-1m --user 42 --item "Alien (1979)"

      reelgraph explain out/ml-1m --ratings mine.csv --item 1214 --json

      reelgraph explain out/ml-1m --user 42 --item "Alien (1979)" --recent

      reelgraph explain out/ml-1m --user 42 --item "Alien (1979)" --counterfactual -k 10
    """
    recommender, person = open_for(bundle, user, ratings, "explain", seen_weight=seen_weight)
    order: Order = "watch" if watch else "liked"
    if counterfactual:
        if mute or damp or stars or leave_one_out or recent:
            options = "--mute, --damp, --stars, --leave-one-out or --recent"
            raise ConfigError("--counterfactual", f"cannot be combined with {options}")
        change = recommender.counterfactual(person, item, k, order=order)
        if as_json:
            print_json(dataclasses.asdict(change))
        else:
            out.print(str(change), soft_wrap=True)
        return
    changes = changes_of(recommender, mute, damp, stars, None)
    method: Method | None = "leave-one-out" if leave_one_out else None
    explanation = recommender.explain(person, item, changes=changes, method=method, order=order, recent=recent)
    if as_json:
        groups = {by: explanation.grouped(by) for by in _GROUPS}
        print_json({**_record(explanation), "sum": explanation.total, "groups": groups})
        return
    if explanation.sentence:
        out.print(f"{explanation.title}: {explanation.sentence}", soft_wrap=True)
    if explanation.low_ratings_sentence:
        out.print(explanation.low_ratings_sentence, soft_wrap=True)
    _table(explanation, top)
    _shared(explanation, top)
    for by in _GROUPS if explanation.method == "sum" else ():
        _groups(explanation, by, top)
    if explanation.note:
        out.print(explanation.note)


def _record(explanation: Explanation) -> dict[str, Any]:
    """The explanation as JSON has it: its baseline terms are called ``apart`` there."""
    names = {"baseline_terms": "apart"}
    record = {names.get(name, name): value for name, value in dataclasses.asdict(explanation).items()}
    reasons = reasons_record(ChosenReasons(explanation.because, explanation.although))
    shared = [_group_record(group) for group in explanation.shared]
    return {**record, **reasons, "support": explanation.support, "shared": shared}


def _group_record(group: SharedReasons) -> dict[str, Any]:
    """Movies that share something with the item as JSON has them."""
    movies = [{"item_id": reason.item_id, "title": reason.title, "share": reason.share} for reason in group.reasons]
    head = {"kind": group.kind, "name": group.name, "label": group.label, "count": len(movies), "share": group.share}
    return {**head, "movies": movies}


def reasons_record(chosen: ChosenReasons) -> dict[str, Any]:
    """Chosen reasons as JSON has them: the sentence, and what it is made of."""
    because = [
        {**dataclasses.asdict(group), "label": group.label, "count": len(group.reasons), "share": group.share}
        for group in chosen.because
    ]
    although = [dataclasses.asdict(reason) for reason in chosen.although]
    return {"sentence": reason_sentence(chosen), "because": because, "although": although}


def _table(explanation: Explanation, top: int) -> None:
    supporting = [reason for reason in explanation.reasons if reason.share > 0][:top]
    against = [reason for reason in explanation.reasons if reason.share < 0][:top]
    with_stars = any(reason.stars is not None for reason in explanation.reasons) or not explanation.reasons
    whole = explanation.support if explanation.method == "sum" else 0.0
    rows = [_row(_word(reason), reason, whole) for reason in (*supporting, *against)]
    if explanation.method == "sum":
        listed_ids = {reason.item_id for reason in (*supporting, *against)}
        remaining = [reason.share for reason in explanation.reasons if reason.item_id not in listed_ids]
        if remaining:
            others = sum(remaining)
            label = counted(len(remaining), "other movie")
            rows.append(["other terms", label, "", _part(others, whole), f"{others:+.3f}", ""])
        rows += [["other terms", name, "", "", f"{term:+.3f}", ""] for name, term in explanation.baseline_terms.items()]
        rows.append(["total", _VALUE[explanation.unit], "", "", f"{explanation.total:.3f}", ""])
    else:
        rows.append(["current", _VALUE[explanation.unit], "", "", f"{explanation.score:.3f}", ""])
    predicted = f", predicted stars {explanation.stars:.2f}" if explanation.stars is not None else ""
    title = f"{explanation.title}: {explanation.unit} {explanation.score:.3f}{predicted}"
    caption = f"{MIN_COUNT} viewers at least, of those whose ratings are kept"
    columns = ["", "movie", "stars", "part", "adds", "viewers who loved both" if with_stars else "viewers of both"]
    if whole:
        caption = f"part: of all that the movies add, {whole:.3f} of the score. {caption}"
    dropped = {*((2,) if not with_stars else ()), *((3,) if not whole else ())}
    columns, *rows = ([cell for n, cell in enumerate(row) if n not in dropped] for row in (columns, *rows))
    print_table(title, columns, rows, caption)


def _word(reason: Reason) -> str:
    """What a movie is to the item: a reason, a contradiction, or against it."""
    if reason.share < 0:
        return "against it"
    verb = "saw" if reason.stars is None else "gave"
    return f"because you {verb}" if reason.liked else f"although you {verb}"


def _part(share: float, whole: float) -> str:
    return f"{share / whole:+.1%}" if whole else ""


def _row(word: str, reason: Reason, whole: float) -> list[Any]:
    viewers = "" if reason.viewers is None else f"{reason.viewers:,}"
    stars = "" if reason.stars is None else f"{reason.stars:g}"
    return [word, reason.title, stars, _part(reason.share, whole), f"{reason.share:+.3f}", viewers]


def _shared(explanation: Explanation, top: int) -> None:
    """What the person's movies that share something with the item add together."""
    rows: list[list[object]] = [
        [f"your {len(group.reasons):,} {group.label}", _named(group.reasons), f"{group.share:+.3f}"]
        for group in explanation.shared[:top]
    ]
    if rows:
        caption = "a movie counts in each of its groups, so they do not add up"
        print_table("Together", ["what they share with it", "movies", "adds"], rows, caption)


def _named(reasons: Sequence[Reason]) -> str:
    titles = "; ".join(f"{reason.title} {reason.share:+.3f}" for reason in reasons[:_MAX_NAMED])
    return titles if len(reasons) <= _MAX_NAMED else f"{titles}; {len(reasons) - _MAX_NAMED:,} more"


def _groups(explanation: Explanation, by: By, top: int) -> None:
    groups = list(explanation.grouped(by).items())
    if groups:
        rows: list[list[object]] = [[name, f"{share:+.3f}"] for name, share in groups[:top]]
        if len(groups) > top:
            rows.append([f"{len(groups) - top} others", f"{sum(share for _, share in groups[top:]):+.3f}"])
        print_table(f"The same by {by}", [by, "adds"], rows)
