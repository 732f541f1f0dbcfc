"""Tell a person from a machine, where the app asks for it; a part of asking for a code."""

from app.domain.address import Address
from app.domain.app import HumanCheckPolicy
from app.domain.errors import HumanCheckRequired
from app.domain.human_check import HumanCheck, HumanCheckResult
from app.domain.keyring import Keyring
from app.domain.request_context import RequestContext


def challenge_binding(e164: str, address: Address | None, keyring: Keyring) -> str:
    """Name a number and a place as one: a challenge is for these alone, and tells neither."""
    place = address.prefixes[0] if address else ""
    return keyring.name("human", f"{e164}|{place}")


async def verify_human_check(
    token: str, *, call: RequestContext, e164: str, human_checker: HumanCheck | None, keyring: Keyring
) -> HumanCheckResult | None:
    """Say what a token shows, or None where there is none and none is asked for.

    A backend vouches for its people; if it passes a token on, that is checked all the same. Raises
    `HumanCheckRequired`, `HumanCheckFailed` or `TemporarilyUnavailable`.
    """
    if human_checker is None:
        return None
    if token:
        return await human_checker.verify(
            token, bound_to=challenge_binding(e164, call.address, keyring), address=call.address
        )
    if not call.is_backend and call.app.human_check is HumanCheckPolicy.ALWAYS:
        raise HumanCheckRequired
    return None


def asks_when_suspicious(
    call: RequestContext, human_checker: HumanCheck | None, shown: HumanCheckResult | None
) -> bool:
    """Tell whether this call must show a person once something looks wrong, and has not done so."""
    return (
        human_checker is not None
        and shown is None
        and not call.is_backend
        and call.app.human_check is HumanCheckPolicy.SUSPICIOUS
    )
