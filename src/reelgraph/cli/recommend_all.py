"""``reelgraph recommend --all``: the lists of everybody whom a bundle knows, in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reelgraph.bundle import Bundle
from reelgraph.bundle.plugin_scorers import manifest_entries
from reelgraph.cli.engine_options import EngineChoice
from reelgraph.cli.files import require_distinct
from reelgraph.cli.options import refuse_given
from reelgraph.cli.output import out, print_json, progress_bar
from reelgraph.cli.table_files import require_table_path, write_tables
from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.display import counted
from reelgraph.core.errors import ConfigError
from reelgraph.recommend import Filters, Order, Recommender
from reelgraph.recommend.batch_lists import BATCH_SIZE, RecommendationTable

if TYPE_CHECKING:
    from reelgraph.distributed import Cluster

All = Annotated[bool, typer.Option("--all", help="Lists for all users of the bundle, written to --out.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="With --all: user_id,item_id,score,rank as .parquet, .csv or .tsv."),
]


_PERSON_OPTIONS = (
    "user", "ratings", "diversity", "calibration", "niche", "bold", "mute", "damp", "stars", "not_interested",
    "seen_weight", "why", "profile", "loves_genre", "words", "letterboxd", "radarr", "trakt", "language", "ids",
)  # fmt: skip


def write_all(
    context: typer.Context,
    bundle: Path,
    k: int,
    filters_for: Callable[[Recommender], Filters],
    path: Path | None,
    as_json: bool,
    order: Order,
    engine: EngineChoice,
) -> None:
    """Write the lists of all users of a bundle.

    Args:
        context: of the verb; none of the options of one person may be given.
        bundle: the folder.
        k: length of the lists.
        filters_for: which items of a bundle may be listed.
        path: the file, replaced when all lists are written.
        as_json: report as JSON.
        order: of the lists.
        engine: where they are made.

    Raises:
        ConfigError: no file is named, an option of one person is given, or ``--out`` without ``--all``.
    """
    if not context.params["everybody"]:
        raise ConfigError("--out", "is the file of the lists of all users: give --all, too")
    refuse_given(context, _PERSON_OPTIONS, "is for one person at a time; --all takes a number of movies and filters")
    if path is None:
        raise ConfigError("--all", "needs a file for the lists: --out lists.parquet (or .csv, .tsv)")
    require_table_path(path)
    require_distinct(path, read=(context.params["exclude"], context.params["include"]))
    recommender = Recommender(Bundle.load(bundle))
    filters = filters_for(recommender)
    counts = {"users": len(recommender.users), "rows": 0}
    with engine.cluster() as cluster, progress_bar() as progress:
        if cluster is None:
            batches = recommender.recommend_batches(k, filters, order=order, threads=engine.workers)
            tables = _tables(batches, counts["users"], progress)
        else:
            tables = _ray_tables(cluster, bundle, path, recommender, k, filters, order, progress)
        write_tables(path, _counted(tables, counts))
    if as_json:
        print_json({"out": str(path), **counts, "answered_by": recommender.scorer.kind})
    else:
        out.print(
            f"wrote {path}: {counted(counts['rows'], 'row')}, lists of {counted(counts['users'], 'user')}",
            soft_wrap=True,
        )


def _counted(tables: Iterable[Mapping[str, Any]], counts: dict[str, int]) -> Iterator[Mapping[str, Any]]:
    """The same tables; ``counts`` gets the number of rows."""
    for columns in tables:
        counts["rows"] += len(columns["rank"])
        yield columns


def _tables(
    batches: Iterable[RecommendationTable], n_users: int, progress: ProgressCallback | None
) -> Iterator[Mapping[str, Any]]:
    """The columns of each batch of lists."""
    n_done = 0
    for table in batches:
        n_done = min(n_done + BATCH_SIZE, n_users)
        if progress is not None:
            progress(Progress("recommend", n_done, n_users, "users"))
        yield table.to_dict()


def _ray_tables(
    cluster: Cluster,
    bundle: Path,
    path: Path,
    recommender: Recommender,
    k: int,
    filters: Filters,
    order: Order,
    progress: ProgressCallback | None,
) -> Iterator[Mapping[str, Any]]:
    """The columns of each file that the workers have written beside ``path``."""
    from reelgraph.distributed.batch_lists import ListsJob, ray_lists, shard_users  # here: few lists are made on Ray

    plugin_entries = manifest_entries(recommender.scorer).get("outside", {}).values()
    n_users, folder = len(recommender.users), path.resolve().with_name(f"{path.name}.parts")
    allow = tuple(entry["class"] for entry in plugin_entries)
    job = ListsJob(bundle.resolve(), folder, k, filters, order, n_users, shard_users(n_users), allow)
    return ray_lists(cluster, job, progress)
