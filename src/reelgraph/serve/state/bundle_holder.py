"""The bundle in use, replaced in one step; a bundle that cannot be used is refused and the current one stays."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from reelgraph.bundle import MANIFEST, read_manifest
from reelgraph.core.errors import BundleError
from reelgraph.serve.state.loaded_bundle import LoadedBundle

BundleTask = Callable[[LoadedBundle], object]

_log = logging.getLogger("reelgraph.serve")
_NO_MANIFEST = (0, 0, 0)


class BundleHolder:
    """Holds the `LoadedBundle` in use.

    A request reads `current` once, so a reload never changes the bundle under a request and no request waits for one.

    Args:
        path: folder of the bundle.
        warm_up: called with each bundle before it is used; whatever it raises, the bundle is refused.
        seen_weight: weight of a movie seen without a rating; None for that of each bundle.

    Raises:
        BundleError: the bundle is missing, damaged, or cannot answer.
    """

    def __init__(self, path: Path, warm_up: BundleTask, seen_weight: float | None = None) -> None:
        self._path, self._warm_up, self._seen_weight = path, warm_up, seen_weight
        self._manifest_stamp = self._read_manifest_stamp()
        self._current = self._load()
        self._reload_lock = threading.Lock()
        self._stop = threading.Event()
        self.on_reload: Callable[[bool], None] = lambda success: None

    @property
    def current(self) -> LoadedBundle:
        """The bundle in use."""
        return self._current

    def reload(self) -> bool:
        """Load the folder again and use the bundle in it; requests are answered meanwhile.

        Returns:
            Whether it is another bundle than before.

        Raises:
            BundleError: it cannot be used; the current one stays.
        """
        with self._reload_lock:
            self._manifest_stamp = self._read_manifest_stamp()
            try:
                if read_manifest(self._path)["digest"] == self._current.digest:
                    return False
                self._current = self._load()
            except BundleError as error:
                self.on_reload(False)
                _log.error("bundle refused, the current one stays", extra={"reason": str(error)})
                raise
            self.on_reload(True)
            _log.info("bundle replaced", extra={"bundle": self._current.digest})
            return True

    def watch(self, seconds: float) -> threading.Thread:
        """Reload when the folder has changed, checked every so many seconds until `close`; try a bad bundle once."""

        def check_folder() -> None:
            while not self._stop.wait(seconds):
                stamp = self._read_manifest_stamp()
                if stamp in (self._manifest_stamp, _NO_MANIFEST):  # there is none for a moment during a replacement
                    continue
                with suppress(BundleError):  # the log has it
                    self.reload()

        thread = threading.Thread(target=check_folder, name="bundle-watch", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()

    def _load(self) -> LoadedBundle:
        try:
            loaded = LoadedBundle.load(self._path, self._seen_weight)
            self._warm_up(loaded)
        except BundleError:
            raise
        except Exception as error:  # whatever the bundle holds, the service goes on with the current one
            raise BundleError(f"{self._path} cannot be used: {type(error).__name__}: {error}") from error
        return loaded

    def _read_manifest_stamp(self) -> tuple[int, int, int]:
        """Inode, time and size of the manifest: they change with the bundle, which is renamed into place as a whole."""
        try:
            stat = (self._path / MANIFEST).stat()
        except OSError:
            return _NO_MANIFEST
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size)
