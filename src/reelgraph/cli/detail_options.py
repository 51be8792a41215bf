"""Options of filters by what `reelgraph data enrich` adds."""

from __future__ import annotations

from typing import Annotated

import typer

Directors = Annotated[
    list[str] | None, typer.Option("--director", help="Directed by this person; may be repeated: any of them.")
]
Cast = Annotated[list[str] | None, typer.Option("--cast", help="This person plays in it; several: all of them.")]
FilmLanguages = Annotated[
    list[str] | None,
    typer.Option("--film-language", help="Spoken in this language, such as fr or French; may be repeated."),
]
Countries = Annotated[
    list[str] | None, typer.Option("--country", help="Made in this country, such as FR or France; may be repeated.")
]
WholeSeries = Annotated[
    bool, typer.Option("--whole-series", help="List all films of a series, not only the next one for the person.")
]
