"""How Amazon SNS signs what a topic delivers by HTTPS, after its public pages on verifying signatures.

Signed are some fields, each name and each value on a line of its own, with RSA (PKCS#1 v1.5) over
SHA-1 in version 1, over SHA-256 in version 2. The message names the address of the certificate, and
anybody can write a message: only an address of the topic's own region counts, where AWS alone can put
certificates. Deliveries are repeated for an hour at most.
"""

import asyncio
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import Certificate, load_pem_x509_certificate

TOPIC = "arn:aws(?P<part>|-cn|-us-gov):sns:(?P<region>[a-z0-9-]{1,32}):[0-9]{12}:[A-Za-z0-9_-]{1,256}"
GOOD_FOR = 3600  # seconds, either way
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_HASHES: Mapping[str, HashAlgorithm] = {"1": SHA1(), "2": SHA256()}  # noqa: S303  a topic may still be set to SHA-1
_MOST_KEPT = 8


def read_envelope(body: bytes, *, topic: str, now: float) -> dict[str, str] | None:
    """Read what claims to be a message of this topic, of the last hour; None for anything else.

    Nothing of it is verified yet. It is looked at first, so that strangers cannot have us fetch things.
    """
    try:
        said = orjson.loads(body)
        envelope = {name: value for name, value in said.items() if isinstance(value, str)}
        at = datetime.strptime(envelope["Timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    except (ValueError, AttributeError, KeyError, OverflowError):  # no JSON, no object, no time
        return None
    fits = envelope.get("TopicArn") == topic and envelope.get("Type") in _SIGNED and abs(now - at) <= GOOD_FOR
    return envelope if fits and _is_certificate(envelope.get("SigningCertURL", ""), topic) else None


def is_signed(envelope: Mapping[str, str], certificate: Certificate, *, now: float) -> bool:
    """Tell whether an envelope was signed by the owner of this certificate."""
    key, digest = certificate.public_key(), _HASHES.get(envelope.get("SignatureVersion", ""))
    is_valid = certificate.not_valid_before_utc.timestamp() <= now <= certificate.not_valid_after_utc.timestamp()
    if digest is None or not is_valid or not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(b64decode(envelope["Signature"], validate=True), signed_text(envelope).encode(), PKCS1v15(), digest)
    except (InvalidSignature, ValueError, KeyError):  # wrong; no base64; not there
        return False
    return True


def signed_text(envelope: Mapping[str, str]) -> str:
    """Write what is signed; raises `KeyError` for an envelope without one of its fields."""
    names = [name for name in _SIGNED[envelope["Type"]] if name != "Subject" or name in envelope]
    return "".join(f"{name}\n{envelope[name]}\n" for name in names)


def is_subscription(url: str, topic: str) -> bool:
    """Tell whether an address confirms a subscription where the topic lives."""
    return re.fullmatch(r"\?Action=ConfirmSubscription&[!-~]{1,2000}", _under_home(url, topic)) is not None


def _is_certificate(url: str, topic: str) -> bool:
    return re.fullmatch(r"SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem", _under_home(url, topic)) is not None


def _under_home(url: str, topic: str) -> str:
    """Give what follows the address of the topic's region; nothing for an address elsewhere."""
    found = re.fullmatch(TOPIC, topic)
    assert found
    home = f"https://sns.{found['region']}.amazonaws.com{'.cn' if found['part'] == '-cn' else ''}/"
    return url.removeprefix(home) if url.startswith(home) else ""


class Certificates:
    """The certificates of a region, each fetched once; the last eight are kept, and one is fetched at a time."""

    def __init__(self, fetch: Callable[[str], Awaitable[bytes]]) -> None:
        self._fetch = fetch
        self._kept: dict[str, Certificate] = {}
        self._turn = asyncio.Lock()

    async def find(self, url: str) -> Certificate | None:
        """Give the certificate at an address, or None where there is none; raises what `fetch` raises."""
        if url not in self._kept:
            async with self._turn:
                await self._keep(url)
        return self._kept.get(url)

    async def _keep(self, url: str) -> None:
        """Fetch a certificate, unless somebody did so while we waited."""
        if url in self._kept:
            return
        pem = await self._fetch(url)
        try:
            self._kept[url] = load_pem_x509_certificate(pem)
        except ValueError:
            return
        if len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
