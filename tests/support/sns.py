"""A fake Amazon SNS: a topic, the certificates of its region, and signed envelopes."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.gateways.aws.sns import signed_text
from tests.support.report_contract import NOW

TOPIC = "arn:aws:sns:eu-west-1:123456789012:otp-reports"
HOME = "https://sns.eu-west-1.amazonaws.com/"
CERTIFICATE = f"{HOME}SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"
SUBSCRIBE = f"{HOME}?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37fb687f5d51e6e2425e0d7"


@cache
def private_key(owner):
    """Generate the key of one owner, once, because it is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(owner, *, at=NOW, days=1, key=None):
    """Create a certificate for a key, valid from the day before `at` until `days` after it."""
    private = key or private_key(owner)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.fromtimestamp(at, UTC)
    builder = x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=days))
    return builder.sign(private, hashes.SHA256())


def pem(cert):
    return cert.public_bytes(Encoding.PEM)


def elliptic_key():
    return ec.generate_private_key(ec.SECP256R1())


def envelope(message="{}", *, owner, at=NOW, version="2", **changes):
    """Build an envelope of SNS and sign it after all changes; `None` leaves a field out."""
    fields = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": message,
        "Timestamp": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}.{int(at * 1000) % 1000:03}Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": f"{HOME}?Action=Unsubscribe&SubscriptionArn={TOPIC}:1",
        **changes,
    }
    fields = {name: value for name, value in fields.items() if value is not None}
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303  signature version 1 uses SHA-1
    signature = private_key(owner).sign(signed_text(fields).encode(), padding.PKCS1v15(), digest)
    return {**fields, "Signature": b64encode(signature).decode()}


def confirmation(*, owner, kind="SubscriptionConfirmation", url=SUBSCRIBE, **changes):
    """Build the request to confirm a subscription."""
    text = f"You have chosen to subscribe to the topic {TOPIC}."
    return envelope(text, owner=owner, Type=kind, Token="2336412f37fb", SubscribeURL=url, **changes)


def encode_envelope(fields):
    return json.dumps(fields).encode()
