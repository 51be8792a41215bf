"""What an operator may set."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from reelgraph.core.errors import ConfigError

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")


@dataclass(frozen=True)
class ServeSettings:
    """Settings of one service.

    Args:
        bundle: folder of the bundle.
        store: where people are kept: a file of SQLite, or a URL.
        host: address to listen on.
        port: to listen on; 0 for any that is free.
        open: whoever reaches the service may do everything, without a key.
        exposed: allow ``open`` on an address that others reach.
        hosts: names in the header Host that are answered; empty for any, or on an address of this machine alone for
            the names of it, so that no foreign web page reaches the service by a name of its own.
        watch_seconds: how often to look whether the bundle has changed; 0 for never.
        max_body: bytes of a request.
        max_upload: bytes of an export uploaded.
        body_seconds: how long a client may take to send a request.
        rate: requests a second from one address or key, on average; 0 for no limit.
        burst: requests at once above that.
        served_queue: served lists waiting to be written, at most.
        threads: that answer at once.
        tmdb_key: of TMDB, whose posters are then shown in place of drawn ones; "" for none.
        posters: folder to keep them in; beside the bundle where None.
        access_log: log every request, not only errors and slow ones.

    Raises:
        ConfigError: a number is out of range, or ``open`` on an address that others reach.
    """

    bundle: Path
    store: str
    host: str = "127.0.0.1"
    port: int = 8000
    open: bool = False
    exposed: bool = False
    hosts: tuple[str, ...] = ()
    watch_seconds: float = 2.0
    max_body: int = 2**20
    max_upload: int = 32 * 2**20
    body_seconds: float = 20.0
    rate: float = 50.0
    burst: int = 200
    served_queue: int = 20_000
    threads: int = 2
    tmdb_key: str = field(default="", repr=False)
    posters: Path | None = None
    access_log: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.port < 2**16:
            raise ConfigError("port", f"{self.port} is not valid: expected a number from 0 to {2**16 - 1}")
        for name, least in (
            ("watch_seconds", 0), ("max_body", 1), ("max_upload", 1), ("body_seconds", 0.1), ("rate", 0),
            ("burst", 1), ("served_queue", 1), ("threads", 1),
        ):  # fmt: skip
            if not getattr(self, name) >= least:
                raise ConfigError(name, f"{getattr(self, name)} is not valid: expected at least {least}")
        if self.open and not self.exposed and not self.loopback:
            raise ConfigError(
                "open", f"without keys everybody who reaches {self.host} could read and change what people rated"
            )

    @property
    def loopback(self) -> bool:
        """Is the address one of this machine alone?"""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def answered_hosts(self) -> tuple[str, ...]:
        """Names in the header Host that are answered, without ports; empty for any."""
        return self.hosts or (_LOCAL_NAMES if self.loopback else ())
