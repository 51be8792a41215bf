"""``reelgraph predict``."""

from __future__ import annotations

from typing import Annotated

import typer

from reelgraph.cli.item_names import item_named
from reelgraph.cli.options import BundlePath, Json
from reelgraph.cli.output import print_json, print_table
from reelgraph.cli.person_options import OwnFile, User, open_for


def predict(
    bundle: BundlePath,
    items: Annotated[
        list[str],
        typer.Option("--item", metavar="ID_OR_TITLE", help="Item id, or title with its year; may be repeated."),
    ],
    user: User = None,
    ratings: OwnFile = None,
    as_json: Json = False,
) -> None:
    """Predict the stars that a person would give to movies.

    The 80 % interval and the chance of a like are shown where the model predicts a distribution of stars.

    Examples:
      reelgraph predict out/ml-1m --user 42 --item "Alien (1979)"

      reelgraph predict out/ml-1m --ratings mine.csv --item 1214 --item 260 --json
    """
    recommender, history = open_for(bundle, user, ratings, "predict")
    predicted = recommender.predict(history, [item_named(recommender, item) for item in items])
    columns = predicted.to_dict()
    if as_json:
        names = list(columns)
        records = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        print_json({"predicted_by": predicted.predicted_by, "items": records})
        return
    rows = [
        [str(rating.item_id), rating.title, f"{rating.stars:.2f}", *_spread(rating.low, rating.high, rating.liked)]
        for rating in predicted
    ]
    print_table(f"stars by {predicted.predicted_by}", ["item_id", "title", "stars", "80 % within", "likes it"], rows)


def _spread(low: float | None, high: float | None, liked: float | None) -> tuple[str, str]:
    if low is None or high is None or liked is None:
        return "-", "-"
    return f"{low:.1f}" if low == high else f"{low:.1f} to {high:.1f}", f"{liked:.0%}"
