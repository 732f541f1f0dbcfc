"""Where a person calls from, and what of it counts as one place."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An IPv4 or IPv6 address; a mapped IPv4 one is IPv4. It concerns a person, so it does not print itself."""

    ip: IPv4Address | IPv6Address

    @property
    def places(self) -> tuple[str, ...]:
        """Name what limits count: an IPv4 address; of IPv6 the /64 that one line has, and the /48 of a site."""
        if isinstance(self.ip, IPv4Address):
            return (str(self.ip),)
        return tuple(str(IPv6Network((self.ip, length), strict=False)) for length in (64, 48))


def read_address(text: str) -> Address | None:
    """Read an address as it stands in a header or a body, without port, zone or spaces; None for all else."""
    try:
        ip = ip_address(text)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return None
        ip = ip.ipv4_mapped or ip
    return Address(ip)
