"""What a vendor's answer means: taken, refused, or unclear; an error may hide behind HTTP 200."""

import re
from collections.abc import Iterable, Mapping

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.status import Reason
from app.gateways.generic.json_path import HTTP, MAX_TEXT, ResponseParts, find, find_all
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.setting_types import UNREACHABLE, UNSURE
from app.http_client import HttpResponse, require_ok, retry_after

_CODE = re.compile(r"[\w.-]{1,32}", re.ASCII)
_TOO_SHORT = 3  # letters; neither a code nor a key, but found in many a number
_BALANCE = re.compile(r"[\w.,+ -]{1,32}", re.ASCII)


def read_answer(answer: HttpResponse, own: SendSettings, values: Mapping[str, str]) -> Accepted:
    """Find the message's id; raises `Refused`, `Unreachable` or `Unsure`. `values` are what was sent."""
    said = _parts(answer)
    error = _require_no_error(answer, said, own, values)
    state = find(own.ok_at, said)
    if own.ok_at and state.lower() not in own.ok:
        if own.ok_at == HTTP or not _CODE.fullmatch(state):
            raise Unsure("The vendor did not say whether it took the SMS.")
        raise Refused("The vendor refused the SMS.", word=error or _word([state], own, values))
    vendor_id = find(own.id_at, said) if own.id_at else values["id"]
    if not vendor_id:
        raise Unsure("The vendor answered without an id.")
    return Accepted(vendor_id)


def read_balance(answer: HttpResponse, own: SendSettings, values: Mapping[str, str]) -> str:
    """Read what the account has left, for an operator; raises as above."""
    said = _parts(answer)
    _require_no_error(answer, said, own, values)
    balance = find(own.balance_at, said)
    if not _BALANCE.fullmatch(balance):
        raise Unsure("The vendor answered without a balance.")
    return balance


def _parts(answer: HttpResponse) -> ResponseParts:
    text = answer.body[:MAX_TEXT].decode(errors="replace").strip()
    return ResponseParts(answer.json(), text, status=str(answer.status))


def _require_no_error(answer: HttpResponse, said: ResponseParts, own: SendSettings, values: Mapping[str, str]) -> str:
    """Raise what a listed error means, else what the HTTP status means; tells the code of one that is neither."""
    found = find_all(own.error_at, said)
    listed = next((error for error in found if error.lower() in own.errors), "")
    if listed:
        word = listed if _CODE.fullmatch(listed) else ""
        raise _failure(own.errors[listed.lower()], word, answer)
    word = _word(found, own, values)
    require_ok(answer, word="" if word == said.status else word)  # a 403 that says 403 says no more than that
    return word


def _word(found: Iterable[str], own: SendSettings, values: Mapping[str, str]) -> str:
    """Keep a code of what a vendor said, and nothing of ours that it echoes: not the SMS, and no key."""
    codes = (word for word in found if _CODE.fullmatch(word))
    return next((code for code in codes if len(code) <= _TOO_SHORT or not _is_known(code, own, values)), "")


def _is_known(code: str, own: SendSettings, values: Mapping[str, str]) -> bool:
    """Tell whether the vendor may have this from us, in whatever spelling.

    An operator may have written a key into a template; and a vendor may write `06…` for `316…`, or `482-913`.
    """
    written = [own.url, own.headers, own.query, own.form, own.body]
    ours = [_bare(text) for text in [*values.values(), *map(str, written)]]
    said = _bare(code)
    numbers = [run.lstrip("0") for run in re.findall("[0-9]+", said)]
    parts = [said, *(number for number in numbers if len(number) > _TOO_SHORT)]
    if any(part in text for part in parts for text in ours):
        return True
    return any(_bare(value) in said for value in values.values() if len(_bare(value)) > _TOO_SHORT)


def _bare(text: str) -> str:
    """Strip a text of all but its letters and digits, and these of their capitals."""
    return re.sub(r"[\W_]", "", text).lower()


def _failure(meaning: str, word: str, answer: HttpResponse) -> GatewayError:
    if meaning == UNSURE:
        return Unsure("The vendor may have taken the SMS.", reason=Reason.PROVIDER_ERROR, word=word)
    if meaning in {UNREACHABLE, Reason.THROTTLED}:
        reason = Reason.THROTTLED if meaning == Reason.THROTTLED else Reason.PROVIDER_ERROR
        return Unreachable("The vendor cannot take it now.", reason=reason, word=word, after=retry_after(answer))
    return Refused("The vendor refused the SMS.", reason=Reason(meaning), word=word)
