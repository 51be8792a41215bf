"""Lists of movies as they are printed: a table with reasons below it, or JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from reelgraph.cli.explain import reasons_record
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.cli.phrases import words_record
from reelgraph.cli.title_language import with_titles
from reelgraph.core import Recommendation, Recommendations
from reelgraph.data.titles.title_parsing import display_title
from reelgraph.recommend import ParsedPhrase, WhatIf
from reelgraph.recommend.explain.reason_sentences import reason_sentence
from reelgraph.recommend.explain.reasons import ChosenReasons

Ids = Annotated[
    bool, typer.Option("--ids", help="Show the ids of the movies too; every verb takes titles in place of them.")
]


@dataclass(frozen=True)
class ListAnswer:
    """A list, and what is said about it.

    Args:
        recommendations: the list.
        head: what every record of the JSON begins with, such as the user.
        title: of the table.
        changed: what the person's changes moved; None without changes.
        reasons: why each movie is listed; None where that was not asked for.
        parsed: the words that asked for the list; None without words.
        local: the title of each movie in another language, "" where unknown; None where none was asked for.
        with_ids: the table has a column of ids.
    """

    recommendations: Recommendations
    head: dict[str, Any]
    title: str
    changed: WhatIf | None = None
    reasons: Sequence[ChosenReasons] | None = None
    parsed: ParsedPhrase | None = None
    local: Sequence[str] | None = None
    with_ids: bool = False

    def print(self, as_json: bool) -> None:
        """One JSON value, or a table with notes and reasons below it."""
        if as_json:
            print_json(self._record())
        else:
            self._print_table()

    def _record(self) -> dict[str, Any]:
        records = as_records(self.recommendations, self.head)
        if self.local is not None:
            titles = zip(records, self.local, strict=True)
            records = [{**record, "title_local": title or None} for record, title in titles]
        if self.reasons is not None:
            records = [{**record, **reasons_record(why)} for record, why in zip(records, self.reasons, strict=True)]
        moves = {} if self.changed is None else {"moved": [dataclasses.asdict(move) for move in self.changed.moves]}
        return {
            "answered_by": self.recommendations.answered_by,
            "note": self.recommendations.note,
            "items": records,
            **moves,
            **({} if self.parsed is None else {"words": words_record(self.parsed)}),
        }

    def _print_table(self) -> None:
        recommendations, changed = with_titles(self.recommendations, self.local), self.changed
        columns, rows = lines(recommendations, self.with_ids)
        if changed is not None:
            before = {line.item_id: str(line.rank) for line in changed.before}
            columns = ["rank", "before", *columns[1:]]
            rows = [
                [row[0], before.get(line.item_id, "-"), *row[1:]]
                for row, line in zip(rows, recommendations, strict=True)
            ]
        if rows:
            print_table(self.title, columns, rows, order_note(recommendations))
        if recommendations.note:
            out.print(recommendations.note)
        if self.reasons:
            _print_reasons(recommendations, self.reasons)
        dropped_titles = [move.title for move in changed.moves if move.after is None] if changed is not None else []
        if dropped_titles:
            out.print(f"no longer in the list: {'; '.join(dropped_titles)}")


def lines(recommendations: Recommendations, with_ids: bool = False) -> tuple[list[str], list[list[object]]]:
    """Columns and rows of a list, for a table; columns of stars and of their spread only where there are such.

    Args:
        recommendations: the list.
        with_ids: a column of item ids too; titles are accepted wherever ids are.
    """
    with_stars = any(line.stars is not None for line in recommendations)
    with_intervals = any(line.low is not None for line in recommendations)
    columns = ["rank", *(["item_id"] if with_ids else []), "title", "genres", "stars" if with_stars else "score"]
    columns += ["80 % within", "likes it"] if with_intervals else []
    rows: list[list[object]] = [
        [
            line.rank,
            *([str(line.item_id)] if with_ids else []),
            f"{line.title}{' · new' if line.new else ''}",
            ", ".join(line.genres),
            _figure(line),
            *(_interval(line) if with_intervals else ()),
        ]
        for line in recommendations
    ]
    return columns, rows


def _interval(line: Recommendation) -> tuple[str, str]:
    """The interval of the stars, and the chance of four fifths of the highest rating or more."""
    if line.low is None or line.high is None or line.liked is None:
        return "-", "-"
    stars = f"{line.low:.1f}" if line.low == line.high else f"{line.low:.1f} to {line.high:.1f}"
    return stars, f"{line.liked:.0%}"


def order_note(recommendations: Recommendations) -> str:
    """What the order follows, where it is not the stars shown."""
    stars = [line.stars for line in recommendations if line.stars is not None]
    scores = [line.score for line in recommendations]
    if stars == sorted(stars, reverse=True) or scores != sorted(scores, reverse=True):  # re-ranked: the note says so
        return ""
    return "in the order of the score of what the person will watch, not of the stars alone"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _figure(line: Recommendation) -> str:
    return f"{line.score:.3f}" if line.stars is None else f"{line.stars:.2f}"


def as_records(recommendations: Recommendations, head: dict[str, Any]) -> list[dict[str, Any]]:
    """JSON-ready lines with the columns ``item_id, score, rank`` and what is known of each movie."""
    return [
        {
            **head,
            "item_id": line.item_id,
            "score": round(line.score, 6),
            "rank": line.rank,
            "title": line.title,
            "year": line.year or None,
            "genres": list(line.genres),
            **{name: _rounded(getattr(line, name)) for name in ("stars", "low", "high", "liked")},
            "new": line.new,
        }
        for line in recommendations
    ]


def _print_reasons(recommendations: Recommendations, reasons: Sequence[ChosenReasons]) -> None:
    """One line a movie with its rank, below the table, where there is room for a sentence."""
    sentences = Table.grid(padding=(0, 1))
    sentences.add_column(justify="right")
    for line, chosen in zip(recommendations, reasons, strict=True):
        sentence = reason_sentence(chosen)
        if sentence:
            title = display_title(line.title) or line.title
            sentences.add_row(str(line.rank), Text.assemble((title, "bold"), f": {sentence}"))
    out.print(sentences)
