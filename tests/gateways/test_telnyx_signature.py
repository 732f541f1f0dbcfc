"""Telnyx's webhook signature."""

from base64 import b64encode

import pytest

from app.gateways.telnyx import is_signed, read_key

# Computed by the documented scheme with the private key 00, 01, … 1f, because the vendor publishes no test vector.
KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
TIMESTAMP = "1700000000"
BODY = (
    b'{"data":{"event_type":"message.finalized","id":"4ee8c3a6-4995-4309-a3c6-38e3db9ea4be","payload":'
    b'{"id":"40385f64-5717-4562-b3fc-2c963f66afa6","to":[{"phone_number":"+18665550001","status":"delivered"}]},'
    b'"record_type":"event"},"meta":{"attempt":1,"delivered_to":"https://otp.example.com/webhooks/telnyx"}}'
)
SIGNATURE = "Y/U2xww8qoUNSoi+SNJshwfEH5OTBMZZvN3Yk7Vuh/1PEdwtzXc36xL9XeEDYJY1BUinyunnyTvL1o50UnGkDw=="
# RFC 8032 §7.1, test 1: another account's key.
OTHER_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def signed(body=BODY, *, signature=SIGNATURE, timestamp=TIMESTAMP, key=KEY, now=1_700_000_000.0):
    return is_signed(body, signature=signature, timestamp=timestamp, key=read_key(key), now=now)


def test_a_valid_signature_is_accepted():
    assert signed()


@pytest.mark.parametrize("now", [1_699_999_700.0, 1_700_000_300.0])
def test_a_signature_is_valid_for_five_minutes_before_and_after(now):
    """Clocks may differ, but a recorded call cannot be replayed the next day."""
    assert signed(now=now)
    assert not signed(now=now + (1 if now > 1_700_000_000 else -1))


@pytest.mark.parametrize(
    "changed",
    [
        {"body": BODY + b"\n"},
        {"body": BODY.replace(b"delivered", b"expired")},
        {"body": b""},
        {"key": OTHER_KEY},
        {"timestamp": "1700000001"},
        {"timestamp": "1700000000 "},
        {"timestamp": "+1700000000"},
        {"timestamp": "01700000000"},
        {"timestamp": "1700000000.0"},
        {"timestamp": "\uff11700000000"},
        {"timestamp": "9" * 5000},
        {"timestamp": "-1"},
        {"timestamp": ""},
        {"timestamp": "\udcff"},
        {"signature": ""},
        {"signature": "é"},
        {"signature": "\udcff"},
        {"signature": SIGNATURE[:-4]},
        {"signature": SIGNATURE[:-1]},
        {"signature": f" {SIGNATURE}"},
        {"signature": SIGNATURE.replace("+", "-")},
        {"signature": f"{SIGNATURE},{SIGNATURE}"},
        {"signature": "A" * 88},
    ],
    ids=lambda changed: ascii(changed)[:50],
)
def test_a_changed_call_is_rejected(changed):
    assert not signed(**changed)


@pytest.mark.parametrize(
    "point", [b"\0" * 32, b"\1" + b"\0" * 31, b"\xec" + b"\xff" * 30 + b"\x7f"], ids=["0", "1", "-1"]
)
def test_keys_of_small_order_are_rejected(point):
    """A key of zeros, a common placeholder, is one of these points."""
    with pytest.raises(ValueError, match="not a usable public key"):
        read_key(b64encode(point).decode())
