"""``--words``: a phrase in place of options, and what was understood of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from reelgraph.cli.output import out
from reelgraph.recommend import ParsedPhrase, Recommender, parse_phrase
from reelgraph.recommend.weighted_history import WeightedHistory

Words = Annotated[
    str | None,
    typer.Option("--words", metavar="TEXT", help='What to list, as "90s thrillers like Heat, not too long".'),
]


def understood(recommender: Recommender, words: str | None, history: WeightedHistory) -> ParsedPhrase:
    """What a phrase asks for; nothing where there is none.

    Raises:
        ConfigError: the phrase is too long, or nothing of it is understood.
    """
    if words is None:
        return ParsedPhrase("")
    parsed = parse_phrase(recommender, words, history=history)
    parsed.require_something()
    return parsed


def print_understood(parsed: ParsedPhrase) -> None:
    """One line of what was understood, and one of each part that was not."""
    out.print(f"understood: {'; '.join(chip.meaning for chip in parsed.understood)}", soft_wrap=True, markup=False)
    for words in parsed.not_understood:
        out.print(f"not understood: {words}", soft_wrap=True, markup=False)


def words_record(parsed: ParsedPhrase) -> dict[str, Any]:
    """What was understood of a phrase and what was not, for JSON."""
    return {
        "understood": [{"kind": chip.kind, "words": chip.words, "meaning": chip.meaning} for chip in parsed.understood],
        "not_understood": [{"words": words.words, "reason": words.reason} for words in parsed.not_understood],
    }
