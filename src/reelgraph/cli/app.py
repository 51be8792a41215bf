"""The command and its verbs. Bad input ends in one line on stderr and exit code 2."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from reelgraph._version import __version__
from reelgraph.cli import logs
from reelgraph.cli.interruption import INTERRUPTED, InterruptedVerbError
from reelgraph.cli.output import err, replace_unprintable
from reelgraph.cli.verbs import LazyGroup, register
from reelgraph.core.errors import ReelgraphError

# By way of typer, which may bring its own copy of click: click's own classes would then catch nothing.
_UsageError: Any = typer.BadParameter.__base__

app = typer.Typer(
    name="reelgraph",
    cls=LazyGroup,
    help="A movie recommender built on graph neural networks.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
register(app)


def _show_version(requested: bool) -> None:
    if requested:
        typer.echo(f"reelgraph {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    verbose: Annotated[
        int,
        typer.Option("--verbose", "-v", count=True, show_default=False, help="Log the steps; twice: each epoch too."),
    ] = 0,
    allowed: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="MODULE:CLASS", help="A scorer of your own that bundles may load; repeatable."),
    ] = None,
) -> None:
    """A movie recommender built on graph neural networks."""
    logs.set_up(verbose)
    if allowed:
        from reelgraph.cli import model_options  # here: it imports much that most commands do not need

        model_options.allow(allowed)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        words: the arguments; those of the process when None.

    Returns:
        The exit code: 0 done, 2 bad input, 130 interrupted.
    """
    return run(app, "reelgraph", words)


def run(verbs: typer.Typer, name: str, words: Sequence[str] | None = None) -> int:
    """Run a command line; the exit code as in `main`.

    Args:
        verbs: the commands.
        name: of the program, for its help.
        words: the arguments; those of the process when None.
    """
    replace_unprintable()
    try:
        args = sys.argv[1:] if words is None else list(words)
        code = verbs(args=args, prog_name=name, standalone_mode=False)
    except ReelgraphError as error:
        err.print(f"error: {error}", markup=False, soft_wrap=True)
        return 2
    except MemoryError as error:  # what no estimate foresaw
        return _out_of_memory(str(error))
    except _UsageError as error:
        return _usage(error)
    except ImportError as error:
        if not _is_for_lack_of_memory(error):
            raise
        return _out_of_memory()
    except OSError as error:  # a file or folder that no reader or writer has looked at before
        if _is_for_lack_of_memory(error):
            return _out_of_memory()
        if error.filename is None and error.errno != errno.ENOSPC:
            raise
        where = "" if error.filename is None else f"{error.filename}: "
        err.print(f"error: {where}{error.strerror}", markup=False, soft_wrap=True)
        return 2
    except InterruptedVerbError as error:
        return _interrupted(str(error))
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    if code == INTERRUPTED:  # what typer makes of a KeyboardInterrupt
        return _interrupted()
    return code if isinstance(code, int) else 0


def _is_for_lack_of_memory(error: BaseException) -> bool:
    """Whether the system had no memory for a process or a library, which llvmlite and others report in other words."""
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "errno", None) == errno.ENOMEM or "failed to map segment" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _out_of_memory(reason: str = "") -> int:
    reason = reason or "the system has no more"
    hint = "free some, or take less data or, where a model is fitted, a smaller one"
    err.print(f"error: out of memory: {reason} ({hint})", markup=False, soft_wrap=True)
    return 2


def _interrupted(how_to_go_on: str = "") -> int:
    err.print(f"interrupted ({how_to_go_on})" if how_to_go_on else "interrupted", markup=False, soft_wrap=True)
    return INTERRUPTED


def _usage(error: Any) -> int:
    """What is wrong with the words themselves, in one line; nothing but the help when there are none."""
    command = error.ctx.command_path if error.ctx is not None else "reelgraph"
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        text = " ".join(error.format_message().split())
        err.print(f"error: {text} (see {command} --help)", markup=False, soft_wrap=True)
    return 2
