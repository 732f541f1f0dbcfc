"""Call the acts as the API does, and derive codes as a worker does."""

import asyncio
from dataclasses import replace

from app.domain.jobs import SendJob
from app.domain.request_context import RequestContext
from app.domain.verification import ResendRequest
from tests.support.builders import PHONE, make_code_check, make_code_request


def with_human_checker(act, human_checker):
    """Return the act with another provider of human checks."""
    return replace(act, human_checks=replace(act.human_checks, provider=human_checker)) if human_checker else act


async def start_verification(container, number=PHONE, *, human_checker=None, **changes):
    request_code = with_human_checker(container.request_code, human_checker)
    return await request_code(make_code_request(container, number, **changes))


async def resend(container, id, *, app="dev", purposes=frozenset(), human_checker=None, human_check="", **call):
    resend_code = with_human_checker(container.resend_code, human_checker)
    return await resend_code(ResendRequest(RequestContext(container.apps[app], **call), id, purposes, human_check))


async def check(container, code, **changes):
    return await container.verify_code(make_code_check(container, code, **changes))


async def read_verification(container, id, *, app="dev"):
    return await container.get_verification(id, container.apps[app])


async def cancel(container, id, *, app="dev"):
    await container.cancel_verification(id, container.apps[app])


async def redeem(container, proof, *, app="dev"):
    return await container.redeem_proof(proof, container.apps[app])


async def introspect(container, proof, *, app="dev"):
    return await container.redeem_proof.introspect(proof, container.apps[app])


async def code_of(container, id, *, send=1):
    """Derive the code of a send as a worker does."""
    snapshot = await container.messages.read_send(SendJob(id, send))
    length = container.apps["dev"].policy.code_length
    return container.deliver_message.codes.restore(snapshot.secret, length=length, verification=id)


async def start_with_code(container, number=PHONE, **changes):
    """Request a code; return the verification's id and its code."""
    verification = await start_verification(container, number, **changes)
    return verification.id, await code_of(container, verification.id)


def wrong_code(code, by=1):
    """Return another code of the same length; `by` selects one of several."""
    return f"{(int(code) + by) % 10 ** len(code):0{len(code)}}"


async def send_wrong_codes(container, times, code, **changes):
    """Send that many wrong codes concurrently; return the types of the results."""
    guesses = (check(container, wrong_code(code), **changes) for _ in range(times))
    return [type(answer) for answer in await asyncio.gather(*guesses, return_exceptions=True)]


async def fail_attempts(container, times, number=PHONE):
    """Request one more code of a number and send that many wrong codes."""
    id, code = await start_with_code(container, number)
    await send_wrong_codes(container, times, code, id=id)


async def attempts_of(container, *ids):
    """Return the attempts left of each verification."""
    return [(await read_verification(container, id)).attempts_left for id in ids]


async def raise_failure_watch(container):
    """Send five wrong codes to each of forty-one numbers, as an attack would: 205 checks."""
    for number in range(41):
        id, code = await start_with_code(container, f"+3163000{number:04d}")
        await send_wrong_codes(container, 5, code, id=id)
