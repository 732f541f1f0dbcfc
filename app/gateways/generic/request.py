"""Build the HTTP request of one SMS from the templates in the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from app.domain.gateway import Refused
from app.domain.gsm7 import fits_gsm7
from app.domain.message import Message
from app.domain.status import Reason
from app.gateways.gateway_client import basic_auth
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.setting_types import WRITABLE
from app.gateways.generic.template import PLACEHOLDERS, fill, fill_fields, placeholders


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request that is ready to send. No `repr`: it contains the SMS and the account's keys."""

    url: str
    headers: dict[str, str]
    form: dict[str, str] | None = None
    body: object = None


def build_request(settings: SendSettings, values: Mapping[str, str]) -> Request:
    """Fill the templates; raises `Refused` for a value that a header cannot carry."""
    return Request(
        url=with_query(settings.url, fill_fields(settings.query, values)),
        headers=build_headers(settings, values),
        form=fill_fields(settings.form, values) or None,
        body=fill(settings.body, values),
    )


def sent_placeholders(settings: SendSettings) -> set[str]:
    """Return the placeholders in the query and the body of a request."""
    return placeholders(settings.query) | placeholders(settings.form) | placeholders(settings.body, is_body=True)


def account_values(settings: SendSettings) -> dict[str, str]:
    """Return the values of the account's placeholders, but for an access token; all others are empty."""
    named = {"user": settings.user, "password": settings.password, "secret": settings.secret}
    values = {name: secret.get_secret_value() for name, secret in named.items() if secret}
    values["account"] = settings.account
    if settings.user and settings.password:
        values["basic"] = basic_auth(values["user"], settings.password)["Authorization"]
    return dict.fromkeys(PLACEHOLDERS, "") | values


def build_headers(settings: SendSettings, values: Mapping[str, str]) -> dict[str, str]:
    """Fill the headers; raises `Refused` for a sender or a registered id that a header cannot carry."""
    headers = fill_fields(settings.headers, values)
    if not all(WRITABLE.fullmatch(value) for value in headers.values()):
        raise Refused("A header cannot carry the value of its template.", reason=Reason.INVALID_SENDER)
    return headers


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Append a query to a URL, which may already have one; a space is %20, which every server decodes."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(query, quote_via=quote)}" if query else url


def message_values(message: Message, settings: SendSettings, *, report_url: str, now: float) -> dict[str, str]:
    """Return the values of all placeholders, but for an access token; `now` is seconds since 1970.

    Raises `Refused` for a text that cannot be encoded.
    """
    is_gsm = fits_gsm7(message.text)
    try:
        hexed = message.text.encode("utf-16-be").hex()
    except UnicodeError:  # a lone surrogate; the error's text and cause would quote the SMS
        raise Refused("The text cannot be encoded.", reason=Reason.CONTENT_REJECTED) from None
    valid_for = max(1, message.valid_for)
    expires_at = int(now) + valid_for
    return account_values(settings) | {
        "to": message.to.digits,
        "to_e164": message.to.e164,
        "text": message.text,
        "text_hex": hexed,
        "gsm_text": message.text if is_gsm else "",
        "unicode_hex": "" if is_gsm else hexed,
        "unicode": "" if is_gsm else "yes",
        "sender": message.sender or settings.sender,
        "id": message.id,
        "valid_for": str(valid_for),
        # Rounded down, so that no SMS arrives with an expired code; the minimum is one minute.
        "valid_for_minutes": str(max(1, valid_for // 60)),
        "expires_at": datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expires_at_unix": str(expires_at),
        "code": message.code,
        "template": settings.template,
        "entity_id": message.entity_id,
        "template_id": message.template_id,
        "report_url": report_url,
    }
