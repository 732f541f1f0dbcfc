"""Build the HMAC names that limits and idempotency use for a call, and add the result of its human check."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.domain.human_check import HumanCheck
from app.domain.keyring import Keyring
from app.domain.request_context import RequestContext
from app.services.parts.human_check import needs_human_check_on_suspicion, verify_human_check
from app.store.request_facts import RequestFacts

_ADDRESS_KEY_LENGTH = 12  # 72 bits: a record stores several, and two addresses that collide share a limit, nothing more


def facts_of_request(call: RequestContext, *, purposes: frozenset[str] = frozenset(), keyring: Keyring) -> RequestFacts:
    """Name a call's address prefixes and Idempotency-Key by HMAC."""
    prefixes = call.address.prefixes if call.address else ()
    address_keys = tuple([keyring.name("place", prefix)[:_ADDRESS_KEY_LENGTH] for prefix in prefixes])
    if call.repeat is None:
        return RequestFacts(address_keys, purposes=purposes)
    repeat, body = keyring.name("repeat", call.repeat.scope), keyring.name("body", call.repeat.body)
    return RequestFacts(address_keys, repeat, body, purposes=purposes)


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
    """Add the result of a human check for a number; `number` is called only when a token must be verified.

    A call that was answered before is not verified again: the first call used up its token.
    Raises `HumanCheckRequired` or `HumanCheckFailed`.
    """
    if token and human_checker is not None and await answered(request_facts):
        return replace(request_facts, asks="repeat")
    e164 = await number() if token and human_checker is not None else ""
    result = await verify_human_check(token, call=call, e164=e164, human_checker=human_checker, keyring=keyring)
    if result is not None:
        return replace(request_facts, shown=keyring.name("shown", result.token_id), shown_for=result.lifetime)
    return (
        replace(request_facts, asks="ask")
        if needs_human_check_on_suspicion(call, human_checker, result)
        else request_facts
    )
