"""AWS Signature Version 4, written from its public pages on signing API requests.

Own code, because botocore would add 31 MB and a synchronous HTTP client. It signs requests of JSON
services and the examples that AWS publishes; URLs must already be escaped.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """An access key with its region and service. No `repr`: it contains the secret."""

    key_id: str
    secret: str
    region: str
    service: str


def signed_headers(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes, credentials: Credentials, at: float
) -> dict[str, str]:
    """Return the headers with the two that sign the call; `at` is seconds since 1970, and AWS allows 5 minutes."""
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    address = urlsplit(url)
    covered = {"host": address.netloc, "x-amz-date": moment}
    covered |= {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    names = sorted(covered)
    query = "&".join(sorted(address.query.split("&")))
    lines = [f"{name}:{covered[name]}" for name in names]
    request = [method, address.path or "/", query, *lines, "", ";".join(names), sha256(body).hexdigest()]
    scope = f"{moment[:8]}/{credentials.region}/{credentials.service}/aws4_request"
    text = "\n".join([_ALGORITHM, moment, scope, sha256("\n".join(request).encode()).hexdigest()])
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    proof = f"Credential={credentials.key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {**headers, "x-amz-date": moment, "authorization": f"{_ALGORITHM} {proof}"}
