"""The files of an export: a zip, a folder or one file, read within limits; nothing is unpacked to disk."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reelgraph.core.errors import DataFormatError

MAX_MEMBERS = 10_000  # files in a zip: an export has one per list of its owner
MAX_DIRECTORY = 4 * 2**20  # bytes of the directory of a zip, which is held in memory
MAX_BYTES = 32 * 2**20  # per file: 200,000 rows have 20 MB
MAX_TOTAL = 64 * 2**20  # of all files read from one export
_SUFFIXES = (".csv", ".json", ".jsonl", ".txt", ".tsv", ".xml")
_MAX_DEPTH = 3  # of folders
_CHUNK = 2**18
_DOCUMENTS = {  # zips that hold this file
    "xl/workbook.xml": "an Excel workbook",
    "xl/workbook.bin": "an Excel workbook",
    "word/document.xml": "a Word document",
    "content.xml": "a LibreOffice document",
    "Index/Document.iwa": "a Numbers or Pages document",
}
_END_RECORD, _END64_LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_END_RECORD_BYTES = 22
# LZMA is excluded: it takes as much memory as the zip asks for.
_COMPRESSION_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


@dataclass(frozen=True)
class ArchiveMember:
    """One file of an export.

    Args:
        name: without its folder.
        folder: within the export; "" at the top.
        display_name: for messages.
    """

    name: str
    folder: str
    display_name: str


class ExportArchive:
    """The tables and JSON files of an export.

    Args:
        path: a zip, a folder or a file.

    Raises:
        DataFormatError: the path does not exist, is damaged, or is over a limit.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._bytes_left = MAX_TOTAL
        self._location: dict[ArchiveMember, str] = {}  # path on disk, or name in the zip
        self._is_zip = False
        if not self.path.exists():
            raise DataFormatError(self.path, "no such file or folder")
        if self.path.is_dir():
            self._list_folder()
        elif _is_zip(self.path):
            self._is_zip = True
            self._list_zip()
        else:
            self._location[ArchiveMember(self.path.name, "", str(self.path))] = str(self.path)

    @property
    def members(self) -> tuple[ArchiveMember, ...]:
        """The files, first by depth of their folder, then by name."""

        def sort_key(member: ArchiveMember) -> tuple[int, bool, str, str]:
            return member.folder.count("/"), bool(member.folder), member.folder, member.name

        return tuple(sorted(self._location, key=sort_key))

    def read(self, member: ArchiveMember) -> bytes:
        """The bytes of one file.

        Raises:
            DataFormatError: it is damaged, encrypted, or too large by its declared or actual size.
        """
        location = self._location[member]
        try:
            if not self._is_zip:
                self._check_size(member, Path(location).stat().st_size)
                with Path(location).open("rb") as stream:
                    return self._read_stream(member, stream)
            with zipfile.ZipFile(self.path) as archive:
                info = archive.getinfo(location)
                if info.compress_type not in _COMPRESSION_METHODS:
                    raise NotImplementedError("its compression method is not supported; zip it again")
                self._check_size(member, info.file_size)
                with archive.open(info) as stream:
                    return self._read_stream(member, stream)
        except _READ_ERRORS as error:
            raise DataFormatError(member.display_name, f"cannot be read: {_reason(error)}") from None

    def _read_stream(self, member: ArchiveMember, stream: object) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while chunk := stream.read(_CHUNK):  # type: ignore[attr-defined]
            size += len(chunk)
            self._check_size(member, size)  # the declared size may be wrong
            chunks.append(chunk)
        self._bytes_left -= size
        return b"".join(chunks)

    def _check_size(self, member: ArchiveMember, size: int) -> None:
        if size > min(MAX_BYTES, self._bytes_left):
            raise DataFormatError(
                member.display_name,
                f"refused: more than {min(MAX_BYTES, self._bytes_left):,} bytes",
                hint=f"the limits are {MAX_BYTES >> 20} MiB for a file and {MAX_TOTAL >> 20} MiB for an export",
            )

    def _list_folder(self) -> None:
        for folder, subfolders, names in os.walk(self.path):
            relative = Path(folder).relative_to(self.path)
            if len(relative.parts) >= _MAX_DEPTH:
                subfolders.clear()
            for name in names:
                path = str(Path(folder, name))
                self._add(name, relative.as_posix().removeprefix("."), path, path)

    def _list_zip(self) -> None:
        _check_directory(self.path)
        try:
            with zipfile.ZipFile(self.path) as archive:
                infos = archive.infolist()
        except _READ_ERRORS as error:
            raise _damaged(self.path, error) from None
        if len(infos) > MAX_MEMBERS:
            raise _too_many_files(self.path)
        document = next((_DOCUMENTS[info.filename] for info in infos if info.filename in _DOCUMENTS), None)
        if document:
            hint = "save its table as CSV (comma separated values) and give that file"
            raise DataFormatError(self.path, f"this is {document}, not an export", hint=hint)
        for info in infos:
            path = PurePosixPath(info.filename.replace("\\", "/"))
            if not path.parts:  # an empty name, which `is_dir` does not accept, or only dots
                continue
            if info.is_dir():
                continue
            # Paths outside the zip do no harm, because nothing is unpacked; but they are not part of an export.
            if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "__MACOSX" in path.parts:
                continue
            folder = "" if str(path.parent) == "." else str(path.parent)
            self._add(path.name, folder, f"{self.path}: {path}", info.filename)

    def _add(self, name: str, folder: str, display_name: str, location: str) -> None:
        if not name.lower().endswith(_SUFFIXES) or name.startswith("."):
            return
        if len(self._location) >= MAX_MEMBERS:
            raise _too_many_files(self.path)
        self._location[ArchiveMember(name, folder, display_name)] = location


def _is_zip(path: Path) -> bool:
    if path.suffix.lower() == ".zip":
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise DataFormatError(path, f"cannot be read: {_reason(error)}") from None


def _check_directory(path: Path) -> None:
    """Refuse a zip with too large a directory before the directory is read into memory."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 2**16 - _END_RECORD_BYTES))
            tail = file.read()
    except OSError as error:
        raise DataFormatError(path, f"cannot be read: {_reason(error)}") from None
    start = tail.rfind(_END_RECORD)
    if start < 0 or len(tail) - start < _END_RECORD_BYTES:
        raise _damaged(path, "its end is missing")
    n_entries, directory_bytes = struct.unpack("<HI", tail[start + 10 : start + 16])
    # Zip64 files have these numbers elsewhere; only archives of more than 4 GiB need that format.
    is_zip64 = tail[max(0, start - 20) : start].startswith(_END64_LOCATOR)
    if is_zip64 or n_entries > MAX_MEMBERS or directory_bytes > MAX_DIRECTORY:
        raise _too_many_files(path)


def _too_many_files(path: Path) -> DataFormatError:
    return DataFormatError(
        path,
        f"refused: more than {MAX_MEMBERS:,} files, or a directory of more than {MAX_DIRECTORY >> 20} MiB",
        hint="give the one file with the ratings",
    )


def _damaged(path: Path, error: object) -> DataFormatError:
    return DataFormatError(
        path,
        f"expected a complete zip file: {error}",
        hint="it is truncated, damaged or encrypted; download it again",
    )


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
