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


async def ask(tools, number=PHONE, *, human=None, **changes):
    return await request_code(
        make_ask(tools, number, **changes),
        keyring=tools.keyring,
        verifications=tools.verifications,
        human=human or tools.human,
        chance=tools.chance,
    )


async def ask_again(tools, id, *, app="dev", purposes=frozenset(), human=None, human_check="", **call):
    return await resend_code(
        ResendRequest(RequestContext(tools.apps[app], **call), id, purposes, human_check),
        keyring=tools.keyring,
        verifications=tools.verifications,
        resends=tools.resends,
        human=human or tools.human,
        chance=tools.chance,
    )


async def check(tools, code, **changes):
    return await verify_code(
        make_guess(tools, code, **changes),
        keyring=tools.keyring,
        checks=tools.checks,
        signer=tools.signer,
    )


async def look(tools, id, *, app="dev"):
    return await look_act.get_verification(id, app=app, keyring=tools.keyring, views=tools.views)


async def cancel(tools, id, *, app="dev"):
    await cancel_act.cancel_verification(id, app=tools.apps[app], verifications=tools.verifications)


async def redeem(tools, proof, *, app="dev"):
    return await redeem_act.redeem_proof(
        proof, app=app, signer=tools.signer, keyring=tools.keyring, redemptions=tools.redemptions
    )


async def introspect(tools, proof, *, app="dev"):
    return await redeem_act.introspect_proof(
        proof, app=app, signer=tools.signer, keyring=tools.keyring, redemptions=tools.redemptions
    )


async def code_of(tools, id, *, send=1):
    """Derive the code as a worker does when it is about to send it."""
    view = await tools.messages.look(SendJob(id, send))
    return generate.restore_code(
        view.secret, verification=id, length=tools.apps["dev"].policy.code_length, keyring=tools.keyring
    )


async def ask_for_code(tools, number=PHONE, **changes):
    """Ask, and read the SMS: the verification's id and its code."""
    standing = await ask(tools, number, **changes)
    return standing.id, await code_of(tools, standing.id)


def wrong(code, by=1):
    """Give another code of the same length; `by` tells several apart."""
    return f"{(int(code) + by) % 10 ** len(code):0{len(code)}}"


async def guess_wrong(tools, times, code, **changes):
    """Guess wrong so often at once; what became of each, by type."""
    guesses = (check(tools, wrong(code), **changes) for _ in range(times))
    return [type(answer) for answer in await asyncio.gather(*guesses, return_exceptions=True)]


async def fail(tools, times, number=PHONE):
    """Ask for one more code of a number and guess it wrong so often."""
    id, code = await ask_for_code(tools, number)
    await guess_wrong(tools, times, code, id=id)


async def attempts_of(tools, *ids):
    """How many attempts are left of each."""
    return [(await look(tools, id)).attempts_left for id in ids]


async def raise_alarm(tools):
    """Guess wrong at forty-one numbers, five times each, as an attack on all of them would: 205 checks."""
    for number in range(41):
        id, code = await ask_for_code(tools, f"+3163000{number:04d}")
        await guess_wrong(tools, 5, code, id=id)
