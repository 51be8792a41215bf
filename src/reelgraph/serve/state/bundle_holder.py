"""The bundle in use: loaded, tried, swapped in one step; a bad one is refused and the old one stays."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from reelgraph.bundle import MANIFEST, read_manifest
from reelgraph.core.errors import BundleError
from reelgraph.serve.state.loaded_bundle import LoadedBundle

_log = logging.getLogger("reelgraph.serve")
_NOTHING = (0, 0, 0)


Work = Callable[[LoadedBundle], object]


class BundleHolder:
    """Holds the `LoadedBundle` in use.

    Readers take `current` once a request, so a swap never changes a model under a request and none waits for it.

    Args:
        path: folder of the bundle.

    Raises:
        BundleError: it is missing or damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._look()
        self._model = LoadedBundle.load(path)
        self._loading = threading.Lock()
        self._stop = threading.Event()
        self.on_reload: Callable[[bool], None] = lambda loaded: None
        self._afterwards: list[Work] = []
        self.afterwards(LoadedBundle.make_vectors)

    @property
    def current(self) -> LoadedBundle:
        """The model in use."""
        return self._model

    def reload(self) -> bool:
        """Load the folder again and use what is there now; requests go on meanwhile.

        Returns:
            Was it another bundle than the one in use?

        Raises:
            BundleError: it cannot be used; the one in use stays.
        """
        with self._loading:
            self._stamp = self._look()
            try:
                if read_manifest(self._path)["digest"] == self._model.digest:
                    return False
                self._model = LoadedBundle.load(self._path)
            except BundleError as error:
                self.on_reload(False)
                _log.error("bundle refused, the old one stays", extra={"reason": str(error)})
                raise
            self.on_reload(True)
            _log.info("bundle swapped", extra={"bundle": self._model.digest})
            self._begin(tuple(self._afterwards))
            return True

    def afterwards(self, work: Work) -> threading.Thread:
        """Do this once with each model when it is in use already, the one of now included, in a thread beside."""
        self._afterwards.append(work)
        return self._begin([work])

    def _begin(self, works: Sequence[Work]) -> threading.Thread:
        def do(model: LoadedBundle) -> None:
            for work in works:
                try:
                    work(model)
                except Exception:
                    _log.exception("the bundle in use cannot do everything", extra={"bundle": model.digest})

        thread = threading.Thread(target=do, args=(self._model,), name="bundle-afterwards", daemon=True)
        thread.start()
        return thread

    def watch(self, seconds: float) -> threading.Thread:
        """Look every so many seconds whether the folder has changed, until `close`; a bad bundle is tried once."""

        def look() -> None:
            while not self._stop.wait(seconds):
                found = self._look()
                if found in (self._stamp, _NOTHING):  # nothing is there for a moment while a bundle is replaced
                    continue
                with suppress(BundleError):  # it is in the log
                    self.reload()

        thread = threading.Thread(target=look, name="bundle-watch", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()

    def _look(self) -> tuple[int, int, int]:
        """What changes when the bundle does; it is renamed into its place whole."""
        try:
            found = (self._path / MANIFEST).stat()
        except OSError:
            return _NOTHING
        return (found.st_ino, found.st_mtime_ns, found.st_size)
