"""Options that several verbs share, so that they look and mean the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.bundle.hub import download_bundle, is_hub_address
from reelgraph.core.errors import BundleError, ConfigError
from reelgraph.models import model_names


def bundle_to_read(text: str) -> Path:
    """The folder that is named, or that of an address of the Hub, which is downloaded.

    Raises:
        BundleError: see `download_bundle`.
    """
    return download_bundle(text) if is_hub_address(text) else Path(text)


def bundle_to_change(text: str) -> Path:
    """The folder that is named.

    Raises:
        BundleError: it is an address of the Hub.
    """
    if is_hub_address(text):
        raise BundleError(f"{text} cannot be changed where it is", f"first: reelgraph bundle get {text} FOLDER")
    return Path(text)


Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A data set: a folder, a zip, a file, a name from `data list`, or sample.")
]
Scale = Annotated[
    str | None,
    typer.Option("--scale", metavar="LOW:HIGH[:STEP]", help="The scale of the ratings; found in them if not given."),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="ROLE=NAME,...", help="Columns of a table: user, item, rating, timestamp, title, year, ..."
    ),
]
FeedbackKind = Annotated[
    str | None,
    typer.Option("--feedback", metavar="KIND", help="explicit (stars), implicit (views) or counts; found in them."),
]
BUNDLE_HELP = "A folder written by `reelgraph train`, or hf://OWNER/NAME."
BundlePath = Annotated[Path, typer.Argument(metavar="BUNDLE", parser=bundle_to_read, help=BUNDLE_HELP)]
ChangedBundle = Annotated[
    Path, typer.Argument(metavar="BUNDLE", parser=bundle_to_change, help="A folder written by `reelgraph train`.")
]
StoreAddress = Annotated[
    str, typer.Argument(metavar="STORE", help="A file of SQLite, or postgresql://USER@HOST/DATABASE.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Count = Annotated[int, typer.Option("-k", "--count", min=1, help="How many movies.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of all random draws.")]
MODEL_HELP = f"The model: {', '.join(model_names())}; or package.module:Class."
ModelName = Annotated[str | None, typer.Option("--model", help=MODEL_HELP)]
Config = Annotated[Path | None, typer.Option("--config", help="TOML file with the model and its settings.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting of the model; may be repeated.")
]
DEVICES = ("cpu", "cuda")
Device = Annotated[str, typer.Option("--device", help=f"{' or '.join(DEVICES)}.")]


def require_device(name: str) -> None:
    """Refuse a device that is unknown; raises `ConfigError`."""
    if name not in DEVICES:
        raise ConfigError("--device", f"{name!r} is unknown; known are {', '.join(DEVICES)}")


def refuse_given(context: typer.Context, names: Iterable[str], why: str) -> None:
    """Refuse options where they would do nothing.

    Args:
        context: of the verb.
        names: of its parameters.
        why: they would do nothing, after the name of the option.

    Raises:
        ConfigError: one of them is given.
    """
    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise ConfigError(f"--{name.replace('_', '-')}", why)
