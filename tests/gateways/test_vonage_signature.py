import pytest

from app.domain.errors import InvalidRequest
from app.gateways.vonage import fields_of, is_signed, sign

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
        # These four are of Vonage's Python SDK (vonage-python-sdk, http_client/tests/test_auth.py).
        (FIELDS, "sha256", "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287"),
        (FIELDS, "md5", "724c2bf6ca423c36e20631b11d1c5753"),
        ({**FIELDS, "param1": "value&1", "param2": "value=2"}, "md5", "2bbf0abafb2c55e5af6231513896a2ac"),
        ({**FIELDS, "timestamp": "12345"}, "md5", "bc7e95bb4e341090b3a202a2885903a5"),
        # These were computed apart from this code, by the description.
        (FIELDS, "md5hash", "d72f75ac8cda9bbce891c4fa62bee6cd"),
        (RECEIPT, "sha256", "d0face675276b31b667b38784620a0100f05d7e52e31b11ede44042b6835f0e9"),
        (RECEIPT, "md5hash", "894155174c7a56711f2e1e33b1591b59"),
    ],
)
def test_what_vonage_signs_comes_out_the_same(fields, method, signature):
    assert sign(fields, secret=SECRET, method=method) == signature


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_each_method_verifies_its_own_in_small_letters_and_capitals(method):
    """Vonage's PHP library writes an HMAC in capitals and a hash in small letters."""
    signature = sign(FIELDS, secret=SECRET, method=method)

    for written in (signature, signature.upper()):
        assert is_signed({**FIELDS, "sig": written}, secret=SECRET, method=method, now=NOW)


def test_another_method_or_secret_does_not_verify():
    signed = {**FIELDS, "sig": sign(FIELDS, secret=SECRET, method="md5")}

    assert not is_signed(signed, secret=SECRET, method="sha256", now=NOW)
    assert not is_signed(signed, secret="another", method="md5", now=NOW)


@pytest.mark.parametrize(
    "sig", ["", " ", "0", "280c", "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287 ", "ключ", "\udcff"]
)
def test_a_signature_that_is_none_does_not_verify(sig):
    assert not is_signed({**FIELDS, "sig": sig}, secret=SECRET, method="sha256", now=NOW)


@pytest.mark.parametrize(
    "timestamp",
    ["", "0", "soon", "1234567890.0", "-1234567890", "１２３４５６７８９０", " 1234567890", "9" * 5000],  # noqa: RUF001  digits, but not ours
    ids=lambda timestamp: ascii(timestamp)[:30],
)
def test_a_well_signed_call_without_a_readable_time_does_not_verify(timestamp):
    fields = {**FIELDS, "timestamp": timestamp}

    assert not is_signed(
        {**fields, "sig": sign(fields, secret=SECRET, method="md5")}, secret=SECRET, method="md5", now=NOW
    )


@pytest.mark.parametrize(("seconds", "is_good"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_call_is_good_for_five_minutes_on_either_side(seconds, is_good):
    signed = {**FIELDS, "sig": sign(FIELDS, secret=SECRET, method="sha256")}

    assert is_signed(signed, secret=SECRET, method="sha256", now=NOW + seconds) is is_good


def test_two_fields_cannot_be_passed_off_as_one():
    """Written one behind the other, they would read the same as one whose name holds the other."""
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
def test_fields_are_found_wherever_the_account_has_them_put(body, query):
    assert fields_of(body, query) == {"status": "delivered", "err-code": "0", "text": "é"}


def test_a_field_without_a_value_is_one():
    """It is signed like the others."""
    assert fields_of(b"status=delivered&network-code=", {}) == {"status": "delivered", "network-code": ""}


@pytest.mark.parametrize("body", [b"{", b"[]", b"[1]", b"[{}, {}]", b"a=\xff", b"a=1&" * 101], ids=ascii)
def test_what_cannot_be_read_is_refused(body):
    with pytest.raises(InvalidRequest):
        fields_of(body, {})
