"""Loops over blocks, on one thread or several: what they compute does not depend on the number of threads."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from reelgraph.core import IntArray

ParallelFor = Callable[[Callable[[int, int], None], Sequence[int] | IntArray], None]
"""Calls a body with the ends of each block; bodies of different blocks write to different memory."""


def serial(body: Callable[[int, int], None], bounds: Sequence[int] | IntArray) -> None:
    """Run the body for one block after the other."""
    for start, stop in itertools.pairwise(map(int, bounds)):
        body(start, stop)


def on_threads(pool: ThreadPoolExecutor, threads: int) -> ParallelFor:
    """Blocks go to the threads of ``pool`` as these become free."""
    if threads == 1:
        return serial

    def parallel(body: Callable[[int, int], None], bounds: Sequence[int] | IntArray) -> None:
        if len(bounds) <= 2:
            serial(body, bounds)
        else:
            list(pool.map(body, map(int, bounds[:-1]), map(int, bounds[1:])))

    return parallel


def run_all(tasks: Sequence[Callable[[], None]], parallel: ParallelFor) -> None:
    """Run independent tasks, side by side where there are threads."""
    parallel(lambda start, stop: tasks[start](), range(len(tasks) + 1))
