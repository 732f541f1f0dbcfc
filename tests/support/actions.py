"""The acts, called as the doors call them; and the codes, read where a worker would read them."""

import asyncio

from app.domain.jobs import SendJob
from app.domain.request_context import RequestContext
from app.domain.verification import ResendRequest
from app.services import cancel_verification as cancel_act
from app.services import get_verification as look_act
from app.services import redeem_proof as redeem_act
from app.services.parts import code_generation as generate
from app.services.request_code import request_code
from app.services.resend_code import resend_code
from app.services.verify_code import verify_code
from tests.support.builders import PHONE, make_ask, make_guess


async def ask(container, number=PHONE, *, human_checker=None, **changes):
    return await request_code(
        make_ask(container, number, **changes),
        keyring=container.keyring,
        verifications=container.verifications,
        human_checker=human_checker or container.human_checker,
        random_bytes=container.random_bytes,
    )


async def ask_again(container, id, *, app="dev", purposes=frozenset(), human_checker=None, human_check="", **call):
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
        make_guess(container, code, **changes),
        keyring=container.keyring,
        checks=container.checks,
        signer=container.signer,
    )


async def look(container, id, *, app="dev"):
    return await look_act.get_verification(
        id, app=app, keyring=container.keyring, verification_reads=container.verification_reads
    )


async def cancel(container, id, *, app="dev"):
    await cancel_act.cancel_verification(id, app=container.apps[app], verifications=container.verifications)


async def redeem(container, proof, *, app="dev"):
    return await redeem_act.redeem_proof(
        proof, app=app, signer=container.signer, keyring=container.keyring, redemptions=container.redemptions
    )


async def introspect(container, proof, *, app="dev"):
    return await redeem_act.introspect_proof(
        proof, app=app, signer=container.signer, keyring=container.keyring, redemptions=container.redemptions
    )


async def code_of(container, id, *, send=1):
    """Derive the code as a worker does when it is about to send it."""
    view = await container.messages.look(SendJob(id, send))
    return generate.restore_code(
        view.secret, verification=id, length=container.apps["dev"].policy.code_length, keyring=container.keyring
    )


async def ask_for_code(container, number=PHONE, **changes):
    """Ask, and read the SMS: the verification's id and its code."""
    standing = await ask(container, number, **changes)
    return standing.id, await code_of(container, standing.id)


def wrong(code, by=1):
    """Give another code of the same length; `by` tells several apart."""
    return f"{(int(code) + by) % 10 ** len(code):0{len(code)}}"


async def guess_wrong(container, times, code, **changes):
    """Guess wrong so often at once; what became of each, by type."""
    guesses = (check(container, wrong(code), **changes) for _ in range(times))
    return [type(answer) for answer in await asyncio.gather(*guesses, return_exceptions=True)]


async def fail(container, times, number=PHONE):
    """Ask for one more code of a number and guess it wrong so often."""
    id, code = await ask_for_code(container, number)
    await guess_wrong(container, times, code, id=id)


async def attempts_of(container, *ids):
    """How many attempts are left of each."""
    return [(await look(container, id)).attempts_left for id in ids]


async def raise_alarm(container):
    """Guess wrong at forty-one numbers, five times each, as an attack on all of them would: 205 checks."""
    for number in range(41):
        id, code = await ask_for_code(container, f"+3163000{number:04d}")
        await guess_wrong(container, 5, code, id=id)
