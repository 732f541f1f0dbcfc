"""Consistency checks of the generic gateway's settings."""

import re

from pydantic import TypeAdapter, ValidationError

from app.domain.signatures.hs256_token import MIN_SECRET_LENGTH
from app.domain.signatures.standard_webhooks import read_key
from app.gateways.generic.json_path import HTTP, is_list_path, is_query_path
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.generic.request import sent_placeholders
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.signature import signed_parts, webhook_secrets
from app.gateways.generic.template import ACCOUNT, CODE, NUMBER, TEXT, TEXT_BY_ALPHABET, placeholders
from app.gateways.settings_fields import EncryptedAddress

_ENCRYPTED: TypeAdapter[str] = TypeAdapter(EncryptedAddress)


def send_errors(settings: SendSettings) -> list[str]:
    """Return the errors in the settings of sending and of reading the response."""
    sent = sent_placeholders(settings)
    used = sent | placeholders(settings.headers) | placeholders(settings.balance_query)
    has_content = sent & TEXT or sent >= TEXT_BY_ALPHABET or CODE in sent
    addresses = [address for address in (settings.url, settings.balance_url, settings.oauth_url) if address]
    wrong = {
        "Give https:// addresses; PLAIN_HTTP=true allows others.": not settings.plain_http
        and not all(_is_encrypted(address) for address in addresses),
        "Write URL, BALANCE_URL and OAUTH_URL without placeholders; use QUERY for values that change.": any(
            "{" in address for address in addresses
        ),
        "Give FORM or BODY, not both.": settings.form and settings.body is not None,
        "METHOD GET has no FORM and no BODY; use QUERY.": settings.method == "GET"
        and (settings.form or settings.body is not None),
        "Put {to} or {to_e164} into QUERY, FORM or BODY.": not sent & NUMBER,
        "Put {text} or {code} into QUERY, FORM or BODY.": not has_content,
        "Give ID_AT, OK_AT or both: by the HTTP status alone, an error page would count as accepted.": not (
            settings.id_at or settings.ok_at
        ),
        "OK_AT and OK need each other.": bool(settings.ok_at) != bool(settings.ok),
        "OK_AT HTTP needs OK as statuses from 200 to 299.": settings.ok_at == HTTP
        and not all(re.fullmatch("2[0-9]{2}", word) for word in settings.ok),
        "USER has a colon, which HTTP Basic cannot carry.": "basic" in used
        and ":" in (settings.user.get_secret_value() if settings.user else ""),
        "REPEATS_SAFELY needs {id} in a template.": settings.repeats_safely
        and "id" not in sent | placeholders(settings.headers),
        'OAUTH_URL needs {token}, mostly as HEADERS={"Authorization": "Bearer {token}"}.': settings.oauth_url
        and "token" not in used,
        "{token} needs OAUTH_URL.": "token" in used and not settings.oauth_url,
        "OAUTH_SCOPE needs OAUTH_URL.": settings.oauth_scope and not settings.oauth_url,
        "ERROR_AT and ERRORS need each other.": bool(settings.error_at) != bool(settings.errors),
        "BALANCE_URL needs BALANCE_AT.": settings.balance_url and not settings.balance_at,
        "BALANCE_QUERY may hold {user}, {password}, {secret}, {account} and {token} only.": placeholders(
            settings.balance_query
        )
        - ACCOUNT,
    }
    return [sentence for sentence, is_wrong in wrong.items() if is_wrong] + _missing(settings, used)


def report_errors(settings: ReportSettings) -> list[str]:
    """Return the errors in the settings of reports; a vendor without reports needs none of them."""
    if not settings.report_status_at:
        given = settings.report_statuses or settings.report_id_at or settings.report_reference_at
        return ["REPORT_STATUS_AT is missing."] if given else []
    check = settings.report_check
    paths = [settings.report_list_at, *settings.report_paths.values()]
    wrong = {
        "REPORT_STATUSES is missing.": not settings.report_statuses,
        "REPORT_LIST_AT is the path of a JSON list; [,] belongs to the paths in a report.": is_list_path(
            settings.report_list_at
        ),
        "Give REPORT_REFERENCE_AT, or REPORT_ID_AT and REPORT_RECIPIENT_AT: a report must identify its SMS.": not (
            settings.report_reference_at or (settings.report_id_at and settings.report_recipient_at)
        ),
        "REPORT_TOKEN is missing: only the address authenticates the vendor.": check == "token"
        and not settings.report_token,
        f"REPORT_CHECK {check} does not cover the query; no path of a report may be a ?name.": check
        in {"hmac", "standard-webhooks", "jwt-hs256"}
        and not (check == "hmac" and "url" in signed_parts(settings))
        and any(is_query_path(path) for path in paths),
        f"REPORT_CHECK {check} needs REPORT_SECRET.": check != "token" and not settings.report_secret,
        f"REPORT_CHECK {check} needs REPORT_NAME.": check in {"hmac", "jwt-hs256", "header", "query"}
        and not settings.report_name,
        f"REPORT_CHECK {check} needs REPORT_USER.": check == "basic" and not settings.report_user,
        "REPORT_ERROR_AT and REPORT_ERRORS need each other.": bool(settings.report_error_at)
        != bool(settings.report_errors),
    }
    return [sentence for sentence, is_wrong in (wrong | _signature_errors(settings)).items() if is_wrong]


def _signature_errors(settings: ReportSettings) -> dict[str, object]:
    """Return each sentence on a signature with whether it applies."""
    check, secret = settings.report_check, settings.report_secret
    return {
        "REPORT_CHECK standard-webhooks needs a REPORT_SECRET like whsec_ and at least 32 letters of base64; two are "
        "separated by a comma.": check == "standard-webhooks" and secret and not _are_webhook_secrets(settings),
        "REPORT_CHECK jwt-hs256 needs a REPORT_SECRET of at least 32 characters.": check == "jwt-hs256"
        and secret
        and len(secret.get_secret_value()) < MIN_SECRET_LENGTH,
        "REPORT_TIME is not signed: put it into REPORT_SIGNED, like {body}{header:X-Timestamp}.": check == "hmac"
        and settings.report_time
        and f"header:{settings.report_time.lower()}" not in signed_parts(settings),
    }


def _missing(settings: SendSettings, used: set[str]) -> list[str]:
    """Return the errors for settings that a placeholder or the token endpoint uses but that are missing."""
    if "basic" in used or settings.oauth_url:
        used |= {"user", "password"}
    given = {
        "user": settings.user,
        "password": settings.password,
        "secret": settings.secret,
        "account": settings.account,
        "template": settings.template,
    }
    return [
        f"{name.upper()} is missing: a placeholder or OAUTH_URL needs it."
        for name in given
        if name in used and not given[name]
    ]


def _are_webhook_secrets(settings: ReportSettings) -> bool:
    """Return whether all secrets of Standard Webhooks are valid."""
    try:
        return all(read_key(secret) for secret in webhook_secrets(settings))
    except ValueError:
        return False


def _is_encrypted(address: str) -> bool:
    try:
        _ENCRYPTED.validate_python(address)
    except ValidationError:
        return False
    return True
