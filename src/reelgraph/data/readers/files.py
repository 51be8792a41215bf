"""A folder or a zip seen as named files: read whole, within bounds, and hashed as they are read."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from reelgraph.core import CleanStep
from reelgraph.core.errors import DataFormatError

MAX_BYTES = 8 * 2**30  # 8 GiB: ratings.csv of ml-32m, the largest published file, has 0.9 GiB
MAX_RATIO = 250.0  # text of ratings shrinks 4 to 10 times; deflate can do 1032, which is what bombs use
RATIO_FLOOR = 16 * 2**20  # a small file may shrink as it likes: it cannot do harm
_CHUNK = 2**20


NOT_UTF8 = "lines not in UTF-8, read as latin-1"


class FileSet:
    """The files of one folder, on disk or inside a zip; nothing is ever unpacked to disk.

    Args:
        path: the folder, the zip or (for a single file) the folder that holds it.
        members: file name -> its path on disk, or its name inside the zip.
        archive: the zip, or None for files on disk.
    """

    def __init__(self, path: Path, members: dict[str, str], archive: Path | None = None) -> None:
        self.path, self._members, self._archive = path, members, archive
        self._digests: dict[str, str] = {}
        self._not_utf8: dict[str, list[int]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, ascending."""
        return tuple(sorted(self._members))

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def where(self, name: str) -> str:
        """What to call the file in a message: its path, or zip and member."""
        member = self._members.get(name, name)
        return f"{self._archive}: {member}" if self._archive else member

    def read(self, name: str) -> bytes:
        """All bytes of one file.

        Raises:
            DataFormatError: the file is missing, empty, cannot be read, or is a damaged or oversized zip member.
        """
        if name not in self._members:
            raise DataFormatError(self.path, f"expected a file {name}, found {', '.join(self.names) or 'none'}")
        member = self._members[name]
        data = _read_member(self._archive, member) if self._archive else _read_file(Path(member))
        if not data.strip():
            raise DataFormatError(self.where(name), "expected ratings or names, found an empty file")
        self._digests[name] = hashlib.sha256(data).hexdigest()
        self._not_utf8[name] = _lines_not_utf8(data)
        return data

    def notes(self) -> tuple[CleanStep, ...]:
        """What reading noticed: lines that are not UTF-8, which are read as latin-1."""
        places = [f"{name}, line {line}" for name, lines in sorted(self._not_utf8.items()) for line in lines]
        return (CleanStep(NOT_UTF8, "changed", len(places), tuple(places[:5])),)

    def sha256(self) -> str:
        """Hash over the names and the contents of the files read so far, in the order of their names, hex."""
        total = hashlib.sha256()
        for name in sorted(self._digests):
            total.update(f"{name}\0{self._digests[name]}\n".encode())
        return total.hexdigest()


def _lines_not_utf8(data: bytes) -> list[int]:
    """Numbers of the lines, from 1; none for binary files and UTF-16, which know no such lines."""
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
    """The files directly in a folder."""
    return FileSet(path, {entry.name: str(entry) for entry in path.iterdir() if entry.is_file()})


def open_file(path: Path) -> FileSet:
    """A set of one file."""
    return FileSet(path.parent, {path.name: str(path)})


def open_zip(path: Path) -> list[FileSet]:
    """The folders inside a zip, one `FileSet` each, in the order of their names.

    Raises:
        DataFormatError: the zip is cut short, damaged or not a zip.
    """
    folders: dict[str, dict[str, str]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                place = PurePosixPath(info.filename)
                # Members that point out of the archive are never data; nothing is unpacked, so they do no harm.
                if info.is_dir() or place.is_absolute() or ".." in place.parts or "__MACOSX" in place.parts:
                    continue
                folders.setdefault(str(place.parent), {})[place.name] = info.filename
    except (zipfile.BadZipFile, OSError) as error:
        raise _damaged(path, error) from None
    return [FileSet(path, folders[name], archive=path) for name in sorted(folders)]


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataFormatError(path, f"cannot be read: {error.strerror}") from None


def _read_member(archive: Path, member: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        with zipfile.ZipFile(archive) as opened:
            info = opened.getinfo(member)
            _refuse_bomb(archive, member, info.file_size, info.compress_size)
            with opened.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    # The declared size may lie, so what really comes out is measured too.
                    _refuse_bomb(archive, member, size, info.compress_size)
                    parts.append(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise _damaged(archive, error) from None
    return b"".join(parts)


def _refuse_bomb(archive: Path, member: str, size: int, packed: int) -> None:
    ratio = size / max(packed, 1)
    if size > MAX_BYTES or (size > RATIO_FLOOR and ratio > MAX_RATIO):
        raise DataFormatError(
            f"{archive}: {member}",
            f"refused: it unpacks to {size:,} bytes, {ratio:,.0f} times its packed size",
            hint=f"at most {MAX_BYTES:,} bytes and {MAX_RATIO:.0f} times are read; unpack it yourself if you trust it",
        )


def _damaged(path: Path, error: Exception) -> DataFormatError:
    return DataFormatError(
        path, f"expected a whole zip file: {error}", hint="it is cut short, damaged or locked; download it again"
    )
