"""Addresses that no person calls from over the internet."""

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from operator import itemgetter

from app.domain.address import Address

IpNetwork = IPv4Network | IPv6Network

PRIVATE_RANGES: tuple[IpNetwork, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network (RFC 1122)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # between a carrier and its customers (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "169.254.0.0/16",  # this link (RFC 3927)
        "192.0.0.0/24",  # for protocols themselves (RFC 6890)
        "198.18.0.0/15",  # for measuring (RFC 2544)
        "172.16.0.0/12",  # private (RFC 1918)
        "192.168.0.0/16",  # private (RFC 1918)
        "224.0.0.0/4",  # many at once (RFC 5771)
        "240.0.0.0/4",  # nobody's (RFC 1112)
        "::/96",  # none, loopback, and IPv4 within IPv6 as nobody writes it any more (RFC 4291)
        "64:ff9b::/96",  # an IPv4 address behind a translator (RFC 6052)
        "64:ff9b:1::/48",  # likewise (RFC 8215)
        "2002::/16",  # an IPv4 address in a tunnel (RFC 7526)
        "fec0::/10",  # a site's own, as it once was (RFC 3879)
        "fc00::/7",  # private (RFC 4193)
        "fe80::/10",  # this link (RFC 4291)
        "ff00::/8",  # many at once (RFC 4291)
    )
)


class IpRanges:
    """Networks that one address after the other is looked for in, by bisection."""

    def __init__(self, networks: Iterable[IpNetwork]) -> None:
        """Take any; where some overlap, they become one."""
        given = tuple(networks)
        short = collapse_addresses([network for network in given if isinstance(network, IPv4Network)])
        long = collapse_addresses([network for network in given if isinstance(network, IPv6Network)])
        self._ranges = {4: _ranges(short), 16: _ranges(long)}

    def __contains__(self, address: Address) -> bool:
        """Tell whether an address lies in one of them."""
        ranges = self._ranges[len(address.packed)]
        place = bisect_right(ranges, address.packed, key=itemgetter(0))
        return place > 0 and address.packed <= ranges[place - 1][1]


def _ranges(networks: Iterable[IpNetwork]) -> list[tuple[bytes, bytes]]:
    """Give the first and the last address of each; they come in order, and apart from each other."""
    return [(network.network_address.packed, network.broadcast_address.packed) for network in networks]
