"""The accounts of the facade: which app and which purposes the credentials of a call belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import Headers

from app.compat.twilio.sids import account_sid, api_key_sid, service_sid
from app.domain.api_key import Caller, digest_key, key_id
from app.domain.app import App
from app.domain.errors import NotFound
from app.http.facade import basic_credentials
from app.settings.apps import DEFAULT_PURPOSES
from app.settings.model import Settings
from app.settings.parsers import decode_secret
from app.settings.to_domain import apps_of


@dataclass(frozen=True, slots=True)
class Service:
    """A Verify service: one purpose of one app."""

    sid: str
    account_sid: str
    app: App
    purpose: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """All credentials, by user name and digest of the token; and all services, by their sid."""

    callers: Mapping[tuple[str, str], Caller]
    services: Mapping[str, Service]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Build the accounts of the apps that list a token; without one, there are none."""
        apps, secret = apps_of(settings), decode_secret(settings.name_secret)
        callers: dict[tuple[str, str], Caller] = {}
        services: dict[str, Service] = {}
        for name, own in settings.apps.items():
            account = account_sid(secret, name)
            for digest, listed in own.twilio_tokens.items():
                purposes = frozenset(listed) or DEFAULT_PURPOSES
                caller = Caller(apps[name], secret=True, purposes=purposes, key=key_id(digest))
                callers |= {(user, digest): caller for user in (account, api_key_sid(digest))}
                for purpose in purposes:
                    sid = service_sid(secret, name, purpose)
                    services[sid] = Service(sid, account, apps[name], purpose)
        return cls(callers, services)

    def find_caller(self, headers: Headers) -> Caller | None:
        """Return the caller of Basic credentials, or None.

        The user name is the account's sid, or the name of the token as an API key.
        """
        if not (credentials := basic_credentials(headers)):
            return None
        user, token = credentials
        return self.callers.get((user, digest_key(token)))

    def require_account(self, caller: Caller, sid: str) -> None:
        """Raise `NotFound` unless this is the sid of the caller's account."""
        if (sid, caller.app.name) not in {(one.account_sid, one.app.name) for one in self.services.values()}:
            raise NotFound

    def service(self, caller: Caller, sid: str) -> Service:
        """Return a service that the caller may use; raises `NotFound` for any other."""
        service = self.services.get(sid)
        if service is None or service.app.name != caller.app.name or service.purpose not in caller.purposes:
            raise NotFound
        return service

    def services_of(self, caller: Caller) -> list[Service]:
        """List the services that the caller may use, by purpose."""
        own = [one for one in self.services.values() if one.app.name == caller.app.name]
        return sorted((one for one in own if one.purpose in caller.purposes), key=lambda one: one.purpose)


def account_facts(settings: Settings, app: str, purposes: Sequence[str], digest: str) -> dict[str, str]:
    """Return what a client of an app is configured with, for a token of this digest: a service for each purpose."""
    secret = decode_secret(settings.name_secret)
    services = {f"service_sid ({purpose})": service_sid(secret, app, purpose) for purpose in purposes}
    return {"account_sid": account_sid(secret, app), **services, "api_key_sid": api_key_sid(digest)}
