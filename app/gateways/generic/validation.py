"""Consistency checks of the generic gateway's settings."""

import re

from pydantic import TypeAdapter, ValidationError

from app.gateways.generic.json_path import HTTP, is_query_path
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.signature import webhook_secrets
from app.gateways.generic.template import ACCOUNT, NUMBER, TEXT, TEXT_BY_ALPHABET, placeholders
from app.gateways.settings_fields import EncryptedAddress
from app.gateways.signatures.standard_webhooks import read_key

_ENCRYPTED: TypeAdapter[str] = TypeAdapter(EncryptedAddress)


def send_errors(settings: SendSettings) -> list[str]:
    """Return the errors in the settings of sending and of reading the response."""
    sent = placeholders(settings.query) | placeholders(settings.form) | placeholders(settings.body)
    has_text = sent & TEXT or sent >= TEXT_BY_ALPHABET
    addresses = [address for address in (settings.url, settings.balance_url) if address]
    wrong = {
        "Give https:// addresses; PLAIN_HTTP=true allows others.": not settings.plain_http
        and not all(_is_encrypted(address) for address in addresses),
        "Write URL and BALANCE_URL without placeholders; use QUERY for values that change.": any(
            "{" in address for address in addresses
        ),
        "Give FORM or BODY, not both.": settings.form and settings.body is not None,
        "METHOD GET has no FORM and no BODY; use QUERY.": settings.method == "GET"
        and (settings.form or settings.body is not None),
        "Put {to} or {to_e164} into QUERY, FORM or BODY.": not sent & NUMBER,
        "Put {text} into QUERY, FORM or BODY.": not has_text,
        "Give ID_AT, OK_AT or both: by the HTTP status alone, an error page would count as accepted.": not (
            settings.id_at or settings.ok_at
        ),
        "OK_AT and OK need each other.": bool(settings.ok_at) != bool(settings.ok),
        "OK_AT HTTP needs OK as statuses from 200 to 299.": settings.ok_at == HTTP
        and not all(re.fullmatch("2[0-9]{2}", word) for word in settings.ok),
        "USER has a colon, which HTTP Basic cannot carry.": "basic" in _used(settings)
        and ":" in (settings.user.get_secret_value() if settings.user else ""),
        "REPEATS_SAFELY needs {id} in a template.": settings.repeats_safely
        and "id" not in sent | placeholders(settings.headers),
        "ERROR_AT and ERRORS need each other.": bool(settings.error_at) != bool(settings.errors),
        "BALANCE_URL needs BALANCE_AT.": settings.balance_url and not settings.balance_at,
        "BALANCE_QUERY may hold {user}, {password} and {secret} only.": placeholders(settings.balance_query) - ACCOUNT,
    }
    return [sentence for sentence, is_wrong in wrong.items() if is_wrong] + _missing(settings)


def report_errors(settings: ReportSettings) -> list[str]:
    """Return the errors in the settings of reports; a vendor without reports needs none of them."""
    if not settings.report_status_at:
        given = settings.report_statuses or settings.report_id_at or settings.report_reference_at
        return ["REPORT_STATUS_AT is missing."] if given else []
    check = settings.report_check
    paths = [settings.report_id_at, settings.report_reference_at, settings.report_status_at]
    paths += [settings.report_recipient_at, settings.report_error_at, settings.report_list_at]
    wrong = {
        "REPORT_STATUSES is missing.": not settings.report_statuses,
        "Give REPORT_REFERENCE_AT, or REPORT_ID_AT and REPORT_RECIPIENT_AT: a report must identify its SMS.": not (
            settings.report_reference_at or (settings.report_id_at and settings.report_recipient_at)
        ),
        "REPORT_TOKEN is missing: only the address authenticates the vendor.": check == "token"
        and not settings.report_token,
        f"REPORT_CHECK {check} covers the body alone; no path of a report may be a ?name.": check
        in {"hmac", "standard-webhooks"}
        and any(is_query_path(path) for path in paths),
        f"REPORT_CHECK {check} needs REPORT_SECRET.": check != "token" and not settings.report_secret,
        "REPORT_CHECK standard-webhooks needs a REPORT_SECRET like whsec_ and at least 32 letters of base64; two are "
        "separated by a comma.": check == "standard-webhooks" and not _are_webhook_secrets(settings),
        f"REPORT_CHECK {check} needs REPORT_NAME.": check in {"hmac", "header", "query"} and not settings.report_name,
        f"REPORT_CHECK {check} needs REPORT_USER.": check == "basic" and not settings.report_user,
        "REPORT_ERROR_AT and REPORT_ERRORS need each other.": bool(settings.report_error_at)
        != bool(settings.report_errors),
    }
    return [sentence for sentence, is_wrong in wrong.items() if is_wrong]


def _missing(settings: SendSettings) -> list[str]:
    """Return the errors for settings that a template uses but that are missing."""
    used = _used(settings)
    if "basic" in used:
        used |= {"user", "password"}
    given = {"user": settings.user, "password": settings.password, "secret": settings.secret}
    return [f"{name.upper()} is missing: a template needs it." for name in given if name in used and not given[name]]


def _used(settings: SendSettings) -> set[str]:
    templates = [settings.headers, settings.query, settings.form, settings.body, settings.balance_query]
    return {name for template in templates for name in placeholders(template)}


def _are_webhook_secrets(settings: ReportSettings) -> bool:
    """Return whether the secrets of Standard Webhooks are ones; a missing secret has its own sentence."""
    try:
        keys = [read_key(secret) for secret in webhook_secrets(settings)] if settings.report_secret else []
    except ValueError:
        return False
    return bool(keys) or not settings.report_secret


def _is_encrypted(address: str) -> bool:
    try:
        _ENCRYPTED.validate_python(address)
    except ValidationError:
        return False
    return True
