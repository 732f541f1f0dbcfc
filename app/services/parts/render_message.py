"""Render the SMS of a send: derive the code, write the text."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.app import App
from app.domain.message import Message
from app.domain.phone_number import PhoneNumber, country_of
from app.domain.route import RouteStep
from app.services.parts.choose_language import language_at
from app.services.parts.code_generation import CodeSecrets
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
    text: str = ""  # finished, of an outgoing message

    def message(self, id: str, *, route_step: RouteStep, now: int) -> Message:
        """Build the message for one gateway; `now` is milliseconds since 1970."""
        valid_for, templates = max(1, (self.expires_at - now) // 1000), self.app.templates
        return Message(
            id=id,
            to=self.to,
            text=self.text
            or templates.write(self.template, code=self.code, valid_for=valid_for, reference=self.reference),
            valid_for=valid_for,
            sender=route_step.sender or templates.sender,
            entity_id=route_step.entity_id,
            template_id=route_step.template_id,
            code=self.code,
        )


def render_message(
    snapshot: SendSnapshot, *, verification: str, apps: Mapping[str, App], codes: CodeSecrets
) -> RenderedSms:
    """Derive the code and choose the text; raises `RenderError` where this worker lacks the app, key or text."""
    app = apps.get(snapshot.app)
    if app is None:
        raise RenderError("unknown_app")
    if snapshot.text is None:
        raise RenderError("unknown_text")
    if snapshot.is_message:
        return RenderedSms(
            snapshot.phone, snapshot.code, app, snapshot.expires_at, "", snapshot.reference, snapshot.text
        )
    code = codes.restore(snapshot.secret, length=app.policy.code_length, verification=verification)
    if code is None:
        raise RenderError("unknown_key")
    locale = snapshot.locale or language_at(country_of(snapshot.phone))
    template = snapshot.text or app.templates.template(snapshot.purpose, locale, reference=snapshot.reference)
    return RenderedSms(snapshot.phone, code, app, snapshot.expires_at, template, snapshot.reference)
