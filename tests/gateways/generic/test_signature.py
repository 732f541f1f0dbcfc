from base64 import b64encode

import pytest

from app.gateways.generic.settings import HttpSettings
from app.gateways.generic.signature import is_authentic
from tests.support.report_contract import callback

BODY = b'{"id": "v-1"}'
# Computed by OpenSSL: printf '{"id": "v-1"}' | openssl dgst -sha256 -hmac key
SHA256 = "007fa4157e48f7cc6f029682252de999ff6ddb446e6f6dc002b02801dd54ef99"
SHA1_BASE64 = "k2PO+Prw0w3r6Dbszo/C+MpJfAQ="
BASIC = f"Basic {b64encode(b'vendor:key').decode()}"
REPORTS = {
    "url": "https://api.example/send",
    "form": '{"to": "{to}", "text": "{text}"}',
    "id_at": "id",
    "report_reference_at": "id",
    "report_status_at": "status",
    "report_statuses": '{"1": "delivered"}',
    "report_secret": "key",
}
HMAC = {"report_check": "hmac", "report_name": "X-Signature"}
SHA1 = {**HMAC, "report_hash": "sha1", "report_encoding": "base64", "report_prefix": "sha1="}
HEADER = {"report_check": "header", "report_name": "Authorization", "report_prefix": "Bearer "}
QUERY = {"report_check": "query", "report_name": "token"}
LOG_IN = {"report_check": "basic", "report_user": "vendor"}


def is_taken(given, *, headers=None, query=None, body=BODY):
    own = HttpSettings.model_validate(REPORTS | given)
    return is_authentic(callback(body, headers=headers or {}, query=query or {}), own)


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        (HMAC, "x-signature", SHA256),
        (SHA1, "x-signature", f"sha1={SHA1_BASE64}"),
        (HEADER, "authorization", "Bearer key"),
        (LOG_IN, "authorization", BASIC),
    ],
    ids=["hmac", "hmac in base64", "header", "basic"],
)
def test_what_was_agreed_is_taken_and_nothing_else(given, name, value):
    assert is_taken(given, headers={name: value})

    wrong = ["", " ", value.upper() + "x", value[:-1], value + "=", value.replace(value[8], "\u00e9"), "\udcff"]
    assert not [other for other in wrong if is_taken(given, headers={name: other})]
    assert not is_taken(given)
    assert not is_taken(given, query={name: value})


def test_a_secret_in_the_query_is_taken_and_nothing_else():
    assert is_taken(QUERY, query={"token": "key"})

    assert not [other for other in ("", "KEY", "key ", "\udcff") if is_taken(QUERY, query={"token": other})]
    assert not is_taken(QUERY, headers={"token": "key"})


def test_a_changed_body_is_not_what_was_signed():
    assert not is_taken(HMAC, headers={"x-signature": SHA256}, body=BODY + b" ")
