"""docs/operating/http-gateway.md: its example works, and it documents every setting, placeholder and value."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.gateways.generic.profiles import PROFILES
from app.gateways.generic.settings import HttpSettings
from app.gateways.generic.template import PLACEHOLDERS
from app.gateways.settings_fields import GatewaySettings
from app.http_client.pool import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, make_gateway_client
from tests.support.report_contract import NOW, callback

TEXT = (Path(__file__).parent.parent.parent.parent / "docs" / "operating" / "http-gateway.md").read_text()
# The settings of every gateway are in gateways.md, but for the token, whose use differs here.
OWN = sorted(set(HttpSettings.model_fields) - set(GatewaySettings.model_fields) | {"report_token"})


@pytest.mark.parametrize("setting", OWN)
def test_every_setting_is_documented(setting):
    assert re.search(rf"^\|[^|]*`{setting.upper()}`", TEXT, re.MULTILINE)


@pytest.mark.parametrize("placeholder", sorted(PLACEHOLDERS - {"unicode"}))
def test_every_placeholder_is_documented(placeholder):
    assert re.search(rf"^\|[^|]*`{{{placeholder}}}`", TEXT, re.MULTILINE)


@pytest.mark.parametrize("word", [*PROFILES, *Reason, *Status, "unreachable", "unsure"])
def test_every_profile_reason_and_status_is_documented(word):
    assert f"`{word}`" in TEXT


def test_the_documented_signature_example_is_valid():
    given = {name.lower(): value for name, value in re.findall(r"^OTP_GATEWAYS__QUAY__(\w+)=(.*)$", TEXT, re.MULTILINE)}
    base = {
        "url": "https://api.quay.example/sms",
        "form": '{"to": "{to}", "text": "{text}"}',
        "id_at": "id",
        "report_reference_at": "ref",
        "report_status_at": "state",
        "report_statuses": '{"handset": "delivered"}',
    }

    own = HttpSettings.model_validate(base | given)

    assert (own.report_check, own.report_time) == ("hmac", "X-Timestamp")


async def test_the_documented_example_sends_and_reads_a_report():
    given = dict(re.findall(r"^OTP_GATEWAYS__HARBOUR__(\w+)=(.*)$", TEXT, re.MULTILINE))
    given = {name.lower(): value for name, value in given.items()}
    assert given.pop("kind") == "http"
    http_pool = HttpClientPool()

    async with Vendor(Answer(200, json={"result": {"id": "h-1"}})) as vendor:
        gateway, _ = GATEWAYS["http"](
            given | {"url": vendor.url}, replace(make_gateway_client(http_pool), name="harbour")
        )
        accepted = await gateway.send(MESSAGE)
        await http_pool.close()
    report_call = b'{"id": "h-1", "ref": "ms_x", "state": "handset"}'
    (report,) = await gateway.read_report(callback(report_call), now=NOW)

    assert accepted.id == report.vendor_id == "h-1"
    assert (report.status, report.reference) == (Status.DELIVERED, "ms_x")
