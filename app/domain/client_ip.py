"""Whose address counts: the connection's, or what a trusted proxy says of it."""

import re
from collections.abc import Iterator, Sequence

from app.domain.address import Address, read_address
from app.domain.errors import InvalidRequest
from app.domain.ip_ranges import IpRanges

_MAX_HOPS = 32  # no chain of proxies is longer; a list that is costs no more than this
# One element of a list that is read backwards, so a quote that is escaped stands before its backslash. A quote that
# never ends takes all the rest with it: that is junk, and is refused where it counts.
_ELEMENT = re.compile(r'(?:[^",]++|"(?:"\\|[^"]++)*+"?)*+')
_NODE = re.compile(r"(?:\[([0-9A-Fa-f.]*:[0-9A-Fa-f.:]*)\]|([0-9.]+))(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?")
_PAIR = r"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(\"(?:[^\"\\]|\\.)*+\"|[^\s\",;]*+)[ \t]*(?:;|$)"
_PAIRS = re.compile(f"(?:{_PAIR})*+")
_ESCAPED = re.compile(r"\\(.)")


def client_address(peer: str | None, said: Sequence[str], *, header: str, trusted: IpRanges) -> Address | None:
    """Find a caller's address: the peer's; where that is a trusted proxy, the right-most that is none.

    `said` are the lines of the one header, `x-forwarded-for` or `forwarded` (RFC 7239), in their order. What stands
    left of the address that counts anybody may have written, so it is not read. Raises `InvalidRequest` where that
    place holds no address: any fallback would be the caller's choice. None if the peer has no address either.
    """
    address = read_address((peer or "").partition("%")[0])  # the zone of a link says nothing of the caller
    if address is None or not said or address not in trusted:
        return address
    for hops, element in enumerate(_elements_from_right(",".join(said))):
        logged_lines = _read_node(_node_of(element) if header == "forwarded" else element)
        if logged_lines is None or hops == _MAX_HOPS:
            raise InvalidRequest(f"The {header} header does not end in the address of a caller.")
        if logged_lines not in trusted:
            return logged_lines
        address = logged_lines
    return address


def _elements_from_right(text: str) -> Iterator[str]:
    """Give the elements of a list, the last first; a comma within quotes parts nothing."""
    if "," not in text and '"' not in text:
        yield text.strip(" \t")
        return
    backwards, place = text[::-1], 0
    while place <= len(backwards):
        match = _ELEMENT.match(backwards, place)
        assert match  # it matches nothing at all, too
        yield match[0][::-1].strip(" \t")
        place = match.end() + 1


def _node_of(element: str) -> str:
    """Give the `for` of one element of RFC 7239; nothing where it has none, or several, or cannot be read."""
    pairs = re.findall(_PAIR, element) if _PAIRS.fullmatch(element) else []
    nodes = [value for name, value in pairs if name.lower() == "for"]
    if len(nodes) != 1:
        return ""
    return _ESCAPED.sub(r"\1", nodes[0][1:-1]) if nodes[0].startswith('"') else nodes[0]


def _read_node(text: str) -> Address | None:
    """Read an address with or without a port."""
    if (address := read_address(text)) is not None:
        return address
    match = _NODE.fullmatch(text)
    return read_address(match[1] or match[2]) if match else None
