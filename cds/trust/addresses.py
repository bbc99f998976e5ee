"""Which network addresses may be connected to, looked at after the name was resolved and before a byte is sent.

A name that is allowed can be made to lead anywhere (DNS rebinding), and hospital servers live on private networks,
so neither the name nor "is it public" tells enough. What tells is the list of networks that a deployment names for
a client. Addresses through which machines tell their own secrets are refused whatever the list says.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

import httpcore

Network = IPv4Network | IPv6Network

NEVER: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32", "168.63.129.16/32",
        "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128",
        "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32",
    )
)  # fmt: skip
"""Link-local, multicast, unspecified; the addresses at which cloud machines are told their credentials; and the IPv6
forms that carry an IPv4 address inside, which could be any of these."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a name. OSError when there are none."""

# Names are resolved beside the threads that review orders: a resolver that hangs must not take those.
_RESOLVERS: Final = ThreadPoolExecutor(4, thread_name_prefix="resolve")


def may_reach(address: str, networks: Iterable[Network] = ()) -> bool:
    """Whether an address may be connected to. Without ``networks``: any but those that are never reached."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in NEVER):
        return False
    wanted = tuple(networks)
    return not wanted or any(found in network for network in wanted)


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the machine's resolver gives them."""
    found = await asyncio.get_running_loop().run_in_executor(
        _RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class VettedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was looked at. The certificate is still compared with the name."""

    def __init__(
        self,
        networks: Iterable[Network] = (),
        resolver: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._networks = tuple(networks)
        self._resolve = resolver
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of ``host`` that may be reached and answers. httpcore.ConnectError if none."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the name could not be resolved in time") from None
        except OSError:
            raise httpcore.ConnectError("the name could not be resolved") from None
        # One refused address condemns the name: an honest server has no second home inside the machine.
        if not addresses or not all(may_reach(address, self._networks) for address in addresses):
            raise httpcore.ConnectError("the address may not be reached")
        failure: Exception = httpcore.ConnectError("no address answers")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks for between attempts."""
        await asyncio.sleep(seconds)
