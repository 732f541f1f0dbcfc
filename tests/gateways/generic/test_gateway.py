"""The generic gateway as a whole: requests, errors, reports and the contracts."""

import json
from dataclasses import replace
from hmac import digest

import pytest

from app.domain.errors import InvalidRequest
from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.http_client.pool import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN, GatewayContract, error_text, make_gateway_client
from tests.support.report_contract import Batches, SignedReports, callback

OWN = {
    "headers": '{"Authorization": "Bearer {secret}", "X-Reference": "{id}"}',
    "body": '{"message": {"to": "{to}", "text": "{text}", "from": "{sender}", "ref": "{id}", "ttl": "{valid_for}"}}',
    "secret": SECRET,
    "sender": "Acme",
    "id_at": "result.id",
    "error_at": "error.code | HTTP",
    "errors": json.dumps(
        {
            "E1": "invalid_number",
            "E2": "no_credit",
            "E3": "throttled",
            "E4": "unreachable",
            "E5": "unsure",
            "not today, please": "unreachable",
            "418": "content_rejected",
        }
    ),
    "report_check": "hmac",
    "report_name": "X-Signature",
    "report_secret": SECRET,
    "report_prefix": "sha256=",
    "report_list_at": "reports",
    "report_id_at": "sms.id",
    "report_reference_at": "sms.ref",
    "report_recipient_at": "sms.to",
    "report_status_at": "state",
    "report_statuses": '{"delivered": "delivered", "LOST": "failed"}',
    "report_error_at": "why",
    "report_errors": '{"27": "unreachable_temporary"}',
}


class TestGenericGateway(Batches, SignedReports, GatewayContract):
    """The gateway contract and signed reports, for a vendor that is described in settings."""

    good_answer = Answer(201, json={"result": {"id": "v-1"}})
    good_id = "v-1"
    refusal = Answer(200, json={"error": {"code": "E1"}})
    unlisted_error = None  # a value at ERROR_AT may also mean success
    price_at = None  # no setting names the place of a price
    sender_has_plus = True
    account = None  # BALANCE_URL is not set
    account_summary = "not checked: BALANCE_URL is not set"
    signature_headers = ("x-signature",)
    max_age = None  # the HMAC covers the body alone

    def build(self, url, client):
        gateway, _ = GATEWAYS["http"](OWN | {"url": f"{url}/sms"}, client)
        return gateway

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"sms": {"id": id, "ref": reference, "to": MESSAGE.to.e164}, "state": word}

    def report_call(self, *events):
        return callback(json.dumps({"reports": list(events)}).encode())

    def sign(self, call, *, secret=SECRET, at=0.0):
        signature = f"sha256={digest(secret.encode(), call.body, 'sha256').hex()}"
        return replace(call, headers={**call.headers, "x-signature": signature})

    async def test_the_request_matches_the_template(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/sms")
        assert request.headers["authorization"] == f"Bearer {SECRET}"
        assert request.headers["x-reference"] == MESSAGE.id
        assert request.json() == {
            "message": {"to": "31612345678", "text": MESSAGE.text, "from": "Acme", "ref": MESSAGE.id, "ttl": "300"}
        }

    @pytest.mark.parametrize("status", [200, 400, 500])
    @pytest.mark.parametrize(
        ("code", "failure", "reason"),
        [
            ("E1", Refused, Reason.INVALID_NUMBER),
            ("e1", Refused, Reason.INVALID_NUMBER),
            ("E2", Refused, Reason.NO_CREDIT),
            ("E3", Unreachable, Reason.THROTTLED),
            ("E4", Unreachable, Reason.PROVIDER_ERROR),
            ("E5", Unsure, Reason.PROVIDER_ERROR),
        ],
    )
    async def test_each_listed_error_maps_to_its_failure(self, gateway, vendor, status, code, failure, reason):
        vendor.answers(Answer(status, json={"error": {"code": code}}, headers={"retry-after": "9"}))

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (failure, reason, code)
        assert getattr(failed, "after", 9) == 9

    @pytest.mark.parametrize(
        ("answer", "failure", "reason", "word"),
        [
            (Answer(418), Refused, Reason.CONTENT_REJECTED, "418"),
            (Answer(418, json={"error": {"code": "E2"}}), Refused, Reason.NO_CREDIT, "E2"),
            (Answer(418, json={"error": {"code": "E99"}}), Refused, Reason.CONTENT_REJECTED, "418"),
            (Answer(400, json={"error": {"code": "E99"}}), Refused, Reason.UNKNOWN, "E99"),
            (Answer(401, json={"error": {"code": "E99"}}), Refused, Reason.AUTH, "E99"),
            (Answer(400, json={"error": {"code": "Not today, please"}}), Unreachable, Reason.PROVIDER_ERROR, ""),
        ],
    )
    async def test_an_unlisted_code_falls_back_to_the_http_status(self, gateway, vendor, answer, failure, reason, word):
        vendor.answers(answer)

        failed = await self.failure(gateway)

        assert (type(failed), failed.reason, failed.word) == (failure, reason, word)

    @pytest.mark.parametrize("status", [200, 400, 401, 500])
    @pytest.mark.parametrize("echo", ["482913", "31612345678", SECRET, "Acme", f"no {SECRET}", "x" * 33])
    async def test_an_echo_of_the_request_is_not_an_error_code(self, gateway, vendor, status, echo):
        """A secret in the vendor's error code must not reach the logs."""
        vendor.answers(Answer(status, json={"error": {"code": echo}}))

        failed = await self.failure(gateway)

        assert echo not in error_text(failed)

    @pytest.mark.parametrize("body", [b'{"report": []}', b'{"reports": {}}', b'{"reports": "no"}', b"[]", b"reports=1"])
    async def test_a_missing_list_of_reports_is_rejected(self, reader, body):
        """If it were acknowledged, every report would be lost unnoticed."""
        with pytest.raises(InvalidRequest):
            await self.read(reader, callback(body))

    async def test_a_failure_report_has_the_listed_reason(self, reader):
        (report,) = await self.read(reader, self.report_call({**self.event("lost"), "why": 27}))

        assert (report.status, report.reason) == (Status.FAILED, Reason.UNREACHABLE_TEMPORARY)

    async def test_a_delivered_report_has_no_reason(self, reader):
        (report,) = await self.read(reader, self.report_call({**self.event("Delivered"), "why": "27"}))

        assert (report.status, report.reason) == (Status.DELIVERED, None)

    async def failure(self, gateway):
        with pytest.raises(GatewayError) as failed:
            await gateway.send(MESSAGE)
        return failed.value


MINIMAL = {"url": "https://api.example/send", "form": '{"to": "{to}", "text": "{text}"}', "ok_at": "HTTP", "ok": "204"}


def test_several_generic_gateways_can_coexist():
    gateways = [GATEWAYS["http"](MINIMAL, replace(make_gateway_client(), name=name))[0] for name in ("mine", "theirs")]

    assert [gateway.name for gateway in gateways] == ["mine", "theirs"]
    assert [gateway.acknowledgement for gateway in gateways] == [b"OK", b"OK"]


@pytest.mark.parametrize(("status", "is_taken"), [(204, True), (200, False), (202, False)])
async def test_only_a_listed_http_status_counts_as_accepted(status, is_taken):
    """Our id is then used as the vendor's; another 2xx may come from any web page."""
    http_pool = HttpClientPool()
    async with Vendor(Answer(status)) as vendor:
        gateway, _ = GATEWAYS["http"](MINIMAL | {"url": vendor.url}, make_gateway_client(http_pool))
        if is_taken:
            assert (await gateway.send(MESSAGE)).id == MESSAGE.id
        else:
            with pytest.raises(Unsure):
                await gateway.send(MESSAGE)
        await http_pool.close()


CODE_ONLY = {"url": "https://api.example/send", "query": '{"to": "{to}", "otp": "{code}"}', "id_at": "id"}
CODE_OR_TEXT = CODE_ONLY | {"query": '{"to": "{to}", "otp": "{code}", "text": "{text}"}'}


@pytest.mark.parametrize(
    ("given", "code", "sent"),
    [
        (CODE_ONLY, "042137", {"to": ["31612345678"], "otp": ["042137"]}),
        (CODE_ONLY, "", None),
        (CODE_OR_TEXT, "042137", {"to": ["31612345678"], "otp": ["042137"], "text": [MESSAGE.text]}),
        (CODE_OR_TEXT, "", {"to": ["31612345678"], "text": [MESSAGE.text]}),
    ],
)
async def test_a_vendor_that_writes_the_text_gets_only_messages_with_a_code(given, code, sent):
    """Without a code such a vendor could send nothing; the next gateway of the route gets the message."""
    http_pool = HttpClientPool()
    async with Vendor(Answer(200, json={"id": "v-1"})) as vendor:
        gateway, _ = GATEWAYS["http"](given | {"url": vendor.url}, make_gateway_client(http_pool))
        message = replace(MESSAGE, code=code)
        if sent is None:
            with pytest.raises(Refused) as refused:
                await gateway.send(message)
            assert (refused.value.reason, refused.value.word) == (Reason.CONTENT_REJECTED, "no code")
        else:
            await gateway.send(message)
        await http_pool.close()

    assert [request.query for request in vendor.requests] == ([sent] if sent else [])


@pytest.mark.parametrize("echo", ["042137", "42137", "code 042-137"])
async def test_a_code_that_the_vendor_echoes_is_not_logged(echo):
    http_pool = HttpClientPool()
    own = CODE_ONLY | {"error_at": "error", "errors": '{"E1": "auth"}'}
    message = replace(MESSAGE, code="042137")
    async with Vendor(Answer(400, json={"error": echo})) as vendor:
        gateway, _ = GATEWAYS["http"](own | {"url": vendor.url}, make_gateway_client(http_pool))
        with pytest.raises(Refused) as refused:
            await gateway.send(message)
        await http_pool.close()

    assert echo not in error_text(refused.value)


@pytest.mark.parametrize(
    ("query", "takes"),
    [
        ('{"to": "{to}", "text": "{text}", "pe": "{entity_id}", "tid": "{template_id}"}', True),
        ('{"to": "{to}", "text": "{text}", "tid": "{template_id}"}', True),
        ('{"to": "{to}", "text": "{text}", "pe": "{{entity_id}}"}', False),
        ('{"to": "{to}", "text": "{text}"}', False),
    ],
)
def test_dlt_ids_are_taken_if_a_placeholder_carries_them(query, takes):
    gateway, _ = GATEWAYS["http"](CODE_ONLY | {"query": query}, make_gateway_client())

    assert gateway.takes_dlt_ids is takes


@pytest.mark.parametrize(("given", "is_safe"), [({}, False), ({"repeats_safely": "true"}, True)])
def test_repeats_safely_is_taken_from_the_settings(given, is_safe):
    gateway, _ = GATEWAYS["http"](OWN | {"url": "https://api.example"} | given, make_gateway_client())

    assert gateway.repeats_safely is is_safe


def test_a_report_token_may_be_combined_with_a_signature():
    gateway, _ = GATEWAYS["http"](OWN | {"url": "https://api.example", "report_token": TOKEN}, make_gateway_client())

    assert gateway.accepts_token(TOKEN)
    assert not gateway.accepts_token("")
