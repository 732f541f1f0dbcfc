"""Field types that the gateways' settings share: URLs, secrets and senders."""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

from app.domain.sender import PLAIN_NAME, is_taken
from app.domain.signatures.standard_webhooks import read_key
from app.http_client.pool import Timeouts


def _web_address(url: str) -> str:
    """Accept an absolute URL that httpx can call; credentials in it would end up in logs."""
    try:
        parts = urlsplit(url)
        port_reads = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("This address cannot be read.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_reads or re.search(r"[^!-~]", url):
        raise ValueError("Give an address that starts with http:// or https://, in ASCII without spaces.")
    if parts.username is not None or parts.fragment:
        raise ValueError("Give the address without a user, a password or a # part.")
    return url


def _encrypted(url: str) -> str:
    """Reject an address that is not https://, because it would send codes unencrypted; loopback is allowed."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ValueError("Give an https:// address; http:// is for this machine only.")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a host name; only `localhost` always means this machine
        return False


def _header_value(secret: SecretStr) -> SecretStr:
    """Reject a value that a header cannot carry; a stray newline is the usual mistake."""
    if not secret.get_secret_value():
        raise ValueError("It is empty.")
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise ValueError("Give printable ASCII characters without spaces.")
    return secret


def _unguessable(secret: SecretStr) -> SecretStr:
    """Require at least 128 bits: 22 characters of base64url."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{22,}", secret.get_secret_value()):
        raise ValueError("Give at least 22 letters, digits, - or _; they must be random.")
    return secret


def _webhook_secret(secret: SecretStr) -> SecretStr:
    """Reject a secret that is not in base64 or too short; an API key is easily pasted by mistake."""
    read_key(secret.get_secret_value())
    return secret


def _plain_sender(sender: str) -> str:
    """Accept what every vendor takes; a vendor that takes more has a field of its type."""
    if not is_taken(sender, PLAIN_NAME):
        raise ValueError(
            "Give a name of at most 11 letters, digits and spaces, a number as + and at most 14 digits, "
            "or a short code of 3 to 8 digits."
        )
    return sender


Address = Annotated[str, AfterValidator(_web_address)]
EncryptedAddress = Annotated[Address, AfterValidator(_encrypted)]
HeaderSecret = Annotated[SecretStr, AfterValidator(_header_value)]
ReportToken = Annotated[SecretStr, AfterValidator(_unguessable)]
Sender = Annotated[str, AfterValidator(_plain_sender)]
WebhookSecret = Annotated[HeaderSecret, AfterValidator(_webhook_secret)]


class GatewaySettings(BaseModel):
    """Settings of one gateway: an unknown name is an error, and no error shows a value.

    Every gateway has these fields; the first three default to the settings of the service. A gateway adds `url`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)

    slots: Annotated[int, Ge(1), Le(1000)] | None = None
    """Concurrent calls per worker; by default `OTP_WORKER_SLOTS`. A vendor that hangs blocks no more than these."""

    connect_timeout: Annotated[float, Ge(0.1), Le(10)] | None = None
    """Seconds to connect; by default `OTP_GATEWAY_CONNECT_TIMEOUT`."""

    timeout: Annotated[float, Ge(0.2), Le(60)] | None = None
    """Seconds for a whole call; by default `OTP_GATEWAY_TIMEOUT`."""

    rate: Annotated[float, Ge(0.1), Le(10000)] | None = None
    """SMS per second and worker, if the vendor limits them; unlimited by default."""

    report_token: ReportToken | None = None
    """The secret last part of the report address; a gateway whose reports are not signed requires it."""

    def timeouts(self, defaults: Timeouts) -> Timeouts:
        """Return the timeouts and slots of its calls; a field that is not set is taken from `defaults`."""
        return Timeouts(
            connect=self.connect_timeout or defaults.connect,
            total=self.timeout or defaults.total,
            slots=self.slots or defaults.slots,
        )
