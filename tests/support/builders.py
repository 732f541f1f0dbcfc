"""Makes what tests need: a clock to turn, settings, asks and guesses."""

import time
from datetime import UTC, datetime

from app.domain.request_context import RequestContext
from app.domain.verification import CodeCheck, CodeRequest
from app.settings.load import load_settings

PHONE = "+31612345678"
OTHER_PHONE = "+31687654321"
PUBLIC_URL = "http://127.0.0.1:8000"
BLOCK_MS = 50  # a worker's read of an empty queue: production waits a second, and each worker that stops waits for it
TWO_APPS = '{"bank": {}}'  # beside development's own


class Clock:
    """Milliseconds since 1970, turned by hand; it starts at the real time, where Redis' own ids are."""

    def __init__(self):
        self.now = int(time.time() * 1000)

    def __call__(self):
        return self.now

    def tick(self, *, seconds=0, ms=0):
        self.now += seconds * 1000 + ms


def make_settings(url="memory://", tag="{otp}", **changes):
    """Read development settings as the service does; `code_length=4` stands for OTP_CODE_LENGTH=4."""
    given = {
        "OTP_ENV": "development",
        "OTP_REDIS_URL": url,
        "OTP_REDIS_TAG": tag,
        "OTP_PUBLIC_URL": PUBLIC_URL,
        "OTP_APPS": TWO_APPS,
    }
    return load_settings(given | {f"OTP_{name.upper()}": str(value) for name, value in changes.items()})


def make_ask(
    container,
    number=PHONE,
    *,
    app="dev",
    purpose="login",
    reference=None,
    country=None,
    day=None,
    address=None,
    repeat=None,
    is_backend=True,
    **more,
):
    call = RequestContext(container.apps[app], is_backend=is_backend, address=address, repeat=repeat)
    today = day or datetime.fromtimestamp(container.clock(), UTC).date()
    return CodeRequest(call, number, country, purpose, reference, today, **more)


def make_guess(container, code, *, id=None, number="", app="dev", purposes=frozenset(), address=None, repeat=None):
    call = RequestContext(container.apps[app], address=address, repeat=repeat)
    return CodeCheck(call, code, purposes, verification_id=id, phone_number=number)
