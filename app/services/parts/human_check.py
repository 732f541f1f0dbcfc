"""Verify the human check of a request, where the app's policy requires one."""

from app.domain.address import Address
from app.domain.app import HumanCheckPolicy
from app.domain.errors import HumanCheckRequired
from app.domain.human_check import HumanCheck, HumanCheckResult
from app.domain.keyring import Keyring
from app.domain.request_context import RequestContext


def challenge_binding(e164: str, address: Address | None, keyring: Keyring) -> str:
    """Name a number and an address prefix by one HMAC: a challenge is valid for both, and reveals neither."""
    prefix = address.prefixes[0] if address else ""
    return keyring.name("human", f"{e164}|{prefix}")


async def verify_human_check(
    token: str, *, call: RequestContext, e164: str, human_checker: HumanCheck | None, keyring: Keyring
) -> HumanCheckResult | None:
    """Verify a token and return its result, or None where there is no token and none is required.

    A backend needs no token; if it passes one on, the token is verified all the same. Raises
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


def needs_human_check_on_suspicion(
    call: RequestContext, human_checker: HumanCheck | None, shown: HumanCheckResult | None
) -> bool:
    """Return whether this call needs a human check while traffic is suspicious, and has not passed one."""
    return (
        human_checker is not None
        and shown is None
        and not call.is_backend
        and call.app.human_check is HumanCheckPolicy.SUSPICIOUS
    )
