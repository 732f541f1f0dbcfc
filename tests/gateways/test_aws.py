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
from tests.support.sns import CERTIFICATE, HOME, TOPIC, certificate, envelope, pem, posted

# Written after the vendor's public samples, not taken from a live account.
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
    """Give the one certificate that AWS has; it lives as long as any test."""
    assert url == CERTIFICATE
    return pem(certificate(SECRET))


class TestAws(SignedReports, GatewayContract):
    """Everything a gateway must do, done by AWS."""

    good_answer = Answer(200, body=recorded("sent.json"))
    good_id = "862a8790-60c0-4430-9b2b-658bdexample"
    refusal = Answer(400, body=recorded("refused_opted_out.json"))
    account = Answer(200, body=recorded("spend_limits.json"))
    account_said = "may spend 100 USD a month"
    delivered = "TEXT_DELIVERED"
    signs_body = False  # but the fields of the body, which `tampered` changes one by one
    good_for = 3600

    def build(self, url, client):
        return Aws(Aws.Settings(url=url, **ACCOUNT), client, fetch=fetch, clock=lambda: NOW)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {
            "eventType": word,
            "messageId": id,
            "destinationPhoneNumber": MESSAGE.to.e164,
            "context": {"message": reference},
        }

    def told(self, *events):
        (event,) = events
        return callback(json.dumps(event).encode())

    def sign(self, call, *, secret=SECRET, at=NOW):
        """Deliver what is told: the body becomes the message in SNS's envelope."""
        return replace(call, body=posted(envelope(call.body.decode("latin-1"), owner=secret, at=at)))

    def tampered(self, call):
        said = json.loads(call.body)
        for name in set(said) - {"UnsubscribeURL"}:
            without = {other: value for other, value in said.items() if other != name}
            yield f"no {name}", replace(call, body=posted(without))
            for changed in ("", f"{said[name]}x", said[name][:-4], None, 7, [said[name]]):
                yield f"{name} {changed!r}", replace(call, body=posted({**said, name: changed}))
        yield (
            "a certificate of somebody's",
            replace(call, body=posted({**said, "SigningCertURL": CERTIFICATE.replace(HOME, "https://evil.test/")})),
        )
        yield "the body's end", replace(call, body=call.body[:-1])

    async def test_the_whole_request_is_this(self, gateway, vendor):
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

    async def test_what_is_sent_is_what_was_signed(self, gateway, vendor):
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
    async def test_a_message_is_written_as_the_vendor_wants_it(self, gateway, vendor, changes, fields):
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
    async def test_a_refusal_has_a_reason(self, gateway, vendor, kind, why, reason, word):
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
    async def test_a_field_that_does_not_validate_says_whose_fault_it_is(self, gateway, vendor, field, reason):
        fields = [{"Name": field, "Message": MESSAGE.to.e164}]
        said = {"__type": "ValidationException", "Reason": "FIELD_VALIDATION_FAILED", "Fields": fields}
        vendor.answers(Answer(400, json=said))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (reason, "FIELD_VALIDATION_FAILED")

    @pytest.mark.parametrize("field", ["DestinationPhoneNumber", "ConfigurationSetName"])
    async def test_a_field_means_nothing_where_it_did_validate(self, gateway, vendor, field):
        """An exception of another kind may name it too; one about a number would end the send for every gateway."""
        vendor.answers(Answer(400, json={"__type": "ConflictException", "Fields": [{"Name": field}]}))

        with pytest.raises(Refused) as refused:
            await gateway.send(MESSAGE)

        assert (refused.value.reason, refused.value.word) == (Reason.UNKNOWN, "ConflictException")

    async def test_throttling_comes_as_a_bad_request(self, gateway, vendor):
        vendor.answers(Answer(400, json={"__type": "ThrottlingException"}, headers={"retry-after": "3"}))

        with pytest.raises(Unreachable) as unreachable:
            await gateway.send(MESSAGE)

        assert (unreachable.value.reason, unreachable.value.after) == (Reason.THROTTLED, 3)
