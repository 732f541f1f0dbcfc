"""The client's address: the peer's, or the one that a trusted proxy reports."""

import re
from collections.abc import Iterator, Sequence

from app.domain.address import Address, read_address
from app.domain.errors import InvalidRequest
from app.domain.ip_ranges import IpRanges

_MAX_HOPS = 32  # longer than any real chain of proxies; bounds the work that a longer list can cause
# One element of a list that is read backwards, so an escaped quote comes before its backslash. An unterminated quote
# takes the rest of the list with it: that is invalid, and is refused where it matters.
_ELEMENT = re.compile(r'(?:[^",]++|"(?:"\\|[^"]++)*+"?)*+')
_NODE = re.compile(r"(?:\[([0-9A-Fa-f.]*:[0-9A-Fa-f.:]*)\]|([0-9.]+))(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?")
_PAIR = r"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(\"(?:[^\"\\]|\\.)*+\"|[^\s\",;]*+)[ \t]*(?:;|$)"
_PAIRS = re.compile(f"(?:{_PAIR})*+")
_ESCAPED = re.compile(r"\\(.)")


def client_address(peer: str | None, lines: Sequence[str], *, header: str, trusted: IpRanges) -> Address | None:
    """Return the client's address: the peer's, or behind a trusted proxy the right-most that is no proxy's.

    `lines` are the lines of the one header, `x-forwarded-for` or `forwarded` (RFC 7239), in order. Elements to the left
    of the client's address can be forged, so they are not read. Raises `InvalidRequest` if that position holds no
    address, because the client could choose any fallback. Returns None if the peer itself has no address.
    """
    address = read_address((peer or "").partition("%")[0])  # a link-local zone does not identify the client
    if address is None or not lines or address not in trusted:
        return address
    for hops, element in enumerate(_elements_from_right(",".join(lines))):
        hop_address = _read_node(_node_of(element) if header == "forwarded" else element)
        if hop_address is None or hops == _MAX_HOPS:
            detail = f"The {header} header does not end in the address of a client."
            raise InvalidRequest(detail, [(f"header:{header}", detail)])
        if hop_address not in trusted:
            return hop_address
        address = hop_address
    return address


def _elements_from_right(text: str) -> Iterator[str]:
    """Yield the elements of a list, the last first; a comma within quotes is no separator."""
    if "," not in text and '"' not in text:
        yield text.strip(" \t")
        return
    backwards, position = text[::-1], 0
    while position <= len(backwards):
        match = _ELEMENT.match(backwards, position)
        assert match  # it also matches the empty string
        yield match[0][::-1].strip(" \t")
        position = match.end() + 1


def _node_of(element: str) -> str:
    """Return the `for` of one element (RFC 7239), or "" if it has none or several, or cannot be parsed."""
    pairs = re.findall(_PAIR, element) if _PAIRS.fullmatch(element) else []
    nodes = [value for name, value in pairs if name.lower() == "for"]
    if len(nodes) != 1:
        return ""
    return _ESCAPED.sub(r"\1", nodes[0][1:-1]) if nodes[0].startswith('"') else nodes[0]


def _read_node(text: str) -> Address | None:
    """Parse an address with or without a port."""
    if (address := read_address(text)) is not None:
        return address
    match = _NODE.fullmatch(text)
    return read_address(match[1] or match[2]) if match else None
