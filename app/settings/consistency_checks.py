"""Checks for settings that contradict each other; they stop the start in every environment."""

import json
import re

from app.domain.limit import OFF
from app.domain.limit_entry import Unit
from app.domain.limits import LIMITS
from app.domain.prices import ANY, as_money
from app.domain.route import EVERYWHERE
from app.settings.hook_checks import hook_errors
from app.settings.model import Settings
from app.settings.sending import DEV_INBOX
from app.settings.templates import DEV_APP, text_errors

_MIN_DIGITS = 6
_NAME = re.compile("[a-z0-9_]{1,32}")  # other text may be a secret, so it is not quoted


def consistency_errors(settings: Settings) -> list[str]:
    """List the settings that contradict each other, each with its fix."""
    errors = []
    if settings.code_length < _MIN_DIGITS and not settings.allow_weak_codes:
        errors.append(
            f"OTP_CODE_LENGTH is {settings.code_length}, and NIST SP 800-63B-4 §3.1.3.2 requires at least 6 digits. "
            "Set it to 6, or set OTP_ALLOW_WEAK_CODES=true if you must."
        )
    if settings.gateway_connect_timeout >= settings.gateway_timeout:
        errors.append(
            "OTP_GATEWAY_CONNECT_TIMEOUT is not below OTP_GATEWAY_TIMEOUT. Lower the first or raise the second."
        )
    if any(len(test.code) != settings.code_length for test in settings.test_numbers.values()):
        errors.append("OTP_TEST_NUMBERS has a code that does not have OTP_CODE_LENGTH digits. Write it with that many.")
    digests = [
        digest
        for app in settings.apps.values()
        for digest in [*app.secret_keys, *app.publishable_keys, *app.twilio_tokens]
    ]
    if len(set(digests)) < len(digests):
        errors.append("OTP_APPS lists one key twice. Use separate keys for each app.")
    without_secret = [name for name, app in settings.apps.items() if app.camara and not app.secret_keys]
    errors += [
        f"OTP_APPS ({name}.camara) needs one of secret_keys, which is the client's secret. Run `otp keys new`."
        for name in without_secret
        if settings.is_production or name != DEV_APP
    ]
    errors += hook_errors(settings)
    errors += _route_errors(settings)
    errors += _price_errors(settings)
    errors += _money_limit_errors(settings)
    errors += text_errors(settings)
    return [
        *errors,
        *(
            _missing_human_check_errors(settings)
            if settings.human_check == "off"
            else _human_check_account_errors(settings)
        ),
    ]


def _route_errors(settings: Settings) -> list[str]:
    """Find routes with an unknown or a repeated gateway, and several gateways without a default route."""
    known = [*settings.gateways, *([] if settings.is_production else [DEV_INBOX])]
    errors = []
    for country, steps in settings.routes.items():
        names = [route_step.gateway for step in steps for route_step in step]
        if unknown := sorted({name for name in names if name not in known}):
            names_text = ", ".join(name if _NAME.fullmatch(name) else "…" for name in unknown)
            errors.append(
                f"OTP_ROUTES ({country}) names {names_text}, which no OTP_GATEWAYS__… configures. "
                "Configure it, or remove it."
            )
        if len(set(names)) < len(names):
            errors.append(f"OTP_ROUTES ({country}) names a gateway twice. Keep the first.")
    vendors = [name for name in settings.gateways if name != DEV_INBOX]
    if EVERYWHERE not in settings.routes and (settings.routes or len(vendors) > 1):
        errors.append(
            "OTP_ROUTES does not list the gateways of all other countries, in their order. "
            f"Write it like {json.dumps({EVERYWHERE: vendors or [DEV_INBOX]})}."
        )
    return errors


def _price_errors(settings: Settings) -> list[str]:
    """Find prices of gateways that are not configured: mostly a misspelt name, whose prices would be ignored.

    Where no gateway is configured, for development or a replay, a table of production is read as it is.
    """
    if not settings.gateways and not settings.is_production:
        return []
    known = {ANY, *settings.gateways, *([] if settings.is_production else [DEV_INBOX])}
    return [
        f"OTP_PRICES ({row.place}) names {row.gateway if _NAME.fullmatch(row.gateway) else '…'}, which no "
        "OTP_GATEWAYS__… configures. Configure it, or remove the row."
        for row in settings.prices
        if row.gateway not in known
    ]


def _money_limit_errors(settings: Settings) -> list[str]:
    """Find limits on money without prices, and those that a single SMS exceeds."""
    highest = max((row.price for row in settings.prices), default=0)
    errors = []
    for name in (entry.name for entry in LIMITS if entry.unit is Unit.MONEY):
        limits = {f"OTP_LIMIT_{name.upper()}": settings.limit(name)} | {
            f"OTP_APPS ({app}.limits.{name})": own.limits.figure(name) or OFF for app, own in settings.apps.items()
        }
        for setting, limit in limits.items():
            if limit.rules and not settings.prices:
                errors.append(f"{setting} is set, and OTP_PRICES is not, so no SMS has a price. Set OTP_PRICES.")
            elif any(count < highest for count, _ in limit.rules):
                errors.append(
                    f"{setting} allows less than one SMS costs by OTP_PRICES, up to {as_money(highest)}. Raise it."
                )
    return errors


def _missing_human_check_errors(settings: Settings) -> list[str]:
    """Find settings that need a human check while no provider is selected."""
    fix = "though OTP_HUMAN_CHECK is off and no check would run. Set OTP_HUMAN_CHECK, or remove it."
    is_check_expected = "human_check_when" in settings.model_fields_set and settings.human_check_when != "never"
    is_set_by_name = {"OTP_HUMAN_CHECK_WHEN": is_check_expected, **settings.human_check_account}
    errors = [f"{name} is set, {fix}" for name, is_set in is_set_by_name.items() if is_set]
    for name, app in settings.apps.items():
        if app.human_check in {"always", "suspicious"}:
            errors.append(f"OTP_APPS ({name}.human_check) is {app.human_check}, {fix}")
    return errors


def _human_check_account_errors(settings: Settings) -> list[str]:
    """Find account settings that the selected provider needs and lacks; `altcha` has no accounts."""
    given = settings.human_check_account
    if settings.human_check == "altcha":
        message = "though OTP_HUMAN_CHECK is altcha, which has no accounts. Select its provider there, or remove it."
        return [f"{name} is set, {message}" for name, value in given.items() if value]
    fix = f"Copy it from your account at {settings.human_check}, or set OTP_HUMAN_CHECK=altcha, which needs none."
    return [f"{name} is missing. {fix}" for name, value in given.items() if not value]
