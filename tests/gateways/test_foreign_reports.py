"""Large unsigned calls to the report address of a vendor that signs must not block other requests.

No vendor's report reaches a hundredth of 16 KiB, and reading a whole mebibyte takes a fifth of a second. A longer body
is rejected unread, even if it is signed.
"""

import hmac
from base64 import b64encode

import pytest

from app.domain.errors import BadReport, InvalidRequest
from app.gateways import GATEWAYS
from tests.support.gateway_contract import REPORT_URL, SECRET, make_gateway_client
from tests.support.report_contract import NOW, callback
from tests.support.twilio import SETTINGS, signed

LONG = b"MessageSid=SM1&MessageStatus=sent&Status=sent&MessageUUID=1&x=" + b"y" * 16 * 1024
PLIVO = b64encode(hmac.digest(SECRET.encode(), f"{REPORT_URL}1".encode(), "sha256")).decode()


def reader(gateway, **settings):
    return GATEWAYS[gateway](settings, make_gateway_client())[0]


@pytest.mark.parametrize(("body", "is_read"), [(LONG[: 16 * 1024], True), (LONG, False)], ids=["16 KiB", "more"])
@pytest.mark.parametrize("gateway", ["twilio", "plivo", "vonage"])
async def test_a_report_above_16_kib_is_rejected_unread(gateway, body, is_read):
    match gateway:
        case "twilio":
            read, call = reader(gateway, **SETTINGS), signed(callback(body))
        case "plivo":
            headers = {"x-plivo-signature-v2": PLIVO, "x-plivo-signature-v2-nonce": "1"}
            read, call = (
                reader(gateway, auth_id="MA1", auth_token=SECRET, sender="Acme"),
                callback(body, headers=headers),
            )
        case _:
            read = reader(gateway, api_key="k1", api_secret=SECRET, sender="Acme", report_token="t" * 22)
            call = callback(b'{"messageId": "1", "status": "sent", "x": "' + body[: len(body) - 45] + b'"}')

    if is_read:
        assert await read.read_report(call, now=NOW)
    else:
        with pytest.raises((BadReport, InvalidRequest)):
            await read.read_report(call, now=NOW)
