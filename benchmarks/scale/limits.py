"""How near to the floor of the stars and to the ceiling of the lists one can come from generated ratings.

``python -m benchmarks.scale.limits --ratings 1e6 [--people 600]`` draws the ratings of the generated world, holds back
a random tenth of each person's, and infers from the others what is planted: the people where the movies are given, the
movies where the people are given, and the people with the movies so found. The last is more than a model can do, for
it has to learn the movies from people whom it does not know either. So floor and ceiling, which are of one who is told
everything, are out of reach, and the printed ratios say by how much. Cost: at 1e6 about 8 minutes of one core.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from benchmarks.scale import sizes as size_names
from benchmarks.scale.planted import Planted
from benchmarks.scale.planted_choices import ranking_figures
from benchmarks.scale.planted_stars import star_errors
from reelgraph._util.json_values import finite
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.cli.output import print_table

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    ratings: Annotated[str, typer.Option(help="Sizes, such as 1e5,1e6.")] = "1e6",
    people: Annotated[int, typer.Option(min=2, help="How many are ranked.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="Of the world, the split, and who is drawn.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a size.")] = False,
) -> None:
    """Measure what learning one side, and then the other, costs at best."""
    about = {"seed": seed, "versions": installed_versions()}
    for size in size_names.parsed(ratings):
        planted = Planted.draw(size, seed)
        stars = star_errors(planted)
        lists, error = ranking_figures(planted, people, seed)
        if as_json:
            row = {**about, "ratings": size, "rmse": stars, "ndcg@10": lists, "standard error of the last ratio": error}
            print(json.dumps(finite(row)), flush=True)
            continue
        print_table(
            f"{size:,} ratings, {planted.n_users:,} people",
            ["given", "RMSE", "of the floor", "NDCG@10", "of the ceiling"],
            [
                [
                    name,
                    *([f"{stars[name]:.4f}", f"{stars[name] / stars['limit']:.3f}"] if name in stars else ["", ""]),
                    f"{value:.4f}",
                    f"{value / lists['limit']:.3f}",
                ]
                for name, value in lists.items()
            ],
        )
        print(f"standard error of the ratio of lists: {error:.3f}")


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.scale.limits"))
