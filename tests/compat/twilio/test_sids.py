"""Twilio's identifiers: their form, and that they are derived from ours alone."""

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis.strategies import binary

from app.compat.twilio.sids import (
    account_sid,
    api_key_sid,
    attempt_sid,
    service_sid,
    verification_id,
    verification_sid,
)
from app.domain.keyring import write_short

SECRET = b"0123456789abcdef0123456789abcdef"


def test_accounts_and_services_are_macs_of_their_names():
    """Written out once more, so that an upgrade never changes what clients are configured with."""

    def mac(text):
        return hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()[:32]

    assert account_sid(SECRET, "shop") == f"AC{mac('twilio-account|shop')}"
    assert service_sid(SECRET, "shop", "login") == f"VA{mac('twilio-service|shop|login')}"


@given(binary(min_size=16, max_size=16))
def test_a_verification_and_its_sid_name_each_other(raw):
    id = f"vf_{write_short(raw)}"
    sid = verification_sid(id)

    assert sid == f"VE{raw.hex()}"
    assert verification_id(sid) == verification_id(sid[:2] + sid[2:].upper()) == id


@pytest.mark.parametrize("text", ["", "VE", "VE" + "0" * 31, "VE" + "0" * 33, "VE" + "g" * 32, "ve" + "0" * 32, "+316"])
def test_other_texts_are_no_sid(text):
    assert verification_id(text) is None


def test_all_have_thirty_four_characters():
    id = "vf_AAAAAAAAAAAAAAAAAAAAAA"
    sids = [attempt_sid(id, 1), attempt_sid(id, 2), api_key_sid("0123456789abcdef" * 4), verification_sid(id)]

    assert len(set(sids)) == 4
    assert all(re.fullmatch("(VL|SK|VE)[0-9a-f]{32}", sid) for sid in sids)
