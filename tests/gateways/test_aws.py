"""The AWS gateway: requests, errors and the contracts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.gateway import Refused, Unreachable
from app.domain.status import Reason
from app.gateways.aws.gateway import Aws
from app.gateways.aws.sigv4 import Credentials, signed_headers
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, SECRET, GatewayContract
from tests.support.report_contract import NOW, SignedReports, callback
from tests.support.sns import CERTIFICATE, HOME, TOPIC, certificate, encode_envelope, envelope, pem

# Recorded files follow the vendor's public samples, not a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "aws"
KEY_ID = "AKIDEXAMPLEAKIDEXAMPLE"
ACCOUNT = {
    "region": "eu-west-1",
    "access_key_id": KEY_ID,
    "secret_access_key": SECRET,
    "sender": "Acme",
    "topic_arn": TOPIC,
}


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


async def fetch(url):
    """Return the certificate of the test's SNS."""
    assert url == CERTIFICATE
    return pem(certificate(SECRET))


class TestAws(SignedReports, GatewayContract):
    """The gateway contract and signed reports, for AWS."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "862a8790-60c0-4430-9b2b-658bdexample"
    refusal = Answer(400, body=recorded("refused_opted_out.json"))
    unlisted_error = Answer(200, json={"__type": "NewException"})
    price_at = None  # the vendor answers without a price
    sender_has_plus = True
    account = Answer(200, body=recorded("spend_limits.json"))
    account_summary = "may spend 100 USD a month"
    delivered = "TEXT_DELIVERED"
    signs_body = False  # it signs fields of the body, which `tampered` changes one by one
    max_age = 3600
    signature_headers = ()  # the signature is in the body

    def build(self, url, client):
        return Aws(Aws.Settings(url=url, **ACCOUNT), client, fetch=fetch, clock=lambda: NOW)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {
            "eventType": word,
            "messageId": id,
            "destinationPhoneNumber": MESSAGE.to.e164,
            "context": {"message": reference},
        }

    def report_call(self, *events):
        (event,) = events
        return callback(json.dumps(event).encode())

    def sign(self, call, *, secret=SECRET, at=NOW):
        """Put the body into SNS's envelope as its message, and sign it."""
        return replace(call, body=encode_envelope(envelope(call.body.decode("latin-1"), owner=secret, at=at)))

    def tampered(self, call):
        fields = json.loads(call.body)
        for name in set(fields) - {"UnsubscribeURL"}:
            without = {other: value for other, value in fields.items() if other != name}
            yield f"no {name}", replace(call, body=encode_envelope(without))
            for changed in ("", f"{fields[name]}x", fields[name][:-4], None, 7, [fields[name]]):
                yield f"{name} {changed!r}", replace(call, body=encode_envelope({**fields, name: changed}))
        yield (
            "a certificate of another host",
            replace(
                call,
                body=encode_envelope({**fields, "SigningCertURL": CERTIFICATE.replace(HOME, "https://evil.test/")}),
            ),
        )
        yield "the body's end", replace(call, body=call.body[:-1])

    async def test_the_request_has_exactly_the_documented_fields(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/")
        assert request.headers["x-amz-target"] == "PinpointSMSVoiceV2.SendTextMessage"
        assert request.headers["content-type"] == "application/x-amz-json-1.0"
        assert request.json() == {
            "DestinationPhoneNumber": "+31612345678",
            "OriginationIdentity": "Acme",
            "MessageBody": MESSAGE.text,
            "MessageType": "TRANSACTIONAL",
            "TimeToLive": 300,
            "Context": {"message": MESSAGE.id},
        }

    async def test_the_request_carries_the_signature_of_its_body(self, gateway, vendor):
        await gateway.send(replace(MESSAGE, text="Ваш код: 482913"))

        (request,) = vendor.requests
        covered = {name: request.headers[name] for name in ("content-type", "x-amz-target", "host")}
        credentials = Credentials(KEY_ID, SECRET, "eu-west-1", "sms-voice")
        url = f"http://{covered['host']}/"
        signed = signed_headers("POST", url, headers=covered, body=request.body, credentials=credentials, at=NOW)
        assert request.headers["authorization"] == signed["authorization"]
        assert request.headers["x-amz-date"] == "20260921T141320Z"

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"valid_for": 4}, {"TimeToLive": 5}),
            ({"valid_for": 259_201}, {"TimeToLive": 259_200}),
            ({"sender": "Bank"}, {"OriginationIdentity": "Bank"}),
            (
                {"entity_id": "12", "template_id": "10"},
                {"DestinationCountryParameters": {"IN_ENTITY_ID": "12", "IN_TEMPLATE_ID": "10"}},
            ),
            ({"template_id": "10"}, {"DestinationCountryParameters": {"IN_TEMPLATE_ID": "10"}}),
        ],
        ids=str,
    )
    async def test_message_values_map_to_request_fields(self, gateway, vendor, changes, fields):
        await gateway.send(replace(MESSAGE, **changes))

        assert vendor.requests[0].json().items() >= fields.items()

    @pytest.mark.parametrize(
        ("kind", "why", "reason", "word"),
        [
            ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", Reason.OPTED_OUT, None),
            ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", Reason.PROVIDER_ERROR, None),
            ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", Reason.INVALID_SENDER, None),
            ("ValidationException", "COUNTRY_NOT_ENABLED", Reason.PROVIDER_ERROR, None),
            ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", Reason.NO_CREDIT, None),
            ("AccessDeniedException", "ACCOUNT_DISABLED", Reason.AUTH, None),
            ("AccessDeniedException", None, Reason.AUTH, "AccessDeniedException"),
            ("AccessDeniedException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", Reason.OPTED_OUT, None),
            ("ServiceQuotaExceededException", "MAXIMUM_SIZE_EXCEEDED", Reason.CONTENT_REJECTED, None),
            ("UnrecognizedClientException", None, Reason.AUTH, "UnrecognizedClientException"),
            ("ResourceNotFoundException", None, Reason.INVALID_SENDER, "ResourceNotFoundException"),
            ("ValidationException", "OTHER", Reason.UNKNOWN, None),
            ("NewException", MESSAGE.text, Reason.UNKNOWN, "NewException"),
            ("", None, Reason.UNKNOWN, "HTTP 400"),
        ],
    )
    async def test_each_error_maps_to_a_reason(self, gateway, vendor, kind, why, reason, word):
        vendor.answers(Answer(400, json={"__type": f"com.amazonaws#{kind}", "Reason": why, "Message": MESSAGE.text}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, word or why)

    @pytest.mark.parametrize(
        ("field", "reason"),
        [
            ("DestinationPhoneNumber", Reason.INVALID_NUMBER),
            ("OriginationIdentity", Reason.INVALID_SENDER),
            ("MessageBody", Reason.CONTENT_REJECTED),
            ("New", Reason.UNKNOWN),
        ],
    )
    async def test_an_invalid_field_maps_to_a_reason(self, gateway, vendor, field, reason):
        fields = [{"Name": field, "Message": MESSAGE.to.e164}]
        body = {"__type": "ValidationException", "Reason": "FIELD_VALIDATION_FAILED", "Fields": fields}
        vendor.answers(Answer(400, json=body))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, "FIELD_VALIDATION_FAILED")

    @pytest.mark.parametrize("field", ["DestinationPhoneNumber", "ConfigurationSetName"])
    async def test_a_field_of_another_exception_is_ignored(self, gateway, vendor, field):
        """Another exception may name the field too; a reason about the number would stop the send for all gateways."""
        vendor.answers(Answer(400, json={"__type": "ConflictException", "Fields": [{"Name": field}]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.UNKNOWN, "ConflictException")

    async def test_a_400_with_throttling_exception_raises_unreachable(self, gateway, vendor):
        vendor.answers(Answer(400, json={"__type": "ThrottlingException"}, headers={"retry-after": "3"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert (unreachable.value.reason, unreachable.value.after) == (Reason.THROTTLED, 3)
