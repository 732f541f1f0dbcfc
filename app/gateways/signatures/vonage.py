"""How Vonage signs calls of its SMS API, after https://developer.vonage.com/en/getting-started/concepts/signing-messages.

The fields but `sig` are sorted by name and written as `&name=value` each, with `_` for every `&` and
`=` in a value and nothing else encoded. `sig` is the hexadecimal HMAC of that under the account's
signature secret; `md5hash` is no HMAC but the MD5 of that text with the secret behind it. The method
is the account's, chosen in its dashboard: a call does not tell it.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl

from app.gateways.report_parsing import read_json, unreadable_report

Method = Literal["md5hash", "md5", "sha1", "sha256", "sha512"]

_GOOD_FOR = 300  # seconds; a call also has a nonce, which is not remembered: a report told again changes nothing
_MOST = 16 * 1024  # bytes; a stranger's body is read before it is known to be one's
_MOST_FIELDS = 100


def fields_of(body: bytes, query: Mapping[str, str]) -> dict[str, str]:
    """Find what a call tells: JSON, a form or the query of a GET, as the account is set; raises `InvalidRequest`.

    Of JSON, texts and whole numbers: Vonage writes nothing else, and what is not here is not read either.
    """
    if len(body) > _MOST:
        raise unreadable_report()
    if body.lstrip()[:1] in {b"{", b"["}:
        told = read_json(body)
        if len(told) != 1 or not isinstance(told[0], dict):
            raise unreadable_report()
        return {name: str(value) for name, value in told[0].items() if isinstance(value, str | int)}
    if not body:
        return dict(query)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:  # not UTF-8, or too many fields
        raise unreadable_report() from None


def is_signed(fields: Mapping[str, str], *, secret: str, method: Method, now: float) -> bool:
    """Tell whether this secret signed these fields, within five minutes; `now` is seconds since 1970."""
    given = fields.get("sig", "").lower().encode("utf-8", "surrogatepass")  # some of Vonage's parts write capitals
    expected = sign(fields, secret=secret, method=method).encode()
    timestamp = fields.get("timestamp", "")
    is_fresh = bool(re.fullmatch("[0-9]{1,12}", timestamp)) and abs(now - int(timestamp)) <= _GOOD_FOR
    return hmac.compare_digest(given, expected) and is_fresh


def sign(fields: Mapping[str, str], *, secret: str, method: Method) -> str:
    """Make the signature of these fields, in small letters.

    Names are cleaned as values are, though Vonage's need it not: or one field could pass for two.
    """
    pairs = sorted((_clean(name), _clean(value)) for name, value in fields.items() if name != "sig")
    text = "".join(f"&{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    if method == "md5hash":
        return hashlib.md5(text + secret.encode()).hexdigest()  # noqa: S324  an old account's choice, not ours
    return hmac.new(secret.encode(), text, method).hexdigest()


def _clean(text: str) -> str:
    return re.sub("[&=]", "_", text)
