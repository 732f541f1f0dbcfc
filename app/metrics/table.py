"""The table of all metrics; code, documentation, dashboards and alert rules name them as they stand here."""

from app.metrics.families import Counted, Measured, Timed

_CALL = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SCRIPT = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2)
_DELIVERY = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)

HTTP_REQUESTS = Counted(
    "otp_http_requests_total",
    "HTTP requests; `route` is a template, `code` that of a problem, empty without one",
    "route",
    "method",
    "status",
    "code",
)
HTTP_SECONDS = Timed("otp_http_request_seconds", "Seconds from request to response", "route", buckets=_CALL)
VERIFICATIONS = Counted(
    "otp_verifications_total",
    "Verifications: `requested`, `resent`, `approved`, `canceled`, `locked`; the others expired",
    "app",
    "outcome",
)
CHECKS = Counted("otp_checks_total", "Checks of a code: `right`, `wrong`, or the code of the refusal", "app", "outcome")
APPROVALS = Counted(
    "otp_approvals_total", "Approvals by country, and by the gateway that was called last", "country", "gateway"
)
DELIVERY_ATTEMPTS = Counted(
    "otp_delivery_attempts_total", "Calls of a gateway by outcome", "gateway", "country", "outcome", "reason"
)
MESSAGES = Counted("otp_messages_total", "Messages that reached a status", "gateway", "country", "status")
HANDOVER_SECONDS = Timed(
    "otp_handover_seconds", "Seconds from an accepted request to the call of the gateway that took it", buckets=_CALL
)
DELIVERED_SECONDS = Timed(
    "otp_delivered_seconds", "Seconds from a gateway's acceptance to delivery", "gateway", "country", buckets=_DELIVERY
)
REPORTS = Counted(
    "otp_reports_total",
    "Delivery reports: `moved`, `kept`, `parked`, `unknown`, or calls that were `refused`",
    "gateway",
    "outcome",
)
EVENTS = Counted(
    "otp_events_total", "Tries to deliver an event: `delivered`, `waits`, `buried`, `unwanted`", "type", "outcome"
)
LIMIT_HITS = Counted("otp_limit_hits_total", "Requests that a limit refused", "limit", "app")
LIMIT_WARNINGS = Counted(
    "otp_limit_warnings_total", "Limits of which half, or four fifths, were spent", "limit", "percent"
)
SPEND = Measured("otp_spend", "What the SMS of this day (UTC) have cost so far, in `OTP_CURRENCY`", "app", "country")
GUARD_DECISIONS = Counted(
    "otp_guard_decisions_total",
    "Decisions of the fraud guard: `allow`, `challenge`, `block`; `monitor` refuses nothing",
    "decision",
    "mode",
)
QUEUE_JOBS = Measured(
    "otp_queue_jobs",
    "Jobs that wait: `sends`, `messages` without a code, `reports`; `later` and `later_messages` for those put back; "
    "`scheduled` for messages before their time",
    "queue",
)
QUEUE_OLDEST = Measured(
    "otp_queue_oldest_seconds",
    "Age of the oldest job; `messages` wait for codes, and for the rate of their gateway",
    "queue",
)
DEAD_LETTERS = Measured("otp_dead_letters", "Jobs that were given up", "queue")
GATEWAY_RESTING = Measured("otp_gateway_resting", "1 while this worker lets the gateway rest after failures", "gateway")
REDIS_SECONDS = Timed("otp_redis_seconds", "Seconds of a script, with the round trip", "script", buckets=_SCRIPT)
REDIS_ERRORS = Counted("otp_redis_errors_total", "Failed calls of Redis, by Redis' own word or the cause", "error")
REDIS_UNREPLICATED = Counted(
    "otp_redis_unreplicated_total", "Writes of checks and redemptions that too few replicas of Redis confirmed in time"
)

METRICS = tuple(value for value in list(globals().values()) if isinstance(value, Counted | Measured | Timed))
"""All of them, in the order of this file."""
