"""What `otp numbers show` prints: what refuses a number, its codes and SMS, and the acts of operators on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.cli.output import Finding, show_facts, show_findings, show_rows
from app.container import Container
from app.domain.durations import whole_seconds
from app.domain.number_search import Blocker, BlockerKind, FoundNumber, NumberSearch
from app.domain.operator_act import OperatorAct
from app.domain.outgoing_message import OutgoingMessage
from app.domain.phone_number import PhoneNumber
from app.domain.verification import Send, SentMessage, State, Verification
from app.services.admin import acts_on_number, jobs_of
from app.store.dead_letters import DeadLetter

_HEADER = ("time (UTC)", "app", "id", "status", "details")
SENTENCES = {
    BlockerKind.COUNTRY: "the country of the number is not open",
    BlockerKind.BLOCK: "an operator blocked the number; `otp numbers unblock` ends it",
    BlockerKind.OPT_OUT: "the recipient opted out of SMS, stored until {until}; `otp numbers unblock` ends it",
    BlockerKind.LOCK: "no new code until {until}, after 70 wrong codes; `otp numbers unlock` ends it",
    BlockerKind.WAIT: "no new code until {until}, after wrong codes; `otp numbers unlock` ends it",
    BlockerKind.LIMIT: "the limit {limit} is spent until {until}",
    BlockerKind.GUARD: "the fraud guard blocks the destination until {until}",
}
_OPT_OUT_OF_A_SENDER = (
    "the recipient opted out of messages from {sender}, since {since}; `otp numbers unblock` ends it; codes are sent"
)
_ROW = tuple[int, list[str]]  # the time, in milliseconds since 1970, and the cells after it


@dataclass(frozen=True, slots=True)
class NumberHistory:
    """What is stored of a number: in each app, as dead letters, and in the audit trail."""

    phone: PhoneNumber
    log_name: str
    by_app: Mapping[str, FoundNumber]
    is_test: bool
    buried: Sequence[DeadLetter]
    acts: Sequence[OperatorAct]


async def find_number(number: str, container: Container) -> NumberHistory:
    """Search a number in all apps; raises `InvalidPhoneNumber`."""
    today = datetime.fromtimestamp(container.clock(), UTC).date()
    by_app = {
        name: await container.search_verifications(NumberSearch(app, number, None, today))
        for name, app in container.apps.items()
    }
    first = next(iter(by_app.values()))
    ids = {verification.id for found in by_app.values() for verification in found.verifications}
    ids |= {message.id for found in by_app.values() for message in found.messages}
    return NumberHistory(
        phone=first.phone,
        log_name=first.log_name,
        by_app=by_app,
        is_test=any(app.policy.test_number(first.phone.e164, today) for app in container.apps.values()),
        buried=await jobs_of(ids, container.dead_letters),
        acts=await acts_on_number(first.log_name, container.audit_trail),
    )


def show_number(history: NumberHistory) -> None:
    """Print the name of the number in the log, then what refuses it, then what happened, the newest first."""
    show_facts({"number": str(history.phone), "country": history.phone.country, "log name": history.log_name})
    if history.is_test:
        show_findings([("note", "all apps", "a test number: it gets no SMS")])
    show_findings(finding for app, found in history.by_app.items() for finding in _findings(app, found))
    rows = sorted(_rows(history), key=lambda row: row[0], reverse=True)
    if rows:
        show_rows(_HEADER, [[_utc(at), *cells] for at, cells in rows])


def _findings(app: str, found: FoundNumber) -> Iterator[Finding]:
    for blocker in found.blockers:
        yield "bad", app, _sentence(blocker)
    if found.failures:
        yield "note", app, f"wrong codes since the last approval: {found.failures}"
    if all(blocker.sender for blocker in found.blockers):
        yield "ok", app, "nothing refuses a new code; limits of an address or a subject are not known here"


def _sentence(blocker: Blocker) -> str:
    if blocker.sender:
        return _OPT_OUT_OF_A_SENDER.format(sender=blocker.sender, since=_utc(blocker.since or 0))
    until = _utc(whole_seconds(blocker.until) * 1000) if blocker.until else ""
    return SENTENCES[blocker.kind].format(limit=blocker.limit, until=until)


def _rows(history: NumberHistory) -> Iterator[_ROW]:
    for app, found in history.by_app.items():
        for verification in found.verifications:
            yield from _rows_of(app, verification, is_test=history.is_test)
        for message in found.messages:
            yield from _rows_of_message(app, message)
    for letter in history.buried:
        yield letter.at, ["", letter.id, "buried", f"{letter.why}; `otp jobs replay {letter.id}` tries it again"]
    for act in history.acts:
        yield act.at, ["", "", act.act, f"by {act.operator}"]


def _rows_of(app: str, verification: Verification, *, is_test: bool) -> Iterator[_ROW]:
    end = (
        f"ended {_utc(verification.ended_at)}" if verification.ended_at else f"expires {_utc(verification.expires_at)}"
    )
    left = f"{verification.attempts_left} guesses and {verification.sends_left} sends left"
    yield verification.created_at, [app, verification.id, verification.state, f"{verification.purpose}, {end}, {left}"]
    for number, send in enumerate(verification.sends, 1):
        if not send.messages and not is_test:
            is_waiting = verification.state is State.PENDING
            why = "it waits for a worker or a gateway" if is_waiting else "its code ended before a gateway was called"
            yield send.at, [app, verification.id, "not sent", f"SMS {number}: {why}"]
        for message in send.messages:
            yield _latest(send, message), [app, message.id, message.status, _details(f"SMS {number}", message)]


def _rows_of_message(app: str, message: OutgoingMessage) -> Iterator[_ROW]:
    """Yield a row of an outgoing message, and one for each gateway that was called for it."""
    due = f"due {_utc(message.send_at)}, " if message.send_at else ""
    details = f"message, {message.purpose}, {due}expires {_utc(message.expires_at)}"
    yield message.created_at, [app, message.id, message.status, details]
    for sent in message.messages:
        at = sent.history[-1].at if sent.history else message.created_at
        yield at, [app, sent.id, sent.status, _details("message", sent)]


def _details(what: str, message: SentMessage) -> str:
    """Return the gateway, our reason and the vendor's own word."""
    word = message.history[-1].word if message.history else ""
    parts = [f"{what} by {message.gateway}", message.reason or "", f"({word})" if word else ""]
    return " ".join(filter(None, parts))


def _latest(send: Send, message: SentMessage) -> int:
    return message.history[-1].at if message.history else send.at


def _utc(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
