"""Vonage's signatures and the fields that they cover."""

import pytest

from app.domain.errors import InvalidRequest
from app.gateways.vonage import is_signed, read_fields, sign

SECRET = "signature_secret"
FIELDS = {"param1": "value1", "param2": "value2", "timestamp": "1234567890"}
NOW = 1234567890.0
# The sample of a delivery receipt in Vonage's OpenAPI document (api-specification, definitions/sms.yml).
RECEIPT = {
    "msisdn": "447700900000",
    "to": "AcmeInc",
    "network-code": "12345",
    "messageId": "0A0000001234567B",
    "price": "0.03330000",
    "status": "delivered",
    "scts": "2001011400",
    "err-code": "0",
    "api-key": "abcd1234",
    "client-ref": "my-personal-reference",
    "message-timestamp": "2020-01-01 12:00:00",
    "timestamp": "1582650446",
    "nonce": "ec11dd3e-1e7f-4db5-9467-82b02cd223b9",
}


@pytest.mark.parametrize(
    ("fields", "method", "signature"),
    [
        # These four are from Vonage's Python SDK (vonage-python-sdk, http_client/tests/test_auth.py).
        (FIELDS, "sha256", "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287"),
        (FIELDS, "md5", "724c2bf6ca423c36e20631b11d1c5753"),
        ({**FIELDS, "param1": "value&1", "param2": "value=2"}, "md5", "2bbf0abafb2c55e5af6231513896a2ac"),
        ({**FIELDS, "timestamp": "12345"}, "md5", "bc7e95bb4e341090b3a202a2885903a5"),
        # These were computed independently, by the documentation.
        (FIELDS, "md5hash", "d72f75ac8cda9bbce891c4fa62bee6cd"),
        (RECEIPT, "sha256", "d0face675276b31b667b38784620a0100f05d7e52e31b11ede44042b6835f0e9"),
        (RECEIPT, "md5hash", "894155174c7a56711f2e1e33b1591b59"),
    ],
)
def test_published_signatures_are_reproduced(fields, method, signature):
    assert sign(fields, secret=SECRET, method=method) == signature


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_each_method_accepts_lower_and_upper_case(method):
    """Vonage's PHP library writes an HMAC in upper case and a hash in lower case."""
    signature = sign(FIELDS, secret=SECRET, method=method)

    for written in (signature, signature.upper()):
        assert is_signed({**FIELDS, "sig": written}, secret=SECRET, method=method, now=NOW)


def test_another_method_or_secret_is_rejected():
    signed = {**FIELDS, "sig": sign(FIELDS, secret=SECRET, method="md5")}

    assert not is_signed(signed, secret=SECRET, method="sha256", now=NOW)
    assert not is_signed(signed, secret="another", method="md5", now=NOW)


@pytest.mark.parametrize(
    "sig", ["", " ", "0", "280c", "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287 ", "ключ", "\udcff"]
)
def test_an_invalid_signature_is_rejected(sig):
    assert not is_signed({**FIELDS, "sig": sig}, secret=SECRET, method="sha256", now=NOW)


@pytest.mark.parametrize(
    "timestamp",
    ["", "0", "soon", "1234567890.0", "-1234567890", "１２３４５６７８９０", " 1234567890", "9" * 5000],  # noqa: RUF001  digits, but not ours
    ids=lambda timestamp: ascii(timestamp)[:30],
)
def test_a_signed_call_without_a_valid_timestamp_is_rejected(timestamp):
    fields = {**FIELDS, "timestamp": timestamp}

    assert not is_signed(
        {**fields, "sig": sign(fields, secret=SECRET, method="md5")}, secret=SECRET, method="md5", now=NOW
    )


@pytest.mark.parametrize(("seconds", "is_valid"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_signature_is_valid_for_five_minutes_before_and_after(seconds, is_valid):
    signed = {**FIELDS, "sig": sign(FIELDS, secret=SECRET, method="sha256")}

    assert is_signed(signed, secret=SECRET, method="sha256", now=NOW + seconds) is is_valid


def test_one_field_cannot_pass_as_two():
    """Without cleaning, a field whose name contains another field would be signed like two fields."""
    merged = {"param1=value1&param2": "value2", "timestamp": FIELDS["timestamp"]}
    signature = sign(FIELDS, secret=SECRET, method="sha256")

    assert not is_signed({**merged, "sig": signature}, secret=SECRET, method="sha256", now=NOW)


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (b'{"status": "delivered", "err-code": 0, "text": "\xc3\xa9"}', {}),
        (b' [{"status": "delivered", "err-code": "0", "text": "\\u00e9", "more": {"a": 1}, "none": null}]\n', {}),
        (b"status=delivered&err-code=0&text=%C3%A9", {"status": "failed"}),
        (b"", {"status": "delivered", "err-code": "0", "text": "é"}),
    ],
    ids=["json", "json list", "form", "query"],
)
def test_fields_are_read_from_json_form_or_query(body, query):
    assert read_fields(body, query) == {"status": "delivered", "err-code": "0", "text": "é"}


def test_an_empty_field_is_kept():
    """An empty field is signed like the others."""
    assert read_fields(b"status=delivered&network-code=", {}) == {"status": "delivered", "network-code": ""}


@pytest.mark.parametrize("body", [b"{", b"[]", b"[1]", b"[{}, {}]", b"a=\xff", b"a=1&" * 101], ids=ascii)
def test_an_unreadable_body_is_rejected(body):
    with pytest.raises(InvalidRequest):
        read_fields(body, {})
