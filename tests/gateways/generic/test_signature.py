"""Authentication of reports in the generic gateway."""

from base64 import b64encode
from hashlib import sha256
from hmac import digest

import pytest
from jwt import encode

from app.domain.errors import BadReport
from app.gateways.generic.settings import HttpSettings
from app.gateways.generic.signature import verify_report
from tests.support.gateway_contract import REPORT_URL
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


def is_accepted(given, *, headers=None, query=None, body=BODY, now=NOW, **call):
    own = HttpSettings.model_validate(REPORTS | given)
    try:
        verify_report(callback(body, headers=headers or {}, query=query or {}, **call), own, now=now)
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


TIMED = {**HMAC, "report_signed": "{body}{header:X-Timestamp}", "report_time": "X-Timestamp"}
AT = str(int(NOW))


def hmac_of(signed, algorithm="sha256"):
    return digest(b"0ur-own-key", signed, algorithm)


def test_an_hmac_over_body_and_time_is_accepted_for_five_minutes():
    headers = {"x-timestamp": AT, "x-signature": hmac_of(BODY + AT.encode()).hex()}

    assert is_accepted(TIMED, headers=headers)
    for now in (NOW - 300, NOW + 300):
        assert is_accepted(TIMED, headers=headers, now=now)
        assert not is_accepted(TIMED, headers=headers, now=now + (1 if now > NOW else -1))


@pytest.mark.parametrize("timestamp", ["", "0", str(int(NOW) + 1), f" {AT}", f"{AT}.0", "\udcff", None])
def test_an_hmac_with_another_time_is_rejected(timestamp):
    """Also where it is signed: a replay has the old time, and what is no time is never recent."""
    headers = {} if timestamp is None else {"x-timestamp": timestamp}
    own = hmac_of(BODY + (timestamp or "").encode("utf-8", "surrogatepass")).hex()

    assert not is_accepted(TIMED, headers={**headers, "x-signature": hmac_of(BODY + AT.encode()).hex()})
    assert not is_accepted(TIMED, headers={**headers, "x-signature": own}, now=NOW + 1000)


@pytest.mark.parametrize(
    ("pattern", "signed"),
    [
        ("v1:{header:X-Timestamp}|{method}|{url}|{body}", f"v1:{AT}|POST|{REPORT_URL}|".encode() + BODY),
        ("{{{body}}}", b"{" + BODY + b"}"),
        ("{body}\n{header:x-timestamp}", BODY + b"\n" + AT.encode()),
        ("{url}", REPORT_URL.encode()),
    ],
)
def test_an_hmac_is_over_the_parts_in_their_order(pattern, signed):
    given = {**HMAC, "report_signed": pattern, "report_hash": "sha512", "report_encoding": "base64"}
    headers = {"x-timestamp": AT, "x-signature": b64encode(hmac_of(signed, "sha512")).decode()}

    assert is_accepted(given, headers=headers)
    assert not is_accepted(given, headers=headers, url=REPORT_URL + "?x=1", body=BODY + b" ", method="PUT")


def test_an_hmac_over_the_address_covers_a_call_without_a_body():
    given = {**HMAC, "report_signed": "{url}", "report_status_at": "?status"}
    url = f"{REPORT_URL}?status=1"
    headers = {"x-signature": hmac_of(url.encode()).hex()}

    assert is_accepted(given, headers=headers, body=b"", url=url)
    assert not is_accepted(given, headers=headers, body=b"", url=f"{REPORT_URL}?status=2")


def test_an_hmac_over_a_time_and_no_body_is_rejected():
    """The query would then be anyone's."""
    headers = {"x-timestamp": AT, "x-signature": hmac_of(AT.encode()).hex()}

    assert not is_accepted(TIMED, headers=headers, body=b"")


JWT_KEY = "0ur-0wn-s3cret-of-32-characters!"
JWT = {
    "report_check": "jwt-hs256",
    "report_name": "Authorization",
    "report_prefix": "Bearer ",
    "report_secret": JWT_KEY,
}


def bearer(*, key=JWT_KEY, **claims):
    return {"authorization": f"Bearer {encode({'iat': int(NOW), **claims}, key, algorithm='HS256')}"}


def test_a_jwt_is_accepted_by_its_key_and_its_audience():
    assert is_accepted(JWT, headers=bearer())
    assert is_accepted(JWT, headers=bearer(aud=REPORT_URL))
    assert is_accepted({**JWT, "report_audience": "shop"}, headers=bearer(aud="shop"))

    assert not is_accepted(JWT, headers=bearer(key=JWT_KEY.upper()))
    assert not is_accepted(JWT, headers=bearer(aud="https://other.example.com"))
    assert not is_accepted({**JWT, "report_audience": "shop"}, headers=bearer(aud=REPORT_URL))
    assert not is_accepted(JWT, headers=bearer(), now=NOW + 301)
    assert not is_accepted(JWT)


def test_a_jwt_without_its_prefix_is_rejected():
    assert not is_accepted(JWT, headers={"authorization": bearer()["authorization"].removeprefix("Bearer ")})
    assert not is_accepted(JWT, headers={"authorization": bearer()["authorization"].replace("Bearer", "bearer")})


@pytest.mark.parametrize(
    ("encoding", "claim"),
    [("hex", sha256(BODY).hexdigest()), ("base64", b64encode(sha256(BODY).digest()).decode())],
)
def test_a_jwt_with_a_digest_covers_the_body(encoding, claim):
    given = {**JWT, "report_body_claim": "payload_hash", "report_encoding": encoding}

    assert is_accepted(given, headers=bearer(payload_hash=claim))
    assert not is_accepted(given, headers=bearer(payload_hash=claim), body=BODY + b" ")
    for other in (None, "", 5, [claim], claim.upper(), claim[:-1], "\udcff"):
        assert not is_accepted(given, headers=bearer(payload_hash=other))
    assert not is_accepted(given, headers=bearer())


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
