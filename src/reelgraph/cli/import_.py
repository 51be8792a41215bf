"""``reelgraph import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelgraph import importers
from reelgraph.bundle import Bundle
from reelgraph.cli.files import require_distinct, require_writable, write
from reelgraph.cli.options import Json, bundle_to_read
from reelgraph.cli.output import out, print_json, print_table
from reelgraph.core import RatingScale
from reelgraph.core.display import counted
from reelgraph.importers import ImportedMovie, ImportResult

_SHOWN = 10  # doubtful films in the table
_EXPORT_HELP = "An export of Letterboxd, IMDb, Trakt, Netflix or another service, or a table or list of your own."
_COLUMNS_HELP = f"Columns of a table: {', '.join(importers.COLUMN_ROLES)}."

Export = Annotated[Path, typer.Argument(metavar="EXPORT", help=_EXPORT_HELP)]
WatchlistFile = Annotated[
    Path | None, typer.Option("--watchlist", metavar="FILE", help="Write the watchlist too, one item id a line.")
]
DoubtfulFile = Annotated[
    Path | None, typer.Option("--doubtful", metavar="FILE.csv", help="Write the doubtful films, to be settled.")
]
ConfirmedFile = Annotated[
    Path | None, typer.Option("--confirm", metavar="FILE.csv", help="The doubtful films, settled: item_id filled in.")
]
FileScale = Annotated[
    str | None,
    typer.Option("--scale", metavar="LOW:HIGH[:STEP]", help="Scale of the ratings in the file, if it does not tell."),
]
FileColumns = Annotated[str | None, typer.Option("--columns", metavar="ROLE=NAME,...", help=_COLUMNS_HELP)]
ProfileName = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Whose rows to read, if the file is of several people.")
]


def import_(
    export: Export,
    bundle: Annotated[
        Path,
        typer.Option(
            "--bundle", metavar="BUNDLE", parser=bundle_to_read, help="Bundle whose movies the export is matched to."
        ),
    ],
    out_path: Annotated[Path, typer.Option("--out", metavar="FILE.csv", help="Ratings to write.")],
    watchlist: WatchlistFile = None,
    doubtful: DoubtfulFile = None,
    confirm: ConfirmedFile = None,
    scale: FileScale = None,
    columns: FileColumns = None,
    profile: ProfileName = None,
    as_json: Json = False,
) -> None:
    """Turn your own export into ratings that `recommend --ratings` reads.

    Only films that are surely the same are taken. The doubtful are listed with their candidates: write them to a file
    with --doubtful, fill in item_id ("-" for none of them), and give it back with --confirm. Nothing is sent anywhere.

    Examples:
      reelgraph import letterboxd.zip --bundle out/ml-1m --out mine.csv --watchlist wishes.txt --doubtful open.csv

      reelgraph import letterboxd.zip --bundle out/ml-1m --out mine.csv --confirm open.csv

      reelgraph import my-list.csv --bundle out/ml-1m --out mine.csv --columns title=Film,rating=Note --scale 1:6

      reelgraph recommend out/ml-1m --ratings mine.csv --include wishes.txt
    """
    places = [path for path in (out_path, watchlist, doubtful) if path is not None]
    for path in places:
        require_writable(path)
    require_distinct(*places, read=(export, confirm))
    loaded_bundle = Bundle.load(bundle)
    decisions = importers.read_confirmations(confirm) if confirm else {}
    imported = importers.import_export(
        export,
        loaded_bundle.catalogue,
        confirm=decisions,
        scale=loaded_bundle.scale,
        file_scale=RatingScale.parse(scale) if scale else None,
        columns=importers.parse_columns(columns) if columns else None,
        profile=profile,
        popularity=loaded_bundle.item_statistics.counts.tolist(),
    )
    write(out_path, importers.ratings_csv(imported, loaded_bundle.catalogue))
    if watchlist is not None:
        write(watchlist, importers.watchlist_ids(imported))
    if doubtful is not None:
        write(doubtful, importers.doubtful_csv(imported))
    if as_json:
        print_json({**importers.report_dict(imported), "out": str(out_path)})
        return
    _tables(imported, doubtful)
    out.print(
        f"wrote {', '.join(map(str, places))}; next: reelgraph recommend {bundle} --ratings {out_path}", soft_wrap=True
    )


def _tables(imported: ImportResult, doubtful: Path | None) -> None:
    films = {status: imported.with_status(status) for status in ("matched", "doubtful", "missing")}
    rows: list[list[object]] = [
        ["rated", len(imported.ratings)],
        ["seen, not rated", len(imported.seen)],
        ["on the watchlist", len(imported.watchlist)],
        ["doubtful films, not taken", len(films["doubtful"])],
        ["films not in the catalogue", len(films["missing"])],
        ["repeated rows", imported.repeated],
        *([why, count] for why, count in imported.skipped.items()),
        *([f"matched by: {why}", count] for why, count in imported.reasons().items()),
    ]
    print_table(f"{imported.service}: {counted(imported.rows, 'row')}", ["what", "count"], rows)
    if films["doubtful"]:
        more = len(films["doubtful"]) - _SHOWN
        caption = f"and {more:,} more" if more > 0 else ""
        if doubtful is None:
            caption += f"{'; ' if caption else ''}settle them: --doubtful FILE, then --confirm FILE"
        lines = [[_name(film), film.reason, _candidates(film)] for film in films["doubtful"][:_SHOWN]]
        print_table("Doubtful", ["film", "why", "candidates"], lines, caption)
    if films["missing"]:
        names = "; ".join(map(_name, films["missing"][:_SHOWN]))
        out.print(f"not in the catalogue: {names}{'; ...' if len(films['missing']) > _SHOWN else ''}", soft_wrap=True)
    for note in imported.notes:
        out.print(note, soft_wrap=True)


def _name(film: ImportedMovie) -> str:
    return f"{film.title} ({film.year})" if film.year else film.title


def _candidates(film: ImportedMovie) -> str:
    return "; ".join(f"{item}: {title}" for item, title in film.candidates)
