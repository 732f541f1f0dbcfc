"""One SMS as the call that its vendor wants: what the placeholders stand for, and where they are filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from app.domain.gateway import Refused
from app.domain.gsm7 import fits_gsm7
from app.domain.message import Message
from app.domain.status import Reason
from app.gateways.gateway_client import basic_auth
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.setting_types import WRITABLE
from app.gateways.generic.template import PLACEHOLDERS, fill, fill_fields


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A call that is ready to go out. It does not print itself: it holds the SMS and the account's keys."""

    url: str
    headers: dict[str, str]
    form: dict[str, str] | None = None
    body: object = None


def build_request(own: SendSettings, values: Mapping[str, str]) -> Request:
    """Fill the templates; raises `Refused` for what cannot be written."""
    return Request(
        url=with_query(own.url, fill_fields(own.query, values)),
        headers=build_headers(own, values),
        form=fill_fields(own.form, values) or None,
        body=fill(own.body, values),
    )


def account_values(own: SendSettings) -> dict[str, str]:
    """Say what the placeholders of the account stand for; all others for nothing."""
    named = {"user": own.user, "password": own.password, "secret": own.secret}
    values = {name: secret.get_secret_value() for name, secret in named.items() if secret}
    if own.user and own.password:
        values["basic"] = basic_auth(values["user"], own.password)["Authorization"]
    return dict.fromkeys(PLACEHOLDERS, "") | values


def build_headers(own: SendSettings, values: Mapping[str, str]) -> dict[str, str]:
    """Fill the headers; a sender or a registered id that no header can carry is not sent."""
    headers = fill_fields(own.headers, values)
    if not all(WRITABLE.fullmatch(value) for value in headers.values()):
        raise Refused("A header cannot carry what its template asks for.", reason=Reason.INVALID_SENDER)
    return headers


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Put a query behind an address, which may have one already; a space is %20, which everybody reads."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(query, quote_via=quote)}" if query else url


def message_values(message: Message, own: SendSettings, *, report_url: str) -> dict[str, str]:
    """Say what all placeholders stand for; raises `Refused` for a text that cannot be written."""
    is_gsm = fits_gsm7(message.text)
    try:
        hexed = message.text.encode("utf-16-be").hex()
    except UnicodeError:  # half a letter; its text and its cause would quote the SMS
        raise Refused("The text cannot be written.", reason=Reason.CONTENT_REJECTED) from None
    return account_values(own) | {
        "to": message.to.digits,
        "to_e164": message.to.e164,
        "text": message.text,
        "text_hex": hexed,
        "gsm_text": message.text if is_gsm else "",
        "unicode_hex": "" if is_gsm else hexed,
        "unicode": "" if is_gsm else "yes",
        "sender": message.sender or own.sender,
        "id": message.id,
        "valid_for": str(message.valid_for),
        # Rounded down, so that no SMS arrives with a code that has ended; but a minute is the least there is.
        "valid_for_minutes": str(max(1, message.valid_for // 60)),
        "entity_id": message.entity_id,
        "template_id": message.template_id,
        "report_url": report_url,
    }
