"""Parse addresses: the public URL, page origins and the networks of trusted proxies."""

import re
from ipaddress import IPv4Network, IPv6Interface, IPv6Network, ip_address, ip_interface
from urllib.parse import urlsplit

from app.domain.ip_ranges import PRIVATE_RANGES

_MIN_PREFIX = {4: 8, 6: 16}  # shortest prefix of a public network; no single owner has a wider one
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_URL_LENGTH = 500


def is_address(url: str, schemes: set[str]) -> bool:
    """Return whether a URL has one of these schemes, a host and only printable ASCII characters."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # unclosed brackets, or a port that is not a number
        return False
    return parts.scheme in schemes and bool(parts.hostname) and port != 0 and not re.search(r"[^!-~]", url)


def read_public_url(url: str) -> str:
    """Validate a URL without path, query or user; drop a trailing slash."""
    url = url.rstrip("/")
    if not is_address(url, {"http", "https"}) or urlsplit(url).path or set(url) & set("?#@"):
        raise ValueError("write it like https://otp.example.com, without a path")
    return url


def read_origin(text: str) -> str:
    """Validate an origin exactly as browsers send it: with a port only if it is not the default of its scheme."""
    if not is_address(text, {"http", "https"}) or text != _serialize_origin(text) or "*" in text:
        raise ValueError(
            "write an origin like https://shop.example.com or https://shop.example.com:8443: "
            "lower-case letters, no path, no trailing slash, no port 443 (or 80 for http)"
        )
    return text


def _serialize_origin(url: str) -> str:
    """Return the origin of a URL as a browser serializes it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def read_event_url(url: str) -> str:
    """Validate the URL of an endpoint of events; its path and query may hold a token, so no error quotes it."""
    if not is_address(url, {"http", "https"}) or set(url) & set("#@") or len(url) > _MAX_URL_LENGTH:
        raise ValueError(
            "write it like https://shop.example.com/otp-events, with a port from 1 to 65535 if any, "
            f"no user, no fragment, and at most {_MAX_URL_LENGTH} characters"
        )
    return url


def is_private_host(url: str) -> bool:
    """Return whether the host of a URL is, as it is written, in no public network."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    return any(address in private_range for private_range in PRIVATE_RANGES)


def is_loopback_origin(origin: str) -> bool:
    """Return whether an origin is on the loopback interface, where no network attacker can change the page."""
    host = urlsplit(origin).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 §6.3: always loopback


def read_listen_address(text: str) -> str:
    """Validate an IP address of this host to listen on."""
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("write an IP address of this host, like 127.0.0.1, or 0.0.0.0 for all of them") from None


def read_networks(text: object) -> object:
    """Parse comma-separated networks; a single address is a network of one."""
    if not isinstance(text, str):
        return text
    return tuple(_read_network(part) for part in (part.strip() for part in text.split(",")) if part)


def _read_network(text: str) -> IPv4Network | IPv6Network:
    """Parse one network; a network with untrusted clients would allow them to forge any address."""
    try:
        interface = None if text == "*" else ip_interface(text)
    except ValueError as error:
        raise ValueError("write networks like 10.0.0.0/8 or fd00::/8, and single addresses like 10.0.0.7") from error
    if interface is None or _is_too_wide(interface.network):
        raise ValueError(
            "it would trust the header of any client; list only the networks of your proxies, "
            "none wider than /8 (IPv6: /16) unless it is private"
        )
    if isinstance(interface, IPv6Interface) and (interface.ip.ipv4_mapped or "%" in text):
        raise ValueError("write an IPv4 network in IPv4 form, like 10.0.0.0/8, and an IPv6 network without a zone")
    if interface.ip != interface.network.network_address:
        raise ValueError(f"it has host bits set; the network is {interface.network}")
    return interface.network


def _is_too_wide(network: IPv4Network | IPv6Network) -> bool:
    """Return whether a public network is wider than a single owner can have; private networks may be of any size."""
    first, last = network.network_address, network.broadcast_address
    is_private = any(first in private_range and last in private_range for private_range in PRIVATE_RANGES)
    return network.prefixlen < _MIN_PREFIX[network.version] and not is_private
