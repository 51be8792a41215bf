"""The bundle in use, replaced in one step; a bundle that cannot be used is refused and the current one stays."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from reelgraph.bundle import MANIFEST, read_manifest
from reelgraph.core.errors import BundleError, StoreError
from reelgraph.serve.state.loaded_bundle import LoadedBundle
from reelgraph.serve.state.stored_items import StoredItems

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
        stored_items: movies that were added after the training, which bundles are extended by; None for none.

    Raises:
        BundleError: the bundle is missing, damaged, or cannot answer.
        StoreError: the store of the added movies cannot answer.
    """

    def __init__(
        self,
        path: Path,
        warm_up: BundleTask,
        seen_weight: float | None = None,
        stored_items: StoredItems | None = None,
    ) -> None:
        self._path, self._warm_up, self._seen_weight, self._stored_items = path, warm_up, seen_weight, stored_items
        self._manifest_stamp, self._items_version = self._read_manifest_stamp(), self._read_items_version()
        self._current = self._load()
        self._reload_lock = threading.Lock()
        self._stop = threading.Event()
        self.on_reload: Callable[[bool], None] = lambda success: None

    @property
    def current(self) -> LoadedBundle:
        """The bundle in use."""
        return self._current

    def reload(self) -> bool:
        """Load the folder again and use the bundle in it, with the movies added since; requests are answered meanwhile.

        Returns:
            Whether it is another bundle than before, or has other movies.

        Raises:
            BundleError: it cannot be used; the current one stays.
        """
        with self._reload_lock:
            self._manifest_stamp = self._read_manifest_stamp()
            previous_version, self._items_version = self._items_version, self._read_items_version()
            try:
                is_same = read_manifest(self._path)["digest"] == self._current.manifest_digest
                if is_same and self._items_version == previous_version:
                    return False
                loaded = self._load()
                if loaded.digest == self._current.digest:
                    return False
                self._current = loaded
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
                if stamp == _NO_MANIFEST:  # there is none for a moment during a replacement
                    continue
                if stamp == self._manifest_stamp and self._read_items_version() == self._items_version:
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
            loaded = LoadedBundle.load(self._path, self._seen_weight, self._stored_items)
            self._warm_up(loaded)
        except BundleError:
            raise
        except Exception as error:  # whatever the bundle holds, the service goes on with the current one
            raise BundleError(f"{self._path} cannot be used: {type(error).__name__}: {error}") from error
        return loaded

    def _read_items_version(self) -> int:
        """The version of the added movies; the last one known while the store cannot answer."""
        try:
            return 0 if self._stored_items is None else self._stored_items.version()
        except StoreError:
            return getattr(self, "_items_version", 0)

    def _read_manifest_stamp(self) -> tuple[int, int, int]:
        """Inode, time and size of the manifest: they change with the bundle, which is renamed into place as a whole."""
        try:
            stat = (self._path / MANIFEST).stat()
        except OSError:
            return _NO_MANIFEST
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size)
