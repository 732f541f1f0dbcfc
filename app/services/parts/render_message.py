"""Render the SMS of a send: decrypt the number, derive the code, write the text."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.app import App
from app.domain.errors import NoPendingVerification
from app.domain.keyring import Keyring
from app.domain.message import Message
from app.domain.phone_number import PhoneNumber, country_of
from app.domain.route import RouteStep
from app.services.parts.choose_language import language_at
from app.services.parts.code_generation import restore_code
from app.services.parts.number_encryption import decrypt_number
from app.store.messages import SendSnapshot


class RenderError(Exception):
    """This worker lacks a setting that another worker may have; `what` is the outcome in the log."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True, repr=False)
class RenderedSms:
    """An SMS before a gateway is chosen. It has no repr, since it holds the code."""

    to: PhoneNumber
    code: str
    app: App
    expires_at: int
    template: str
    reference: str

    def message(self, id: str, *, route_step: RouteStep, now: int) -> Message:
        """Build the message for one gateway; `now` is milliseconds since 1970."""
        valid_for = max(1, (self.expires_at - now) // 1000)
        return Message(
            id=id,
            to=self.to,
            text=self.app.templates.write(self.template, code=self.code, valid_for=valid_for, reference=self.reference),
            valid_for=valid_for,
            sender=route_step.sender or self.app.templates.sender,
            entity_id=route_step.entity_id,
            template_id=route_step.template_id,
        )


def render_message(view: SendSnapshot, *, verification: str, apps: Mapping[str, App], keyring: Keyring) -> RenderedSms:
    """Derive the code and decrypt the number; raises `RenderError` where this worker lacks the app or key."""
    app = apps.get(view.app)
    if app is None:
        raise RenderError("unknown_app")
    code = restore_code(view.secret, verification=verification, length=app.policy.code_length, keyring=keyring)
    try:
        phone = decrypt_number(
            view.sealed, name=view.name, app=view.app, verification=verification, purpose=view.purpose, keyring=keyring
        )
    except NoPendingVerification:
        raise RenderError("unknown_key") from None
    if code is None:
        raise RenderError("unknown_key")
    locale = view.locale or language_at(country_of(phone))
    template = app.templates.template(view.purpose, locale, reference=view.reference)
    return RenderedSms(phone, code, app, view.expires_at, template, view.reference)
