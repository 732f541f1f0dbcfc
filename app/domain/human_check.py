"""What every human check can do, and what a good token shows."""

from dataclasses import dataclass
from typing import Protocol

from app.domain.address import Address

TEST_KEYS = frozenset(
    {
        "1x00000000000000000000AA",
        "1x00000000000000000000BB",
        "2x00000000000000000000AB",
        "2x00000000000000000000BB",
        "3x00000000000000000000FF",
        "1x0000000000000000000000000000000AA",
        "2x0000000000000000000000000000000AA",
        "3x0000000000000000000000000000000AA",
        "10000000-ffff-ffff-ffff-000000000001",
        "20000000-ffff-ffff-ffff-000000000002",
        "30000000-ffff-ffff-ffff-000000000003",
        "0x0000000000000000000000000000000000000000",
    }
)
"""The site keys and secrets that Turnstile and hCaptcha give to everybody for trying: with them a machine passes."""


@dataclass(frozen=True, slots=True, repr=False)
class HumanCheckResult:
    """What a good token showed: `once` is its own, and must not count again for `lives` seconds.

    It does not print itself, for whoever reads `once` may hold the token.
    """

    once: str
    lives: int


class HumanCheck(Protocol):
    """Who tells a person from a machine."""

    @property
    def name(self) -> str:
        """Its name in settings, logs and answers."""

    @property
    def needs_number(self) -> bool:
        """Whether its challenges are each for one number and one address."""

    def challenge(self, *, bound_to: str) -> dict[str, object]:
        """Give what a browser needs to have a person show itself; `bound_to` names number and address."""

    async def verify(self, token: str, *, bound_to: str, address: Address | None) -> HumanCheckResult:
        """Say what a token shows; raises `HumanCheckFailed`, or `TemporarilyUnavailable` where nobody can tell."""
