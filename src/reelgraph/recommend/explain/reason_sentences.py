"""Chosen reasons as sentences for people."""

from __future__ import annotations

from reelgraph.core.display import counted
from reelgraph.data.titles.title_parsing import display_title
from reelgraph.recommend.explain.reasons import ChosenReasons, LowRatingsEffect, Reason, ReasonGroup

_MAX_EXAMPLES = 2  # movies of a group that are named


def reason_sentence(chosen: ChosenReasons) -> str:
    """Why an item suits a person, in one sentence; "" where nothing is known.

    Examples:
        >>> heat = Reason(6, "Heat (1995)", 5.0, 0.5)
        >>> reason_sentence(ChosenReasons((ReasonGroup("movie", "", 0, (heat,), 0.8),)))
        'because you gave Heat 5 stars'
        >>> to_collateral = Reason(6, "Heat (1995)", 5.0, 0.5, went_on=41)
        >>> reason_sentence(ChosenReasons((ReasonGroup("movie", "", 0, (to_collateral,), 0.8),)))
        'because you gave Heat 5 stars; after Heat 41 people went on to it'
        >>> reason_sentence(ChosenReasons((), (Reason(7, "Speed (1994)", 1.0, 0.2),)))
        'people who watch it often watched movies that you rated low: you gave Speed 1 star'
    """
    although = f"although you {_what_they_did(chosen.although)}" if chosen.although else ""
    if not chosen.because:
        speaking = [reason for reason in chosen.although if reason.share > 0]
        if speaking:
            return f"people who watch it often watched movies that you rated low: you {_what_they_did(speaking)}"
        return f"none of the movies you liked speaks for it; it is here {although}" if although else ""
    group = chosen.because[0]
    if group.kind == "movie":
        singles = [single.reasons[0] for single in chosen.because]
        because = f"because you {_what_they_did(singles)}{_went_on(singles)}"
    else:
        because = f"because of {_group_in_words(group)}"
    return f"{because}, {although}" if although else because


def low_ratings_sentence(effect: LowRatingsEffect | None) -> str:
    """What a person's low ratings do to the predicted stars, in one sentence; "" for None.

    Examples:
        >>> low_ratings_sentence(LowRatingsEffect(2, 3.61, 3.94))
        'your 2 low ratings lower its predicted stars from 3.9 to 3.6'
        >>> low_ratings_sentence(LowRatingsEffect(1, 3.61, 3.63))
        'your low rating leaves its predicted stars at 3.6'
    """
    if effect is None:
        return ""
    stars, stars_without = f"{effect.stars:.1f}", f"{effect.stars_without:.1f}"
    is_one = effect.n_ratings == 1
    subject = "your low rating" if is_one else f"your {effect.n_ratings:,} low ratings"
    if stars == stars_without:
        return f"{subject} {'leaves' if is_one else 'leave'} its predicted stars at {stars}"
    verb = "lower" if effect.stars < effect.stars_without else "raise"
    return f"{subject} {verb}{'s' if is_one else ''} its predicted stars from {stars_without} to {stars}"


def _group_in_words(group: ReasonGroup) -> str:
    examples = " and ".join(_title(reason) for reason in group.reasons[:_MAX_EXAMPLES])
    verb = "watched" if all(reason.stars is None for reason in group.reasons) else "liked"
    names = examples if len(group.reasons) <= _MAX_EXAMPLES else f"such as {examples}"
    number = f"{len(group.reasons):,} {group.label} that you {verb}, {names}"
    return f"{number} (together {group.portion:.0%} of what your movies add)"


def _went_on(reasons: list[Reason]) -> str:
    """How many people went on to the item from the first movie of which that is known."""
    for reason in reasons:
        if reason.went_on is not None:
            return f"; after {_title(reason)} {counted(reason.went_on, 'person')} went on to it"
    return ""


def _what_they_did(reasons: list[Reason] | tuple[Reason, ...]) -> str:
    """What the person did with the movies: "gave Heat 5 stars and Speed 4 stars and watched Up"."""
    parts, verb = [], ""
    for reason in reasons:
        new_verb = "watched" if reason.stars is None else "gave"
        stars = "" if reason.stars is None else f" {counted(reason.stars, 'star')}"
        parts.append(f"{'' if new_verb == verb else f'{new_verb} '}{_title(reason)}{stars}")
        verb = new_verb
    return " and ".join(parts)


def _title(reason: Reason) -> str:
    return display_title(reason.title) or reason.title
