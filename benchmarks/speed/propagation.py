"""One graph convolution, forward and backward, ours beside PyTorch Geometric's and torch's own sparse products.

``python -m benchmarks.speed.propagation --data DIR`` builds the graph of ML-1M (1,000,209 ratings, each an edge both
ways), checks that all sides give the same embeddings and gradients, and runs them in turn. The limit is what the memory
of this machine allows: a compiled loop that touches each cache line of each gathered row once, forward and backward, on
as many threads, and does nothing else with them.
"""

from __future__ import annotations

import statistics
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from benchmarks.speed import timing
from reelgraph._util.numba_jit import jit
from reelgraph.bundle import installed_versions
from reelgraph.cli.app import run
from reelgraph.core import FloatArray, IntArray, Matrix
from reelgraph.data import clean, index, read
from reelgraph.graph import BipartiteGraph
from reelgraph.train import SparseOperator

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
LIMIT, OURS = "limit: random gathers", "reelgraph SparseOperator"
_LINE = 16  # float32 in a cache line of 64 bytes

Side = Callable[[torch.Tensor], torch.Tensor]


@app.command()
def propagation(
    data: Annotated[Path, typer.Option(help="The folder that holds ml-1m, or a data set.")] = Path("data"),
    dim: Annotated[int, typer.Option(min=16, help="Length of the embeddings, a multiple of 16.")] = 64,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side runs.")] = 9,
    threads: Annotated[int, typer.Option(min=1, help="Of each side.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a side on stdout, nothing else.")] = False,
    save: Annotated[bool, typer.Option(help="Add the figures to benchmarks/SPEED.md and speed.jsonl.")] = False,
) -> None:
    """Time one convolution on the user-item graph, forward and backward."""
    torch.set_num_threads(threads)
    dataset, _ = clean(read(data / "ml-1m" if (data / "ml-1m").is_dir() else data))
    matrix = BipartiteGraph.build(index(dataset.ratings)).normalise(0.5, 0.5)
    x = torch.randn(sum(matrix.shape), dim, generator=torch.Generator().manual_seed(0))
    products = _sides(matrix)
    _agree(products, x)
    works: dict[str, Callable[[], object]] = {name: _both_ways(side, x) for name, side in products.items()}
    times = timing.rounds({LIMIT: _gathers(matrix, x, threads), **works}, rounds)
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    edges = 2 * matrix.nnz  # an edge carries one row each way
    rows = [
        {
            "side": name,
            "ms": timing.spread(seconds, unit=1e-3, digits=2),
            "million edges/s": round(2 * edges / medians[name] / 1e6, 1),
            "times ours": round(medians[name] / medians[OURS], 3),
            "times the limit": round(medians[name] / medians[LIMIT], 3),
        }
        for name, seconds in times.items()
    ]
    about = {
        "graph": f"{matrix.shape[0]:,} users, {matrix.shape[1]:,} items, {edges:,} directed edges, dim {dim}",
        "measured": f"forward and backward, {rounds} rounds in turn, median [least, most]; {threads} threads",
        "data_sha256": dataset.sha256[:16],
        "versions": installed_versions(),
    }
    timing.report("propagation", rows, about, as_json=as_json, save=save)


def _sides(matrix: Matrix) -> dict[str, Side]:
    """Each from embeddings, users first, to the convolved ones; all but the first get normalised edges."""
    from scipy import sparse
    from torch_geometric.nn import LGConv

    warnings.filterwarnings("ignore", message="Sparse (CSR|invariant)")  # torch calls its CSR support a beta
    whole = sparse.block_array([[None, matrix], [matrix.T, None]], format="csr").astype(np.float32)
    coo = whole.tocoo()
    edge_index = torch.from_numpy(np.vstack([coo.col, coo.row]).astype(np.int64))
    weight = torch.from_numpy(coo.data)
    csr = torch.sparse_csr_tensor(
        torch.from_numpy(whole.indptr.astype(np.int64)),
        torch.from_numpy(whole.indices.astype(np.int64)),
        torch.from_numpy(whole.data),
        whole.shape,
    )
    ones = torch.sparse_coo_tensor(edge_index.flip(0), weight, whole.shape).coalesce()
    plain, ready = LGConv(normalize=True), LGConv(normalize=False)
    ours, users = SparseOperator.of(matrix), matrix.shape[0]
    return {
        "PyG LGConv, edge_index": lambda x: plain(x, edge_index),
        "PyG LGConv, edge_index, normalised once": lambda x: ready(x, edge_index, weight),
        "PyG LGConv, CSR adjacency": lambda x: ready(x, csr),
        "torch COO": lambda x: torch.sparse.mm(ones, x),
        "torch CSR @": lambda x: csr @ x,
        "torch.sparse.mm(CSR, x, 'sum')": lambda x: torch.sparse.mm(csr, x, "sum"),
        OURS: lambda x: torch.cat([ours(x[users:]), ours.T(x[:users])]),
    }


def _both_ways(side: Side, x: torch.Tensor) -> Callable[[], torch.Tensor]:
    """One pass forward and back; gives the gradient."""
    upstream = torch.randn(x.shape, generator=torch.Generator().manual_seed(1))

    def work() -> torch.Tensor:
        leaf = x.clone().requires_grad_()
        side(leaf).backward(upstream)  # type: ignore[no-untyped-call]
        assert leaf.grad is not None
        return leaf.grad

    return work


def _agree(products: dict[str, Side], x: torch.Tensor) -> None:
    wanted, gradient = products[OURS](x), _both_ways(products[OURS], x)()
    for side in products.values():
        torch.testing.assert_close(side(x), wanted, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(_both_ways(side, x)(), gradient, rtol=1e-4, atol=1e-5)


def _gathers(matrix: Matrix, x: torch.Tensor, threads: int) -> Callable[[], object]:
    """The same rows in the same order as our product, forward and backward, shared out evenly."""
    turned = Matrix(matrix.T)
    rows, users = x.numpy(), matrix.shape[0]
    tables = [
        (indices.astype(np.int32), np.ascontiguousarray(table))
        for indices, table in ((matrix.indices, rows[users:]), (turned.indices, rows[:users]))
    ]
    pool = ThreadPoolExecutor(threads)

    def work() -> Any:
        shares = [
            pool.submit(_touch, part, table)
            for indices, table in tables * 2
            for part in np.array_split(indices, threads)
        ]
        return sum(share.result() for share in shares)

    return work


@jit
def _touch(indices: IntArray, table: FloatArray) -> np.float32:
    """One number of each cache line of each row, so that all of it must come to the core."""
    total = np.float32(0.0)
    for row in indices:
        for column in range(0, table.shape[1], _LINE):
            total += table[row, column]
    return total


if __name__ == "__main__":
    sys.exit(run(app, "benchmarks.speed.propagation"))
