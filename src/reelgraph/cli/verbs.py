"""The verbs of the command; the module of a verb is imported when that verb is called, not to list it in the help."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup


class Verb(NamedTuple):
    """Where a verb is defined, and its line in the help.

    Args:
        module: in `reelgraph.cli`.
        attribute: of the module: a function, or a `typer.Typer` with verbs of its own.
        summary: the first sentence of the function's docstring, or the help of the `typer.Typer`; a test compares them.
        reads_environment: each option is read from a variable of the environment too, ``REELGRAPH_VERB_OPTION``.
    """

    module: str
    attribute: str
    summary: str
    reads_environment: bool = False

    def load(self) -> Any:
        """Import the module and return the attribute."""
        name = f"reelgraph.cli.{self.module}"
        if name not in sys.modules:
            _import_without_collection(name)
        return getattr(sys.modules[name], self.attribute)


VERBS: Mapping[str, Verb] = {
    "demo": Verb("demo", "demo", "Clean, split, train, measure and recommend on real ratings."),
    "data": Verb("data", "app", "Read, describe, clean, enrich, convert, download and generate ratings."),
    "train": Verb("train", "train", "Train a model and write a bundle that can recommend."),
    "tune": Verb("tune", "tune", "Search for a model's best settings on validation, and write them as a config file."),
    "evaluate": Verb(
        "evaluate", "evaluate", "Fit a model and measure it under a named protocol, each figure with its 95 % interval."
    ),
    "recommend": Verb(
        "recommend", "recommend", "List the movies a person would like best, those they rated or saw left out."
    ),
    "predict": Verb("predict", "predict", "Predict the stars that a person would give to movies."),
    "similar": Verb("similar", "similar", "List the movies most like one."),
    "explain": Verb(
        "explain", "explain", "Say why a movie has its score: what each of the person's ratings adds to it."
    ),
    "together": Verb(
        "together", "together", "List movies for several people, with what speaks for each and who gives up what."
    ),
    "compatible": Verb(
        "compatible", "compatible", "Say how alike two people's tastes are, and which of their movies say so."
    ),
    "ask": Verb(
        "ask",
        "ask",
        "List the movies whose ratings would tell most about a person, or ask for them: a start for someone new.",
    ),
    "import": Verb("import_", "import_", "Turn your own export into ratings that `recommend --ratings` reads."),
    "update": Verb(
        "update",
        "update_command",
        "Add ratings, people and movies that came after the training, without a new fit.",
    ),
    "forget": Verb(
        "forget",
        "forget",
        "Forget a person, or one rating: in what is stored and, where the model allows it exactly, in what was learnt.",
    ),
    "export": Verb("export", "export", "Write what a bundle has learnt as files for other programs."),
    "bundle": Verb("bundle", "app", "Share bundles: their card, and the Hugging Face Hub."),
    "serve": Verb(
        "serve", "serve", "Serve a bundle over HTTP, with a page for people and a store for what they rate.", True
    ),
    "mcp": Verb("mcp", "mcp", "Answer an assistant that starts this command: search, lists and reasons as its tools."),
    "store": Verb(
        "store", "app", "Keep the people of a service: make, dump, restore, update, retrain; keys, feeds.", True
    ),
    "doctor": Verb("doctor", "doctor", "Say what is installed, what is missing and how to get it."),
}


class LazyGroup(TyperGroup):
    """A group whose commands, registered by `register`, are replaced by the real one when they are called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command named by ``args``, loaded, and the words after it."""
        name, command, remaining_args = super().resolve_command(ctx, args)
        command = command if name is None else _command(name)
        _refuse_swallowed(command, remaining_args)
        return name, command, remaining_args


def _refuse_swallowed(command: Any, words: Sequence[str]) -> None:
    """Refuse ``--html --help``: an option that has no value would take the next one for it.

    Raises:
        typer.BadParameter: the value of an option begins with ``--``.
    """
    while words and words[0] in getattr(command, "commands", ()):
        command, words = command.commands[words[0]], words[1:]
    options = {
        name
        for option in getattr(command, "params", ())
        if not getattr(option, "is_flag", True) and not getattr(option, "count", False)
        for name in option.opts
    }
    for name, value in pairwise(words):
        if name == "--":
            return
        if name in options and value.startswith("--"):
            raise typer.BadParameter(
                f"it needs a value, found {value!r}; a value that begins with -- is written {name}={value}",
                param_hint=name,
            )


def _import_without_collection(module: str) -> None:
    """Import a module with the garbage collector off, and let it overlook what has been imported.

    Modules live as long as the process. Walking over their hundred thousand objects again and again, the last time at
    the exit, takes a third of the time of a short command.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        importlib.import_module(module)
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def register(app: typer.Typer) -> None:
    """Add the name and the summary of every verb to ``app``, whose class is `LazyGroup`."""
    for name, verb in VERBS.items():
        app.command(name, help=verb.summary)(_not_loaded)


def _not_loaded() -> None:
    raise NotImplementedError("LazyGroup replaces this command before it is called")


def _command(name: str) -> Any:
    loaded = VERBS[name].load()
    if isinstance(loaded, typer.Typer):
        command: Any = typer.main.get_group(loaded)
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
        app.command(name)(loaded)
        command = typer.main.get_command(app)
    if VERBS[name].reads_environment:
        command.context_settings["auto_envvar_prefix"] = f"REELGRAPH_{name.upper()}"
    return command
