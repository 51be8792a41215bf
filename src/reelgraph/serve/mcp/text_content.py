"""Answers in words, for an assistant that reads no structured content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reelgraph.core.display import counted
from reelgraph.serve.api.explanation_responses import ExplanationResponse, WhatIfResponse
from reelgraph.serve.api.group_responses import GroupListResponse
from reelgraph.serve.api.responses import ItemPage, RatingReason, RecommendationList, RecommendedItem

_REASONS_SHOWN, _GROUPS_SHOWN = 5, 3


def movie_list(response: RecommendationList) -> Iterator[str]:
    """One line a movie."""
    yield from map(_listed, response.items)
    if not response.items and not response.note:
        yield "no movie fits"
    if response.note:
        yield response.note


def item_page(response: ItemPage) -> Iterator[str]:
    """One line a movie."""
    if response.near:
        yield "no title has these words; these are similar:"
    for item in response.items:
        genres = f", {', '.join(item.genres)}" if item.genres else ""
        yield f"{_title(item.title)}, id {item.item_id}{genres}"
    yield f"{counted(response.total, 'movie')} found"


def explanation(response: ExplanationResponse) -> Iterator[str]:
    """Why a movie has its score."""
    stars = "" if response.stars is None else f", {response.stars:.1f} stars expected"
    yield f"{_title(response.title)}, id {response.item_id}: {response.unit} {response.score:.3f}{stars}"
    if response.sentence:
        yield response.sentence
    shown = response.reasons[:_REASONS_SHOWN]
    yield from (f"{reason.share:+.3f} {_rated(reason)}" for reason in shown)
    if response.method == "sum":
        remaining_share = response.score - sum(reason.share for reason in shown)
        yield f"{remaining_share:+.3f} all else; together {response.score:.3f}"
    yield from (
        f"{group.share:+.3f} is of {group.count} {_title(group.label)}" for group in response.shared[:_GROUPS_SHOWN]
    )
    if response.note:
        yield response.note


def group_list(response: GroupListResponse) -> Iterator[str]:
    """One line a movie with its place for each person, and what each gives up."""
    for line in response.items:
        places = ", ".join(f"{opinion.name}'s number {opinion.rank}" for opinion in line.opinions)
        yield f"{line.rank}. {_title(line.title)}, id {line.item_id}: {places}"
    if not response.items and not response.note:
        yield "no movie fits"
    losses = ", ".join(f"{person.name} {round(person.loss, 2) + 0.0:.2f}" for person in response.people)
    yield f"given up for it ({response.unit}): {losses}"
    if response.note:
        yield response.note


def what_if(response: WhatIfResponse) -> Iterator[str]:
    """The list with the changes, and what moved."""
    yield from movie_list(response.after)
    moved = [f"{_title(move.title)} {_place(move.before)} to {_place(move.after)}" for move in response.moves]
    yield f"moved: {'; '.join(moved)}" if moved else "nothing moved"


def _listed(line: RecommendedItem) -> str:
    text = f"{line.rank}. {_title(line.title_local or line.title)}, id {line.item_id}"
    if line.stars is not None:
        text += f": {line.stars:.1f} stars expected"
    if line.low is not None and line.high is not None:
        text += f", {line.low:.1f} to {line.high:.1f} with a probability of 80 %"
    return f"{text}; {line.reasons.sentence}" if line.reasons is not None and line.reasons.sentence else text


def _rated(reason: RatingReason) -> str:
    verb = "seen" if reason.stars is None else f"given {counted(reason.stars, 'star')}"
    return f"{_title(reason.title)} ({verb})"


def _place(rank: int | None) -> str:
    return "not listed" if rank is None else f"number {rank}"


def joined(notes: Sequence[str], lines: Iterator[str]) -> str:
    """The text of an answer: what was guessed, then its lines."""
    return "\n".join([*notes, *lines])


def _title(title: str) -> str:
    """On one line: titles are other people's text."""
    return " ".join(title.split())
