"""Every vendor's error table, compared with a second copy."""

from importlib import import_module
from pkgutil import walk_packages

import pytest

from app import gateways
from app.domain.status import Reason
from app.gateways import GATEWAYS
from tests.gateways.error_words import WRITTEN

MODULES = [import_module(module.name) for module in walk_packages(gateways.__path__, f"{gateways.__name__}.")]
# Each table vendor's value -> our reason of any vendor, by the vendor's module or package and its own name.
TABLES = {
    f"{module.__name__.split('.')[2]}.{name}": table
    for module in MODULES
    for name, table in vars(module).items()
    if isinstance(table, dict) and table and all(isinstance(reason, Reason) for reason in table.values())
}
VENDORS = sorted({GATEWAYS[name].make.__module__.split(".")[2] for name in set(GATEWAYS) - {"http", "inbox"}})
# Errors about one country, region, network, number or trial account: other messages still go. Each vendor has an
# entry; "" states that its public pages list no such error.
ABOUT_ONE_DESTINATION = {
    "aws.REASON": "COUNTRY_NOT_ENABLED DESTINATION_COUNTRY_BLOCKED DESTINATION_PHONE_NUMBER_NOT_VERIFIED "
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION DESTINATION_PHONE_NUMBER_OPTED_OUT "
    "INTERNATIONAL_SENDING_NOT_SUPPORTED INVALID_IDENTITY_FOR_DESTINATION_COUNTRY PRICE_OVER_THRESHOLD",
    "bird.REASON": "SMSInvalidRecipient SenderCategoryNotPermitted",
    "gatewayapi.REASON": "0x0215 0x0217 0x021f",
    "infobip.REASON": "6 10 14 18 19 87",
    "messagebird.FIELD": "recipient recipients",
    "plivo.REASON": "50 90 100 201 450",
    "plivo.SUBJECT": "dst",
    "sinch.REPORT_REASON": "1 2 402",
    "smstools.REASON": "103 106 131",
    "telnyx.REASON": "40001 40012 40300 40309 40310",
    "twilio.REASON": "21211 21214 21219 21408 21608 21610 21612 21614 30004",
    "vonage.REASON": "6 7 29 33",
}


@pytest.mark.parametrize("name", sorted(TABLES.keys() | WRITTEN.keys()))
def test_each_error_table_matches_its_second_copy(name):
    assert name in WRITTEN, f"write the second copy of {name} in tests/gateways/error_words.py"
    assert name in TABLES, f"remove {name} from tests/gateways/error_words.py, or restore the table in app/gateways"
    written = {}
    for line in WRITTEN[name].strip().splitlines():
        reason, _, codes = line.partition(":")
        written |= dict.fromkeys(codes.split(), Reason(reason.strip()))

    assert TABLES[name] == written, f"change {name} in tests/gateways/error_words.py too, if the change is meant"


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_vendor_states_its_errors_about_one_destination(vendor):
    stated = [name for name in ABOUT_ONE_DESTINATION if name.startswith(f"{vendor}.")]

    assert stated, f"add {vendor}.REASON to ABOUT_ONE_DESTINATION in tests/gateways/test_error_tables.py"


@pytest.mark.parametrize("name", ABOUT_ONE_DESTINATION)
def test_errors_about_one_destination_do_not_suspend_the_gateway(name):
    """Otherwise one trial account and one foreign number would stop the codes of all users."""
    resting = {Reason.AUTH, Reason.NO_CREDIT, Reason.CONFIG}

    assert [code for code in ABOUT_ONE_DESTINATION[name].split() if TABLES[name][code] in resting] == []
