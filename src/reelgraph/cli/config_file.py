"""Options of a verb from a TOML file, below those of the command line and of the environment.

The file has a table for each verb, ``[serve]``, ``[store.retrain]``, with the names of the options as keys:
``host-name = ["movies.example.org"]``, ``bundle = "/var/lib/reelgraph/bundles/current"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reelgraph.core import config
from reelgraph.core.errors import ConfigError


def _read(ctx: typer.Context, path: Path | None) -> Path | None:
    """Make the values of the file the defaults of the command, before its other options are read."""
    if path is not None and not ctx.resilient_parsing:
        verb = str(ctx.info_name)
        table = _table(config.read_toml(path).get(verb, {}), f"{path}: [{verb}]")
        ctx.default_map = _defaults(ctx.command, table, f"{path}: [{verb}")
    return path


ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", callback=_read, is_eager=True,
        help="TOML file with options; those of the shell and of the environment win.",
    ),
]  # fmt: skip


def _defaults(command: Any, table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Values by the names of the parameters of a command, or by the names of the commands of a group."""
    commands = getattr(command, "commands", None)
    names = {name: name for name in commands} if commands is not None else _parameter_names(command)
    values = {}
    for key, value in table.items():
        name = key.replace("_", "-")
        if name not in names:
            unknown = ConfigError.unknown(key, names, "option")
            raise ConfigError(f"{where}] {key}", unknown.message.partition(": ")[2], unknown.did_you_mean)
        if commands is not None:
            value = _defaults(commands[name], _table(value, f"{where}.{key}]"), f"{where}.{name}")
        values[names[name]] = value
    return values


def _parameter_names(command: Any) -> dict[str, str]:
    """The name of the parameter for each name of an option without its dashes, and of each argument."""
    names: dict[str, str] = {}
    for parameter in command.params:
        if parameter.name == "config" or not parameter.expose_value:
            continue
        options = [*parameter.opts, *parameter.secondary_opts]
        keys = [text[2:] for text in options if text.startswith("--")] or [parameter.name.replace("_", "-")]
        names |= dict.fromkeys(keys, parameter.name)
    return names


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(where, "expected a table")
    return value
