"""What is kept of a vendor's words: its codes, and nothing that it has from us."""

import json
from dataclasses import replace

import pytest

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.status import Reason
from app.gateways import GATEWAYS
from app.http_client import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, SECRET, make_wire, shown

SENDS = {"query": '{"to": "{to}", "text": "{text}", "from": "{sender}"}', "sender": "Acme"}
TELLS = {"id_at": "id", "error_at": "code", "errors": '{"E1": "auth"}'}
OWN = {**SENDS, **TELLS, "headers": '{"X-Api-Key": "{secret}"}', "secret": SECRET}
IN_TEXT = {**SENDS, "id_at": "ID: *"}


@pytest.fixture
async def vendor():
    async with Vendor() as vendor:
        yield vendor


@pytest.fixture
async def send(vendor):
    """Send one SMS by a vendor that is described so and answers that."""
    http_pool = HttpClientPool()

    async def send(given, answer):
        vendor.answers(answer)
        gateway, _ = GATEWAYS["http"](given | {"url": vendor.url}, make_wire(http_pool))
        return await gateway.send(MESSAGE)

    yield send
    await http_pool.close()


async def failure_of(sending):
    with pytest.raises(GatewayError) as failed:
        await sending
    return failed.value


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "echo",
    [
        "0612345678",
        "000612345678",
        "06-1234-5678",
        "612.345.678",
        "482-913",
        "482.913",
        "4_8_2_9_1_3",
        "code-482913",
        "code-482-913",
        SECRET.upper(),
        SECRET.replace("-", "_"),
        f"{SECRET}.no",
        f"no_{SECRET}".replace("-", ""),
        "ACME-1",
        "----",
    ],
)
async def test_what_we_sent_is_no_code_in_another_spelling_either(send, status, echo):
    failed = await failure_of(send(OWN, Answer(status, json={"code": echo})))

    assert echo not in shown(failed)


@pytest.mark.parametrize("code", ["E99", "E0042", "1001", "INSUFFICIENT_CREDIT", "40.12", "err-2007", "-1"])
async def test_a_code_stays_as_the_vendor_writes_it(send, code):
    assert (await failure_of(send(OWN, Answer(400, json={"code": code})))).word == code


@pytest.mark.parametrize("where", ["headers", "query", "form", "body"])
async def test_a_key_that_stands_in_a_template_is_no_code(send, where):
    """An operator may have written it there, and not in SECRET."""
    fields = json.loads(OWN.get(where, "{}"))
    given = OWN | {where: json.dumps({**fields, "key": "wr1tten-here"})}

    failed = await failure_of(send(given, Answer(400, json={"code": "wr1tten-here"})))

    assert failed.word == "HTTP 400"


async def test_a_plain_text_is_looked_at_for_four_kilobytes(send):
    """What stands behind them is somebody's page, and no vendor's word."""
    answer = Answer(200, body=b"ID: " + b" " * 4089 + b"v-1")

    assert (await send(IN_TEXT, answer)).id == "v-1"
    with pytest.raises(Unsure):
        await send(IN_TEXT, replace(answer, body=b"ID: " + b" " * 4092 + b"v-1"))


@pytest.mark.parametrize("code", ["", "E99", "not a code, but a sentence"])
@pytest.mark.parametrize(
    ("status", "failure", "reason"),
    [
        (302, Refused, Reason.CONFIG),
        (400, Refused, Reason.UNKNOWN),
        (401, Refused, Reason.AUTH),
        (402, Refused, Reason.NO_CREDIT),
        (403, Refused, Reason.AUTH),
        (404, Refused, Reason.CONFIG),
        (405, Refused, Reason.CONFIG),
        (408, Unsure, Reason.PROVIDER_ERROR),
        (410, Refused, Reason.CONFIG),
        (422, Refused, Reason.UNKNOWN),
        (429, Unreachable, Reason.THROTTLED),
        (500, Unsure, Reason.PROVIDER_ERROR),
        (503, Unreachable, Reason.PROVIDER_ERROR),
        (504, Unsure, Reason.PROVIDER_ERROR),
    ],
)
async def test_a_status_means_what_the_page_says(send, status, failure, reason, code):
    """A 403 with a code of its own may be about this one SMS."""
    if (status, code) == (403, "E99"):
        reason = Reason.UNKNOWN

    failed = await failure_of(send(OWN, Answer(status, json={"code": code})))

    assert (type(failed), failed.reason) == (failure, reason)


async def test_a_status_is_no_code_of_its_own(send):
    """Where the place of errors is the status too, a key that was refused still lets the gateway rest."""
    failed = await failure_of(send(OWN | {"error_at": "code | HTTP"}, Answer(403)))

    assert (failed.reason, failed.word) == (Reason.AUTH, "HTTP 403")
