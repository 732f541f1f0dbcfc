"""Verify the HTTPS deliveries of an Amazon SNS topic, written from its public pages on verifying signatures.

SNS signs some fields, each name and each value on its own line, with RSA (PKCS#1 v1.5) over SHA-1 in
version 1 and over SHA-256 in version 2. The message contains the URL of the certificate, and anyone can
forge a message: only a URL in the topic's region is accepted, where AWS alone can publish certificates.
SNS repeats a delivery for at most an hour.
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
MAX_AGE = 3600  # seconds, either way
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_HASHES: Mapping[str, HashAlgorithm] = {"1": SHA1(), "2": SHA256()}  # noqa: S303  a topic may still be set to SHA-1
_MAX_CACHED = 8


def read_envelope(body: bytes, *, topic: str, now: float) -> dict[str, str] | None:
    """Read a message that claims this topic and a time within the last hour; None for anything else.

    The signature is not verified yet. This check comes first, so that a forged message cannot cause requests
    to other hosts.
    """
    try:
        document = orjson.loads(body)
        envelope = {name: value for name, value in document.items() if isinstance(value, str)}
        at = datetime.strptime(envelope["Timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    except (ValueError, AttributeError, KeyError, OverflowError):  # not JSON, not an object, no valid time
        return None
    fits = envelope.get("TopicArn") == topic and envelope.get("Type") in _SIGNED and abs(now - at) <= MAX_AGE
    return envelope if fits and _is_certificate(envelope.get("SigningCertURL", ""), topic) else None


def is_signed(envelope: Mapping[str, str], certificate: Certificate, *, now: float) -> bool:
    """Return whether an envelope was signed by the owner of this certificate."""
    key, digest = certificate.public_key(), _HASHES.get(envelope.get("SignatureVersion", ""))
    is_valid = certificate.not_valid_before_utc.timestamp() <= now <= certificate.not_valid_after_utc.timestamp()
    if digest is None or not is_valid or not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(b64decode(envelope["Signature"], validate=True), signed_text(envelope).encode(), PKCS1v15(), digest)
    except (InvalidSignature, ValueError, KeyError):  # wrong signature; not base64; field missing
        return False
    return True


def signed_text(envelope: Mapping[str, str]) -> str:
    """Return the text that is signed; raises `KeyError` if the envelope lacks a signed field."""
    names = [name for name in _SIGNED[envelope["Type"]] if name != "Subject" or name in envelope]
    return "".join(f"{name}\n{envelope[name]}\n" for name in names)


def is_subscription(url: str, topic: str) -> bool:
    """Return whether a URL confirms a subscription in the topic's region."""
    return re.fullmatch(r"\?Action=ConfirmSubscription&[!-~]{1,2000}", _path_in_region(url, topic)) is not None


def _is_certificate(url: str, topic: str) -> bool:
    return re.fullmatch(r"SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem", _path_in_region(url, topic)) is not None


def _path_in_region(url: str, topic: str) -> str:
    """Return the part of a URL after the base URL of the topic's region; "" for any other URL."""
    found = re.fullmatch(TOPIC, topic)
    assert found
    base_url = f"https://sns.{found['region']}.amazonaws.com{'.cn' if found['part'] == '-cn' else ''}/"
    return url.removeprefix(base_url) if url.startswith(base_url) else ""


class Certificates:
    """A cache of the last eight certificates of a region; each is fetched once, one at a time."""

    def __init__(self, fetch: Callable[[str], Awaitable[bytes]]) -> None:
        self._fetch = fetch
        self._cached: dict[str, Certificate] = {}
        self._lock = asyncio.Lock()

    async def find(self, url: str) -> Certificate | None:
        """Return the certificate at a URL, or None if there is none; raises the errors of `fetch`."""
        if url not in self._cached:
            async with self._lock:
                await self._fetch_once(url)
        return self._cached.get(url)

    async def _fetch_once(self, url: str) -> None:
        """Fetch a certificate, unless another task has fetched it during the wait."""
        if url in self._cached:
            return
        pem = await self._fetch(url)
        try:
            self._cached[url] = load_pem_x509_certificate(pem)
        except ValueError:
            return
        if len(self._cached) > _MAX_CACHED:
            del self._cached[next(iter(self._cached))]
