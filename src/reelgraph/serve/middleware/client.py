"""Who sent a request: what counts as one client wherever something is limited per client."""

from __future__ import annotations

import ipaddress

from starlette.types import Scope

_IPV6_PREFIX = 64  # bits: the smallest network that a customer gets, in which they may choose any address
_MAX_LENGTH = 100  # characters of an address that a proxy sent


def client_network(address: str) -> str:
    """The network of an address that counts as one client: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_MAX_LENGTH]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)


def scope_network(scope: Scope) -> str:
    """The network from which a request came; the address is that of the proxy's header if the proxy is trusted."""
    return client_network(str(scope["client"][0])) if scope.get("client") else ""
