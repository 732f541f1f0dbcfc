"""Where a person calls from, and what of it counts as one place."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AF_INET, AF_INET6, inet_pton

_MAPPED = bytes(10) + b"\xff\xff"  # IPv4 within IPv6 (RFC 4291 §2.5.5.2)
_IPV4_BYTES = 4


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An IPv4 or IPv6 address; a mapped IPv4 one is IPv4. It concerns a person, so it does not print itself."""

    packed: bytes  # 4 of IPv4, 16 of IPv6
    prefixes: tuple[str, ...]
    """What limits count: an IPv4 address; of IPv6, in digits, the /64 that one line has, and the /48 of a site."""

    @property
    def ip(self) -> IPv4Address | IPv6Address:
        """Give it as the standard library has it; to make one takes longer than all the rest here."""
        return ip_address(self.packed)


@lru_cache(maxsize=4096)  # whose, a proxy's above all, comes again and again
def read_address(text: str) -> Address | None:
    """Read an address as it stands in a header or a body, without port, zone or spaces; None for all else."""
    try:
        packed = inet_pton(AF_INET6 if ":" in text else AF_INET, text)  # a tenth of what `ipaddress` takes
    except (OSError, ValueError):  # the second for what is not ASCII, or holds a NUL
        return None
    packed = packed.removeprefix(_MAPPED)
    if len(packed) == _IPV4_BYTES:
        return Address(packed, (".".join(map(str, packed)),))
    number = int.from_bytes(packed)
    return Address(packed, (f"{number >> 64:x}/64", f"{number >> 80:x}/48"))
