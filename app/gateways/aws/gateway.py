"""The gateway of AWS: it signs what it sends, and hears by a topic what became of it."""

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated

import orjson

from app.domain.errors import BadReport, TemporarilyUnavailable
from app.domain.gateway import GatewayError, Refused, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.gateways.aws.parsing import read_answer, read_event
from app.gateways.aws.sigv4 import Credentials, signed_headers
from app.gateways.aws.sns import TOPIC, Certificates, is_signed, is_subscription, read_envelope
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_parsing import amount, first_text, inside, is_token
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken
from app.http_client import require_ok
from app.settings.parsers import pattern

_SHORTEST, _LONGEST = 5, 259_200  # seconds that a message may live

Region = Annotated[str, pattern("[a-z]{2}(-[a-z]{2,12})+-[0-9]", "Give the region as AWS writes it, like eu-west-1.")]
KeyId = Annotated[str, pattern("[A-Z0-9]{16,128}", "Give the id of an access key: capitals and digits.")]
Origin = Annotated[str, pattern("[A-Za-z0-9_:/+-]{1,256}", "Give a number, a sender id or a pool, or the ARN of one.")]
SetName = Annotated[str, pattern("[A-Za-z0-9_:/-]{1,256}", "Give the configuration set's name, or its ARN.")]
TopicArn = Annotated[str, pattern(TOPIC, "Give the topic's ARN: arn:aws:sns:<region>:<account>:<name>.")]


class Aws:
    """Carries messages by AWS."""

    acknowledgement = b"OK"
    repeats_safely = False

    class Settings(GatewaySettings):
        """An account at AWS, and the topic by which its reports come."""

        region: Region
        url: EncryptedAddress | None = None
        """Where the API begins, by default the region's; another for an endpoint in a private network."""

        access_key_id: KeyId
        secret_access_key: HeaderSecret
        sender: Origin
        configuration_set: SetName | None = None
        """Its event destination is the topic."""

        topic_arn: TopicArn
        """Reports by any other topic are refused: everybody may have one, and AWS signs for all."""

        report_token: ReportToken | None = None

    def __init__(
        self,
        settings: Settings,
        client: GatewayClient,
        *,
        fetch: Callable[[str], Awaitable[bytes]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client
        self._clock = clock
        self._url = f"{(settings.url or f'https://sms-voice.{settings.region}.amazonaws.com').rstrip('/')}/"
        self._fetch = fetch or partial(fetch_by, client)
        self._certificates = Certificates(self._fetch)

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        india = {"IN_ENTITY_ID": message.entity_id, "IN_TEMPLATE_ID": message.template_id}
        body = {
            "DestinationPhoneNumber": message.to.e164,
            "OriginationIdentity": message.sender or self._settings.sender,
            "MessageBody": message.text,
            "MessageType": "TRANSACTIONAL",
            "TimeToLive": min(max(_SHORTEST, message.valid_for), _LONGEST),
            "Context": {"message": message.id},  # told back in every event
            "ConfigurationSetName": self._settings.configuration_set,
            "DestinationCountryParameters": {name: value for name, value in india.items() if value},
        }
        said = await self._call("SendTextMessage", {name: value for name, value in body.items() if value})
        message_id = first_text(said, "MessageId")
        if not message_id:
            raise Unsure("AWS answered without an id.")
        return Accepted(message_id)

    def knows(self, token: str) -> bool:
        """Tell whether an address ends as it should: SNS signs, so a token is not needed."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify what the topic delivered, and read it; its question whether we want it is answered yes.

        Raises `BadReport`; and `TemporarilyUnavailable` where SNS did not answer us: it delivers
        again after a 503, and never after a refusal.
        """
        topic = self._settings.topic_arn
        envelope = read_envelope(callback.body, topic=topic, now=now)
        certificate = await self._certificates.find(envelope["SigningCertURL"]) if envelope else None
        if not envelope or not certificate or not is_signed(envelope, certificate, now=now):
            raise BadReport
        if envelope["Type"] == "SubscriptionConfirmation" and is_subscription(envelope["SubscribeURL"], topic):
            await self._fetch(envelope["SubscribeURL"])
        return read_event(envelope["Message"]) if envelope["Type"] == "Notification" else []

    async def check(self) -> str:
        """Ask how much may be spent; a dry run would want somebody's number, and a sender that its country allows."""
        limits = (await self._call("DescribeSpendLimits", {})).get("SpendLimits")
        text = [limit for limit in limits if _is_about_text(limit)] if isinstance(limits, list) else []
        return f"may spend {amount(inside(text, 0), 'EnforcedLimit', currency='USD')} a month"

    async def _call(self, action: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """Make a signed call, and read its answer."""
        own, content = self._settings, orjson.dumps(body)
        headers = signed_headers(
            "POST",
            self._url,
            headers={"content-type": "application/x-amz-json-1.0", "x-amz-target": f"PinpointSMSVoiceV2.{action}"},
            body=content,
            credentials=Credentials(
                own.access_key_id, own.secret_access_key.get_secret_value(), own.region, service="sms-voice"
            ),
            at=self._clock(),
        )
        return read_answer(await self._client.call("POST", self._url, headers=headers, content=content))


async def fetch_by(client: GatewayClient, url: str) -> bytes:
    """Fetch what SNS keeps at an address; raises `BadReport` where there is nothing, or `TemporarilyUnavailable`."""
    try:
        answer = await client.call("GET", url)
        require_ok(answer)
    except Refused:
        raise BadReport from None
    except GatewayError:
        raise TemporarilyUnavailable from None
    return answer.body


def _is_about_text(limit: object) -> bool:
    return first_text(inside(limit), "Name") == "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT"
