"""Authentication of reports in the generic gateway."""

from base64 import b64encode

import pytest

from app.domain.errors import BadReport
from app.gateways.generic.settings import HttpSettings
from app.gateways.generic.signature import verify_report
from tests.support.report_contract import NOW, callback

BODY = b'{"id": "v-1"}'
# Computed by OpenSSL: printf '{"id": "v-1"}' | openssl dgst -sha256 -hmac 0ur-own-key
SHA256 = "a62e14a3aa40d61217535ba71a59a77583fb183c7803c033fcfaf38b8843e634"
SHA1_BASE64 = "aqXVOFf2NGi16Z35LEW54hVn5Ow="
# The same command for an empty body: printf '' | openssl dgst …
SHA256_OF_NOTHING = "51de567aac021b0037697efea2385a1d910f1fec5724cba422bfedf66ecb35ee"
BASIC = f"Basic {b64encode(b'vendor:0ur-own-key').decode()}"
REPORTS = {
    "url": "https://api.example/send",
    "form": '{"to": "{to}", "text": "{text}"}',
    "id_at": "id",
    "report_reference_at": "id",
    "report_status_at": "status",
    "report_statuses": '{"1": "delivered"}',
    "report_secret": "0ur-own-key",
}
HMAC = {"report_check": "hmac", "report_name": "X-Signature"}
SHA1 = {**HMAC, "report_hash": "sha1", "report_encoding": "base64", "report_prefix": "sha1="}
HEADER = {"report_check": "header", "report_name": "Authorization", "report_prefix": "Bearer "}
QUERY = {"report_check": "query", "report_name": "token"}
BASIC_AUTH = {"report_check": "basic", "report_user": "vendor"}


def is_accepted(given, *, headers=None, query=None, body=BODY, now=NOW):
    own = HttpSettings.model_validate(REPORTS | given)
    try:
        verify_report(callback(body, headers=headers or {}, query=query or {}), own, now=now)
    except BadReport:
        return False
    return True


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        (HMAC, "x-signature", SHA256),
        (SHA1, "x-signature", f"sha1={SHA1_BASE64}"),
        (HEADER, "authorization", "Bearer 0ur-own-key"),
        (BASIC_AUTH, "authorization", BASIC),
    ],
    ids=["hmac", "hmac in base64", "header", "basic"],
)
def test_only_the_configured_credential_is_accepted(given, name, value):
    assert is_accepted(given, headers={name: value})

    wrong = ["", " ", value.upper() + "x", value[:-1], value + "=", value.replace(value[8], "\u00e9"), "\udcff"]
    assert not [other for other in wrong if is_accepted(given, headers={name: other})]
    assert not is_accepted(given)
    assert not is_accepted(given, query={name: value})


def test_only_the_secret_in_the_query_is_accepted():
    assert is_accepted(QUERY, query={"token": "0ur-own-key"})

    assert not [
        other for other in ("", "0UR-OWN-KEY", "0ur-own-key ", "\udcff") if is_accepted(QUERY, query={"token": other})
    ]
    assert not is_accepted(QUERY, headers={"token": "0ur-own-key"})


def test_a_changed_body_is_rejected():
    assert not is_accepted(HMAC, headers={"x-signature": SHA256}, body=BODY + b" ")


def test_a_signature_over_an_empty_body_is_rejected():
    """It never changes, so anyone who has seen it once could call with any query."""
    assert not is_accepted(HMAC, headers={"x-signature": SHA256_OF_NOTHING}, body=b"")


def test_standard_webhooks_accepts_any_of_the_secrets():
    """The vector of the specification; a rotation needs two secrets."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    right, other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_YW5vdGhlciBrZXkgb2YgMjQgYnl0ZXMu"
    body, at = b'{"test": 2432232314}', 1614265330.0

    for secrets, is_right in [(right, True), (f"{other},{right}", True), (other, False)]:
        given = {"report_check": "standard-webhooks", "report_secret": secrets}
        assert is_accepted(given, headers=headers, body=body, now=at) is is_right
        assert not is_accepted(given, headers=headers, body=body, now=at + 301)
