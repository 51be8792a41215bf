"""The public names: those of the package, complete, importable, typed, and loaded only when they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import reelgraph as rg
from reelgraph import core, recommend, train
from reelgraph._util.lazy_exports import _typed_imports
from reelgraph.core.errors import CapabilityError

HEAVY = (
    "numpy",
    "scipy",
    "numba",
    "polars",
    "pydantic",
    "torch",
    "typer",
    "rich",
    "reelgraph.data",
    "reelgraph.models",
)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("package", [rg, core, recommend, train], ids=lambda package: package.__name__)
def test_every_public_name_can_be_imported_and_is_listed(package: object) -> None:
    names = package.__all__
    assert len(set(names)) == len(names)
    assert set(names) <= set(dir(package))
    assert set(names) == set(_typed_imports(package.__name__))
    assert [name for name in names if getattr(package, name) is None] == []


def test_every_model_is_public() -> None:
    models = {rg.model_class(name) for name in rg.MODELS}
    assert len(models) == len(rg.MODELS) == 13
    assert {model.__name__ for model in models} <= set(rg.__all__)
    assert all(getattr(rg, model.__name__) is model for model in models)


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert run(f"import sys, reelgraph; print([name for name in {HEAVY} if name in sys.modules])") == "[]\n"


def test_a_name_brings_only_what_it_needs() -> None:
    code = "import sys, reelgraph as rg; rg.{}; print([name for name in {} if name in sys.modules])"
    assert run(code.format("RatingScale", ("numba", "polars", "pydantic", "torch"))) == "[]\n"
    assert run(code.format("read", ("numba", "pooch", "torch", "reelgraph.scorers", "reelgraph.models"))) == "[]\n"
    assert run(code.format("Blend", ("torch", "matplotlib", "optuna", "fastapi", "sqlalchemy"))) == "[]\n"


def test_an_unknown_name_is_an_error_of_the_package_with_the_nearest_name() -> None:
    with pytest.raises(AttributeError, match=r"^module 'reelgraph' has no attribute 'Nope'$"):
        _ = rg.Nope  # type: ignore[attr-defined]
    with pytest.raises(
        AttributeError, match=r"^module 'reelgraph' has no attribute 'GraphFiltr'; did you mean 'GraphFilter'\?$"
    ):
        _ = rg.GraphFiltr  # type: ignore[attr-defined]
    with pytest.raises(ImportError, match="Nope"):
        from reelgraph import Nope  # type: ignore[attr-defined] # noqa: F401


def test_a_model_that_needs_torch_says_so() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; import reelgraph as rg\n"
        "try: rg.LightGCN\nexcept rg.CapabilityError as error: print(error)"
    )
    assert run(code) == 'reelgraph.LightGCN needs torch (pip install "reelgraph[train]")\n'
    assert issubclass(CapabilityError, rg.ReelgraphError)


def test_a_renamed_name_is_an_error_with_its_new_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Strong'; it is now called 'HeldOutUsers'"):
        _ = rg.Strong  # type: ignore[attr-defined]
