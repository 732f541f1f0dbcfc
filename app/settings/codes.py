"""Settings of codes, verifications and proofs."""

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from app.domain.policy import TestNumber
from app.settings.base import SettingsGroup
from app.settings.parsers import read_test_numbers


class CodeSettings(SettingsGroup):
    """Settings of codes, from their length to the proof. Durations are seconds."""

    code_length: Annotated[int, Ge(4), Le(10)] = 6
    """Digits. NIST SP 800-63B-4 §3.1.3.2 requires six; fewer need `OTP_ALLOW_WEAK_CODES`."""

    allow_weak_codes: bool = False
    """Allows codes of 4 or 5 digits. One guess in 10,000 then succeeds by chance."""

    code_lifetime: Annotated[int, Ge(60), Le(600)] = 300
    """Seconds. Long enough for a slow network; NIST SP 800-63B-4 §3.1.3.2 allows at most ten minutes."""

    attempts: Annotated[int, Ge(1), Le(10)] = 5
    """Guesses per verification. Users mistype; five guesses at a six-digit code succeed in five of a million cases."""

    resend_code: Literal["same", "new"] = "same"
    """Whether a resend repeats the code. SMS arrive late and out of order, and users enter the code that they see;
    `new` follows OWASP's MFA cheat sheet."""

    resend_cooldown: Annotated[int, Ge(5), Le(300)] = 30
    """Seconds before the first resend; the time doubles with each resend. Most SMS arrive within half a minute."""

    test_numbers: Annotated[dict[str, TestNumber], NoDecode, BeforeValidator(read_test_numbers)] = Field(default={})
    """`+31612345678=123456@2026-12-31`, comma-separated: numbers that get no SMS and always have that code, until the
    end of that day, for app store reviews and automated tests."""

    keep: Annotated[int, Ge(0), Le(30 * 86400)] = 86400
    """Seconds that a finished verification can still be read. Support requests come within a day; a shorter time stores
    less personal data."""

    proof_lifetime: Annotated[int, Ge(30), Le(600)] = 300
    """Seconds. A proof is sent to a backend at once; it is not a session."""

    proof_subject: Literal["number", "pairwise"] = "number"
    """The `sub` of a proof: the number, or an opaque identifier of it that differs between apps."""
