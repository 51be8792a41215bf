"""An export as its files: a zip, a folder or one file, read within stated limits; nothing is unpacked to disk."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reelgraph.core.errors import DataFormatError

MAX_MEMBERS = 10_000  # files in a zip: an export has one for each list its owner keeps
MAX_DIRECTORY = 4 * 2**20  # bytes of a zip's table of contents, which is held in memory
MAX_BYTES = 32 * 2**20  # of one file: 200,000 rows have 20 MB
MAX_TOTAL = 64 * 2**20  # of all files of one export that are read
_SUFFIXES = (".csv", ".json", ".txt", ".tsv")
_DEPTH = 3  # folders within a folder that are looked into
_CHUNK = 2**18
_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES = 22
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)  # LZMA takes the memory that the zip asks for
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


@dataclass(frozen=True)
class Member:
    """One file of an export.

    Args:
        name: its last name.
        folder: the folder it is in, within the export; "" at the top.
        where: what to call it in a message.
    """

    name: str
    folder: str
    where: str


class Archive:
    """The tables and JSON files of an export.

    Args:
        path: a zip, a folder or a file.

    Raises:
        DataFormatError: nothing is there, it is damaged, or it is over a limit.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._left = MAX_TOTAL
        self._place: dict[Member, str] = {}
        self._zipped = False
        self.ignored = 0  # files that are neither tables nor JSON, or that point out of the zip
        if not self.path.exists():
            raise DataFormatError(self.path, "no such file or folder")
        if self.path.is_dir():
            self._list_folder()
        elif _is_zip(self.path):
            self._zipped = True
            self._list_zip()
        else:
            self._place[Member(self.path.name, "", str(self.path))] = str(self.path)

    @property
    def members(self) -> tuple[Member, ...]:
        """The files, the higher folders first, then by name."""
        return tuple(
            sorted(self._place, key=lambda one: (one.folder.count("/"), bool(one.folder), one.folder, one.name))
        )

    def read(self, member: Member) -> bytes:
        """All bytes of one file.

        Raises:
            DataFormatError: it is damaged, locked or too large, as declared or as it comes out.
        """
        place = self._place[member]
        try:
            if not self._zipped:
                size = Path(place).stat().st_size
                self._check(member, size)
                with Path(place).open("rb") as stream:
                    return self._drain(member, stream)
            with zipfile.ZipFile(self.path) as archive:
                info = archive.getinfo(place)
                if info.compress_type not in _METHODS:
                    raise NotImplementedError("it is packed in a way that exports are not; zip it again")
                self._check(member, info.file_size)
                with archive.open(info) as stream:
                    return self._drain(member, stream)
        except _DAMAGED as error:
            raise DataFormatError(member.where, f"cannot be read: {_reason(error)}") from None

    def _drain(self, member: Member, stream: object) -> bytes:
        parts: list[bytes] = []
        size = 0
        while chunk := stream.read(_CHUNK):  # type: ignore[attr-defined]
            size += len(chunk)
            self._check(member, size)  # a declared size may lie
            parts.append(chunk)
        self._left -= size
        return b"".join(parts)

    def _check(self, member: Member, size: int) -> None:
        if size > min(MAX_BYTES, self._left):
            raise DataFormatError(
                member.where,
                f"refused: more than {min(MAX_BYTES, self._left):,} bytes",
                hint=f"at most {MAX_BYTES >> 20} MiB of one file and {MAX_TOTAL >> 20} MiB of an export are read",
            )

    def _list_folder(self) -> None:
        for folder, folders, names in os.walk(self.path):
            inside = Path(folder).relative_to(self.path)
            if len(inside.parts) >= _DEPTH:
                folders.clear()
            for name in names:
                file = str(Path(folder, name))
                self._add(name, inside.as_posix().removeprefix("."), file, file)

    def _list_zip(self) -> None:
        _check_directory(self.path)
        try:
            with zipfile.ZipFile(self.path) as archive:
                infos = archive.infolist()
        except _DAMAGED as error:
            raise _damaged(self.path, error) from None
        if len(infos) > MAX_MEMBERS:
            raise _too_many(self.path)
        for info in infos:
            place = PurePosixPath(info.filename.replace("\\", "/"))
            if not place.parts:  # a name of nothing, which `is_dir` stumbles on, or of dots
                self.ignored += 1
                continue
            if info.is_dir():
                continue
            # Nothing is unpacked, so a name that points out of the zip does no harm; it is no part of an export either.
            if place.is_absolute() or ".." in place.parts or ":" in place.parts[0] or "__MACOSX" in place.parts:
                self.ignored += 1
                continue
            folder = "" if str(place.parent) == "." else str(place.parent)
            self._add(place.name, folder, f"{self.path}: {place}", info.filename)

    def _add(self, name: str, folder: str, where: str, place: str) -> None:
        if not name.lower().endswith(_SUFFIXES) or name.startswith("."):
            self.ignored += 1
            return
        if len(self._place) >= MAX_MEMBERS:
            raise _too_many(self.path)
        self._place[Member(name, folder, where)] = place


def _is_zip(path: Path) -> bool:
    if path.suffix.lower() == ".zip":
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise DataFormatError(path, f"cannot be read: {_reason(error)}") from None


def _check_directory(path: Path) -> None:
    """Refuse a zip with too large a table of contents before it is read into memory."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - 2**16 - _END_BYTES))
            tail = file.read()
    except OSError as error:
        raise DataFormatError(path, f"cannot be read: {_reason(error)}") from None
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise _damaged(path, "its end is missing")
    entries, size = struct.unpack("<HI", tail[at + 10 : at + 16])
    # A zip of the 64-bit kind keeps these figures elsewhere; only archives of four gigabytes need it.
    if tail[max(0, at - 20) : at].startswith(_END64) or entries > MAX_MEMBERS or size > MAX_DIRECTORY:
        raise _too_many(path)


def _too_many(path: Path) -> DataFormatError:
    return DataFormatError(
        path,
        f"refused: more than {MAX_MEMBERS:,} files, or a table of contents over {MAX_DIRECTORY >> 20} MiB",
        hint="give the one file with the ratings",
    )


def _damaged(path: Path, error: object) -> DataFormatError:
    return DataFormatError(
        path, f"expected a whole zip file: {error}", hint="it is cut short, damaged or locked; download it again"
    )


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
