"""All settings, in the order of docs/operating/settings.md."""

from app.settings.codes import CodeSettings
from app.settings.guard import GuardSettings
from app.settings.limits import LimitSettings
from app.settings.sending import SendingSettings
from app.settings.service import ServiceSettings
from app.settings.texts import TextSettings
from app.settings.trust import TrustSettings


class Settings(
    TrustSettings, GuardSettings, LimitSettings, CodeSettings, TextSettings, SendingSettings, ServiceSettings
):
    """All settings of the service."""
