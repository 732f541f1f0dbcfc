"""Standard Webhooks: the published vector, rotation, age, and changed calls."""

import hmac
from base64 import b64decode, b64encode

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from app.domain.signatures import standard_webhooks
from app.gateways.settings_fields import WebhookSecret

# The vector of the specification's libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = "1614265330"
AT = 1614265330.0
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER_SECRET = f"whsec_{b64encode(b'another key of 24 bytes.').decode()}"
OTHER_SIGNATURE = f"v1,{b64encode(b'x' * 32).decode()}"


def is_signed(body=BODY, *, id=ID, timestamp=TIMESTAMP, signature=SIGNATURE, secrets=(SECRET,), now=AT):
    headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    return standard_webhooks.is_signed(secrets, headers, body, now=now)


def test_the_published_vector_is_accepted():
    assert is_signed()


@pytest.mark.parametrize(
    "signature",
    [
        f"{OTHER_SIGNATURE} {SIGNATURE}",
        f"{SIGNATURE} {OTHER_SIGNATURE}",
        f"{OTHER_SIGNATURE}, {SIGNATURE}",
        f"v1a,{SIGNATURE[3:]} v2,x {SIGNATURE}",
        f"  {SIGNATURE} ",
    ],
)
def test_one_valid_signature_among_several_is_accepted(signature):
    """During a rotation the sender signs with both secrets."""
    assert is_signed(signature=signature)


def test_one_of_several_secrets_is_enough():
    """During a rotation the receiver knows both secrets."""
    assert is_signed(secrets=(OTHER_SECRET, SECRET))
    assert not is_signed(secrets=(OTHER_SECRET,))
    assert not is_signed(secrets=())


def test_a_secret_may_lack_its_prefix():
    assert is_signed(secrets=(SECRET.removeprefix("whsec_"),))


@pytest.mark.parametrize("now", [AT - 300, AT + 300])
def test_a_signature_is_valid_for_five_minutes_before_and_after(now):
    assert is_signed(now=now)
    assert not is_signed(now=now + (1 if now > AT else -1))


@pytest.mark.parametrize(
    "changed",
    [
        {"body": BODY + b" "},
        {"body": b""},
        {"id": ID.lower()},
        {"id": ""},
        {"id": "\udcff"},
        {"timestamp": "1614265331"},
        {"timestamp": "01614265330"},
        {"timestamp": " 1614265330"},
        {"timestamp": "1614265330.0"},
        {"timestamp": ""},
        {"timestamp": "9" * 5000},
        {"timestamp": "\udcff"},
        {"signature": ""},
        {"signature": " "},
        {"signature": SIGNATURE.removeprefix("v1,")},
        {"signature": f"v1a,{SIGNATURE.removeprefix('v1,')}"},
        {"signature": f"v2,{SIGNATURE.removeprefix('v1,')}"},
        {"signature": SIGNATURE.rstrip("=")},
        {"signature": f"{SIGNATURE};{OTHER_SIGNATURE}"},
        {"signature": SIGNATURE.replace("+", "-")},
        {"signature": "v1,é"},
        {"signature": "v1,\udcff"},
    ],
    ids=lambda changed: ascii(changed)[:50],
)
def test_a_changed_call_is_rejected(changed):
    assert not is_signed(**changed)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_call_without_one_of_the_headers_is_rejected(header):
    headers = {"webhook-id": ID, "webhook-timestamp": TIMESTAMP, "webhook-signature": SIGNATURE}
    del headers[header]

    assert not standard_webhooks.is_signed([SECRET], headers, BODY, now=AT)


def test_the_headers_of_svix_have_another_prefix():
    headers = {"svix-id": ID, "svix-timestamp": TIMESTAMP, "svix-signature": SIGNATURE}

    assert standard_webhooks.is_signed([SECRET], headers, BODY, now=AT, prefix="svix")
    assert not standard_webhooks.is_signed([SECRET], headers, BODY, now=AT)


def test_an_id_with_a_dot_is_rejected_even_with_a_correct_signature():
    """Otherwise the time of an old signature could be moved into the id, and a time in the body taken for it."""
    key = b64decode(SECRET.removeprefix("whsec_"))
    correct = b64encode(hmac.digest(key, f"a.b.{TIMESTAMP}.".encode() + BODY, "sha256")).decode()

    assert not is_signed(id="a.b", signature=f"v1,{correct}")


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_MfKQ9r8GKYqrTwjUPD8ILA==", "whsec_not-base64-but-quite-long-anyway", "bk_eu1_" * 6]
)
def test_a_secret_that_is_no_key_is_rejected_without_being_quoted(secret):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(WebhookSecret).validate_python(secret)

    described = [detail["msg"] for detail in refused.value.errors()]
    assert not [text for text in described if secret and secret in text and secret != "whsec_"]
    assert TypeAdapter(WebhookSecret).validate_python(SECRET) == SecretStr(SECRET)
