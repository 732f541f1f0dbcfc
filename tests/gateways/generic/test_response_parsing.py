"""The generic gateway's response parsing: vendor codes are kept, echoes of the request are dropped."""

import json
from dataclasses import replace

import pytest

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.status import Reason
from app.gateways import GATEWAYS
from app.http_client.pool import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, SECRET, error_text, make_gateway_client

REQUEST = {"query": '{"to": "{to}", "text": "{text}", "from": "{sender}"}', "sender": "Acme"}
RESPONSE = {"id_at": "id", "error_at": "code", "errors": '{"E1": "auth"}'}
OWN = {**REQUEST, **RESPONSE, "headers": '{"X-Api-Key": "{secret}"}', "secret": SECRET}
TEXT_RESPONSE = {**REQUEST, "id_at": "ID: *"}


@pytest.fixture
async def vendor():
    async with Vendor() as vendor:
        yield vendor


@pytest.fixture
async def send(vendor):
    """Return a function that sends one SMS with the given settings and vendor response."""
    http_pool = HttpClientPool()

    async def send(given, answer):
        vendor.answers(answer)
        gateway, _ = GATEWAYS["http"](given | {"url": vendor.url}, make_gateway_client(http_pool))
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
async def test_an_echo_in_another_spelling_is_not_an_error_code(send, status, echo):
    failed = await failure_of(send(OWN, Answer(status, json={"code": echo})))

    assert echo not in error_text(failed)


@pytest.mark.parametrize("code", ["E99", "E0042", "1001", "INSUFFICIENT_CREDIT", "40.12", "err-2007", "-1"])
async def test_an_error_code_is_kept_unchanged(send, code):
    assert (await failure_of(send(OWN, Answer(400, json={"code": code})))).word == code


async def test_an_error_code_that_is_contained_in_the_vendors_port_is_kept(send, vendor):
    port = vendor.url.rpartition(":")[2]

    assert (await failure_of(send(OWN, Answer(400, json={"code": port})))).word == port


@pytest.mark.parametrize("where", ["headers", "query", "form", "body"])
async def test_a_key_in_a_template_is_not_an_error_code(send, where):
    """An operator may write a key into a template instead of SECRET."""
    fields = json.loads(OWN.get(where, "{}"))
    given = OWN | {where: json.dumps({**fields, "key": "wr1tten-here"})}

    failed = await failure_of(send(given, Answer(400, json={"code": "wr1tten-here"})))

    assert failed.word == "HTTP 400"


async def test_only_the_first_4096_bytes_of_a_text_are_searched(send):
    """A longer text is a web page, not a vendor's response."""
    answer = Answer(200, body=b"ID: " + b" " * 4089 + b"v-1")

    assert (await send(TEXT_RESPONSE, answer)).id == "v-1"
    with pytest.raises(Unsure):
        await send(TEXT_RESPONSE, replace(answer, body=b"ID: " + b" " * 4092 + b"v-1"))


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
async def test_each_http_status_maps_to_a_failure_and_a_reason(send, status, failure, reason, code):
    """A 403 with an error code may be about this SMS only."""
    if (status, code) == (403, "E99"):
        reason = Reason.UNKNOWN

    failed = await failure_of(send(OWN, Answer(status, json={"code": code})))

    assert (type(failed), failed.reason) == (failure, reason)


async def test_an_http_status_is_not_an_error_code(send):
    """If `error_at` includes `HTTP`, a 403 still means wrong credentials."""
    failed = await failure_of(send(OWN | {"error_at": "code | HTTP"}, Answer(403)))

    assert (failed.reason, failed.word) == (Reason.AUTH, "HTTP 403")
