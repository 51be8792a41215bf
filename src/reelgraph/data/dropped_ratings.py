"""What to say if cleaning drops most of the ratings: an error or a warning, with the reason and the way out."""

from __future__ import annotations

from collections.abc import Mapping

from reelgraph.core import CleanReport, CleanStep
from reelgraph.core.display import counted
from reelgraph.core.errors import DataFormatError
from reelgraph.data.clean_steps import (
    BAD_RATINGS,
    FEW_ITEM,
    FEW_USER,
    MISSING,
    OFF_SCALE,
    OFF_STEP,
    REPEATED_PAIRS,
    REPEATED_ROWS,
)

_WITHOUT_TIMES = "read without times (--columns timestamp=, in Python columns={'timestamp': ''})"
_LOOK = "see them with: reelgraph data clean PATH"
_HINTS: Mapping[str, str] = {
    OFF_SCALE: "set the scale: --scale LOW:HIGH[:STEP], in Python scale=rg.RatingScale(low, high, step)",
    OFF_STEP: "set the scale, without a step for continuous ratings: --scale LOW:HIGH, in Python "
    "scale=rg.RatingScale(low, high)",
    BAD_RATINGS: "name the column of the ratings: --columns rating=NAME, in Python columns={'rating': 'NAME'}",
    MISSING: "name the columns: --columns user=NAME,item=NAME,rating=NAME, in Python columns={'rating': 'NAME'}",
    REPEATED_PAIRS: "the latest rating of each (user, movie) pair is kept",
    REPEATED_ROWS: "the first of equal rows is kept",
}
"""What to do if most rows are dropped in a step."""


def require_rows(report: CleanReport, source: str) -> None:
    """Check that ratings are left, and that not most of them are off the scale.

    Args:
        report: of cleaning.
        source: the file or table, for the message.

    Raises:
        DataFormatError: all ratings were dropped, but not for a k-core, or more than half are off the scale.
    """
    is_k_core = report.count(FEW_USER) + report.count(FEW_ITEM) > 0
    is_empty = report.rows_in > 0 and report.rows_out == 0 and not is_k_core
    if not is_empty and 2 * (report.count(OFF_SCALE) + report.count(OFF_STEP)) <= report.rows_in:
        return
    step = _main_step(report)
    remaining = "no rating is left" if is_empty else f"only {counted(report.rows_out, 'rating is', 'ratings are')} left"
    example = f" ({step.examples[0]})" if step.examples else ""
    raise DataFormatError(
        source,
        f"{remaining} of {report.rows_in:,}: {step.name} {step.count:,}{example}",
        hint=_advice(step),
    )


def dropped_notes(report: CleanReport) -> tuple[str, ...]:
    """A warning if more than half of the ratings were dropped, with the main reason and what to do about it.

    Rows dropped for a k-core do not count: they are as many as the rules say.
    """
    n_dropped = report.dropped - report.count(FEW_USER) - report.count(FEW_ITEM)
    if 2 * n_dropped <= report.rows_in:
        return ()
    step = _main_step(report)
    text = f"WARNING: {n_dropped:,} of {counted(report.rows_in, 'rating')} were dropped, {step.count:,} for {step.name}"
    return (f"{text}; {_advice(step)}",)


def with_other_scale_advice(text: str, advice: str) -> str:
    """The hint of an error, or a note, of cleaning with other advice in the place of that to set the scale.

    Args:
        text: of the hint or the note.
        advice: what to do where no other scale can be set.
    """
    return text.replace(_HINTS[OFF_SCALE], advice).replace(_HINTS[OFF_STEP], advice)


def advice_on_times(unreadable: int, negative: int, early: int, latest: int | None) -> str:
    """What to do about impossible times, by what most of them are.

    Args:
        unreadable: number of those that are no times.
        negative: number of those before 1970.
        early: number of the others before the earliest that the rules allow.
        latest: the last one, Unix seconds; None where most are not in the future.
    """
    if latest is not None:
        return f"{_WITHOUT_TIMES}, or set rg.CleanRules(latest={latest})"
    if early >= max(unreadable, negative):
        return f"{_WITHOUT_TIMES}, or set rg.CleanRules(earliest=0)"
    if negative >= unreadable:
        return f"{_WITHOUT_TIMES}: times before 1970 cannot be kept"
    return f"{_WITHOUT_TIMES}, or write them as Unix seconds or as dates such as 2024-01-25"


def _advice(step: CleanStep) -> str:
    return step.advice or _HINTS.get(step.name, _LOOK)


def _main_step(report: CleanReport) -> CleanStep:
    """The step that dropped most."""
    steps = [step for step in report.steps if step.action == "dropped" and step.name not in (FEW_USER, FEW_ITEM)]
    return max(steps, key=lambda step: step.count)
