"""Names what limits and repeats know of a call, and adds what a human check showed."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.domain.human_check import HumanCheck
from app.domain.keyring import Keyring
from app.domain.request_context import Call
from app.services.parts.human_check import asks_on_suspicion, check_person
from app.store.request_facts import Visit

_PLACE_LETTERS = 12  # 72 bits: a record keeps several, and who shares one by chance shares a limit, nothing more


def visit_of(call: Call, *, purposes: frozenset[str] = frozenset(), keyring: Keyring) -> Visit:
    """Name a call's address and Idempotency-Key by HMAC."""
    places = call.address.places if call.address else ()
    named = tuple([keyring.name("place", place)[:_PLACE_LETTERS] for place in places])
    if call.repeat is None:
        return Visit(named, purposes=purposes)
    repeat, body = keyring.name("repeat", call.repeat.scope), keyring.name("body", call.repeat.body)
    return Visit(named, repeat, body, purposes=purposes)


async def show_person(
    visit: Visit,
    token: str,
    *,
    call: Call,
    number: Callable[[], Awaitable[str]],
    human: HumanCheck | None,
    keyring: Keyring,
    answered: Callable[[Visit], Awaitable[bool]],
) -> Visit:
    """Add what a human check showed for a number, which is looked up where a token is judged only.

    A call that was answered before is not judged again: its token was used up by the first.
    Raises `HumanCheckRequired` or `HumanCheckFailed`.
    """
    if token and human is not None and await answered(visit):
        return replace(visit, asks="repeat")
    e164 = await number() if token and human is not None else ""
    shown = await check_person(token, call=call, e164=e164, human=human, keyring=keyring)
    if shown is not None:
        return replace(visit, shown=keyring.name("shown", shown.once), shown_for=shown.lives)
    return replace(visit, asks="ask") if asks_on_suspicion(call, human, shown) else visit
