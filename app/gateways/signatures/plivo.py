"""How Plivo signs its callbacks, after its public pages on validating requests and its client libraries.

Both versions are the base64 of an HMAC (SHA-256) by the account's auth token. Version 2 covers the
address without its query, and a nonce; version 3 covers the query and the fields of the form as well.
A header may hold several signatures, and its second name is for those of a main account over its
subaccounts. Neither version tells a time.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

_V2 = ("x-plivo-signature-v2", "x-plivo-signature-ma-v2")
_V3 = ("x-plivo-signature-v3", "x-plivo-signature-ma-v3")
_MOST = 16 * 1024  # bytes; a stranger's body is read before it is known to be one's
_MOST_FIELDS = 100


def is_signed(headers: Mapping[str, str], *, url: str, body: bytes, token: str) -> bool:
    """Tell whether Plivo made this call; a call by GET has no body.

    A call that carries version 3 is judged by it alone. Version 2 covers neither query nor fields:
    whoever overhears a call so signed can change them, and only a secret in the address keeps others out.
    """
    if len(body) > _MOST:
        return False
    try:
        if any(name in headers for name in _V3):
            nonce = headers.get("x-plivo-signature-v3-nonce", "")
            return bool(nonce) and _fits(f"{_whole(url, body)}.{nonce}", token, headers, _V3)
        nonce = headers.get("x-plivo-signature-v2-nonce", "")
        return bool(nonce) and _fits(f"{_bare(url)}{nonce}", token, headers, _V2)
    except ValueError:  # no text in UTF-8, or too many fields: nothing that Plivo would sign
        return False


def _fits(text: str, token: str, headers: Mapping[str, str], names: tuple[str, ...]) -> bool:
    """Compare what must have been signed with every signature that was given."""
    expected = b64encode(hmac.digest(token.encode(), text.encode(), "sha256"))
    given = [one for name in names for one in headers.get(name, "").split(",")]
    return any(hmac.compare_digest(one.strip().encode("utf-8", "surrogatepass"), expected) for one in given)


def _bare(url: str) -> str:
    """Give an address without its query."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _whole(url: str, body: bytes) -> str:
    """Give an address with its query and the form's fields, sorted: `url?a=1&b=2.c3d4`, as version 3 writes them."""
    query = [f"{name}={value}" for name, value in _fields(urlsplit(url).query)]
    form = [f"{name}{value}" for name, value in _fields(body.decode())]
    mark, dot = "?" if query or form else "", "." if query and form else ""
    return f"{_bare(url)}{mark}{'&'.join(query)}{dot}{''.join(form)}"


def _fields(text: str) -> list[tuple[str, str]]:
    fields = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    return [(name, value) for name in sorted(fields) for value in sorted(fields[name])]
