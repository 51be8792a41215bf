"""Records of the films suggested for evenings, and of the links that people made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Outcome = Literal["watched", "not-watched", "later", "passed"]
LinkKind = Literal["list", "device"]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
LINK_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A film suggested for an evening.

    Args:
        user_id: who asked; created if new.
        item_id: the film.
        at: time, Unix seconds UTC.
        mood: that was asked for; "" for any.
        company: number of people who watch, at least 1.
        outcome: ``watched``; ``not-watched``; ``later``: not yet; ``passed``: another film was asked for; None as long
            as nothing is known.
        answered: time of the outcome, Unix seconds UTC; None before.
    """

    user_id: str
    item_id: str
    at: int
    mood: str = ""
    company: int = 1
    outcome: Outcome | None = None
    answered: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a person made, without its token.

    Args:
        link_id: to revoke it with; does not open it.
        user_id: who made it.
        kind: ``list``: shows a list to whoever has the link; ``device``: takes the session to another device, once.
        created: time, Unix seconds UTC.
        expires: time, Unix seconds UTC; from then on the link opens nothing.
        content: JSON values, by kind.
    """

    link_id: str
    user_id: str
    kind: LinkKind
    created: int
    expires: int
    content: Mapping[str, Any] = field(default_factory=dict)
