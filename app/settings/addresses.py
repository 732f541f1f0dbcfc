"""Reads addresses: of this service, of pages, and of the proxies in front."""

import re
from ipaddress import IPv4Network, IPv6Interface, IPv6Network, ip_address, ip_interface
from urllib.parse import urlsplit

from app.domain.ip_ranges import PRIVATE_RANGES

_WIDEST = {4: 8, 6: 16}  # bits of a mask; nobody has a wider public network to themselves
_OWN_PORT = {"http": 80, "https": 443}


def is_address(url: str, schemes: set[str]) -> bool:
    """Tell whether there is a host that can be called, and nothing that is not plain text."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # brackets that do not close, a port that is no number
        return False
    return parts.scheme in schemes and bool(parts.hostname) and port != 0 and not re.search(r"[^!-~]", url)


def read_public_url(url: str) -> str:
    """Check an address without path, query or user; a last slash is dropped."""
    url = url.rstrip("/")
    if not is_address(url, {"http", "https"}) or urlsplit(url).path or set(url) & set("?#@"):
        raise ValueError("write it like https://otp.example.com, without a path")
    return url


def read_origin(text: str) -> str:
    """Check an origin, letter for letter as browsers send it: a port stands there if it is not the scheme's own."""
    if not is_address(text, {"http", "https"}) or text != _as_sent(text) or "*" in text:
        raise ValueError(
            "write an origin like https://shop.example.com or https://shop.example.com:8443: "
            "small letters, no path, no slash at its end, no port 443 (or 80 for http)"
        )
    return text


def _as_sent(url: str) -> str:
    """Write an address as a browser would name its origin."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = "" if parts.port in {None, _OWN_PORT[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def is_on_this_machine(origin: str) -> bool:
    """Tell whether nobody can sit between a person and that page."""
    host = urlsplit(origin).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 §6.3: no other machine has that name


def read_networks(text: object) -> object:
    """Read networks by commas; a lone address is a network of one."""
    if not isinstance(text, str):
        return text
    return tuple(_read_network(part) for part in (part.strip() for part in text.split(",")) if part)


def _read_network(text: str) -> IPv4Network | IPv6Network:
    """Read one; a network that holds strangers would let them name any address."""
    try:
        place = None if text == "*" else ip_interface(text)
    except ValueError as error:
        raise ValueError("write networks like 10.0.0.0/8 or fd00::/8, and lone addresses like 10.0.0.7") from error
    if place is None or _holds_strangers(place.network):
        raise ValueError(
            "strangers would be trusted, and anybody could write the header; list your proxies' own networks, "
            "none wider than /8 (IPv6: /16) unless it is private"
        )
    if isinstance(place, IPv6Interface) and (place.ip.ipv4_mapped or "%" in text):
        raise ValueError("write an IPv4 network as such, like 10.0.0.0/8, and an IPv6 one without a zone")
    if place.ip != place.network.network_address:
        raise ValueError(f"there are bits behind the mask; the network is {place.network}")
    return place.network


def _holds_strangers(network: IPv4Network | IPv6Network) -> bool:
    """Tell whether a network is wider than anybody's own; a private one is nobody else's, however wide."""
    first, last = network.network_address, network.broadcast_address
    is_private = any(first in own and last in own for own in PRIVATE_RANGES)
    return network.prefixlen < _WIDEST[network.version] and not is_private
