"""Builders for tests: a manual clock, settings, code requests and code checks."""

import time
from datetime import UTC, datetime
from functools import lru_cache

from app.domain.limits import LIMITS
from app.domain.request_context import RequestContext
from app.domain.verification import CodeCheck, CodeRequest
from app.settings.load import load_settings

PHONE = "+31612345678"
OTHER_PHONE = "+31687654321"
PUBLIC_URL = "http://127.0.0.1:8000"
BLOCK_MS = (
    50  # how long a worker blocks on an empty queue; production waits a second, and so does each worker that stops
)
REDIS_PATIENCE = 60
"""Seconds: on a busy machine, hundreds of concurrent calls in one process wait longer than production allows."""
TWO_APPS = '{"bank": {}}'  # beside the `dev` app of development


class Clock:
    """A manual clock in milliseconds since 1970; starts at the real time, because Redis' stream ids do."""

    def __init__(self):
        self.now = int(time.time() * 1000)

    def __call__(self):
        return self.now

    def tick(self, *, seconds=0, ms=0):
        self.now += seconds * 1000 + ms


def make_settings(url="memory://", tag="{otp}", **changes):
    """Read development settings as the service does; `code_length=4` is OTP_CODE_LENGTH=4."""
    environ = {
        "OTP_ENV": "development",
        "OTP_REDIS_URL": url,
        "OTP_REDIS_TAG": tag,
        "OTP_PUBLIC_URL": PUBLIC_URL,
        "OTP_APPS": TWO_APPS,
    }
    # Development widens limits by address that are not set; tests have the defaults.
    environ |= {f"OTP_{entry.setting.upper()}": entry.default for entry in LIMITS if entry.is_per_address}
    environ |= {f"OTP_{name.upper()}": str(value) for name, value in changes.items()}
    return _load_once(tuple(environ.items()))


@lru_cache(maxsize=64)
def _load_once(environ):
    """Settings are frozen, and most tests have the same."""
    return load_settings(dict(environ))


def make_code_request(
    container,
    number=PHONE,
    *,
    app="dev",
    purpose="login",
    reference=None,
    country=None,
    day=None,
    address=None,
    idempotency=None,
    is_backend=True,
    traceparent="",
    key="",
    subject="",
    **more,
):
    call = RequestContext(
        container.apps[app],
        is_backend=is_backend,
        address=address,
        key=key,
        idempotency=idempotency,
        traceparent=traceparent,
    )
    today = day or datetime.fromtimestamp(container.clock(), UTC).date()
    more = {"subjects": [subject] if subject else (), **more}
    return CodeRequest(call, number, country, purpose, reference, today, **more)


def make_code_check(container, code, *, id=None, number="", app="dev", purposes=frozenset(), **call):
    call = RequestContext(container.apps[app], **call)
    return CodeCheck(call, code, purposes, verification_id=id, phone_number=number)
