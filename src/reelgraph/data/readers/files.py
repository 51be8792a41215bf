"""The files of a folder or a zip: read into memory within limits, and hashed."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path, PurePosixPath

from reelgraph.core import CleanStep
from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers.text import to_utf8

MAX_BYTES = 8 * 2**30  # 8 GiB: ratings.csv of ml-32m, the largest published file, has 0.9 GiB
MAX_RATIO = 250.0  # ratings compress 4 to 10 times; zip bombs use the 1,032 times that deflate can reach
RATIO_FLOOR = 16 * 2**20  # small files may have any ratio: they cannot do harm
_CHUNK = 2**20

DETAILS = "details.parquet"
"""End of the names of files that `reelgraph data enrich` writes beside a data set; no part of its layout."""

NOT_UTF8 = "lines not in UTF-8, read as latin-1"


class FileSet:
    """The files of one folder, on disk or inside a zip; nothing is unpacked to disk.

    Args:
        path: the folder or the zip; for a single file, its folder.
        members: file name -> its path on disk, or its name inside the zip.
        archive: the zip, or None for files on disk.
    """

    def __init__(self, path: Path, members: dict[str, str], archive: Path | None = None) -> None:
        self.path, self._members, self._archive = path, members, archive
        self._digests: dict[str, str] = {}
        self._latin1_lines: dict[str, list[int]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, ascending."""
        return tuple(sorted(self._members))

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def display_name(self, name: str) -> str:
        """The name of the file for messages: its path, or the zip and the member."""
        member = self._members.get(name, name)
        return f"{self._archive}: {member}" if self._archive else member

    def read(self, name: str) -> bytes:
        """The bytes of one file.

        Raises:
            DataFormatError: the file is missing, empty or unreadable, or a damaged or oversized zip member.
        """
        if name not in self._members:
            raise DataFormatError(self.path, f"expected a file {name}, found {', '.join(self.names) or 'none'}")
        data = _read_file(Path(self._members[name])) if self._archive is None else b"".join(self._chunks(name))
        if not data.strip():
            raise DataFormatError(self.display_name(name), "expected ratings or names, found an empty file")
        self._digests[name] = hashlib.sha256(data).hexdigest()
        self._latin1_lines[name] = _lines_not_utf8(data)
        return data

    def size(self, name: str) -> int:
        """Bytes of a file, unpacked; 0 if it is missing or unreadable, of which :meth:`read` says more."""
        try:
            if self._archive is None:
                return Path(self._members[name]).stat().st_size
            with zipfile.ZipFile(self._archive) as archive:
                return archive.getinfo(self._members[name]).file_size
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError):
            return 0

    def blocks(self, name: str, n_bytes: int) -> Generator[bytes, None, None]:
        """The bytes of one ASCII file in blocks of about ``n_bytes``, each cut behind a line feed.

        The file is hashed on the way, and counts as read when the last block has been taken. Raises as :meth:`read`.

        Args:
            name: the file.
            n_bytes: a block has more only if a line is longer.
        """
        digest, partial_line = hashlib.sha256(), b""
        for chunk in self._chunks(name, n_bytes):
            digest.update(chunk)
            end = chunk.rfind(b"\n") + 1
            if end:
                yield partial_line + chunk[:end] if partial_line else chunk[:end]
                partial_line = chunk[end:]
            else:
                partial_line += chunk
        if partial_line:
            yield partial_line
        self._digests[name] = digest.hexdigest()
        self._latin1_lines[name] = []

    def _chunks(self, name: str, n_bytes: int = _CHUNK) -> Iterator[bytes]:
        member = self._members[name]
        return _member_chunks(self._archive, member, n_bytes) if self._archive else _file_chunks(Path(member), n_bytes)

    def read_utf8(self, name: str) -> bytes:
        """The text of one file, see `reelgraph.data.readers.text.to_utf8`; raises as :meth:`read`."""
        return to_utf8(self.read(name), self.display_name(name))

    def read_lines(self, name: str) -> list[str]:
        """The lines of one text file; raises as :meth:`read`."""
        return self.read_utf8(name).decode().split("\n")

    def notes(self) -> tuple[CleanStep, ...]:
        """The report of the lines that are not UTF-8 and were read as latin-1."""
        examples = [f"{name}, line {line}" for name, lines in sorted(self._latin1_lines.items()) for line in lines]
        return (CleanStep(NOT_UTF8, "changed", len(examples), tuple(examples[:5])),)

    def sha256(self) -> str:
        """Hash of the names and contents of the files read so far, in the order of their names, hex."""
        digest = hashlib.sha256()
        for name in sorted(self._digests):
            digest.update(f"{name}\0{self._digests[name]}\n".encode())
        return digest.hexdigest()


def _lines_not_utf8(data: bytes) -> list[int]:
    """1-based numbers of the lines that are not UTF-8; none for binary files and UTF-16."""
    if data.isascii() or b"\0" in data:
        return []
    try:
        data.decode()
    except UnicodeDecodeError:
        return [number for number, line in enumerate(data.split(b"\n"), 1) if not _is_utf8(line)]
    return []


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def open_folder(path: Path) -> FileSet:
    """The files directly in a folder, without details of movies.

    Raises:
        DataFormatError: the folder, or what lies in it, may not be looked at.
    """
    try:
        entries = [entry for entry in path.iterdir() if entry.is_file() and not is_details_file(entry)]
    except OSError as error:
        raise DataFormatError(error.filename or path, f"cannot be read: {error.strerror}") from None
    return FileSet(path, {entry.name: str(entry) for entry in entries})


def is_details_file(path: Path) -> bool:
    """Whether a file holds details of movies, by its name."""
    return path.name == DETAILS or path.name.endswith(f".{DETAILS}")


def open_file(path: Path) -> FileSet:
    """A single file."""
    return FileSet(path.parent, {path.name: str(path)})


def open_zip(path: Path) -> list[FileSet]:
    """The folders inside a zip, one `FileSet` each, in the order of their names.

    Raises:
        DataFormatError: the file is truncated, damaged or not a zip.
    """
    folders: dict[str, dict[str, str]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.filename:
                    raise zipfile.BadZipFile("a file in it has no name")
                member = PurePosixPath(info.filename)
                # Members outside the archive are never data. They do no harm, because nothing is unpacked to disk.
                if info.is_dir() or member.is_absolute() or ".." in member.parts or "__MACOSX" in member.parts:
                    continue
                folders.setdefault(str(member.parent), {})[member.name] = info.filename
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:  # the second: of a version yet to come
        raise _damaged(path, error) from None
    return [FileSet(path, folders[name], archive=path) for name in sorted(folders)]


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataFormatError(path, f"cannot be read: {error.strerror}") from None


def _file_chunks(path: Path, n_bytes: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(n_bytes):
                yield chunk
    except OSError as error:
        raise DataFormatError(path, f"cannot be read: {error.strerror}") from None


def _member_chunks(archive: Path, member: str, n_bytes: int) -> Iterator[bytes]:
    size = 0
    try:
        with zipfile.ZipFile(archive) as zip_file:
            info = zip_file.getinfo(member)
            _refuse_bomb(archive, member, info.file_size, info.compress_size)
            with zip_file.open(info) as stream:
                while chunk := stream.read(n_bytes):
                    size += len(chunk)
                    # The declared size may be wrong, so the actual size is checked, too.
                    _refuse_bomb(archive, member, size, info.compress_size)
                    yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise _damaged(archive, error) from None


def _refuse_bomb(archive: Path, member: str, size: int, compressed_size: int) -> None:
    ratio = size / max(compressed_size, 1)
    if size > MAX_BYTES or (size > RATIO_FLOOR and ratio > MAX_RATIO):
        raise DataFormatError(
            f"{archive}: {member}",
            f"refused: it unpacks to {size:,} bytes, {ratio:,.0f} times its compressed size",
            hint=f"the limits are {MAX_BYTES:,} bytes and {MAX_RATIO:.0f} times; unpack it yourself if you trust it",
        )


def _damaged(path: Path, error: Exception) -> DataFormatError:
    return DataFormatError(
        path, f"expected a complete zip file: {error}", hint="it is truncated, damaged or encrypted; download it again"
    )
