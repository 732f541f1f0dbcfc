"""The hooks by their names, as the settings name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.api_key import Caller, digest_key, key_id
from app.domain.app import App
from app.domain.hook import HookAnswer, HookFields, HookVerification
from app.settings.hooks import DEFAULT_PURPOSE
from app.settings.model import Settings
from app.settings.to_domain import apps_of


@dataclass(frozen=True, slots=True, repr=False)
class Hook:
    """One hook; `ttl` is seconds. `caller` is who a verified call is from."""

    name: str
    app: App
    caller: Caller
    verification: HookVerification
    secrets: Sequence[str]
    fields: HookFields
    answer: HookAnswer
    purpose: str
    purposes: Mapping[str, str] | None
    """The sender's words for purposes; None where its words are purposes, if they are valid ones."""
    ttl: int


def hooks_of(settings: Settings) -> dict[str, Hook]:
    """Build the hooks; the id of one in the log, as that of a key, is the beginning of its name's digest."""
    apps, hooks = apps_of(settings), {}
    for name, own in settings.hooks.items():
        app, fields = apps[own.app], own.fields
        constant = own.purpose if own.purpose and not fields.purpose else None
        hooks[name] = Hook(
            name=name,
            app=app,
            caller=Caller(app, secret=True, key=key_id(digest_key(f"hook|{name}"))),
            verification=own.verification,
            secrets=own.plain_secrets,
            fields=fields,
            answer=own.answers,
            purpose=constant or DEFAULT_PURPOSE,
            purposes=own.known.purposes if own.known and not own.purpose else None,
            ttl=own.ttl,
        )
    return hooks
