"""One client of the service: its name, policies and SMS texts."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.events import NO_ENDPOINTS, EventEndpoints
from app.domain.message_texts import NO_FREE_TEXT, MessagePolicy
from app.domain.policy import Policy
from app.domain.sms_templates import SmsTemplates


class HumanCheckPolicy(StrEnum):
    """When browsers of an app must pass a human check."""

    NEVER = "never"
    SUSPICIOUS = "suspicious"
    """While the failure watch is raised, when more than four fifths of a limit are spent, or half of a share."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class App:
    """The configuration of one client; `origins` are the web origins that may use its publishable keys."""

    name: str
    policy: Policy
    templates: SmsTemplates
    origins: frozenset[str] = frozenset()
    human_check: HumanCheckPolicy = HumanCheckPolicy.NEVER
    events: EventEndpoints = NO_ENDPOINTS
    messages: MessagePolicy = NO_FREE_TEXT
    relays: bool = False
    """Whether browsers stand behind its secret keys, so that limits count their calls as those of strangers."""
