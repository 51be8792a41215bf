"""Options of filters by what `reelgraph data enrich` adds."""

from __future__ import annotations

from typing import Annotated

import typer

Directors = Annotated[
    list[str] | None, typer.Option("--director", help="Directed by this person, or by another that is named so.")
]
Cast = Annotated[list[str] | None, typer.Option("--cast", help="This person plays in it; several: all of them.")]
FilmLanguages = Annotated[
    list[str] | None,
    typer.Option("--film-language", help="Spoken in it, such as fr or French, or another that is named so."),
]
Countries = Annotated[
    list[str] | None, typer.Option("--country", help="Made there, such as FR or France, or another that is named so.")
]
WholeSeries = Annotated[
    bool, typer.Option("--whole-series", help="All films of a series, not the next one for the person alone.")
]
