"""How many small changes of the code the tests notice: mutation testing of kernels, metrics and safety code.

``python -m benchmarks.mutation --sample 400 --seed 0`` copies the code and the tests to ``build/mutation``, lets mutmut
make all mutants of the modules below, draws a sample with the seed, an equal share of each area, and runs the tests
that call the changed function. Compiled loops run as plain Python: in the copy they have no decorator, because mutmut
does not change decorated functions (properties and routes stay as they are for that reason), and
``NUMBA_DISABLE_JIT=1`` is set. What is called while a module is imported cannot be changed either. A mutant is killed
by a failed test or by the time limit; one that no test reaches has survived. The survivors are printed as differences
to the code. A run that was stopped goes on with ``--resume``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reelgraph.cli.app import run
from reelgraph.cli.output import err, print_table
from reelgraph.core.errors import CapabilityError

ROOT = Path(__file__).parents[1]
PACKAGE = Path("src/reelgraph")
KILLED = ("killed", "timeout", "segfault")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Area:
    """Code of one kind, and its fast tests.

    Args:
        modules: files within the package.
        tests: files, folders and ids of tests within ``tests``.
        slow: tests that take long as plain Python and are left out: parts of their names.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    slow: tuple[str, ...]


AREAS = {
    "kernels": Area(
        (
            "evaluation/full_ranking_kernels.py", "graph/bipartite.py", "models/bayes_gcn/cut_points.py",
            "models/bayes_gcn/kernels.py", "models/bayes_gcn/row_draw_kernels.py", "models/bayes_gcn/sessions.py",
            "models/graph_filter/item_graph.py",
            "recommend/list_order.py", "scorers/bayes/fold_in_kernels.py", "scorers/bayes/predict_kernels.py",
            "scorers/bayes/probit.py", "scorers/bayes/woodbury_kernels.py", "scorers/weight_matrix_kernels.py",
            "train/sparse_operator.py",
        ),
        (
            "oracle/test_bayes.py", "oracle/test_bayes_kernels.py", "oracle/test_foldin.py",
            "oracle/test_graph_filter_oracle.py", "oracle/test_propagation.py", "oracle/test_ties_oracle.py",
            "unit/bayes/test_bayes_numerics.py", "unit/bayes/test_sampler_sessions.py",
            "unit/evaluation/test_eval_ranking.py",
            "unit/evaluation/test_eval_ties.py", "unit/evaluation/test_full_ranking_kernels.py", "unit/graph",
            "unit/models/test_dot_products.py", "unit/models/test_scorers_by_hand.py",
            "unit/models/test_weight_matrix_kernels.py", "unit/recommend/test_list_order.py",
            "unit/train/test_sparse.py",
        ),
        (
            "a_list_says", "counted_uniforms", "counterfactual_gives", "hidden_stars_follow", "long_run_moments",
            "longer_lists_begin", "nothing_is_listed", "planted_", "prior_draws", "unknown_order",
        ),
    ),
    "metrics": Area(
        (
            "evaluation/bootstrap.py", "evaluation/evaluate.py", "evaluation/external_lists.py",
            "evaluation/full_ranking.py", "evaluation/groups.py", "evaluation/list_metrics.py",
            "evaluation/metric_names.py", "evaluation/metrics/*.py", "evaluation/plausibility.py",
            "evaluation/pooling.py", "evaluation/report_rows.py", "evaluation/tie_order.py",
        ),
        (
            "oracle/test_metrics_oracle.py", "oracle/test_ties_oracle.py", "property/test_distribution.py",
            "property/test_metrics.py", "unit/evaluation/test_eval_beyond.py",
            "unit/evaluation/test_eval_bootstrap.py", "unit/evaluation/test_eval_distribution.py",
            "unit/evaluation/test_eval_evaluate.py", "unit/evaluation/test_eval_groups.py",
            "unit/evaluation/test_eval_leaks.py", "unit/evaluation/test_eval_liking.py",
            "unit/evaluation/test_eval_metrics.py", "unit/evaluation/test_eval_ranking.py",
            "unit/evaluation/test_eval_ties.py", "unit/evaluation/test_eval_views.py",
            "unit/evaluation/test_external_lists.py",
        ),
        ("95_times_in_100", "permuting_people"),
    ),
    "safety": Area(
        (
            "bundle/bundle.py", "bundle/manifest.py", "bundle/plugin_scorers.py", "bundle/tables.py",
            "importers/archive.py", "importers/spreadsheet_cells.py", "serve/connections.py",
            "serve/middleware/client.py", "serve/middleware/cross_site.py", "serve/middleware/head_requests.py",
            "serve/middleware/limits.py", "serve/middleware/request_context.py",
            "serve/middleware/security_headers.py", "serve/middleware/unhandled_errors.py",
            "serve/middleware/upload_limit.py", "serve/state/fair_pool.py", "serve/state/key_cache.py",
            "serve/state/token_buckets.py", "serve/web/session.py", "serve/web/static_files.py", "store/keys.py",
            "store/validation.py", "store/writes.py",
        ),
        (
            "contract/test_stores.py", "contract/test_stores_deleted.py",
            "service/test_attacks_on_connections.py::test_the_client_with_most_connections_makes_room_and_its_longest_idle_one_goes",
            "service/test_attacks_on_connections.py::test_when_all_are_in_use_a_few_more_may_ask_for_health_and_no_others",
            "service/test_attacks_on_connections.py::test_a_proxy_is_not_counted_as_one_client",
            "service/test_attacks_on_work.py::test_a_pool_takes_turns_by_client",
            "service/test_attacks_on_work.py::test_with_several_threads_the_client_with_fewest_running_is_next",
            "service/test_attacks_on_work.py::test_a_pool_is_bounded_for_each_client_and_in_all_and_frees_places_after_errors",
            "service/test_safety.py::test_a_bucket_fills_up_steadily_and_clients_do_not_share_it",
            "unit/bundle", "unit/importers/test_bad_exports.py", "unit/plugins/test_plugin_models.py", "unit/serve",
            "unit/store/test_wiping.py",
        ),
        (
            "any_json", "another_process", "benchmarks_take", "killed_while", "memory", "own_search_space", "postgres",
            "reports_add_up", "titles_take_time", "twenty_thousand",
        ),
    ),
}  # fmt: skip


def source_files(area: Area) -> list[Path]:
    """Paths of the modules of an area from the root of the repository, in their order."""
    files = [file for name in area.modules for file in sorted(ROOT.glob(str(PACKAGE / name)))]
    return [file.relative_to(ROOT) for file in files if file.name != "__init__.py"]


def copy_code(area: Area, folder: Path) -> None:
    """A copy of code and tests in a new ``folder``, without the decorator of compiled loops, and with the settings."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("src", "tests", "benchmarks", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    files = source_files(area)
    for file in files:
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace("\n@jit\n", "\n"), encoding="utf-8")
    settings = {
        "source_paths": ["src"],
        "only_mutate": [file.as_posix() for file in files],
        "also_copy": ["benchmarks", "docs"],
        "process_isolation": "forkserver",  # torch hangs in a fork of a process that has trained with it
        "pytest_add_cli_args_test_selection": [
            *(f"tests/{name}" for name in area.tests),
            "-m",
            "not slow",
            "-k",
            f"not ({' or '.join(area.slow)})",
        ],
        # Plain Python warns where 64-bit integers wrap around; compiled loops do not.
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-W", "ignore:overflow encountered:RuntimeWarning"],
    }
    lines = [f"{key} = {value!r}" for key, value in settings.items()]  # lists of plain text are the same in TOML
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text("\n".join([text, "[tool.mutmut]", *lines, ""]), encoding="utf-8")


def mutmut(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of mutmut in a folder of `copy_code`.

    Raises:
        CapabilityError: mutmut is not installed.
    """
    program = Path(sys.executable).with_name("mutmut")
    if not program.is_file():
        raise CapabilityError.missing("mutation testing", "mutmut", extra="dev")
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "REELGRAPH_DATA"}}
    # Hypothesis draws the same examples each time and sets no deadlines when it runs in CI.
    environment |= {"NUMBA_DISABLE_JIT": "1", "CI": "true", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [str(program), *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def mutants(folder: Path) -> dict[str, str]:
    """What became of each mutant in a folder, by its name; mutants that were not tried yet are ``not checked``."""
    lines = mutmut(folder, "results", "--all", "true").stdout.splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if "__mutmut_" in line)


def prepare(folder: Path) -> None:
    """Make the mutants, and find out which tests call which function.

    Raises:
        RuntimeError: the tests fail without any mutant.
    """
    # mutmut makes the mutants before it looks for those that it is to run, and stops where there are none.
    process = mutmut(folder, "run", "--max-children", "1", "none of them")
    if not (folder / "mutants" / "mutmut-stats.json").is_file():
        raise RuntimeError(f"mutmut failed:\n{process.stdout[-4000:]}{process.stderr[-4000:]}")


def statuses(folder: Path, names: list[str]) -> dict[str, str]:
    """Run the tests against the mutants, one after the other, and give what became of each.

    Raises:
        RuntimeError: the tests fail without any mutant.
    """
    status = mutants(folder)
    if left := [name for name in names if status[name] == "not checked"]:
        process = mutmut(folder, "run", "--max-children", "1", *left)
        if process.returncode:
            raise RuntimeError(f"mutmut failed:\n{process.stdout[-4000:]}{process.stderr[-4000:]}")
        status = mutants(folder)
    return {name: status[name] for name in names}


def report(rows: dict[str, Counter[str]], note: str) -> float:
    """Print the table of the modules, and give the share of mutants that were killed."""
    total = sum(rows.values(), Counter[str]())
    lines: list[list[object]] = []
    for module, counts in [*rows.items(), ("all", total)]:
        n_killed = sum(counts[name] for name in KILLED)
        share = f"{n_killed / counts.total():.0%}"
        lines.append([module, counts.total(), n_killed, counts["timeout"], counts.total() - n_killed, share])
    print_table("mutants", ["module", "sampled", "killed", "by time", "survived", "score"], lines, note)
    return sum(total[name] for name in KILLED) / total.total()


@app.command()
def main(
    sample: Annotated[int, typer.Option(min=1, help="Number of mutants.")] = 400,
    seed: Annotated[int, typer.Option(min=0, help="Of the sample.")] = 0,
    area: Annotated[list[str] | None, typer.Option(help=f"Any of {', '.join(AREAS)}.")] = None,
    floor: Annotated[float, typer.Option(min=0, max=1, help="Exit with 1 below this score.")] = 0.85,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the code and the results of before.")] = False,
    work: Annotated[Path, typer.Option(help="Folder for the copies of the code.")] = Path("build/mutation"),
) -> None:
    """Run the tests against a sample of mutants, and print what they did not notice."""
    started = time.perf_counter()
    chosen = area or list(AREAS)
    rows: dict[str, Counter[str]] = {}
    n_made = 0
    for position, name in enumerate(chosen):
        folder = work.absolute() / name
        if not resume:
            copy_code(AREAS[name], folder)
            prepare(folder)
        made = sorted(mutants(folder))
        size = min(len(made), sample * (position + 1) // len(chosen) - sample * position // len(chosen))
        drawn = np.random.default_rng(seed).choice(len(made), size, replace=False)
        n_made += len(made)
        for mutant, status in statuses(folder, [made[n] for n in sorted(drawn.tolist())]).items():
            module = mutant.removeprefix("reelgraph.").rpartition(".")[0]
            rows.setdefault(f"{name}: {module}", Counter())[status] += 1
            if status not in KILLED:
                err.print(f"{mutant}: {status}\n{mutmut(folder, 'show', mutant).stdout}", markup=False, soft_wrap=True)
    seconds = time.perf_counter() - started
    if report(rows, f"seed {seed}, of {n_made:,} mutants, {seconds:.0f} s") < floor:
        raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(run(app, "mutation"))
