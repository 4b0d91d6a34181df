"""What we refuse to connect to: addresses that are not public, whatever name or spelling leads to them.

The guard stands on the reactor as its name resolver: Scrapy's HTTP/1.1 handler asks it for every host, IP literals
too, and connects to nothing but its answers. The connection checks its remote address once more before a request is
sent (``crawler.handler``). It knows nothing of pages or sources.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from twisted.internet import address as twisted_address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.config import IpNetwork

IpAddress = IPv4Address | IPv6Address

_CACHED_SECONDS = 60.0  # getaddrinfo tells no time to live; most news sites answer with a minute or more
_REMEMBERED = 4096
# The registries' special-purpose blocks (IANA iana-ipv4-special-registry, iana-ipv6-special-registry) that older
# releases of `ipaddress` take for global, and the addresses at which clouds serve credentials to their own machines.
_SPECIAL = {
    ip_network("168.63.129.16/32"): "a cloud metadata address",  # Azure
    ip_network("169.254.169.254/32"): "a cloud metadata address",  # AWS, GCP, Azure, …
    ip_network("100.100.100.200/32"): "a cloud metadata address",  # Alibaba
    ip_network("192.0.0.192/32"): "a cloud metadata address",  # Oracle
    ip_network("fd00:ec2::254/128"): "a cloud metadata address",  # AWS
    ip_network("192.0.0.0/24"): "a reserved address",
    ip_network("192.88.99.0/24"): "a reserved address",
    ip_network("100.64.0.0/10"): "a private address",
    ip_network("64:ff9b:1::/48"): "a private address",
    ip_network("fec0::/10"): "a private address",
    ip_network("100::/64"): "a reserved address",
    ip_network("2001::/23"): "a reserved address",
    ip_network("3fff::/20"): "a reserved address",
    ip_network("5f00::/16"): "a reserved address",
}
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_IPV4_COMPATIBLE = ip_network("::/96")  # RFC 4291 section 2.5.5.1
_KINDS = (
    ("is_unspecified", "the unspecified address"),
    ("is_loopback", "a loopback address"),
    ("is_link_local", "a link-local address"),
    ("is_multicast", "a multicast address"),
    ("is_reserved", "a reserved address"),
    ("is_private", "a private address"),
)


class GuardRefusalError(Exception):
    """The guard refuses a connection; the text says why, as in ``127.0.0.1 is a loopback address``."""


def forbidden_kind(address: IpAddress) -> str | None:
    """Why no public server can have the address, as in ``a loopback address``; None for a public one.

    An IPv6 address that carries an IPv4 address (mapped, 6to4, Teredo, NAT64) is judged by that one too.
    """
    special = next((kind for network, kind in _SPECIAL.items() if address in network), None)
    if special:
        return special
    for carried in _carried(address):
        if kind := forbidden_kind(carried):
            return kind
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address in _NAT64):
        return None
    kind = next((kind for predicate, kind in _KINDS if getattr(address, predicate)), None)
    return kind or (None if address.is_global else "a reserved address")


def _carried(address: IpAddress) -> tuple[IPv4Address, ...]:
    if isinstance(address, IPv4Address):
        return ()
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo or ()
    embedded = last if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(last) > 1) else None
    found = (address.ipv4_mapped, address.sixtofour, embedded, *teredo)
    return tuple(each for each in found if each is not None)


@dataclass(slots=True)
class Guard:
    """Judges addresses, and remembers for which hosts it had to refuse all of them.

    Args:
        allow_networks: Networks whose addresses are let through although they are not public.
        proxy_host: The host of the proxy that the configuration names; it may be anywhere.
    """

    allow_networks: Sequence[IpNetwork] = ()
    proxy_host: str = ""
    _proxy_addresses: set[str] = field(default_factory=set)
    _refused_hosts: dict[str, str] = field(default_factory=dict)

    def refusal_of_address(self, text: str) -> str | None:
        """Why a connection to the address is refused, or None."""
        if self.proxy_host and (text == self.proxy_host or text in self._proxy_addresses):
            return None
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return f"{text} is no IP address"
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        if any(each in network for network in self.allow_networks for each in (address, mapped) if each):
            return None
        kind = forbidden_kind(address)
        return f"{address} is {kind}" if kind else None

    def refusal_of_host(self, host: str) -> str | None:
        """Why the host was refused when it was last looked up, or None."""
        return self._refused_hosts.get(host.lower())

    def allowed(self, host: str, addresses: Sequence[str]) -> list[str]:
        """Those of the host's addresses that may be connected to, in order."""
        if self.proxy_host and host == self.proxy_host:
            self._proxy_addresses.update(addresses)
            return list(addresses)
        refusals = {each: self.refusal_of_address(each) for each in addresses}
        good = [each for each in addresses if refusals[each] is None]
        host = host.lower()
        if good or not addresses:
            self._refused_hosts.pop(host, None)
        else:
            if len(self._refused_hosts) >= _REMEMBERED:
                self._refused_hosts.clear()
            self._refused_hosts[host] = refusals[addresses[0]] or ""
        return good


@implementer(IHostResolution)
class _Resolution:
    """One look-up under way, as Twisted wants to see it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Look-ups cannot be called back; whoever waits for one has a time limit of their own."""


@implementer(IHostnameResolver)
class GuardedResolver:
    """Twisted's name resolver, by the system's own look-up (``/etc/hosts`` included), without what the guard refuses.

    Each look-up has a daemon thread: a name server that does not answer holds up neither other hosts nor the end of
    the process. Answers are kept for a minute; each is judged again when it is used.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._answers: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._under_way: dict[str, asyncio.Future[tuple[str, ...]]] = {}

    async def addresses(self, host: str) -> list[str]:
        """The host's addresses that may be connected to, for whoever connects without Twisted; none as below."""
        known = self._known(host)
        found = await asyncio.shield(self._begin(host)) if known is None else known  # others may wait for it too
        return self.guard.allowed(host, found)

    def resolveHostName(self, receiver: Any, host: str, portNumber: int = 0, *_: object) -> _Resolution:  # noqa: N802, N803 - Twisted's names
        """Gives the receiver the addresses that may be connected to; none where the guard refuses them all."""
        resolution = _Resolution(host)
        receiver.resolutionBegan(resolution)
        known = self._known(host)
        if known is not None:
            self._answer(receiver, host, portNumber, known)
        else:
            self._begin(host).add_done_callback(lambda found: self._answer(receiver, host, portNumber, found.result()))
        return resolution

    def _known(self, host: str) -> tuple[str, ...] | None:
        expires_at, found = self._answers.get(host, (0.0, ()))
        return found if expires_at > time.monotonic() else None

    def _begin(self, host: str) -> asyncio.Future[tuple[str, ...]]:
        """The look-up that all who ask for the host meanwhile wait for: a slow name server holds one thread a host."""
        if host in self._under_way:
            return self._under_way[host]
        loop = asyncio.get_running_loop()
        looked_up: asyncio.Future[tuple[str, ...]] = loop.create_future()
        self._under_way[host] = looked_up
        looked_up.add_done_callback(lambda found: self._remember(host, found))
        threading.Thread(target=_look_up, args=(host, loop, looked_up), name="dns", daemon=True).start()
        return looked_up

    def _remember(self, host: str, found: asyncio.Future[tuple[str, ...]]) -> None:
        del self._under_way[host]
        if found.cancelled() or not found.result():
            return
        if len(self._answers) >= _REMEMBERED:
            self._answers.clear()
        self._answers[host] = (time.monotonic() + _CACHED_SECONDS, found.result())

    def _answer(self, receiver: Any, host: str, port: int, found: Sequence[str]) -> None:
        for text in self.guard.allowed(host, found):
            family = twisted_address.IPv6Address if ":" in text else twisted_address.IPv4Address
            receiver.addressResolved(family("TCP", text, port))
        receiver.resolutionComplete()


def _look_up(host: str, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[tuple[str, ...]]) -> None:
    addresses = _addresses(host)
    if not loop.is_closed():
        loop.call_soon_threadsafe(_set, answer, addresses)


def _addresses(host: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        # Not found, not reachable, or no host name at all: Twisted makes a DNSLookupError of an empty answer.
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _set(answer: asyncio.Future[Any], value: object) -> None:
    if not answer.done():
        answer.set_result(value)


def with_remedy(problem: str) -> str:
    """The problem as a person is told it: an address that the guard refuses can be permitted in the configuration."""
    if not (problem.endswith(" address") and "refused by the guard: " in problem):
        return problem
    return f"{problem}; if it is meant, permit it: guard.allow_networks or --allow-network"
