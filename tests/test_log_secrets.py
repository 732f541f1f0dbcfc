"""A log line with a secret fails any test (`logged_lines` in conftest.py); here each kind is logged on purpose."""

import logging

import pytest

from app.domain.message import Message
from app.domain.phone_number import PhoneNumber
from app.domain.sms_templates import SmsTemplates
from app.domain.template import read_template
from app.logs import error_location, log
from tests.support.builders import PHONE
from tests.support.log_secrets import assert_no_secrets, checked_logs, leaks_in_text

CODE = "042137"
WORDING = SmsTemplates("Acme", "login.example.com", own=(), shipped={})
TEXT = WORDING.write(read_template("{code} is your {brand} code."), code=CODE, valid_for=300)
PROOF = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0.eyJhdWQiOiJzaG9wIn0.c2ln"
SECRETS = {
    "a whole number": PHONE,
    "a number without its plus": PHONE[1:],
    "a national number": "0612345678",
    "a number in a path": "/v1/numbers/31612345678",
    "a short code": "4821",
    "a code": CODE,
    "the longest code": "0123456789",
    "a code beside a word": f"code={CODE}",
    "a secret key": "sk_dev",
    "a publishable key": "pk_dev",
    "a header": "Bearer c2VjcmV0",
    "a proof": PROOF,
    "a secret": "ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw",
    "a text": TEXT,
    "an autofill line": "@login.example.com #042137",
    "an address of a person": "203.0.113.7",
    "a vendor's raw body": '{"to": "31612345678"}',
    "a token in a path": "/v1/reports/smstools/r3p0rt-t0ken-r3p0rt-t0ken",
}
# In a sentence to an operator an address may stand, and a secret's letters look like any others.
LOOK_LIKE_OTHERS = {"a secret", "an address of a person", "a token in a path"}
FIELDS = ["route", "outcome", "gateway", "error", "where", "verification", "reference", "request_id", "status", "ms"]
every_secret = pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)


def caught(write):
    """Log something under the check, as a test would by mistake; return the failure."""
    with pytest.raises(AssertionError) as complaint, checked_logs():
        write()
    return str(complaint.value)


@every_secret
def test_a_secret_in_a_field_of_its_own_is_caught(secret):
    assert "has no pattern" in caught(lambda: log.info("request", extra=secret))


@every_secret
@pytest.mark.parametrize("field", FIELDS)
def test_a_secret_in_an_allowed_field_is_caught(field, secret):
    assert field in caught(lambda: log.info("job", **{field: secret}))


@every_secret
def test_a_secret_in_an_event_name_is_caught(secret):
    assert "event" in caught(lambda: log.warning(f"sent {secret}"))
    assert "event" in caught(lambda: log.debug(secret))


def test_a_code_as_a_number_is_caught():
    """A code is a string everywhere; an integer is caught as well."""
    assert "guess" in caught(lambda: log.info("job", guess=42137))
    assert "status" in caught(lambda: log.info("request", status=42137))
    assert "verification" in caught(lambda: log.info("job", verification=42137))


@every_secret
def test_a_secret_in_a_library_message_is_not_logged(secret, logged_lines):
    """Only the logger's name of a library's line is logged."""
    logging.getLogger("httpx").warning("GET %s", secret)

    (line,) = logged_lines.getvalue().splitlines()
    assert secret.encode() not in line


def test_a_secret_in_a_logger_name_is_caught():
    assert "logger" in caught(lambda: logging.getLogger(f"vendor.{PHONE[1:]}").warning("hello"))
    assert "logger" in caught(lambda: logging.getLogger("vendor.sk_dev").warning("hello"))


def test_a_secret_in_an_error_message_is_caught():
    def write():
        try:
            int(TEXT)
        except ValueError as error:
            log.error("bug", **error_location(error), why=str(error))

    assert "why" in caught(write)


def test_a_domain_object_in_a_log_line_is_masked_and_caught():
    """Its class has no revealing repr, so the check is not the only protection."""
    message = Message("ms_1", PhoneNumber(PHONE, "31"), TEXT, 300, code=CODE)

    complaint = caught(lambda: log.info("job", message=message, phone=message.to))

    assert "message" in complaint
    assert PHONE not in complaint
    assert CODE not in complaint


@pytest.mark.parametrize("secret", sorted(SECRETS.keys() - LOOK_LIKE_OTHERS))
def test_a_secret_in_a_line_that_is_not_json_is_caught(secret):
    assert leaks_in_text(f"Something went wrong with {SECRETS[secret]}")
    with pytest.raises(AssertionError):
        assert_no_secrets(f'{{"event": "request"}}\nTraceback: {SECRETS[secret]}\n'.encode())


def test_a_log_without_secrets_passes():
    with checked_logs():
        log.info("request", request_id="rq_3q2-7wAAAAAAAAAAAAAAAA", method="POST", route="/v1/verify-code", status=200)
        log.info("request", method="-", route="/v1/reports/{gateway}/{token}", status=404, ms=0.53)
        log.info("request", method="GET", route="/.well-known/jwks.json", status=200, ms=12)
        log.info("job", queue="sends", job="1763834400000-0", outcome="sent", tries=0, verification="vf_1", send="1")
        log.error("bug", error="ValueError", where="app.http.middleware:67")
        logging.getLogger("uvicorn.error").warning("hello")
    assert_no_secrets(b"\xe2\x9c\x97 Cannot listen on 127.0.0.1, port 43121: address already in use.\n")


def test_the_previous_logging_setup_is_restored(logged_lines):
    with checked_logs() as inner:
        log.info("inside")
    log.info("outside")

    assert (b"inside" in inner.getvalue(), b"outside" in inner.getvalue()) == (True, False)
    assert logged_lines.getvalue().count(b"\n") == 1
