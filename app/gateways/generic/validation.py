"""What settings cannot mean together, each in a sentence that names them."""

import re

from pydantic import TypeAdapter, ValidationError

from app.gateways.generic.json_path import HTTP, is_query_path
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.template import ACCOUNT, NUMBER, TEXT, TEXT_BY_ALPHABET, placeholders
from app.gateways.settings_fields import EncryptedAddress

_ENCRYPTED: TypeAdapter[str] = TypeAdapter(EncryptedAddress)


def send_errors(own: SendSettings) -> list[str]:
    """List what is wrong with how an SMS would be sent and the answer read."""
    sent = placeholders(own.query) | placeholders(own.form) | placeholders(own.body)
    has_text = sent & TEXT or sent >= TEXT_BY_ALPHABET
    addresses = [address for address in (own.url, own.balance_url) if address]
    wrong = {
        "Give https:// addresses; PLAIN_HTTP=true allows others.": not own.plain_http
        and not all(_is_encrypted(address) for address in addresses),
        "Write URL and BALANCE_URL without placeholders; what changes goes to QUERY.": any(
            "{" in address for address in addresses
        ),
        "Give FORM or BODY, not both.": own.form and own.body is not None,
        "METHOD GET has no FORM and no BODY; use QUERY.": own.method == "GET" and (own.form or own.body is not None),
        "Put {to} or {to_e164} into QUERY, FORM or BODY.": not sent & NUMBER,
        "Put {text} into QUERY, FORM or BODY.": not has_text,
        "Give ID_AT, OK_AT or both: by the HTTP status alone an error page would be an SMS.": not (
            own.id_at or own.ok_at
        ),
        "OK_AT and OK need each other.": bool(own.ok_at) != bool(own.ok),
        "OK_AT HTTP wants OK as statuses from 200 to 299: no other is taken.": own.ok_at == HTTP
        and not all(re.fullmatch("2[0-9]{2}", word) for word in own.ok),
        "USER has a colon, which HTTP Basic cannot carry.": "basic" in _used(own)
        and ":" in (own.user.get_secret_value() if own.user else ""),
        "REPEATS_SAFELY needs {id} in a template.": own.repeats_safely and "id" not in sent | placeholders(own.headers),
        "ERROR_AT and ERRORS need each other.": bool(own.error_at) != bool(own.errors),
        "BALANCE_URL needs BALANCE_AT.": own.balance_url and not own.balance_at,
        "BALANCE_QUERY may hold {user}, {password} and {secret} only.": placeholders(own.balance_query) - ACCOUNT,
    }
    return [sentence for sentence, is_so in wrong.items() if is_so] + _missing(own)


def report_errors(own: ReportSettings) -> list[str]:
    """List what is wrong with how reports would be read; a vendor without reports needs none of it."""
    if not own.report_status_at:
        given = own.report_statuses or own.report_id_at or own.report_reference_at
        return ["REPORT_STATUS_AT is missing."] if given else []
    check = own.report_check
    places = [own.report_id_at, own.report_reference_at, own.report_status_at]
    places += [own.report_recipient_at, own.report_error_at, own.report_list_at]
    wrong = {
        "REPORT_STATUSES is missing.": not own.report_statuses,
        "Give REPORT_REFERENCE_AT, or REPORT_ID_AT and REPORT_RECIPIENT_AT: a report must name its SMS.": not (
            own.report_reference_at or (own.report_id_at and own.report_recipient_at)
        ),
        "REPORT_TOKEN is missing: the address is all that shows who calls.": check == "token" and not own.report_token,
        "REPORT_CHECK hmac covers the body alone; no place of a report may be a ?name.": check == "hmac"
        and any(is_query_path(place) for place in places),
        f"REPORT_CHECK {check} needs REPORT_SECRET.": check != "token" and not own.report_secret,
        f"REPORT_CHECK {check} needs REPORT_NAME.": check in {"hmac", "header", "query"} and not own.report_name,
        f"REPORT_CHECK {check} needs REPORT_USER.": check == "basic" and not own.report_user,
        "REPORT_ERROR_AT and REPORT_ERRORS need each other.": bool(own.report_error_at) != bool(own.report_errors),
    }
    return [sentence for sentence, is_so in wrong.items() if is_so]


def _missing(own: SendSettings) -> list[str]:
    """Name the settings that some template stands for and that are not given."""
    used = _used(own)
    if "basic" in used:
        used |= {"user", "password"}
    given = {"user": own.user, "password": own.password, "secret": own.secret}
    return [f"{name.upper()} is missing: a template needs it." for name in given if name in used and not given[name]]


def _used(own: SendSettings) -> set[str]:
    templates = [own.headers, own.query, own.form, own.body, own.balance_query]
    return {name for template in templates for name in placeholders(template)}


def _is_encrypted(address: str) -> bool:
    try:
        _ENCRYPTED.validate_python(address)
    except ValidationError:
        return False
    return True
