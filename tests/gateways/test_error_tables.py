"""Every vendor's error table, compared with a second copy."""

import pytest

from app.domain.status import Reason
from app.gateways import gatewayapi, infobip, messagebird, plivo, sinch, smstools, telnyx, twilio, vonage
from app.gateways.aws import parsing as aws
from tests.gateways.error_words import WRITTEN

TABLES = {
    "aws.REASON": aws.REASON,
    "aws.FIELD": aws.FIELD,
    "gatewayapi.REASON": gatewayapi.REASON,
    "infobip.REASON": infobip.REASON,
    "infobip.ERROR": infobip.ERROR,
    "messagebird.REFUSED": messagebird.REFUSED,
    "messagebird.FIELD": messagebird.FIELD,
    "messagebird.ERROR": messagebird.ERROR,
    "plivo.REASON": plivo.REASON,
    "sinch.REASON": sinch.REASON,
    "sinch.REFUSED": sinch.REFUSED,
    "smstools.REFUSED": smstools.REFUSED,
    "smstools.TEMPORARY": smstools.TEMPORARY,
    "smstools.DETAIL": smstools.DETAIL,
    "telnyx.REASON": telnyx.REASON,
    "twilio.REASON": twilio.REASON,
    "vonage.REASON": vonage.REASON,
    "vonage.DETAIL": vonage.DETAIL,
}
# Errors about one country, region, network, number or trial account: other messages still go.
ABOUT_ONE_DESTINATION = {
    "aws.REASON": "COUNTRY_NOT_ENABLED DESTINATION_COUNTRY_BLOCKED DESTINATION_PHONE_NUMBER_NOT_VERIFIED "
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION DESTINATION_PHONE_NUMBER_OPTED_OUT "
    "INTERNATIONAL_SENDING_NOT_SUPPORTED INVALID_IDENTITY_FOR_DESTINATION_COUNTRY PRICE_OVER_THRESHOLD",
    "gatewayapi.REASON": "0x0215 0x0217 0x021f",
    "infobip.REASON": "6 10 14 18 19 87",
    "plivo.REASON": "50 90 100 201 450",
    "sinch.REASON": "1 2 402",
    "smstools.REFUSED": "103 106 131",
    "telnyx.REASON": "40001 40012 40300 40309 40310",
    "twilio.REASON": "21211 21214 21219 21408 21608 21610 21612 21614 30004",
    "vonage.REASON": "6 7 29 33",
}


@pytest.mark.parametrize("name", TABLES)
def test_each_error_table_matches_its_second_copy(name):
    written = {}
    for line in WRITTEN[name].strip().splitlines():
        reason, _, codes = line.partition(":")
        written |= dict.fromkeys(codes.split(), Reason(reason.strip()))

    assert TABLES[name] == written


@pytest.mark.parametrize("name", ABOUT_ONE_DESTINATION)
def test_errors_about_one_destination_do_not_suspend_the_gateway(name):
    """Otherwise one trial account and one foreign number would stop the codes of all users."""
    resting = {Reason.AUTH, Reason.NO_CREDIT, Reason.CONFIG}

    assert [code for code in ABOUT_ONE_DESTINATION[name].split() if TABLES[name][code] in resting] == []
