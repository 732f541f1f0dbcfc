"""Tell a person from a machine, where the app asks for it; a part of asking for a code."""

from app.domain.address import Address
from app.domain.app import Asked
from app.domain.errors import HumanCheckRequired
from app.domain.human_check import HumanCheck, Shown
from app.domain.keyring import Keyring
from app.domain.request_context import Call


def bind(e164: str, address: Address | None, keyring: Keyring) -> str:
    """Name a number and a place as one: a challenge is for these alone, and tells neither."""
    place = address.places[0] if address else ""
    return keyring.name("human", f"{e164}|{place}")


async def check_person(
    token: str, *, call: Call, e164: str, human: HumanCheck | None, keyring: Keyring
) -> Shown | None:
    """Say what a token shows, or None where there is none and none is asked for.

    A backend vouches for its people; if it passes a token on, that is checked all the same. Raises
    `HumanCheckRequired`, `HumanCheckFailed` or `TemporarilyUnavailable`.
    """
    if human is None:
        return None
    if token:
        return await human.verify(token, bound_to=bind(e164, call.address, keyring), address=call.address)
    if not call.is_backend and call.app.human_check is Asked.ALWAYS:
        raise HumanCheckRequired
    return None


def asks_on_suspicion(call: Call, human: HumanCheck | None, shown: Shown | None) -> bool:
    """Tell whether this call must show a person once something looks wrong, and has not done so."""
    return human is not None and shown is None and not call.is_backend and call.app.human_check is Asked.SUSPICIOUS
