"""``reelgraph bundle``: card, push, get."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from reelgraph.bundle import Bundle, model_card, push_bundle, require_bundle_path
from reelgraph.cli.files import require_writable, write
from reelgraph.cli.options import BundlePath, ChangedBundle, Json
from reelgraph.cli.output import out, print_json
from reelgraph.core.errors import ConfigError

app = typer.Typer(help="Share bundles: their card, and the Hugging Face Hub.", no_args_is_help=True)

_License = Annotated[
    str | None,
    typer.Option("--license", metavar="ID", help="A licence that the Hub knows; that of the data if not given."),
]


@app.command("card")
def card(
    bundle: BundlePath,
    licence: _License = None,
    to: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.md", help="File to write; printed if not given.")
    ] = None,
) -> None:
    """Write the card of a bundle: data, terms, figures with their intervals, versions.

    Its front matter is that of the Hugging Face Hub. `push` uploads such a card, or yours.

    Example:
      reelgraph bundle card out/ml-1m --out README.md
    """
    require_writable(to)
    text = model_card(Bundle.load(bundle), licence=licence)
    if to is None:
        typer.echo(text, nl=False)
    else:
        write(to, text.encode())
        out.print(f"wrote {to}", soft_wrap=True)


@app.command("push")
def push(
    bundle: ChangedBundle,
    repository: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The repository; made where it is missing.")],
    without_people: Annotated[
        bool, typer.Option("--without-people", help="Leave users and their ratings out of what is uploaded.")
    ] = False,
    with_people: Annotated[
        bool, typer.Option("--with-people", help="Upload users and all they rated, where the bundle has them.")
    ] = False,
    public: Annotated[bool, typer.Option("--public", help="Make it public; private if not given.")] = False,
    licence: _License = None,
    card_file: Annotated[
        Path | None,
        typer.Option("--card", metavar="FILE.md", help="A card of your own in place of the one that `card` writes."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Upload a bundle and its card to the Hugging Face Hub.

    A bundle with people is refused unless it is said whether they are uploaded. The key is that of `hf auth login`, or
    HF_TOKEN. Everything that takes a BUNDLE to read takes hf://OWNER/NAME, too.

    Examples:
      reelgraph bundle push out/small ann/films --without-people

      reelgraph bundle push out/small ann/films --without-people --public
    """
    if with_people and without_people:
        raise ConfigError("--with-people", "not with --without-people")
    if card_file is not None and licence is not None:
        raise ConfigError("--license", "not with --card, which states the licence itself")
    chosen = True if with_people else False if without_people else None
    text = None if card_file is None else _text(card_file)
    pushed = push_bundle(bundle, repository, with_people=chosen, public=public, licence=licence, card=text)
    if as_json:
        print_json(dataclasses.asdict(pushed))
        return
    readers = "everybody" if pushed.is_public else "only those whom the owner lets"
    out.print(f"uploaded {pushed.address}: {', '.join(pushed.files)}; {readers} may read it", soft_wrap=True)


@app.command("get")
def get(
    bundle: BundlePath,
    to: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write; replaced where it is a bundle.")],
    as_json: Json = False,
) -> None:
    """Write a bundle of the Hugging Face Hub as a folder, which can be changed.

    Example:
      reelgraph bundle get hf://ann/films out/films
    """
    require_bundle_path(to)
    Bundle.load(bundle).save(to)
    if as_json:
        print_json({"bundle": str(to)})
    else:
        out.print(f"wrote {to}", soft_wrap=True)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), f"cannot be read: {error}") from None
