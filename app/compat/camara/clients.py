"""The clients of the facade: apps that list `camara`, with their secret keys as client secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote_plus

from starlette.datastructures import Headers

from app.domain.api_key import Caller, digest_key, key_id
from app.http.facade import basic_credentials
from app.settings.apps import CamaraSettings
from app.settings.model import Settings
from app.settings.templates import DEV_APP
from app.settings.to_domain import DEV_SECRET_KEY, apps_of


@dataclass(frozen=True, slots=True)
class Clients:
    """All clients: callers by the digest of their secret, and the settings of each app.

    A caller by its secret alone may get a token, and has no purpose; a caller by a token has that of its app.
    """

    callers: Mapping[str, Caller]
    settings: Mapping[str, CamaraSettings]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Build the clients of the apps that list `camara`; without one, there are none."""
        apps, callers, by_app = apps_of(settings), {}, {}
        for name, own in settings.apps.items():
            if own.camara is None:
                continue
            by_app[name] = own.camara
            is_dev = name == DEV_APP and not settings.is_production
            for digest in [*own.secret_keys, *([digest_key(DEV_SECRET_KEY)] if is_dev else [])]:
                callers[digest] = Caller(apps[name], secret=True, key=key_id(digest))
        return cls(callers, by_app)

    def authenticate(self, id: str, secret: str) -> Caller | None:
        """Return the client of an id, which is the app's name, and a secret, which is one of its secret keys."""
        caller = self.callers.get(digest_key(secret))
        return caller if caller and caller.app.name == id else None

    def find(self, app: str, key: str) -> Caller | None:
        """Return the client of an app and the id of a key that it still lists."""
        callers = self.callers.values()
        return next((caller for caller in callers if (caller.app.name, caller.key) == (app, key)), None)


def client_credentials(headers: Headers) -> tuple[str, str] | None:
    """Return id and secret of Basic credentials, each form-encoded there (RFC 6749 §2.3.1), or None."""
    if not (credentials := basic_credentials(headers)):
        return None
    id, secret = credentials
    return unquote_plus(id), unquote_plus(secret)
