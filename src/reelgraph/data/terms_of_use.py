"""What the terms of known data sets say of what is made of them."""

from __future__ import annotations

from dataclasses import dataclass

MOVIELENS = "https://grouplens.org/datasets/movielens/"


@dataclass(frozen=True)
class Terms:
    """The terms of a data set, as far as they concern what is made of it, such as a model.

    Args:
        summary: one or two sentences.
        may_be_passed_on: whether they allow to pass it on without asking.
        link: where they are published.
    """

    summary: str
    may_be_passed_on: bool
    link: str


_SHARED = Terms(
    "The ratings are MovieLens data of GroupLens, whose terms allow passing on what is made of them under the same "
    "terms, not for commercial use.",
    True,
    MOVIELENS,
)
_RESEARCH = Terms(
    "The ratings are MovieLens data of GroupLens, whose terms allow research and forbid passing the data on and "
    "commercial use without permission: ask them before you publish what is made of them.",
    False,
    MOVIELENS,
)
_BY_NAME = {"sample": _SHARED, "ml-latest": _SHARED, "ml-": _RESEARCH}


def terms_of(name: str) -> Terms | None:
    """The terms of the data set with this name, as readers give it; None if they are not known.

    The name is that of the layout of the files: whoever publishes compares it with where the files are from.

    Source: README of ml-latest-small (2018), ml-100k and ml-1m.
    """
    return next((terms for prefix, terms in _BY_NAME.items() if name.startswith(prefix)), None)
