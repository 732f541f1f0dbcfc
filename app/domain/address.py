"""IP addresses of clients, and the prefixes by which limits count them."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AF_INET, AF_INET6, inet_pton

_MAPPED = bytes(10) + b"\xff\xff"  # IPv4 within IPv6 (RFC 4291 §2.5.5.2)
_IPV4_BYTES = 4


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An IPv4 or IPv6 address; an IPv4-mapped address is IPv4. Personal data, so `repr()` does not show it."""

    packed: bytes  # 4 bytes for IPv4, 16 for IPv6
    prefixes: tuple[str, ...]
    """What limits count: the IPv4 address; for IPv6, in hexadecimal, the /64 of a subscriber, and the /48 and /40
    that one may be assigned to."""

    @property
    def ip(self) -> IPv4Address | IPv6Address:
        """Return the standard library's type; building it takes longer than everything else here."""
        return ip_address(self.packed)


@lru_cache(maxsize=4096)  # the same addresses recur, those of proxies above all
def read_address(text: str) -> Address | None:
    """Parse an address from a header or a body, without port, zone or spaces; return None for anything else."""
    try:
        packed = inet_pton(AF_INET6 if ":" in text else AF_INET, text)  # a tenth of what `ipaddress` takes
    except (OSError, ValueError):  # ValueError: not ASCII, or contains a NUL
        return None
    packed = packed.removeprefix(_MAPPED)
    if len(packed) == _IPV4_BYTES:
        return Address(packed, (".".join(map(str, packed)),))
    number = int.from_bytes(packed)
    return Address(packed, (f"{number >> 64:x}/64", f"{number >> 80:x}/48", f"{number >> 88:x}/40"))
