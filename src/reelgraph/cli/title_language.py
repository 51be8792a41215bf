"""``--language``: titles as they are called somewhere else."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Annotated

import typer

from reelgraph.core import Recommendations
from reelgraph.core.errors import CapabilityError, ConfigError
from reelgraph.core.languages_and_countries import LANGUAGE_NAMES, language_code
from reelgraph.recommend import Recommender

TitleLanguage = Annotated[
    str | None,
    typer.Option("--language", metavar="LANGUAGE", help="Titles in this language where known, such as de or German."),
]


def local_titles(
    recommender: Recommender, recommendations: Recommendations, language: str | None
) -> Sequence[str] | None:
    """The title of each line in a language, "" where it is not known; None where no language is asked for.

    Raises:
        ConfigError: there is no such language.
        CapabilityError: the catalogue has no titles whose languages are known.
    """
    if language is None:
        return None
    code, catalogue = language_code(language), recommender.catalogue
    if code not in LANGUAGE_NAMES:
        raise ConfigError("--language", f"{language!r} is no language: expected a name or code, such as German or de")
    if not any(catalogue.title_languages):
        raise CapabilityError("the languages of titles are not known", "add them: reelgraph data enrich, then train")
    rows = recommender.items.rows([line.item_id for line in recommendations]).tolist()
    return [catalogue.local_title(row, code) for row in rows]


def with_titles(recommendations: Recommendations, titles: Sequence[str] | None) -> Recommendations:
    """The lines with these titles, and their years, in place of those of the catalogue where they are not ""."""
    lines = [
        dataclasses.replace(line, title=f"{title} ({line.year})" if line.year else title) if title else line
        for line, title in zip(recommendations, titles or [""] * len(recommendations), strict=True)
    ]
    return Recommendations(tuple(lines), recommendations.answered_by, recommendations.note)
