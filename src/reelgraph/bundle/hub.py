"""Bundles on the Hugging Face Hub: addresses and download, by the optional package ``huggingface-hub``.

Only the files of a bundle are downloaded, by their names. The key, and the folder where copies are kept, are those of
every program of the Hub (``HF_TOKEN``, ``HF_HOME``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from reelgraph._version import __version__
from reelgraph.bundle.manifest import KNOWN_FILES, MANIFEST
from reelgraph.core.errors import BundleError, CapabilityError

SCHEME = "hf://"
_ADDRESS = re.compile(r"hf://(?!.*\.\.)(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?", re.ASCII)


def is_hub_address(path: str | Path) -> bool:
    """Whether it is the address of a bundle on the Hub and not a folder."""
    return isinstance(path, str) and path.startswith(SCHEME)


def download_bundle(address: str) -> Path:
    """The folder of a bundle of the Hub; only what is not in the cache of the Hub is downloaded.

    Args:
        address: ``hf://owner/name``, or ``hf://owner/name@revision``: a branch, a tag or a commit.

    Raises:
        CapabilityError: ``huggingface-hub`` is not installed.
        BundleError: the address is not of this form, there is no such bundle, or the Hub cannot be reached.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise BundleError(
            f"{address} is no address of a bundle", "expected hf://owner/name or hf://owner/name@revision"
        )
    hub = hub_package()
    with clear_errors(address):
        folder = hub.snapshot_download(
            match["repository"],
            revision=match["revision"],
            allow_patterns=[MANIFEST, *KNOWN_FILES],
            library_name="reelgraph",
            library_version=__version__,
        )
    if not (Path(folder) / MANIFEST).is_file():
        raise BundleError(f"{address} holds no bundle: no {MANIFEST}")
    return Path(folder)


def require_repository(name: str) -> None:
    """Refuse what is no name of a repository; raises `BundleError`."""
    match = _ADDRESS.fullmatch(f"{SCHEME}{name}")
    if match is None or match["revision"] is not None:
        raise BundleError(f"{name} is no name of a repository", "expected owner/name")


def hub_package() -> ModuleType:
    """The package ``huggingface_hub``.

    Raises:
        CapabilityError: it is not installed.
    """
    try:
        import huggingface_hub  # here: an optional package
    except ModuleNotFoundError:
        raise CapabilityError.missing("a bundle of the Hub", "huggingface-hub", "hub") from None
    return huggingface_hub


@contextmanager
def clear_errors(address: str) -> Iterator[None]:
    """Say in one line what the Hub refused; its errors have no class in common."""
    try:
        yield
    except BundleError:
        raise
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = " ".join(lines[1:2] if len(lines) > 1 and "Client Error" in lines[0] else lines[:1])
        raise BundleError(f"{address}: {reason or type(error).__name__}", _hint(error)) from error


def _hint(error: Exception) -> str | None:
    """What to do about an error of the Hub; None where its own words have to do, such as a full disk."""
    from huggingface_hub import errors  # here: an optional package

    if isinstance(error, errors.HfHubHTTPError):
        return "a private one needs a key: hf auth login, or HF_TOKEN"
    of_httpx: type[Exception] = errors.HTTPError  # type: ignore[attr-defined]  # of httpx or its successor
    lost = (of_httpx, errors.LocalEntryNotFoundError, ConnectionError, TimeoutError)  # the second: no copy either
    return "is the Hub in reach?" if isinstance(error, lost) else None
