"""``reelgraph ask``: what to ask a new person, and their answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.bundle import Bundle
from reelgraph.cli.files import require_writable, write
from reelgraph.cli.item_names import item_named
from reelgraph.cli.options import BundlePath, Json
from reelgraph.cli.output import err, out, print_json, print_table
from reelgraph.cli.person_options import OwnFile, SeenWeight, own_ratings
from reelgraph.core import RatingScale
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Question, Recommender, next_questions

_VIEW = 1.0  # the rating that stands for a view


def ask(
    bundle: BundlePath,
    ratings: OwnFile = None,
    not_seen: Annotated[
        list[str] | None, typer.Option("--not-seen", metavar="ITEM", help="A movie not seen; may be repeated.")
    ] = None,
    k: Annotated[int, typer.Option("-k", "--count", min=1, help="Questions, or with --out answers.")] = 5,
    out_path: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Ask interactively, and write the answers to this file."),
    ] = None,
    seen_weight: SeenWeight = None,
    as_json: Json = False,
) -> None:
    """List the movies whose ratings would tell most about a person, or ask for them: a start for someone new.

    The best question brings most to the list and to the predicted stars together. Needs a model that can tell (the
    default blend, graph-filter, bayes-gcn or gcn).

    Examples:
      reelgraph ask out/sample -k 5

      reelgraph ask out/sample --out mine.csv -k 10
    """
    require_writable(out_path)
    recommender = Recommender(Bundle.load(bundle), seen_weight=seen_weight)
    ratings_by_item: dict[int | str, float] = {}
    seen: tuple[int | str, ...] = ()
    if ratings is not None:
        person, seen, _ = own_ratings(ratings, recommender.bundle)
        ratings_by_item = dict(person)
    unseen = [item_named(recommender, name) for name in not_seen or ()]
    if out_path is not None:
        if as_json:
            raise ConfigError("--out", "is interactive and cannot be combined with --json")
        if recommender.scale is None:
            ratings_by_item, seen = dict.fromkeys(seen, _VIEW), ()
        answers = _interview(recommender, ratings_by_item, seen, unseen, k)
        noun = ("movie seen", "movies seen") if recommender.scale is None else ("rating", "ratings")
        if recommender.scale is None:
            answers, seen = {}, tuple(answers)
        _write(out_path, answers, [item for item in seen if item not in {*answers, *unseen}])
        n_answers = len(answers or seen)
        out.print(f"{counted(n_answers, *noun)} in {out_path}; next: reelgraph recommend {bundle} --ratings {out_path}")
        return
    history = recommender.history_for(ratings_by_item, seen=seen)
    questions = next_questions(recommender, history, k, not_seen=unseen)
    if as_json:
        print_json([dataclasses.asdict(question) for question in questions])
        return
    _table(questions, with_stars=recommender.scale is not None)


def _table(questions: Sequence[Question], *, with_stars: bool) -> None:
    max_worth = max((question.worth for question in questions), default=0.0) or 1.0
    rows = [
        [
            str(question.item_id),
            question.title,
            f"{question.worth / max_worth:.2f}",
            *([f"{question.gain:.3f}"] if with_stars else []),
            f"{question.chance:.2f}",
        ]
        for question in questions
    ]
    if with_stars:
        caption = (
            "worth: what the answer would bring to list and stars together, the first being 1; stars: share of the "
            "uncertainty about stars that it would remove"
        )
    else:
        caption = "worth: what the answer would bring to the list, the first being 1"
    columns = ["item_id", "title", "worth", *(["stars"] if with_stars else []), "chance of having seen it"]
    print_table("What to ask next", columns, rows, caption)


def _interview(
    recommender: Recommender,
    answers: dict[int | str, float],
    seen: Collection[int | str],
    unseen: list[int | str],
    count: int,
) -> dict[int | str, float]:
    """Ask until so many are answered, nothing is left to ask about, or the person has enough or breaks off.

    Raises:
        typer.Abort, KeyboardInterrupt: broken off before the first answer.
    """
    before = len(answers)
    scale = recommender.scale
    first = "y: seen" if scale is None else f"stars from {scale.low:g} to {scale.high:g}"
    out.print(f"{first}; enter: not seen; q: enough")
    try:
        while len(answers) < before + count and _ask_one(recommender, answers, seen, unseen):
            pass
    except (typer.Abort, KeyboardInterrupt):  # Ctrl-C, or the input has ended
        if len(answers) == before:
            raise
        out.print()
    return answers


def _ask_one(
    recommender: Recommender, answers: dict[int | str, float], seen: Collection[int | str], unseen: list[int | str]
) -> bool:
    """Ask one question and note the answer; False when nothing is left to ask about, or the person has enough."""
    questions = next_questions(recommender, recommender.history_for(answers, seen=seen), 1, not_seen=unseen)
    if not questions:
        return False
    text = typer.prompt(questions[0].title, default="", show_default=False).strip()
    if text.casefold() == "q":
        return False
    value = _view(text) if recommender.scale is None else _stars(text, recommender.scale)
    if value is None:
        unseen.append(questions[0].item_id)
    elif value >= 0:
        answers[questions[0].item_id] = value
    return True


def _view(text: str) -> float | None:
    """Whether a movie was seen; None for not, -1 (and a word on stderr) for an answer that makes no sense."""
    if not text or text.casefold() in ("n", "no"):
        return None
    if text.casefold() in ("y", "yes"):
        return _VIEW
    err.print(f"{text!r} is neither y nor n")
    return -1.0


def _stars(text: str, scale: RatingScale) -> float | None:
    """The stars of an answer; None for not seen, -1 (and a word on stderr) for one that makes no sense."""
    if not text:
        return None
    try:
        stars = float(text.replace(",", "."))
    except ValueError:
        stars = -1.0
    if scale.low <= stars <= scale.high:
        return stars
    err.print(f"{text!r} is not from {scale.low:g} to {scale.high:g}")
    return -1.0


def _write(path: Path, answers: Mapping[int | str, float], seen: Sequence[int | str]) -> None:
    """Answers as item_id,rating, and movies seen but not rated; those not seen are left out."""
    lines = [
        "item_id,rating",
        *(f"{item},{stars:g}" for item, stars in answers.items()),
        *(f"{item}," for item in seen),
    ]
    write(path, ("\n".join(lines) + "\n").encode())
