"""Answers in words, for an assistant that reads no structured content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reelgraph.serve.api.responses import (
    ExplanationResponse,
    GroupListResponse,
    ItemPage,
    RatingReason,
    RecommendationList,
    RecommendedItem,
    WhatIfResponse,
)

_REASONS_SHOWN, _GROUPS_SHOWN = 5, 3


def movie_list(answer: RecommendationList) -> Iterator[str]:
    """One line a movie."""
    yield from map(_listed, answer.items)
    if not answer.items and not answer.note:
        yield "no movie fits"
    if answer.note:
        yield answer.note


def item_page(answer: ItemPage) -> Iterator[str]:
    """One line a movie."""
    if answer.near:
        yield "no title has these words; these are similar:"
    for item in answer.items:
        genres = f", {', '.join(item.genres)}" if item.genres else ""
        yield f"{_title(item.title)}, id {item.item_id}{genres}"
    yield f"{answer.total:,} movies found"


def explanation(answer: ExplanationResponse) -> Iterator[str]:
    """Why a movie has its score."""
    stars = "" if answer.stars is None else f", {answer.stars:.1f} stars expected"
    yield f"{_title(answer.title)}, id {answer.item_id}: {answer.unit} {answer.score:.3f}{stars}"
    if answer.sentence:
        yield answer.sentence
    shown = answer.reasons[:_REASONS_SHOWN]
    yield from (f"{reason.share:+.3f} {_rated(reason)}" for reason in shown)
    if answer.method == "sum":
        rest = answer.score - sum(reason.share for reason in shown)
        yield f"{rest:+.3f} all else; together {answer.score:.3f}"
    yield from (
        f"{group.share:+.3f} is of {group.count} {_title(group.label)}" for group in answer.shared[:_GROUPS_SHOWN]
    )
    if answer.note:
        yield answer.note


def group_list(answer: GroupListResponse) -> Iterator[str]:
    """One line a movie with its place for each person, and what each gives up."""
    for line in answer.items:
        places = ", ".join(f"{opinion.name}'s number {opinion.rank}" for opinion in line.opinions)
        yield f"{line.rank}. {_title(line.title)}, id {line.item_id}: {places}"
    if not answer.items and not answer.note:
        yield "no movie fits"
    losses = ", ".join(f"{person.name} {round(person.loss, 2) + 0.0:.2f}" for person in answer.people)
    yield f"given up for it ({answer.unit}): {losses}"
    if answer.note:
        yield answer.note


def what_if(answer: WhatIfResponse) -> Iterator[str]:
    """The list with the changes, and what moved."""
    yield from movie_list(answer.after)
    moved = [f"{_title(move.title)} {_place(move.before)} to {_place(move.after)}" for move in answer.moves]
    yield f"moved: {'; '.join(moved)}" if moved else "nothing moved"


def _listed(line: RecommendedItem) -> str:
    text = f"{line.rank}. {_title(line.title_local or line.title)}, id {line.item_id}"
    if line.stars is not None:
        text += f": {line.stars:.1f} stars expected"
    if line.low is not None and line.high is not None:
        text += f", {line.low:.1f} to {line.high:.1f} with a probability of 80 %"
    return f"{text}; {line.reasons.sentence}" if line.reasons is not None and line.reasons.sentence else text


def _rated(reason: RatingReason) -> str:
    verb = "seen" if reason.stars is None else f"given {reason.stars:g} stars"
    return f"{_title(reason.title)} ({verb})"


def _place(rank: int | None) -> str:
    return "not listed" if rank is None else f"number {rank}"


def joined(notes: Sequence[str], lines: Iterator[str]) -> str:
    """The text of an answer: what was guessed, then its lines."""
    return "\n".join([*notes, *lines])


def _title(title: str) -> str:
    """On one line: titles are other people's text."""
    return " ".join(title.split())
