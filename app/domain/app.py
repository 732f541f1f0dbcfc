"""One client of the service: its name, and what was decided for it."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.policy import Policy
from app.domain.text import SmsTemplates


class HumanCheckPolicy(StrEnum):
    """When an app's browsers must show that a person asks."""

    NEVER = "never"
    SUSPICIOUS = "suspicious"
    """While the failure watch is raised, or when a limit is more than four fifths spent."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class App:
    """What the service does for this client; `origins` are the pages that may use its publishable keys."""

    name: str
    policy: Policy
    templates: SmsTemplates
    origins: frozenset[str] = frozenset()
    human_check: HumanCheckPolicy = HumanCheckPolicy.NEVER
