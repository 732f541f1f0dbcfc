"""The human check interface and its result."""

from dataclasses import dataclass
from typing import Literal, Protocol

from app.domain.address import Address

MAX_WORK = 16
"""The most work that a challenge may take, as a multiple of the configured cost; 1 is the least."""

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
"""The public test site keys and secrets of Turnstile and hCaptcha: with them a bot passes."""


@dataclass(frozen=True, slots=True, repr=False)
class HumanCheckResult:
    """The result of a valid token: `token_id` must not be accepted again for `lifetime` seconds.

    `work` is how many times the configured cost it took, None where the provider judges by itself. `repr()` does not
    show it, because `token_id` may be the token itself.
    """

    token_id: str
    lifetime: int
    work: int | None = None


HumanCheckRule = Literal["", "if_suspicious", "unless_repeated"]
"""When a call must show a human check: never, while its traffic is suspicious, or unless it repeats one that passed."""


@dataclass(frozen=True, slots=True, repr=False)
class HumanCheckState:
    """What a request has shown of a human check, and what it must show.

    With `if_suspicious`, a token that passed is judged too: its challenge may have taken too little work.
    """

    passed: HumanCheckResult | None = None
    required: HumanCheckRule = ""


class HumanCheck(Protocol):
    """A provider that distinguishes humans from bots."""

    @property
    def name(self) -> str:
        """The name in settings, logs and responses."""

    @property
    def needs_number(self) -> bool:
        """Whether each challenge is bound to one number and one address."""

    def challenge(self, *, bound_to: str, work: int) -> dict[str, object]:
        """Return what a browser needs to solve a challenge; `bound_to` identifies number and address.

        `work` is a multiple of the configured cost, 1 to `MAX_WORK`; a provider without one ignores it.
        """

    async def verify(self, token: str, *, bound_to: str, address: Address | None) -> HumanCheckResult:
        """Verify a token; raises `HumanCheckFailed`, or `TemporarilyUnavailable` if the provider cannot be reached."""
