"""``reelgraph data``: list, get, generate, describe, clean, enrich, convert."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from reelgraph import pipeline
from reelgraph.bundle import require_outside_bundles
from reelgraph.cli.data_enrich import enrich_
from reelgraph.cli.files import require_writable
from reelgraph.cli.interruption import resumable
from reelgraph.cli.options import Columns, Data, FeedbackKind, Json, Scale
from reelgraph.cli.output import err, out, print_json, print_table, progress_bar
from reelgraph.cli.sources import locate, print_notes, read_options
from reelgraph.cli.tables import clean_summary, clean_table
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.data import DATASETS, CleanRules, describe, generate, get, read, write_ratings
from reelgraph.data.read import source_path
from reelgraph.data.write import FORMATS, require_apart, require_format

app = typer.Typer(help="Read, describe, clean, enrich, convert, download and generate ratings.", no_args_is_help=True)
app.command("enrich")(enrich_)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the published data sets that can be downloaded by name.

    Example:
      reelgraph data list
    """
    rows = [[name, info.ratings, round(info.size / 1e6), info.terms] for name, info in DATASETS.items()]
    if as_json:
        print_json([{"name": row[0], "ratings": row[1], "megabytes": row[2], "terms": row[3]} for row in rows])
        return
    print_table("Data sets", ["name", "ratings", "MB", "terms"], rows, "sample: 100,000 ratings, no download")


@app.command("get")
def get_(
    name: Annotated[str, typer.Argument(help="A name from `reelgraph data list`.")], as_json: Json = False
) -> None:
    """Download a data set from GroupLens, check it, and keep it in the local cache.

    Example:
      reelgraph data get ml-latest-small
    """
    with progress_bar() as progress:
        path = get(name, progress=progress)
    if as_json:
        print_json({"name": name, "path": str(path)})
    else:
        out.print(str(path), soft_wrap=True)


@app.command("generate")
def generate_(
    out_path: Annotated[Path, typer.Option("--out", help="The folder, empty or not there yet.")],
    like: Annotated[str, typer.Option(help="The data set whose shape it has.")] = "ml-32m",
    ratings: Annotated[float, typer.Option(help="How many ratings, such as 1e6.")] = 1e6,
    seed: Annotated[int, typer.Option(help="Seed of all random draws; the same seed gives the same bytes.")] = 0,
    as_json: Json = False,
) -> None:
    """Generate ratings with planted tastes, and say what a perfect model could reach on them.

    Example:
      reelgraph data generate --like ml-32m --ratings 1e6 --out generated/
    """
    require_outside_bundles(out_path)
    if not ratings.is_integer():
        raise ConfigError("--ratings", f"{ratings:g} is not a whole number")
    with resumable(lambda: "the same command goes on where this one stopped"), progress_bar() as progress:
        result = generate(like, int(ratings), out_path, seed=seed, progress=progress)
    if as_json:
        print_json(dataclasses.asdict(result))
        return
    rows = [
        ["ratings", f"{result.n_ratings:,}"],
        ["people", f"{result.n_users:,}"],
        ["movies rated", f"{result.n_movies_rated:,} of {result.n_movies:,}"],
        ["tags", f"{result.n_tags:,}"],
        ["noise floor, RMSE", f"{result.rmse_floor:.4f} stars"],
        ["noise floor, MSE", f"{result.mse_floor:.4f} square stars"],
        ["ranking ceiling, NDCG@10", f"{result.ndcg_ceiling:.4f}, standard error {result.ndcg_error:.4f}"],
    ]
    print_table(f"{result.path}: {result.name}", ["what", "value"], rows)


@app.command("describe")
def describe_(
    path: Data, scale: Scale = None, columns: Columns = None, feedback: FeedbackKind = None, as_json: Json = False
) -> None:
    """Count what a data set holds, before any cleaning.

    Example:
      reelgraph data describe ml-1m/
    """
    options = read_options(scale, columns, feedback)
    counts = describe(read(locate(path), scale=options.scale, columns=options.columns, feedback=options.feedback))
    if as_json:
        print_json(counts)
        return
    notes = counts.pop("notes")
    rows = [[key.replace("_", " "), _text(value)] for key, value in counts.items() if (key, value) != ("scale", None)]
    print_table(str(path), ["what", "value"], rows)
    print_notes(notes)


@app.command("clean")
def clean_(
    path: Data,
    out_path: Annotated[
        Path | None, typer.Option("--out", help=f"Write the clean ratings; the name ends in {', '.join(FORMATS)}.")
    ] = None,
    min_user_ratings: Annotated[int, typer.Option(min=1, help="Drop users with fewer ratings (k-core).")] = 1,
    min_item_ratings: Annotated[int, typer.Option(min=1, help="Drop movies with fewer ratings (k-core).")] = 1,
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    as_json: Json = False,
) -> None:
    """Clean ratings and count every step.

    Example:
      reelgraph data clean ratings.csv --out clean.csv
    """
    if out_path is not None:
        _require_place(out_path, path)
    rules = CleanRules(min_user_ratings=min_user_ratings, min_item_ratings=min_item_ratings)
    dataset, report = pipeline.load(locate(path), rules, read_options(scale, columns, feedback))
    notes = () if out_path is None else write_ratings(dataset, out_path)
    if as_json:
        steps = [{"name": s.name, "action": s.action, "count": s.count, "examples": s.examples} for s in report.steps]
        print_json({"rows_in": report.rows_in, "rows_out": report.rows_out, "steps": steps, "notes": report.notes})
    else:
        clean_table(report)
        print_notes([*report.notes, *notes])


@app.command("convert")
def convert(
    path: Data,
    out_path: Annotated[Path, typer.Argument(metavar="OUT", help=f"The file; its name ends in {', '.join(FORMATS)}.")],
    scale: Scale = None,
    columns: Columns = None,
    feedback: FeedbackKind = None,
    as_json: Json = False,
) -> None:
    """Write a data set's ratings for another program: RecBole's .inter, Parquet, CSV or TSV.

    They are cleaned as for `train`; what was dropped is counted on stderr. With .inter the titles, years and genres are
    written beside it, as .item.

    Examples:
      reelgraph data convert ml-1m/ ml-1m.inter

      reelgraph data convert ratings.csv ratings.parquet
    """
    _require_place(out_path, path)
    dataset, report = pipeline.load(locate(path), options=read_options(scale, columns, feedback))
    notes = write_ratings(dataset, out_path)
    if report.dropped:
        err.print(clean_summary(report), soft_wrap=True)
    print_notes([*report.notes, *notes])
    if as_json:
        print_json({"out": str(out_path), "rows_in": report.rows_in, "rows_out": report.rows_out, "notes": notes})
    else:
        out.print(f"wrote {out_path}: {counted(report.rows_out, 'rating')}", soft_wrap=True)


def _require_place(out_path: Path, source: str) -> None:
    """Refuse a file that could not be written, or that is a part of the data set; raises `ConfigError`."""
    require_format(out_path)
    require_writable(out_path)
    located = locate(source)
    if isinstance(located, Path) and located.exists():
        require_apart(out_path, source_path(located))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(entry)}" for key, entry in value.items())
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
