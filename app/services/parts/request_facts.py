"""Names what limits and repeats know of a call, and adds what a human check showed."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.domain.human_check import HumanCheck
from app.domain.keyring import Keyring
from app.domain.request_context import RequestContext
from app.services.parts.human_check import asks_when_suspicious, verify_human_check
from app.store.request_facts import RequestFacts

_ADDRESS_KEY_LENGTH = 12  # 72 bits: a record keeps several, and who shares one by chance shares a limit, nothing more


def facts_of_request(call: RequestContext, *, purposes: frozenset[str] = frozenset(), keyring: Keyring) -> RequestFacts:
    """Name a call's address and Idempotency-Key by HMAC."""
    places = call.address.prefixes if call.address else ()
    named = tuple([keyring.name("place", place)[:_ADDRESS_KEY_LENGTH] for place in places])
    if call.repeat is None:
        return RequestFacts(named, purposes=purposes)
    repeat, body = keyring.name("repeat", call.repeat.scope), keyring.name("body", call.repeat.body)
    return RequestFacts(named, repeat, body, purposes=purposes)


async def with_human_check(
    request_facts: RequestFacts,
    token: str,
    *,
    call: RequestContext,
    number: Callable[[], Awaitable[str]],
    human_checker: HumanCheck | None,
    keyring: Keyring,
    answered: Callable[[RequestFacts], Awaitable[bool]],
) -> RequestFacts:
    """Add what a human check showed for a number, which is looked up where a token is judged only.

    A call that was answered before is not judged again: its token was used up by the first.
    Raises `HumanCheckRequired` or `HumanCheckFailed`.
    """
    if token and human_checker is not None and await answered(request_facts):
        return replace(request_facts, asks="repeat")
    e164 = await number() if token and human_checker is not None else ""
    shown = await verify_human_check(token, call=call, e164=e164, human_checker=human_checker, keyring=keyring)
    if shown is not None:
        return replace(request_facts, shown=keyring.name("shown", shown.once), shown_for=shown.lives)
    return replace(request_facts, asks="ask") if asks_when_suspicious(call, human_checker, shown) else request_facts
