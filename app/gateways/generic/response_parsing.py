"""Read a vendor's response: accepted, refused or unclear; HTTP 200 may carry an error."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.status import Reason
from app.gateways.generic.json_path import HTTP, MAX_TEXT, ResponseParts, find, find_all
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.setting_types import UNREACHABLE, UNSURE
from app.http_client.responses import HttpResponse, require_ok, retry_after

_CODE = re.compile(r"[\w.-]{1,32}", re.ASCII)
_TOO_SHORT = 3  # characters; too short for a code or a key, and contained in many numbers
_BALANCE = re.compile(r"[\w.,+ -]{1,32}", re.ASCII)


def read_response(response: HttpResponse, settings: SendSettings, values: Mapping[str, str]) -> Accepted:
    """Return the message's id; raises `Refused`, `Unreachable` or `Unsure`. `values` are those of the request."""
    parts = _parts(response)
    error = _require_no_error(response, parts, settings, values)
    state = find(settings.ok_at, parts)
    if settings.ok_at and state.lower() not in settings.ok:
        if settings.ok_at == HTTP or not _CODE.fullmatch(state):
            raise Unsure("The vendor did not report whether it accepted the SMS.")
        raise Refused("The vendor refused the SMS.", word=error or _word([state], settings, values))
    vendor_id = find(settings.id_at, parts) if settings.id_at else values["id"]
    if not vendor_id:
        raise Unsure("The vendor answered without an id.")
    return Accepted(vendor_id)


def read_balance(response: HttpResponse, settings: SendSettings, values: Mapping[str, str]) -> str:
    """Return the account's balance, for an operator; raises `Refused`, `Unreachable` or `Unsure`."""
    parts = _parts(response)
    _require_no_error(response, parts, settings, values)
    balance = find(settings.balance_at, parts)
    if not _BALANCE.fullmatch(balance):
        raise Unsure("The vendor answered without a balance.")
    return balance


def _parts(response: HttpResponse) -> ResponseParts:
    text = response.body[:MAX_TEXT].decode(errors="replace").strip()
    return ResponseParts(response.json(), text, status=str(response.status))


def _require_no_error(
    response: HttpResponse, parts: ResponseParts, settings: SendSettings, values: Mapping[str, str]
) -> str:
    """Raise the failure of a listed error, or else that of the HTTP status; otherwise return the error code, or ""."""
    found = find_all(settings.error_at, parts)
    listed = next((error for error in found if error.lower() in settings.errors), "")
    if listed:
        word = listed if _CODE.fullmatch(listed) else ""
        raise _failure(settings.errors[listed.lower()], word, response)
    word = _word(found, settings, values)
    # An HTTP status that a path returns as the error is not an error code of the vendor's.
    require_ok(response, word="" if word == parts.status else word)
    return word


def _word(found: Iterable[str], settings: SendSettings, values: Mapping[str, str]) -> str:
    """Return the first error code that is not an echo of the request, so that neither SMS nor keys are logged."""
    codes = (word for word in found if _CODE.fullmatch(word))
    return next((code for code in codes if len(code) <= _TOO_SHORT or not _is_echo(code, settings, values)), "")


def _is_echo(code: str, settings: SendSettings, values: Mapping[str, str]) -> bool:
    """Return whether a code is part of the request, in any spelling.

    A template may contain a key, and a vendor may write `06…` for `316…`, or `482-913`. The vendor's port is
    no part of it: every error code of four digits is contained in some port.
    """
    url = urlsplit(settings.url)
    written = [url.hostname, url.path, url.query, settings.headers, settings.query, settings.form, settings.body]
    ours = [_normalize(text) for text in [*values.values(), *map(str, written)]]
    bare_code = _normalize(code)
    numbers = [run.lstrip("0") for run in re.findall("[0-9]+", bare_code)]
    candidates = [bare_code, *(number for number in numbers if len(number) > _TOO_SHORT)]
    if any(part in text for part in candidates for text in ours):
        return True
    return any(_normalize(value) in bare_code for value in values.values() if len(_normalize(value)) > _TOO_SHORT)


def _normalize(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return re.sub(r"[\W_]", "", text).lower()


def _failure(meaning: str, word: str, response: HttpResponse) -> GatewayError:
    if meaning == UNSURE:
        return Unsure("The vendor may have accepted the SMS.", reason=Reason.PROVIDER_ERROR, word=word)
    if meaning in {UNREACHABLE, Reason.THROTTLED}:
        reason = Reason.THROTTLED if meaning == Reason.THROTTLED else Reason.PROVIDER_ERROR
        return Unreachable("The vendor is unavailable.", reason=reason, word=word, after=retry_after(response))
    return Refused("The vendor refused the SMS.", reason=Reason(meaning), word=word)
