"""The folder in which files grow block by block, so that an interrupted run goes on where it was."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from reelgraph._util.atomic_files import atomic_write, file_lock
from reelgraph._version import __version__
from reelgraph.core import FloatArray, IntArray
from reelgraph.core.errors import ConfigError, ReelgraphError
from reelgraph.data.generation.request import GenerationRequest, require_empty

GROWING = {"ratings.csv": b"userId,movieId,rating,timestamp\n", "tags.csv": b"userId,movieId,tag,timestamp\n"}
_PROGRESS = "progress.npz"


@dataclass
class WorkingFolder:
    """Growing files, and a record of how far they are; both are on the disk after every block.

    Args:
        path: the folder.
        request: what is being made.
        n_blocks: blocks written.
        sizes: bytes of each growing file.
        sums: ``(6,)`` of `GeneratedRatings <reelgraph.data.generation.people_kernels.GeneratedRatings>`.
        counts: ``(n_movies,)`` ratings of each movie.
        n_tags: tags written.
    """

    path: Path
    request: GenerationRequest
    n_blocks: int = 0
    sizes: dict[str, int] = field(default_factory=lambda: {name: len(head) for name, head in GROWING.items()})
    sums: FloatArray = field(default_factory=lambda: np.zeros(6))
    counts: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    n_tags: int = 0

    @classmethod
    def open(cls, path: Path, request: GenerationRequest) -> WorkingFolder:
        """The folder of an interrupted run of the same request, cut back to its last whole block; otherwise a new one.

        A record that cannot be read, or does not fit the files, is as good as none.

        Raises:
            ConfigError: the interrupted run was of another request; its work stays.
        """
        folder = cls(path, request, counts=np.zeros(request.shape.n_movies, np.int64))
        if not folder._read_progress():
            folder = cls(path, request, counts=np.zeros(request.shape.n_movies, np.int64))
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
            for name, head in GROWING.items():
                (path / name).write_bytes(head)
        for name, size in folder.sizes.items():
            os.truncate(path / name, size)
        return folder

    def _read_progress(self) -> bool:
        try:
            with np.load(io.BytesIO((self.path / _PROGRESS).read_bytes()), allow_pickle=False) as arrays:
                state = json.loads(str(arrays["state"]))
                if state["request"] != self.request.to_dict():
                    raise _other_request(self.path, state["request"])
                if arrays["counts"].shape != self.counts.shape:
                    return False
                self.n_blocks, self.sizes, self.n_tags = state["n_blocks"], state["sizes"], state["n_tags"]
                self.sums, self.counts = arrays["sums"], arrays["counts"]
            return all((self.path / name).stat().st_size >= self.sizes[name] for name in GROWING)
        except ConfigError:
            raise
        except Exception:  # whatever a damaged file makes NumPy, zipfile or json raise
            return False

    def append(self, texts: dict[str, bytes]) -> None:
        """Add a block to the files and to the record; the other fields are already those after the block."""
        for name, text in texts.items():
            with (self.path / name).open("ab") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self.sizes[name] += len(text)
        self.n_blocks += 1
        state = {"request": self.request.to_dict(), "n_blocks": self.n_blocks, "sizes": self.sizes,
                 "n_tags": self.n_tags}  # fmt: skip
        record = io.BytesIO()
        np.savez(record, state=np.array(json.dumps(state)), sums=self.sums, counts=self.counts)
        atomic_write(self.path / _PROGRESS, record.getvalue())

    def finish(self, out: Path) -> None:
        """Give the folder its final name; ``out`` is empty or not there."""
        if out.is_dir():
            out.rmdir()
        (self.path / _PROGRESS).unlink(missing_ok=True)
        self.path.rename(out)


def _other_request(path: Path, request: Mapping[str, object]) -> ConfigError:
    """The refusal to throw away what another request has left in a folder; a KeyError where it says too little."""
    words = f"--like {request['like']} --ratings {request['ratings']} --seed {request['seed']}"
    made_by = "" if request["version"] == __version__ else f" of reelgraph {request['version']}"
    return ConfigError(
        "out",
        f"{path} holds the unfinished work of {words}{made_by}: give these to go on with it, or remove the folder",
    )


def _working_path(out: Path) -> Path:
    return out.parent / f".{out.name}.generating"


def bytes_kept(out: Path) -> int:
    """Bytes of the growing files that an interrupted run has left."""
    return sum(file.stat().st_size for name in GROWING if (file := _working_path(out) / name).is_file())


@contextmanager
def working_folder(out: Path, request: GenerationRequest) -> Iterator[WorkingFolder]:
    """The working folder beside ``out``, held by this process alone; waits for another one.

    Args:
        out: the folder to be made, resolved.
        request: what is being made.

    Raises:
        ConfigError: ``out`` is no longer empty, or the working folder is of another request.
        ReelgraphError: a file cannot be written; what is there stays for the next run.
    """
    path, folder = _working_path(out), None
    try:
        with file_lock(path):
            require_empty(out)  # another process may have filled it while this one waited
            folder = WorkingFolder.open(path, request)
            yield folder
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "the same command goes on where this one stopped" if folder is not None and folder.n_blocks else None
        raise ReelgraphError(f"cannot write {out}: {reason}", hint) from None
    finally:
        with suppress(OSError):
            if not path.exists():
                (path.parent / f".{path.name}.lock").unlink(missing_ok=True)
