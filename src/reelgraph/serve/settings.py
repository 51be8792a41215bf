"""Settings of the service."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from reelgraph.core.errors import ConfigError

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")


@dataclass(frozen=True)
class ServeSettings:
    """Settings of the service.

    Args:
        bundle: folder of the bundle.
        store: of ratings and keys: an SQLite file, or a database URL.
        host: address to listen on.
        port: port to listen on; 0 for a free one.
        open: allow every request without a key.
        exposed: allow ``open`` on an address that other machines can reach.
        hosts: values of the header Host that are accepted. Empty: any; on a loopback address only the names of this
            machine, so that no web page reaches the service through a name of its own (DNS rebinding).
        watch_seconds: interval at which the bundle is checked for changes; 0 for never.
        max_body: bytes of a request body, at most.
        max_upload: bytes of an uploaded export, at most.
        body_seconds: time a client may take to send a body, seconds.
        rate: requests per second of one address or key, on average; 0 for no limit.
        burst: number of requests above the average at once.
        client_connections: open connections of one address, at most; those of a trusted proxy are not counted.
        uploads: files under way, from the first byte to the answer; one address may have half of them.
        work_seconds: time for one long answer (an import, a counterfactual, a group), from its start.
        guests_per_hour: new visitors that one address may add to the store, per hour and at once; 0 for no limit.
        served_queue: number of lists waiting to be written, at most.
        threads: number of threads for short requests.
        tmdb_key: API key of TMDB, to show its posters in place of drawn ones; "" for none.
        posters: folder with the operator's own pictures by id (``tt0114709.jpg``, ``862.jpg``), which are shown first,
            and in which those of TMDB are stored; those beside the bundle if None.
        access_log: log every request, not only failed and slow ones.
        workers: number of processes that share the port.
        guests_days: days after the last visit at which a guest of the page is deleted; 0 for never.
        tracing: make a span of OpenTelemetry for each request.
        seen_weight: weight of a movie seen without a rating, from 0 to 1; that of the bundle if None.
        mcp: answer assistants at ``/mcp``, too.

    Raises:
        ConfigError: a number is out of range, or ``open`` on an address that other machines can reach.
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
    client_connections: int = 100
    uploads: int = 4
    work_seconds: float = 20.0
    guests_per_hour: int = 60
    served_queue: int = 20_000
    threads: int = 2
    tmdb_key: str = field(default="", repr=False)
    posters: Path | None = None
    access_log: bool = False
    workers: int = 1
    guests_days: int = 400
    tracing: bool = False
    seen_weight: float | None = None
    mcp: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.port < 2**16:
            raise ConfigError("port", f"{self.port} is not valid: expected a number from 0 to {2**16 - 1}")
        for name, minimum in (
            ("watch_seconds", 0), ("max_body", 1), ("max_upload", 1), ("body_seconds", 0.1), ("rate", 0),
            ("burst", 1), ("client_connections", 1), ("uploads", 1), ("work_seconds", 0.01), ("guests_per_hour", 0),
            ("served_queue", 1), ("threads", 1), ("workers", 1), ("guests_days", 0),
        ):  # fmt: skip
            if not getattr(self, name) >= minimum:
                raise ConfigError(name, f"{getattr(self, name)} is not valid: expected at least {minimum}")
        if self.seen_weight is not None and not 0 <= self.seen_weight <= 1:
            raise ConfigError("seen_weight", f"{self.seen_weight} is not valid: expected a number from 0 to 1")
        if self.open and not self.exposed and not self.loopback:
            raise ConfigError(
                "open", f"without keys everybody who reaches {self.host} could read and change what people rated"
            )

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def answered_hosts(self) -> tuple[str, ...]:
        """Values of the header Host that are accepted, without ports; empty for any."""
        return self.hosts or (_LOCAL_NAMES if self.loopback else ())
