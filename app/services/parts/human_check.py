"""Verify the human check of a request, where the app's policy requires one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.domain.address import Address
from app.domain.app import HumanCheckPolicy
from app.domain.callers import CallerKind
from app.domain.errors import HumanCheckRequired
from app.domain.human_check import HumanCheck, HumanCheckRule, HumanCheckState
from app.domain.keyring import Keyring
from app.domain.request_context import RequestContext
from app.store.verifications import Verifications


def challenge_binding(e164: str, address: Address | None, keyring: Keyring) -> str:
    """Name a number and an address prefix by one HMAC: a challenge is valid for both, and reveals neither."""
    prefix = address.prefixes[0] if address else ""
    return keyring.name("human", f"{e164}|{prefix}")


@dataclass(frozen=True, slots=True)
class HumanChecks:
    """Verifies the tokens of the configured provider; `provider` is None where there is none."""

    provider: HumanCheck | None
    keyring: Keyring
    verifications: Verifications

    async def verify(
        self, token: str, call: RequestContext, find_number: Callable[[], Awaitable[str]]
    ) -> HumanCheckState:
        """Verify the token of a call; `find_number` returns the E.164 number, and is called for a token only.

        A call that was answered before is not verified again: the first call used up its token. A backend needs no
        token, unless it relays browsers; if it passes one on, the token is verified all the same. Raises
        `HumanCheckRequired`, `HumanCheckFailed` or `TemporarilyUnavailable`. The script that spends the limits judges
        the token's work.
        """
        if self.provider is None:
            return HumanCheckState()
        is_exempt = call.caller_kind is CallerKind.BACKEND or call.app.human_check is HumanCheckPolicy.NEVER
        required: HumanCheckRule = "" if is_exempt else "if_suspicious"
        if token:
            if await self.verifications.is_answered(call):
                return HumanCheckState(required="unless_repeated")
            bound_to = challenge_binding(await find_number(), call.address, self.keyring)
            return HumanCheckState(await self.provider.verify(token, bound_to=bound_to, address=call.address), required)
        if not is_exempt and call.app.human_check is HumanCheckPolicy.ALWAYS:
            raise HumanCheckRequired
        return HumanCheckState(required=required)
