"""IP ranges: membership by bisection, and the ranges that are not public."""

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
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "169.254.0.0/16",  # link-local (RFC 3927)
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "198.18.0.0/15",  # benchmarking (RFC 2544)
        "172.16.0.0/12",  # private (RFC 1918)
        "192.168.0.0/16",  # private (RFC 1918)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved (RFC 1112)
        "::/96",  # unspecified, loopback, and deprecated IPv4-compatible addresses (RFC 4291)
        "64:ff9b::/96",  # IPv4/IPv6 translation (RFC 6052)
        "64:ff9b:1::/48",  # local IPv4/IPv6 translation (RFC 8215)
        "2002::/16",  # 6to4 (RFC 7526)
        "fec0::/10",  # deprecated site-local (RFC 3879)
        "fc00::/7",  # private (RFC 4193)
        "fe80::/10",  # link-local (RFC 4291)
        "ff00::/8",  # multicast (RFC 4291)
    )
)


class IpRanges:
    """A set of networks with a fast membership test, by bisection."""

    def __init__(self, networks: Iterable[IpNetwork]) -> None:
        """Merge overlapping networks."""
        all_networks = tuple(networks)
        ipv4 = collapse_addresses([network for network in all_networks if isinstance(network, IPv4Network)])
        ipv6 = collapse_addresses([network for network in all_networks if isinstance(network, IPv6Network)])
        self._ranges = {4: _ranges(ipv4), 16: _ranges(ipv6)}

    def __contains__(self, address: Address) -> bool:
        """Return whether an address lies in one of the networks."""
        ranges = self._ranges[len(address.packed)]
        index = bisect_right(ranges, address.packed, key=itemgetter(0))
        return index > 0 and address.packed <= ranges[index - 1][1]


def _ranges(networks: Iterable[IpNetwork]) -> list[tuple[bytes, bytes]]:
    """Return the first and the last address of each network; they must be sorted and disjoint."""
    return [(network.network_address.packed, network.broadcast_address.packed) for network in networks]
