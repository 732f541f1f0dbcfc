"""Call the use cases as the API does, and derive codes as a worker does."""

import asyncio

from app.domain.jobs import SendJob
from app.domain.request_context import RequestContext
from app.domain.verification import ResendRequest
from app.services import cancel_verification, get_verification, redeem_proof
from app.services.parts import code_generation
from app.services.request_code import request_code
from app.services.resend_code import resend_code
from app.services.verify_code import verify_code
from tests.support.builders import PHONE, make_code_check, make_code_request


async def start_verification(container, number=PHONE, *, human_checker=None, **changes):
    return await request_code(
        make_code_request(container, number, **changes),
        keyring=container.keyring,
        verifications=container.verifications,
        human_checker=human_checker or container.human_checker,
        random_bytes=container.random_bytes,
    )


async def resend(container, id, *, app="dev", purposes=frozenset(), human_checker=None, human_check="", **call):
    return await resend_code(
        ResendRequest(RequestContext(container.apps[app], **call), id, purposes, human_check),
        keyring=container.keyring,
        verifications=container.verifications,
        resends=container.resends,
        human_checker=human_checker or container.human_checker,
        random_bytes=container.random_bytes,
    )


async def check(container, code, **changes):
    return await verify_code(
        make_code_check(container, code, **changes),
        keyring=container.keyring,
        checks=container.checks,
        signer=container.signer,
    )


async def read_verification(container, id, *, app="dev"):
    return await get_verification.get_verification(
        id, app=app, keyring=container.keyring, verification_reads=container.verification_reads
    )


async def cancel(container, id, *, app="dev"):
    await cancel_verification.cancel_verification(id, app=container.apps[app], verifications=container.verifications)


async def redeem(container, proof, *, app="dev"):
    return await redeem_proof.redeem_proof(
        proof, app=app, signer=container.signer, keyring=container.keyring, redemptions=container.redemptions
    )


async def introspect(container, proof, *, app="dev"):
    return await redeem_proof.introspect_proof(
        proof, app=app, signer=container.signer, keyring=container.keyring, redemptions=container.redemptions
    )


async def code_of(container, id, *, send=1):
    """Derive the code of a send as a worker does."""
    view = await container.messages.read_send(SendJob(id, send))
    return code_generation.restore_code(
        view.secret, verification=id, length=container.apps["dev"].policy.code_length, keyring=container.keyring
    )


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
