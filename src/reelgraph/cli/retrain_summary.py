"""How a retraining or an update looks in the shell."""

from __future__ import annotations

from pathlib import Path

import typer

from reelgraph.cli.output import err, print_table
from reelgraph.cli.retrain_options import REFUSED
from reelgraph.core import AnyArray, whole_number
from reelgraph.core.display import counted
from reelgraph.data import ExtendedDataset
from reelgraph.retraining import GateResult, GuestReport, record_path

_SHOWN = 5  # ids that are named


def join_summary(joined: ExtendedDataset, n_new_movies: int) -> str:
    """How the ratings of the store were joined to the data set."""
    parts = [f"{counted(joined.added, 'rating')} of the store, {joined.replaced:,} in place of another"]
    parts += [f"{joined.rounded:,} set to the nearest step of the scale"] if joined.rounded else []
    parts += [f"{counted(n_new_movies, 'movie')} added"] if n_new_movies else []
    if joined.untitled:
        examples = ", ".join(joined.untitled[:_SHOWN]) + (", ..." if len(joined.untitled) > _SHOWN else "")
        parts.append(f"{len(joined.untitled):,} of them known by their id alone: {examples}")
    parts += [f"{joined.unknown:,} of unknown movies left out"] if joined.unknown else []
    return "; ".join(parts)


def text_id_notes(what: str, before: AnyArray, after: AnyArray) -> list[str]:
    """That ids have become text, one sentence; empty where they have not.

    Args:
        what: has the ids, such as "movies".
        before: ids ``(n,)``.
        after: ids ``(m,)`` with added ones.
    """
    if not len(before) or before.dtype.kind == "U" or after.dtype.kind != "U":
        return []
    example = next((item_id for item_id in after.tolist() if whole_number(item_id) is None), None)
    reason = "" if example is None else f", for {example!r} is not a number"
    return [f"the ids of all {what} are text from now on, {str(before[0])!r} in place of {before[0]}{reason}"]


def guest_summary(guests: GuestReport) -> list[str]:
    """Which ratings of guests do not count; empty if all do."""
    parts = []
    if guests.waiting:
        parts.append(
            f"{guests.waiting:,} of {guests.guests:,} guests must wait, "
            f"with {counted(guests.waiting_ratings, 'rating')}"
        )
    if guests.held_over:
        as_before = f", {guests.as_before:,} of which count as they were" if guests.as_before else ""
        held_over = (
            f"{counted(guests.held_over, 'rating')} of guests beyond the limit of {counted(guests.movies, 'movie')}"
        )
        parts.append(f"{held_over} held over{as_before}")
    return parts


def show_gate(gate: GateResult | None, outcome: str) -> None:
    """The figures of both bundles, or that there are none."""
    if gate is None:
        if outcome == "not compared":
            err.print("not compared with the bundle in use: too few ratings that neither has learnt from")
        return
    rows = [
        [
            figure.metric,
            f"{figure.in_use:.4f}",
            f"{figure.new:.4f}",
            str(figure.difference),
            "worse" if figure.is_worse else "ok",
        ]
        for figure in gate.figures
    ]
    sizes = f"{counted(gate.ratings, 'rating')} of {counted(gate.people, 'person')}"
    caption = f"{sizes} that neither has learnt from; 95 % intervals"
    print_table("Gate", ["metric", "in use", "new", "difference", ""], rows, caption)


def stop_if_refused(bundle: Path, gate: GateResult | None, outcome: str) -> None:
    """Say why the new bundle is refused, in one line, and exit with the code for it; nothing for other outcomes."""
    if outcome != "refused":
        return
    figures = [] if gate is None else [str(figure) for figure in gate.figures if figure.is_worse]
    reason = f"the new bundle is refused, the one in use stays: {'; '.join(figures)} (--force replaces it)"
    err.print(f"error: {bundle}: {reason}; see {record_path(bundle)}", soft_wrap=True)
    raise typer.Exit(REFUSED)
