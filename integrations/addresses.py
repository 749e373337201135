"""Which addresses a hotel may point us at.

A manager types their PMS's address. It must not become a way into the network this installation runs in: the name is
resolved once, every address it has must be public, and the connection goes to exactly the address that was checked
(a second look-up could answer differently). Private networks are allowed by the installation only
(`PRIVATE_NETWORKS`), never by a hotel.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from socket import SOCK_STREAM, getaddrinfo

from django.conf import settings

from hotel_agent.common.exceptions import DependencyDown, Misconfigured

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that are IPv4 addresses to a translating network."""
PROTOCOL_ASSIGNMENTS = ipaddress.ip_network("192.0.0.0/24")
"""Not for hosts (RFC 6890); Python calls a part of it global."""


class ForbiddenAddress(Misconfigured):
    """The address is not one an installation may be pointed at. The text names the host only."""

    code = "forbidden_address"


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, all of which may be connected to, in the resolver's order.

    Raises:
        ForbiddenAddress: one of them may not; nothing is connected to then.
        DependencyDown: the name cannot be resolved.
    """
    try:
        found = getaddrinfo(host.strip("[]"), port, type=SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DependencyDown(f"{host}: no such name ({type(error).__name__})") from None
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not addresses or not all(is_allowed(address) for address in addresses):
        raise ForbiddenAddress(f"{host} is not a public address")
    return addresses


def connect(host: str, port: int, *, timeout: float | None) -> socket.socket:
    """A connection to a server a hotel named, to exactly an address that was checked. For protocols other than HTTP.

    Raises:
        ForbiddenAddress, DependencyDown: as `resolve`.
        OSError: none of the addresses answered.
    """
    problem: OSError | None = None
    for address in resolve(host, port):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            problem = error
    raise problem or OSError(f"{host} has no address")


def is_allowed(address: str) -> bool:
    """Whether one address is public, or in a network the installation allows."""
    try:
        target = _target(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if is_private_allowed(target):
        return True
    return target.is_global and not (target.is_multicast or target.is_reserved or target in PROTOCOL_ASSIGNMENTS)


def is_private_allowed(target: Address) -> bool:
    """Whether the installation itself opened the network of this address."""
    return any(target.version == network.version and target in network for network in _allowed())


def host_is_private_allowed(host: str, port: int) -> bool:
    """Whether every address of a host is in a network the installation opened: there plain HTTP may do."""
    try:
        found = getaddrinfo(host.strip("[]"), port, type=SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(
        is_private_allowed(_target(ipaddress.ip_address(str(info[4][0]).partition("%")[0]))) for info in found
    )


def _target(address: Address) -> Address:
    """Where a connection ends: IPv4 addresses written as IPv6 ones are what they stand for."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _allowed() -> Sequence[Network]:
    return [ipaddress.ip_network(network) for network in settings.PRIVATE_NETWORKS]
