"""The table of limits: settings, store, response headers, documentation and tests read it.

A limit with a `key` is counted in Redis, by the script that stores the verification or checks the code. The order is
that of the settings, the headers and the pages.
"""

from collections.abc import Mapping

from app.domain.callers import DEVICES, NOT_DEVICES, CallerKind, LimitShare
from app.domain.limit import Limit
from app.domain.limit_entry import Counted, Fact, LimitEntry, Unit

MAX_TIMESTAMPS = 10_000
"""Per window of a limit that a process counts: it stores the time of every call in memory."""

LIMITS = (
    LimitEntry(
        "sends_per_number",
        "3/10min,5/h,10/d",
        Counted.CODES,
        "Protects a number's owner from a flood of SMS: of an app, and over all apps twice as many; like "
        "`3/10min,5/h`, or `off`. Known devices have a second budget of the same size.",
        key="sends",
        fact=Fact.NUMBER,
        device_key="device_sends",
        all_apps_factor=2,
    ),
    LimitEntry(
        "sends_per_verification",
        3,
        Counted.CODES,
        "SMS per verification, resends included. A fourth rarely arrives when three did not.",
        unit=Unit.COUNT,
        most=10,
        is_per_app=True,
    ),
    LimitEntry(
        "sends_per_address",
        "10/h,30/d",
        Counted.CODES,
        "Protects your bill from one machine that requests codes for many numbers; known devices do not count. "
        "Counts per IPv4 address, or per IPv6 /64, its /48 at ten times and its /40 at thirty times the count. The "
        "approval of a number that was approved in the app before refunds its sends, so an office whose users log in "
        "is not slowed; and when it is spent, such numbers go on with a human check, up to five times the count.",
        key="address_sends",
        fact=Fact.ADDRESS,
        callers=NOT_DEVICES,
        proven_factor=5,
        is_refunded=True,
    ),
    LimitEntry(
        "approved_sends_per_address",
        "60/h,200/d",
        Counted.APPROVED_SENDS,
        "Protects your bill from callers who control the numbers that they approve. Counts the sends that the first "
        "approvals of numbers refund to an address; when it is spent, they refund none.",
        key="approved_sends",
        fact=Fact.ADDRESS,
    ),
    LimitEntry(
        "device_sends_per_address",
        "20/h,60/d",
        Counted.CODES,
        "Protects your bill from one machine with the device tokens of many numbers. Counts the sends of known "
        "devices; an approval refunds its own.",
        key="known_sends",
        fact=Fact.ADDRESS,
        callers=DEVICES,
        is_refunded=True,
    ),
    LimitEntry(
        "checks_per_address",
        "30/10min",
        Counted.WRONG_CODES,
        "Protects all numbers from one machine that guesses a code for each. Counts wrong guesses at verifications "
        "that the address did not request, and refuses guesses at such only.",
        key="address_checks",
        fact=Fact.ADDRESS,
    ),
    LimitEntry(
        "sends_per_subject",
        "5/h",
        Counted.CODES,
        "Protects your bill from one of your own users, or sessions, that requests codes for many numbers: the "
        "`subject` of a request.",
        key="subject_sends",
        fact=Fact.SUBJECT,
        is_per_app=True,
    ),
    LimitEntry(
        "sends_per_app",
        None,
        Counted.SENDS,
        "Protects your bill from everything else, for each app. Strangers may use 60 % of it, strangers and known "
        "devices together 90 %, at most a quarter of a day's share in one hour; the rest is for backends. Production "
        "requires a limit, or `off`, which no app with a publishable key may have.",
        key="app_sends",
        fact=Fact.APP,
        shares=(
            LimitShare("stranger_app_sends", 60, frozenset({CallerKind.STRANGER})),
            LimitShare("person_app_sends", 90, frozenset({CallerKind.STRANGER, CallerKind.DEVICE})),
        ),
        is_warned=True,
        is_per_app=True,
    ),
    LimitEntry(
        "sends_per_country",
        "off",
        Counted.SENDS,
        "Protects your bill from SMS pumping to one country, across all apps.",
        key="country_sends",
        fact=Fact.COUNTRY,
        is_warned=True,
    ),
    LimitEntry(
        "spend_per_app",
        "off",
        Counted.SENDS,
        "Protects your bill in money, for each app: what its SMS cost by `OTP_PRICES`, in `OTP_CURRENCY`; like `50/d`.",
        unit=Unit.MONEY,
        key="app_spend",
        fact=Fact.APP,
        is_warned=True,
        is_per_app=True,
    ),
    LimitEntry(
        "spend_per_country",
        "off",
        Counted.SENDS,
        "Protects your bill in money from SMS pumping to one country, across all apps; like `20/d`.",
        unit=Unit.MONEY,
        key="country_spend",
        fact=Fact.COUNTRY,
        is_warned=True,
    ),
    LimitEntry(
        "test_sends_per_number",
        "60/h",
        Counted.TEST_SENDS,
        "Protects the store from a flood of requests for a test number, which gets no SMS.",
        key="test_sends",
        fact=Fact.NUMBER,
    ),
    LimitEntry(
        "messages_per_number",
        "10/h,30/d",
        Counted.MESSAGES,
        "Protects a number's owner from a flood of messages of one app that hold no code. They do not count in "
        "`sends_per_number`, so that alerts never lock a login out.",
        key="message_sends",
        fact=Fact.NUMBER,
        is_per_app=True,
    ),
    LimitEntry(
        "calls_per_address",
        "60/min",
        Counted.CALLS,
        "Protects the service from a flood. Counts requests without a valid secret key, in each process, before a body "
        "is read, per IPv4 address, or per IPv6 /64 and, at ten times the count, its /48; not health checks, public "
        "keys and static files. At most 10,000 per window.",
        most=MAX_TIMESTAMPS,
    ),
    LimitEntry(
        "bad_reports_per_address",
        "600/min",
        Counted.REFUSED_REPORTS,
        "Protects the report URLs from guessing. Counts reports that are refused, in each process. At most 10,000 per "
        "window.",
        most=MAX_TIMESTAMPS,
    ),
    LimitEntry(
        "failure_watch",
        default=True,
        counts=Counted.CHECKS,
        protects="Protects all numbers from guessing that is spread over many addresses: while over 35 % of at least "
        "200 checks in ten minutes fail, of an app or of all, new codes of strangers get three attempts.",
        unit=Unit.SWITCH,
    ),
)


OF_A_CODE = (Counted.CODES, Counted.SENDS)
"""What an SMS with a code is counted as."""

OF_A_MESSAGE = (Counted.MESSAGES, Counted.SENDS)
"""What any other SMS is counted as."""

REDIS_LIMITS = tuple(entry for entry in LIMITS if entry.key)
"""The limits that Redis counts in windows."""


def entry_of(name: str) -> LimitEntry:
    """Return the entry of a limit; raises `StopIteration` for a name that is none."""
    return next(entry for entry in LIMITS if entry.name == name)


class Limits:
    """The figures of one app for the limits that Redis counts in windows; compared by identity, as a cache key."""

    def __init__(self, figures: Mapping[str, Limit]) -> None:
        """Take the figure of each limit by its name."""
        self._figures = figures

    def __getitem__(self, name: str) -> Limit:
        """Return the figure of one limit."""
        return self._figures[name]

    def of(self, *counted: Counted) -> list[tuple[LimitEntry, Limit]]:
        """List the limits that count one of these, in the order of the table, with their figures."""
        return [(entry, self._figures[entry.name]) for entry in REDIS_LIMITS if entry.counts in counted]
