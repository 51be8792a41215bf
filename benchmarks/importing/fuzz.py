"""Every reader and importer, given damaged files.

``python -m benchmarks.importing.fuzz --inputs 100000`` takes the small files of the tests, one of each layout and
service, of a bundle and of a dump of a store, changes bytes of them at random, and reads them. A file may be read, and
then every row of an export is accounted for, or refused with an error of `reelgraph.core.errors`. Anything else is a
defect: it is printed with the bytes that caused it, and the exit code is 1.
"""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any
from unittest import mock

import numpy as np
import typer

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.cli.app import run
from reelgraph.cli.output import err, print_table
from reelgraph.core import plugins
from reelgraph.core.errors import ReelgraphError
from reelgraph.store import NewRating, open_store
from tests.service.conftest import small
from tests.unit.data import layouts
from tests.unit.importers import test_columns_cases, test_services_cases, test_states_cases
from tests.unit.importers.brought import brought_catalogue
from tests.unit.importers.services import adds_up

_WORDS = """, ; | :: " ' \\ { } [ ] null NaN inf -inf -1 0 1e400 99999999999999999999 1/2/3 2024-02-30 =1+1
    <html> tt0133093 (1999) Season Heat 10/10 ****"""
_BYTES = (
    b"\0", b"\n", b"\r\n", b"\r", b"\t", b" ", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3(", b"PK\3\4",
    b"\x1f\x8b",
)  # fmt: skip
_FOLDERS = {
    "item lists": {"train.txt": "0 1 2 3 4 5\n1 2 3\n2 0 1 5 6\n", "test.txt": "0 6\n1 0 4\n2 2\n"},
    "table folder": {
        "interactions.csv": "user,item,rating,time\nann,m1,4,2020-01-02\nbob,m2,3.5,2020-01-03\nann,m2,1,2020-02-01\n",
        "items.csv": "item,title,year,genres\nm1,Heat,1995,Crime|Drama\nm2,Amélie,2001,\n",
        "users.csv": "user,gender,age\nann,F,31\nbob,M,44\n",
    },
}
TOKENS = (*(word.encode() for word in _WORDS.split()), *_BYTES)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Tally:
    """What became of the inputs of one layout.

    Args:
        outcomes: ``read``, ``refused`` and ``defects``.
        defects: text of each kind of defect, once, with a file that causes it.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    defects: dict[str, str] = field(default_factory=dict)


def mutated(content: bytes, others: Sequence[bytes], draw: np.random.Generator) -> bytes:
    """The content with one to four changes: bytes replaced, removed, repeated or inserted, or those of another."""
    data = bytearray(content)
    for _ in range(int(draw.integers(1, 5))):
        start = int(draw.integers(0, len(data) + 1))
        stop = min(start + int(draw.geometric(0.1)), len(data))
        kind = int(draw.integers(0, 6))
        if kind == 0 and len(data):
            data[start % len(data)] = int(draw.integers(0, 256))
        elif kind == 1:
            del data[start:stop]
        elif kind == 2:
            data[start:start] = data[start:stop] * int(draw.integers(1, 4))
        elif kind == 3:
            data[start:start] = TOKENS[int(draw.integers(0, len(TOKENS)))]
        elif kind == 4:
            data[start:stop] = TOKENS[int(draw.integers(0, len(TOKENS)))]
        else:
            other = others[int(draw.integers(0, len(others)))]
            cut = int(draw.integers(0, len(other) + 1))
            data[start:stop] = other[cut : cut + int(draw.integers(1, 200))]
    return bytes(data)


def exports() -> Iterator[tuple[str, str, bytes]]:
    """Name of the layout, name of the file and content of each export of the tests that is one file."""
    for cases in (test_services_cases.CASES, test_columns_cases.COLUMNS, test_states_cases.STATES):
        for name, brought in cases.items():
            for file, content in brought.files.items():
                yield f"export: {name}", file, content if isinstance(content, bytes) else content.encode()


def data_sets(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and folder or file of each layout of the readers' tests."""
    names = (
        "ml_100k", "ml_1m", "ml_10m", "ml_latest", "plain_csv", "plain_tsv", "semicolons_quoted_reordered", "no_header",
        "windows", "iso_dates", "milliseconds", "recbole", "parquet", "zipped_ml_1m", "zipped_csv",
    )  # fmt: skip
    for name in names:
        target = folder / name
        target.mkdir()
        yield f"data set: {name}", getattr(layouts, name)(target)
    for name, texts in _FOLDERS.items():
        target = folder / name
        target.mkdir()
        for file, text in texts.items():
            (target / file).write_text(text, encoding="utf-8")
        yield f"data set: {name}", target


def attempt(work: Callable[[], Any], tally: Tally, content: bytes) -> None:
    """Run ``work`` and count what became of it."""
    try:
        work()
    except ReelgraphError:
        tally.outcomes["refused"] += 1
    except Exception as error:
        tally.outcomes["defects"] += 1
        frame = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
        text = "".join(traceback.format_exception(error)[-4:])
        tally.defects.setdefault(kind, f"{text}{base64.b64encode(content[:4000]).decode()}")
    else:
        tally.outcomes["read"] += 1


def _read_and_clean(root: Path, _changed_file: Path) -> None:
    rg.clean(rg.read(root))


def stored_files(folder: Path) -> Iterator[tuple[str, Path, Callable[[Path], Any]]]:
    """What it is, path and reader of each file of a bundle, and of a dump of a store."""
    bundle = small().save(folder / "bundle")
    for file in sorted(bundle.iterdir()):
        yield "bundle", file, lambda _: Bundle.load(bundle)
    empty, dump = folder / "empty.db", folder / "people.jsonl"
    open_store(empty).close()
    store = open_store(shutil.copy(empty, folder / "full.db"))
    store.rate([NewRating("zoë", "1", 4.5, 10, "r1"), NewRating("ann", "2", 2.0, 20)])
    store.mark_all("ann", ["3", "4"], "watchlist")
    store.forget("zoë")
    store.dump(dump)
    store.close()

    def restore(path: Path) -> None:
        other = open_store(shutil.copy(empty, folder / "other.db"))
        try:
            other.restore(path)
        finally:
            other.close()

    yield "dump of a store", dump, restore


def fuzz(n_inputs: int, seed: int) -> dict[str, Tally]:
    """Tally of each layout; the inputs are shared among the layouts, and the same seed makes the same inputs."""
    tallies: dict[str, Tally] = {}
    catalogue = brought_catalogue()
    # Packages are looked for at each read; here that would be half of the time.
    installed = cache(plugins.installed)
    with tempfile.TemporaryDirectory() as name, mock.patch.object(plugins, "installed", installed):
        folder = Path(name)
        sources: list[tuple[str, Path, bytes, Callable[[Path], Any]]] = []

        def import_it(path: Path) -> None:
            adds_up(rg.import_export(path, catalogue))

        for layout, file, content in exports():
            path = folder / f"{len(sources)}" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            sources.append((layout, path, content, import_it))
        originals = folder / "data sets"
        originals.mkdir()
        for layout, root in data_sets(originals):
            files = [root] if root.is_file() else sorted(file for file in root.rglob("*") if file.is_file())
            read = partial(_read_and_clean, root)
            sources += [(layout, file, file.read_bytes(), read) for file in files]
        sources += [(layout, file, file.read_bytes(), read) for layout, file, read in stored_files(folder)]
        contents = [content for _, _, content, _ in sources]
        for number in range(n_inputs):
            draw = np.random.default_rng([seed, number])
            layout, path, content, work = sources[number % len(sources)]
            damaged = mutated(content, contents, draw)
            path.write_bytes(damaged)
            attempt(partial(work, path), tallies.setdefault(layout, Tally()), damaged)
            path.write_bytes(content)
    return tallies


@app.command()
def main(
    inputs: Annotated[int, typer.Option(min=1, help="Number of damaged files.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the damage.")] = 0,
) -> None:
    """Read damaged files of every layout, and print what became of them."""
    started = time.perf_counter()
    tallies = fuzz(inputs, seed)
    names = ("read", "refused", "defects")
    rows: list[list[object]] = [
        [layout, *(f"{tally.outcomes[n]:,}" for n in names)] for layout, tally in tallies.items()
    ]
    total = sum((tally.outcomes for tally in tallies.values()), Counter[str]())
    rows.append(["all", *(f"{total[name]:,}" for name in names)])
    seconds = time.perf_counter() - started
    print_table("damaged files", ["layout", *names], rows, f"seed {seed}, {seconds:.0f} s")
    for layout, tally in tallies.items():
        for kind, text in tally.defects.items():
            err.print(f"{layout}: {kind}\n{text}", markup=False, soft_wrap=True)
    if total["defects"]:
        raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(run(app, "fuzz"))
