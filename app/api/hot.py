"""The two calls that everybody waits for, behind whichever door they came in: FastAPI's routes, or the shortcut."""

from datetime import UTC, datetime

from app.api.answers import Approved, Pending
from app.api.bodies import AskAgainForCode, AskForCode, CheckById, CheckByNumber
from app.api.calls import Head, call_of
from app.api.quota import quota_of_checks, quota_of_sends
from app.services.request_code import request_code
from app.services.resend_code import resend_code
from app.services.verify_code import verify_code
from app.wiring import Tools

Quota = dict[str, str]
"""Headers that tell a backend what is left; none for a browser."""


async def ask(body: AskForCode | AskAgainForCode, head: Head, tools: Tools) -> tuple[Pending, Quota]:
    """Ask for a code, or for the same one again."""
    caller, call = head.caller, call_of(head, body, private=tools.private)
    if isinstance(body, AskForCode):
        today = datetime.fromtimestamp(tools.clock(), UTC).date()
        standing = await request_code(
            body.ask(call, caller, today, accept_language=head.accept_language),
            keyring=tools.keyring,
            verifications=tools.verifications,
            human=tools.human,
            chance=tools.chance,
        )
    else:
        standing = await resend_code(
            body.ask(call, caller),
            keyring=tools.keyring,
            verifications=tools.verifications,
            resends=tools.resends,
            human=tools.human,
            chance=tools.chance,
        )
    quota = quota_of_sends(caller.app, standing.left.tightest) if caller.secret else {}
    return Pending.of(standing, code_length=caller.app.policy.code_length), quota


async def check(body: CheckById | CheckByNumber, head: Head, tools: Tools) -> tuple[Approved, Quota]:
    """Check a code."""
    caller, call = head.caller, call_of(head, body, private=tools.private)
    approval = await verify_code(
        body.guess(call, caller), keyring=tools.keyring, checks=tools.checks, signer=tools.signer
    )
    quota = quota_of_checks(caller.app, None) if caller.secret else {}
    return Approved.of(approval, caller), quota
