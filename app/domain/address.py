"""Where a person calls from, and what of it counts as one place."""

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An IPv4 or IPv6 address; a mapped IPv4 one is IPv4. It concerns a person, so it does not print itself."""

    ip: IPv4Address | IPv6Address
    places: tuple[str, ...] = field(init=False, compare=False)
    """What limits count: an IPv4 address; of IPv6 the /64 that one line has, and the /48 of a site."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", _places_of(self.ip))


@lru_cache(maxsize=4096)  # whose, a proxy's above all, comes again and again
def read_address(text: str) -> Address | None:
    """Read an address as it stands in a header or a body, without port, zone or spaces; None for all else."""
    try:
        ip = IPv6Address(text) if ":" in text else IPv4Address(text)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return None
        ip = ip.ipv4_mapped or ip
    return Address(ip)


def _places_of(ip: IPv4Address | IPv6Address) -> tuple[str, ...]:
    if isinstance(ip, IPv4Address):
        return (str(ip),)
    number = int(ip)  # as digits, for to write an IPv6 address takes Python 12 µs
    return (f"{number >> 64:x}/64", f"{number >> 80:x}/48")
