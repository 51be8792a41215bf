"""What ``reelgraph demo`` shows between training and the page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reelgraph.cli.list_tables import order_note
from reelgraph.cli.output import print_table
from reelgraph.core import Interactions, Metric
from reelgraph.graph import BipartiteGraph
from reelgraph.recommend import Recommender


def graph_table(graph: BipartiteGraph, counts: Mapping[str, int]) -> None:
    """Size and degrees of the training graph, and the sizes of the parts of the split."""
    statistics = graph.statistics()
    rows: list[list[object]] = [
        ["users", f"{statistics.users:,}"],
        ["movies", f"{statistics.items:,}"],
        ["edges (training ratings)", f"{statistics.edges:,}"],
        ["density", f"{statistics.density:.4f}"],
        ["ratings of the median user", f"{statistics.median_user_degree:g}"],
        ["ratings of the median movie", f"{statistics.median_item_degree:g}"],
        ["movies without a training rating", f"{statistics.isolated_items:,}"],
        ["split", ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)],
    ]
    print_table("The user-movie graph", ["what", "value"], rows)


def typical_user(interactions: Interactions) -> int | str:
    """The id of the user whose number of ratings is the upper quartile: enough to have a taste."""
    counts = np.bincount(interactions.user_row, minlength=interactions.n_users)
    order = np.argsort(counts, kind="stable")
    return interactions.users.id(order[int(0.75 * (len(order) - 1))])


def difference_in_words(metric: str, model: str, baseline: str, difference: Metric) -> str:
    """A paired difference of two models as a sentence that holds whatever its sign.

    Args:
        metric: its name, such as ``ndcg@10``.
        model: name of the model whose value comes first.
        baseline: name of the model whose value is subtracted.
        difference: from `evaluation.paired`.
    """
    label = metric.upper()
    interval = f"[{difference.low:.4f}, {difference.high:.4f}]"
    if difference.low <= 0 <= difference.high:
        return f"{label} of {model} and {baseline}: no clear difference, {difference.mean:+.4f} {interval}"
    side = "above" if difference.mean > 0 else "below"
    return f"{label} of {model} is {side} that of {baseline}: {difference.mean:+.4f} {interval}"


def loved_table(recommender: Recommender, user: int | str) -> None:
    """Five movies that the user gave the most stars; the most watched of those they saw where there are no stars."""
    rated = recommender.top_rated(user)
    if recommender.scale is None:
        rows = [[line.title, ", ".join(line.genres)] for line in rated]
        print_table(f"Five movies that user {user} saw", ["title", "genres"], rows)
        return
    rows = [[line.title, ", ".join(line.genres), f"{line.score:g}"] for line in rated]
    print_table(f"Five movies that user {user} loved", ["title", "genres", "stars"], rows)


def picks_table(recommender: Recommender, user: int | str) -> None:
    """Ten recommendations with the predicted stars, the chance of four stars and the strongest reason."""
    picks = recommender.recommend(user, 10)
    scale = recommender.scale
    rows: list[list[object]] = []
    for pick in picks:
        reason = recommender.explain(user, pick.item_id).sentence
        row: list[object] = [pick.rank, f"{pick.title}\n  {reason}".rstrip()]
        if scale is not None:
            row.append("-" if pick.stars is None else f"{pick.stars:.2f}")
            row.append("-" if pick.liked is None else f"{pick.liked:.0%}")
        rows.append(row)
    columns = ["rank", "title and reason"]
    if scale is not None:
        columns += ["stars", f"chance of {scale.liked_from:g}+"]
    print_table(f"Ten recommended to user {user}", columns, rows, order_note(picks))
