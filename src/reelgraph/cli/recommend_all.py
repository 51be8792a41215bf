"""``reelgraph recommend --all``: the lists of everybody whom a bundle knows, in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reelgraph.bundle import Bundle
from reelgraph.cli.item_names import filters_by_id
from reelgraph.cli.output import out, print_json, progress_bar
from reelgraph.cli.table_files import require_table_path, write_tables
from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Filters, Order, Recommender
from reelgraph.recommend.batch_lists import BATCH_SIZE

All = Annotated[bool, typer.Option("--all", help="Lists for all users of the bundle, written to --out.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="With --all: user_id,item_id,score,rank as .parquet, .csv or .tsv."),
]


_PERSON_OPTIONS = (
    "user", "ratings", "diversity", "calibration", "niche", "bold", "mute", "damp", "stars", "not_interested",
    "seen_weight", "profile", "loves_genre", "letterboxd",
)  # fmt: skip


def write_all(
    context: typer.Context, bundle: Path, k: int, filters: Filters, path: Path | None, as_json: bool, order: Order
) -> None:
    """Write the lists of all users of a bundle.

    Args:
        context: of the verb; none of the options of one person may be given.
        bundle: the folder.
        k: length of the lists.
        filters: which items may be listed.
        path: the file, replaced when all lists are written.
        as_json: report as JSON.
        order: of the lists.

    Raises:
        ConfigError: no file is named, an option of one person is given, or ``--out`` without ``--all``.
    """
    if not context.params["everybody"]:
        raise ConfigError("--out", "is the file of the lists of all users: give --all, too")
    for name in _PERSON_OPTIONS:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(option, "is for one person at a time; --all takes a number of movies and filters")
    if path is None:
        raise ConfigError("--all", "needs a file for the lists: --out lists.parquet (or .csv, .tsv)")
    require_table_path(path)
    recommender = Recommender(Bundle.load(bundle))
    filters = filters_by_id(filters, recommender)
    counts = {"users": len(recommender.users), "rows": 0}
    with progress_bar() as progress:
        write_tables(path, _tables(recommender, k, filters, order, counts, progress))
    if as_json:
        print_json({"out": str(path), **counts, "answered_by": recommender.scorer.kind})
    else:
        out.print(f"wrote {path}: {counts['rows']:,} rows, lists of {counts['users']:,} users", soft_wrap=True)


def _tables(
    recommender: Recommender,
    k: int,
    filters: Filters,
    order: Order,
    counts: dict[str, int],
    progress: ProgressCallback | None,
) -> Iterator[Mapping[str, Any]]:
    """The columns of each batch of lists; ``counts`` gets the number of rows."""
    n_done = 0
    for table in recommender.recommend_batches(k, filters, order=order):
        counts["rows"] += len(table)
        n_done = min(n_done + BATCH_SIZE, counts["users"])
        if progress is not None:
            progress(Progress("recommend", n_done, counts["users"], "users"))
        yield table.to_dict()
