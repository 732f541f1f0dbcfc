"""Limits; each names what it protects. The format is `3/10min,5/h,10/d`, or `off`."""

from typing import Annotated

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from app.domain.limit import Limit
from app.settings.base import SettingsGroup, default
from app.settings.parsers import read_windows

_MAX_TIMESTAMPS = 10_000


def _limit_count(limit: Limit) -> Limit:
    """Refuse a count above 10,000: this limiter stores the timestamp of every call in memory."""
    if any(count > _MAX_TIMESTAMPS for count, _ in limit.rules):
        raise ValueError(f"a window of this limit takes at most {_MAX_TIMESTAMPS:,}: each call is stored in memory")
    return limit


Windows = Annotated[Limit, NoDecode, BeforeValidator(read_windows)]
WindowsInMemory = Annotated[Windows, AfterValidator(_limit_count)]


class LimitSettings(SettingsGroup):
    """Limits. A count is 1 to 1,000,000 (in memory, 10,000), a window 1 s to 30 days."""

    limit_sends_per_number: Windows = default("3/10min,5/h,10/d")
    """Protects a number's owner from a flood of SMS, across all apps and purposes; like `3/10min,5/h`, or `off`."""

    limit_sends_per_verification: Annotated[int, Ge(1), Le(10)] = 3
    """SMS per verification, resends included. A fourth rarely arrives when three did not."""

    limit_sends_per_address: Windows = default("10/h,30/d")
    """Protects your bill from one machine that requests codes for many numbers. Counts per IPv4 address, or per IPv6
    /64 and, at ten times the count, its /48; an approval refunds its sends, so an office whose users log in is not
    slowed."""

    limit_checks_per_address: Windows = default("30/10min")
    """Protects all numbers from one machine that guesses a code for each. Counts wrong guesses; an approval refunds
    those of its verification."""

    limit_sends_per_subject: Windows = default("5/h")
    """Protects your bill from one of your own users, or sessions, that requests codes for many numbers: the `subject`
    of a request."""

    limit_sends_per_app: Annotated[Limit | None, NoDecode, BeforeValidator(read_windows)] = None
    """Protects your bill from everything else, for each app. Production requires a limit, or `off`."""

    limit_sends_per_country: Windows = default("off")
    """Protects your bill from SMS pumping to one country, across all apps."""

    limit_calls_per_address: WindowsInMemory = default("60/min")
    """Protects the service from a flood. Counts requests without a valid secret key, in each process, before a body is
    read; not health checks, public keys and static files. At most 10,000 per window."""

    limit_bad_reports_per_address: WindowsInMemory = default("600/min")
    """Protects the report URLs from guessing. Counts reports that are refused, in each process. At most 10,000 per
    window."""

    failure_watch: bool = True
    """Protects all numbers from guessing that is spread over many addresses: while over 60 % of at least 200 checks in
    ten minutes fail, new codes get three attempts, and addresses with three failures are refused."""
