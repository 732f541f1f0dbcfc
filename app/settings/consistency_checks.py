"""What stops the start everywhere: settings that do not go together."""

import json
import re

from app.settings.model import Settings
from app.settings.routes import EVERYWHERE
from app.settings.sending import DEVELOPERS
from app.settings.templates import text_errors

_SOUND_DIGITS = 6
_NAME = re.compile("[a-z0-9_]{1,32}")  # what is no name may be anything, and is not repeated


def consistency_errors(settings: Settings) -> list[str]:
    """List the settings that do not go together, each with how to mend it."""
    wrong = []
    if settings.code_length < _SOUND_DIGITS and not settings.allow_weak_codes:
        wrong.append(
            f"OTP_CODE_LENGTH is {settings.code_length}, and NIST SP 800-63B-4 §3.1.3.2 asks for at least 6 digits. "
            "Set it to 6, or set OTP_ALLOW_WEAK_CODES=true if you must."
        )
    if settings.gateway_connect_timeout >= settings.gateway_timeout:
        wrong.append(
            "OTP_GATEWAY_CONNECT_TIMEOUT is not below OTP_GATEWAY_TIMEOUT. Lower the first or raise the second."
        )
    if any(len(test.code) != settings.code_length for test in settings.test_numbers.values()):
        wrong.append("OTP_TEST_NUMBERS has a code that is not of OTP_CODE_LENGTH digits. Give it as many.")
    digests = [digest for app in settings.apps.values() for digest in [*app.secret_keys, *app.publishable_keys]]
    if len(set(digests)) < len(digests):
        wrong.append("OTP_APPS lists one key twice. Give each app its own keys.")
    wrong += _route_errors(settings)
    wrong += text_errors(settings)
    return [
        *wrong,
        *(
            _missing_human_check_errors(settings)
            if settings.human_check == "off"
            else _human_check_account_errors(settings)
        ),
    ]


def _route_errors(settings: Settings) -> list[str]:
    """Find routes that lead nowhere, or twice to one gateway, and gateways of which nobody says which comes first."""
    known = [*settings.gateways, *([] if settings.is_production else [DEVELOPERS])]
    wrong = []
    for country, steps in settings.routes.items():
        names = [route_step.gateway for step in steps for route_step in step]
        if strange := sorted({name for name in names if name not in known}):
            said = ", ".join(name if _NAME.fullmatch(name) else "…" for name in strange)
            wrong.append(
                f"OTP_ROUTES ({country}) names {said}, which no OTP_GATEWAYS__… sets up. Set it up, or remove it."
            )
        if len(set(names)) < len(names):
            wrong.append(f"OTP_ROUTES ({country}) names a gateway twice. Keep the first.")
    own = [name for name in settings.gateways if name != DEVELOPERS]
    if EVERYWHERE not in settings.routes and (settings.routes or len(own) > 1):
        wrong.append(
            "OTP_ROUTES does not say which gateways carry the SMS of all other countries, and in which order. "
            f"Write it like {json.dumps({EVERYWHERE: own or [DEVELOPERS]})}."
        )
    return wrong


def _missing_human_check_errors(settings: Settings) -> list[str]:
    """Find who believes that people are asked, though no provider is named."""
    mend = "though OTP_HUMAN_CHECK is off and nobody would be asked. Set OTP_HUMAN_CHECK, or remove it."
    asked = "human_check_when" in settings.model_fields_set and settings.human_check_when != "never"
    kept = {"OTP_HUMAN_CHECK_WHEN": asked, **settings.human_account}
    wrong = [f"{name} is set, {mend}" for name, is_set in kept.items() if is_set]
    for name, app in settings.apps.items():
        if app.human_check in {"always", "suspicious"}:
            wrong.append(f"OTP_APPS ({name}.human_check) is {app.human_check}, {mend}")
    return wrong


def _human_check_account_errors(settings: Settings) -> list[str]:
    """Find what the named provider lacks, or has of another's; `altcha` has no accounts."""
    given = settings.human_account
    if settings.human_check == "altcha":
        said = "though OTP_HUMAN_CHECK is altcha, which has no accounts. Name its provider there, or remove it."
        return [f"{name} is set, {said}" for name, value in given.items() if value]
    mend = f"Copy it from your account at {settings.human_check}, or set OTP_HUMAN_CHECK=altcha, which needs none."
    return [f"{name} is missing. {mend}" for name, value in given.items() if not value]
