"""A text file, parsed in blocks where it is large: it is never held as a whole beside its columns."""

from __future__ import annotations

import codecs
import contextlib
import dataclasses
from collections.abc import Generator, Mapping

import polars as pl

from reelgraph.core.memory import require_memory
from reelgraph.data.readers import text
from reelgraph.data.readers.files import FileSet
from reelgraph.data.readers.narrow_types import narrow_series

BLOCK_BYTES = 16 * 2**20
_MEMORY_SHARE = 0.7  # bytes of the columns for each byte of text, at least: 20 for a row of MovieLens of 28
_NARROWED = ("user_id", "item_id", "rating")


class TextFile:
    """The rows of a delimited text file.

    A file of more than `BLOCK_BYTES` is parsed block by block as long as all rows are well-formed, without quotes, in
    UTF-8. At the first block that is not, it is read as a whole, so that faults, lines and encodings are the same as
    those of a small file.

    Args:
        files: the folder.
        name: the file.

    Raises:
        DataFormatError: the file is missing, empty, unreadable or binary.
        InsufficientMemoryError: its columns need more memory than is free.
    """

    def __init__(self, files: FileSet, name: str) -> None:
        self._files, self._name = files, name
        self._text: bytes | None = None
        self._head: bytes | None = None
        size = files.size(name)
        if size > BLOCK_BYTES:
            with contextlib.closing(files.blocks(name, BLOCK_BYTES)) as blocks:
                self._head = _plain_text(next(blocks, b""), is_first=True)
            require_memory(int(_MEMORY_SHARE * size), f"reading {files.display_name(name)}", "read a part of it")
        if self._head is None:
            self._text = files.read_utf8(name)

    def first_lines(self, n: int) -> list[str]:
        """The first ``n`` lines, or fewer if the file has no more; of a large file, those of the first block."""
        head = self._text if self._text is not None else (self._head or b"").removesuffix(b"\n")
        return text.first_lines(head, n)

    def parse(
        self, layout: text.RowLayout, positions: Mapping[str, int], types: Mapping[str, pl.DataType]
    ) -> text.ParsedRows:
        """The columns at ``positions``, see `reelgraph.data.readers.text.parse`.

        Returns:
            In the columns of ids and ratings 32 bits where they hold all values exactly.
        """
        if self._text is None:
            columns = self._parse_blocks(layout, positions, types)
            if columns is not None:
                return text.ParsedRows(columns)
            self._text = self._files.read_utf8(self._name)
        return text.parse(self._text, layout, positions, types)

    def _parse_blocks(
        self, layout: text.RowLayout, positions: Mapping[str, int], types: Mapping[str, pl.DataType]
    ) -> dict[str, pl.Series] | None:
        parts: dict[str, list[pl.Series]] = {name: [] for name in positions}
        with contextlib.closing(self._plain_blocks()) as blocks:
            for n, block in enumerate(blocks):
                if block is None or (layout.quoted and b'"' in block):
                    return None
                block_layout = layout if n == 0 else dataclasses.replace(layout, skip_lines=0)
                columns = text.parse_well_formed(block, block_layout, positions, types)
                if columns is None:
                    return None
                for name, column in columns.items():
                    parts[name].append(narrow_series(column) if name in _NARROWED else column)
        return {name: _joined(parts.pop(name)) for name in positions}

    def _plain_blocks(self) -> Generator[bytes | None, None, None]:
        """The text of the blocks, without the line end behind each; None for one that is not plain."""
        previous: bytes | None = None
        for n, block in enumerate(self._files.blocks(self._name, BLOCK_BYTES)):
            if previous is not None:
                yield previous.removesuffix(b"\n")
            previous = _plain_text(block, is_first=n == 0)
            if previous is None:
                yield None
                return
        # The first line end at the end of the file belongs to the last row; further ones would be empty rows.
        last = b"" if previous is None else previous.rstrip(b"\n")
        yield last or None


def _plain_text(block: bytes, *, is_first: bool) -> bytes | None:
    """The block with line feeds alone; None if it takes the whole file to know how it is to be read."""
    block = block.removeprefix(codecs.BOM_UTF8) if is_first else block
    if b"\n" not in block or b"\0" in block:
        return None
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    if not block.isascii():
        try:
            block.decode()
        except UnicodeDecodeError:
            return None
    return block


def _joined(parts: list[pl.Series]) -> pl.Series:
    """One column of the parts, as wide as the widest."""
    dtypes = {part.dtype for part in parts}
    if len(dtypes) > 1:
        widest = pl.Int64() if pl.Int64 in dtypes else pl.Float64()
        parts = [part.cast(widest) for part in parts]
    return pl.concat(parts, rechunk=True)
