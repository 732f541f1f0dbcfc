"""Codes, what is kept of them, and what a right one earns."""

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from app.domain.policy import TestNumber
from app.settings.base import SettingsGroup
from app.settings.parsers import read_test_numbers


class CodeSettings(SettingsGroup):
    """The life of a code. Durations are seconds."""

    code_length: Annotated[int, Ge(4), Le(10)] = 6
    """Digits. NIST SP 800-63B-4 §3.1.3.2 asks for six; fewer need `OTP_ALLOW_WEAK_CODES`."""

    allow_weak_codes: bool = False
    """Allows codes of 4 or 5 digits. One guess in 10,000 is then right by luck."""

    code_lifetime: Annotated[int, Ge(60), Le(600)] = 300
    """Seconds. Long enough for a slow network; NIST SP 800-63B-4 §3.1.3.2 ends it at ten minutes."""

    attempts: Annotated[int, Ge(1), Le(10)] = 5
    """Guesses a verification. People mistype; five in a million is what a guesser gets."""

    resend_code: Literal["same", "new"] = "same"
    """Whether a resend repeats the code. SMS arrive late and out of order, and people type the one they see; `new`
    follows OWASP's MFA sheet."""

    resend_cooldown: Annotated[int, Ge(5), Le(300)] = 30
    """Seconds before the first resend, doubling with each. Most SMS arrive within half a minute."""

    test_numbers: Annotated[dict[str, TestNumber], NoDecode, BeforeValidator(read_test_numbers)] = Field(default={})
    """`+31612345678=123456@2026-12-31`, by commas: numbers that get no SMS and always that code, until the end of that
    day, for app stores and robots."""

    keep: Annotated[int, Ge(0), Le(30 * 86400)] = 86400
    """Seconds that a verification can be looked at after its end. Support asks within a day; less is kept of people."""

    proof_lifetime: Annotated[int, Ge(30), Le(600)] = 300
    """Seconds. A proof is shown to a backend at once; it is no session."""

    proof_subject: Literal["number", "pairwise"] = "number"
    """What `sub` of a proof says: the number, or a name for it that differs between apps and tells nothing."""
