"""Sinch's callback signature, against the vendor's vectors."""

from base64 import b64encode
from hmac import digest

import pytest

from app.gateways.sinch import is_signed

# Test vectors of the vendor's client libraries; the bodies are of another product with the same scheme.
SECRET = "foo_secret1234"
NONCE = "01FJA8B4A7BM43YGWSG9GBV067"
TIMESTAMP = "1634579353"
AT = 1634579353.0
QUEUED = (
    b'{"app_id":"01EB37HMH1M6SV18BSNS3G135H","accepted_time":"2020-11-17T15:09:11.659Z",'
    b'"project_id":"c36f3d3d-1513-2edd-ae42-11995557ff61","message_delivery_report":'
    b'{"message_id":"01EQBC1A3BEK731GY4YXEN0C2R","conversation_id":"01EPYATA64TMNZ1FV02JKF12JF",'
    b'"status":"QUEUED_ON_CHANNEL","contact_id":"01EXA07N79THJ20WSN6AS30TMW"}}'
)
CONTACT = (
    b'{"app_id":"","accepted_time":"2021-10-18T17:49:13.813615Z","project_id":"e2df3a34-a71b-4448-9db5-a8d2baad28e4",'
    b'"contact_create_notification":{"contact":{"id":"01FJA8B466Y0R2GNXD78MD9SM1","channel_identities":'
    b'[{"channel":"SMS","identity":"48123456789","app_id":""}],"display_name":"New Test Contact",'
    b'"email":"new.contact@email.com","external_id":"","metadata":"","language":"EN_US"}},"message_metadata":""}'
)
SIGNATURE = "Yc+3R1pIS78xLASybulhs8BsSo9BPB3Pr92QCUoczfk="


def signed(body=QUEUED, *, nonce=NONCE, timestamp=TIMESTAMP, signature=SIGNATURE, secret=SECRET, now=AT):
    return is_signed(body, nonce=nonce, timestamp=timestamp, signature=signature, secret=secret, now=now)


@pytest.mark.parametrize(
    ("body", "signature"),
    [(QUEUED, SIGNATURE), (CONTACT, "6bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE=")],
    ids=["python", "dotnet"],
)
def test_the_vendors_vectors_are_accepted(body, signature):
    assert signed(body, signature=signature)


@pytest.mark.parametrize(
    "changed",
    [
        {"body": QUEUED + b" "},
        {"body": b""},
        {"nonce": NONCE.lower()},
        {"nonce": ""},
        {"nonce": "\udcff"},
        {"timestamp": "1634579354"},
        {"timestamp": "01634579353"},
        {"timestamp": " 1634579353"},
        {"timestamp": "1634579353.0"},
        {"timestamp": "١٦٣٤٥٧٩٣٥٣"},
        {"timestamp": ""},
        {"timestamp": "9" * 5000},
        {"signature": ""},
        {"signature": SIGNATURE.rstrip("=")},
        {"signature": SIGNATURE + "\n"},
        {"signature": "ключ"},
        {"signature": "\udcff"},
        {"secret": SECRET.upper()},
    ],
    ids=lambda changed: ascii(changed)[:40],
)
def test_a_call_changed_in_any_part_is_rejected(changed):
    assert not signed(**changed)


@pytest.mark.parametrize("now", [AT - 300, AT + 300])
def test_a_signature_is_valid_for_five_minutes(now):
    assert signed(now=now)


@pytest.mark.parametrize("now", [AT - 301, AT + 301, 0.0, AT * 1000])
def test_a_signature_older_than_five_minutes_is_rejected(now):
    assert not signed(now=now)


def test_the_end_of_the_body_cannot_become_the_nonce():
    """Body and nonce are joined by a dot, which a body may also contain."""
    body, _, rest = QUEUED.rpartition(b".")

    assert body
    assert not signed(body, nonce=f"{rest.decode()}.{NONCE}")


def test_a_signature_without_a_nonce_is_rejected():
    """Even a correct signature: a body with a dot could be cut so that its end becomes the time."""
    right = b64encode(digest(SECRET.encode(), QUEUED + f"..{TIMESTAMP}".encode(), "sha256")).decode()

    assert not signed(nonce="", signature=right)
