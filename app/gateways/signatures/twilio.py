"""How Twilio signs its webhooks, after https://www.twilio.com/docs/usage/security.

The signature is the base64 of an HMAC-SHA-1, keyed with the account's auth token, over the address
as Twilio called it, its query included, and behind it each name and value of the form, sorted by
name and with nothing between; a pair that stands there twice counts once. It tells no time, and
where a name ends and its value begins it leaves open: our reference is safe in the address.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import parse_qsl

_MOST = 16 * 1024  # bytes; a stranger's body is read before it is known to be one's
_MOST_FIELDS = 100
_ADDRESS = re.compile(r"(https?)(://[^/?#]*?)(:[0-9]+)?([/?#].*)?", re.DOTALL)


def is_signed(signature: str, *, url: str, body: bytes, tokens: Iterable[str]) -> bool:
    """Tell whether one of these auth tokens signed a call; `url` is the public address that was called."""
    if len(body) > _MOST:
        return False
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:  # not UTF-8, or too many fields: Twilio sent neither
        return False
    told = "".join(name + value for name, value in sorted(set(fields)))
    given = signature.encode("utf-8", "surrogatepass")
    signed = [_sign(spelling + told, token) for spelling in _spellings(url) for token in tokens]
    return any([hmac.compare_digest(given, expected) for expected in signed])  # noqa: C419  all of them, in constant time


def _sign(text: str, token: str) -> bytes:
    return b64encode(hmac.digest(token.encode(), text.encode("utf-8", "surrogatepass"), "sha1"))


def _spellings(url: str) -> list[str]:
    """Write an address without its port and with it: some of Twilio's parts sign the one, some the other."""
    match = _ADDRESS.fullmatch(url)
    if not match:
        return []
    scheme, host, port, rest = match[1], match[2], match[3], match[4] or ""
    default = ":443" if scheme == "https" else ":80"
    return [f"{scheme}{host}{rest}", f"{scheme}{host}{port or default}{rest}"]
