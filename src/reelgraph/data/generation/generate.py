"""`generate`: ratings with planted tastes, written as a data set in the layout of MovieLens."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reelgraph.core import Progress, ProgressCallback
from reelgraph.core.argument_checks import require_path
from reelgraph.data.generation.request import GenerationRequest, folder_to_make, require_room
from reelgraph.data.generation.working_folder import WorkingFolder, bytes_kept, working_folder


@dataclass(frozen=True)
class GeneratedData:
    """What was generated, and what a perfect model could reach on it.

    Args:
        path: the folder.
        name: of the data set; says that it is generated.
        n_ratings: ratings.
        n_users: people.
        n_movies: movies of the catalogue.
        n_movies_rated: those with a rating.
        n_tags: tags.
        mse_floor: expected square error of the best prediction of a rating, by one who knows all that is planted:
            the noise that is left of a rating, rounding to half stars and clipping included; square stars.
        rmse_floor: its square root, stars.
        realised_rmse: of the same predictions on the ratings as drawn, stars.
        ndcg_ceiling: NDCG@10 of the movies in the order of a person's true weights, a random tenth of the person's
            ratings held out and the others left out of the list; mean over ``n_ranked`` people.
        ndcg_error: its standard error.
        n_ranked: people ranked for it.
    """

    path: Path
    name: str
    n_ratings: int
    n_users: int
    n_movies: int
    n_movies_rated: int
    n_tags: int
    mse_floor: float
    rmse_floor: float
    realised_rmse: float
    ndcg_ceiling: float
    ndcg_error: float
    n_ranked: int


def generate(
    like: str, ratings: int, out: str | Path, *, seed: int = 0, progress: ProgressCallback | None = None
) -> GeneratedData:
    """Write generated ratings into a folder, in the layout of a published data set.

    The world is that of ``like`` at its full size, whatever the number of ratings: fewer ratings are those of fewer
    people, as ml-latest-small is a sample of the people of MovieLens. People have tastes tied to genres, a level of
    their own that drifts, and sittings of about 60 ratings; movies have a popularity, a quality that drifts, a year of
    release, titles, genres, links and tags, all invented. ``truth.json`` holds what a perfect model could reach. The
    files are written block by block under a temporary name, and the folder is renamed at the end; an interrupted run
    goes on where it was. The same arguments give the same bytes.

    Args:
        like: whose shape: ``ml-32m``.
        ratings: how many.
        out: the folder, empty or not there yet; a link to one counts as what it names.
        seed: of everything drawn.
        progress: called in steps while the movies are made, then after each block of people.

    Raises:
        ConfigError: ``like`` is unknown, a number is out of range, the folder is not empty or cannot be replaced, its
            disk is too small, or an interrupted run of other arguments has left its work there.
        ReelgraphError: a file cannot be written; what is written stays for the next run.

    Cost: 10 CPU s for the movies, then about 4 for a million ratings; less than 1 GiB; 30 bytes of disk a rating.
    """
    require_path("generate", "out", out)
    request, out = GenerationRequest(like, ratings, seed), Path(out)
    place = folder_to_make(out)
    require_room(out, request.bytes_needed - bytes_kept(place))
    with working_folder(place, request) as folder:
        # Here, because they import numba, which reading does without.
        from reelgraph.data.generation.blocks import write_blocks
        from reelgraph.data.generation.catalogue_files import write_catalogue, write_description
        from reelgraph.data.generation.world import World

        world = World.of(request.shape, seed, progress)
        sizes = world.sizes(ratings)
        for n_users in write_blocks(world, sizes, folder):
            if progress is not None:
                progress(Progress("generate", n_users, len(sizes), "people"))
        result = _result(folder, out, len(sizes))
        write_catalogue(world, folder.path)
        truth = {name: value for name, value in dataclasses.asdict(result).items() if name not in ("path", "name")}
        write_description(request, truth, folder.path)
        folder.finish(place)
    return result


def _result(folder: WorkingFolder, out: Path, n_users: int) -> GeneratedData:
    variance, square_error, ndcg, ndcg_square, n_ranked, n_ratings = folder.sums.tolist()
    mean = ndcg / n_ranked
    return GeneratedData(
        path=out,
        name=folder.request.name,
        n_ratings=int(n_ratings),
        n_users=n_users,
        n_movies=len(folder.counts),
        n_movies_rated=int(np.count_nonzero(folder.counts)),
        n_tags=folder.n_tags,
        mse_floor=variance / n_ratings,
        rmse_floor=math.sqrt(variance / n_ratings),
        realised_rmse=math.sqrt(square_error / n_ratings),
        ndcg_ceiling=mean,
        ndcg_error=math.sqrt(max(ndcg_square / n_ranked - mean**2, 0.0) / n_ranked),
        n_ranked=int(n_ranked),
    )
