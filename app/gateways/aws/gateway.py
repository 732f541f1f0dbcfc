"""The AWS gateway: it signs its calls with Signature Version 4, and receives reports from an SNS topic."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated

import orjson

from app.domain.errors import BadReport, TemporarilyUnavailable
from app.domain.gateway import GatewayError, Refused
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason
from app.gateways.aws.parsing import read_error, read_event
from app.gateways.aws.sigv4 import Credentials, signed_headers
from app.gateways.aws.sns import TOPIC, Certificates, is_signed, is_subscription, read_envelope
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import GatewayClient, without_empty
from app.gateways.report_parsing import balance, first_text, list_field, object_at
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret
from app.http_client.responses import require_ok
from app.settings.parsers import pattern

_TEXT_LIMIT = "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT"
_MIN_TTL, _MAX_TTL = 5, 259_200  # bounds of `TimeToLive`, in seconds

Region = Annotated[str, pattern("[a-z]{2}(-[a-z]{2,12})+-[0-9]", "Give the region as AWS writes it, like eu-west-1.")]
KeyId = Annotated[str, pattern("[A-Z0-9]{16,128}", "Give the id of an access key: capitals and digits.")]
Origin = Annotated[str, pattern("[A-Za-z0-9_:/+-]{1,256}", "Give a number, a sender id or a pool, or the ARN of one.")]
SetName = Annotated[str, pattern("[A-Za-z0-9_:/-]{1,256}", "Give the configuration set's name, or its ARN.")]
TopicArn = Annotated[str, pattern(TOPIC, "Give the topic's ARN: arn:aws:sns:<region>:<account>:<name>.")]


class Aws(BaseGateway["Aws.Settings"]):
    """Send messages through AWS."""

    title = "AWS"
    takes_dlt_ids = True
    sender_names = re.compile("[A-Za-z0-9_+-]*")  # of the pattern of `OriginationIdentity`

    class Settings(GatewaySettings):
        """An account at AWS, and the topic that delivers its reports."""

        region: Region
        url: EncryptedAddress | None = None
        """The base URL of the API, by default the region's; set it for an endpoint in a private network."""

        access_key_id: KeyId
        secret_access_key: HeaderSecret
        sender: Origin
        configuration_set: SetName | None = None
        """A configuration set whose event destination is the topic."""

        topic_arn: TopicArn
        """Reports of any other topic are rejected: anyone can create one, and AWS signs for all of them."""

    def __init__(
        self,
        settings: Settings,
        client: GatewayClient,
        *,
        fetch: Callable[[str], Awaitable[bytes]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(settings, client, clock=clock)
        self._fetch = fetch or partial(fetch_url, client)
        self._certificates = Certificates(self._fetch)

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        india = {"IN_ENTITY_ID": message.entity_id, "IN_TEMPLATE_ID": message.template_id}
        body = {
            "DestinationPhoneNumber": message.to.e164,
            "OriginationIdentity": message.sender or self._settings.sender,
            "MessageBody": message.text,
            "MessageType": "TRANSACTIONAL",
            "TimeToLive": min(max(_MIN_TTL, message.valid_for), _MAX_TTL),
            "Context": {"message": message.id},  # returned in every event
            "ConfigurationSetName": self._settings.configuration_set,
            "DestinationCountryParameters": without_empty(india),
        }
        fields = await self._call_action("SendTextMessage", without_empty(body))
        return self._accepted(first_text(fields, "MessageId"))

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read a delivery of the topic; a subscription confirmation is confirmed.

        Raises `BadReport`; and `TemporarilyUnavailable` if SNS does not answer: it delivers again after a
        503, but not after a 4xx.
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
        """Return the monthly spend limit; a dry run would need a number and a sender that its country allows."""
        limits = list_field(await self._call_action("DescribeSpendLimits", {}), "SpendLimits")
        text = [limit for limit in limits if first_text(object_at(limit), "Name") == _TEXT_LIMIT]
        return f"may spend {balance(object_at(text, 0), 'EnforcedLimit', currency='USD')} a month"

    async def _call_action(self, action: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """Make a signed call and read its response."""
        settings, content, url = self._settings, orjson.dumps(body), f"{self._base_url()}/"
        headers = signed_headers(
            "POST",
            url,
            headers={"content-type": "application/x-amz-json-1.0", "x-amz-target": f"PinpointSMSVoiceV2.{action}"},
            body=content,
            credentials=Credentials(
                settings.access_key_id,
                settings.secret_access_key.get_secret_value(),
                settings.region,
                service="sms-voice",
            ),
            at=self._clock(),
        )
        return self._read_response(await self._client.call("POST", url, headers=headers, content=content))

    def _base_url(self) -> str:
        return super()._base_url() or f"https://sms-voice.{self._settings.region}.amazonaws.com"

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        return read_error(fields)


async def fetch_url(client: GatewayClient, url: str) -> bytes:
    """Fetch a URL of SNS; raises `BadReport` if it answers 4xx, or `TemporarilyUnavailable` if it cannot answer now."""
    try:
        response = await client.call("GET", url)
        require_ok(response)
    except Refused:
        raise BadReport from None
    except GatewayError:
        raise TemporarilyUnavailable from None
    return response.body
