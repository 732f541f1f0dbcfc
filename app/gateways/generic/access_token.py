"""Access tokens of vendors that authorize by OAuth 2.0 client credentials (RFC 6749 §4.4)."""

import asyncio
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus

from pydantic import SecretStr

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason
from app.gateways.gateway_client import GatewayClient, basic_auth
from app.gateways.generic.send_settings import SendSettings
from app.gateways.report_parsing import first_text
from app.http_client.responses import HttpResponse, require_ok

_RENEW_BEFORE = 60.0  # seconds; of a token that lives shorter than ten minutes, a tenth of its life
_USUAL_LIFE = 300.0  # seconds, where the endpoint does not say how long a token lives
_LONGEST_LIFE = 86400.0  # seconds
_TOKEN = re.compile("[!-~]{1,8192}")
# RFC 6749 §5.2, and RFC 8707 §2 for the last.
_ERRORS = {
    "invalid_client": Reason.AUTH,
    "unauthorized_client": Reason.AUTH,
    "access_denied": Reason.AUTH,
    "invalid_grant": Reason.AUTH,
    "invalid_request": Reason.CONFIG,
    "invalid_scope": Reason.CONFIG,
    "unsupported_grant_type": Reason.CONFIG,
    "invalid_target": Reason.CONFIG,
}


class AccessTokens:
    """The access token of one account, fetched when a call needs it and shared by all calls.

    Calls that need a token at the same time wait for one fetch, and share its failure.
    """

    def __init__(self, settings: SendSettings, client: GatewayClient, *, clock: Callable[[], float]) -> None:
        """`clock` returns seconds since any moment."""
        self._settings = settings
        self._client = client
        self._clock = clock
        self._token = SecretStr("")
        self._renew_at = 0.0
        self._fetch: asyncio.Task[SecretStr] | None = None

    async def current(self) -> str:
        """Return a token that has not expired; raises `Refused` or `Unreachable`: without one, no SMS is sent."""
        token = self._token.get_secret_value()
        if token and self._clock() < self._renew_at:
            return token
        if self._fetch is None or self._fetch.done():
            self._fetch = asyncio.create_task(self._renew())
            self._fetch.add_done_callback(_take_failure)
        # A call that gives up must not end the fetch of the others.
        return (await asyncio.shield(self._fetch)).get_secret_value()

    async def replace(self, refused: str) -> str:
        """Return another token than one that the vendor refused; raises `Refused` or `Unreachable`."""
        if self._token.get_secret_value() == refused:
            self._token = SecretStr("")
        return await self.current()

    async def _renew(self) -> SecretStr:
        """Fetch a token and keep it until shortly before it expires."""
        try:
            fields = _read(await self._request())
        except Unsure as failure:  # a fetch sends no SMS, so nothing is unsure about it
            raise Unreachable("The token endpoint failed.", reason=failure.reason, word=failure.word) from None
        except Refused as failure:
            reason = Reason.AUTH if failure.reason is Reason.UNKNOWN else failure.reason  # it refuses every SMS
            raise Refused("The token endpoint refused the account.", reason=reason, word=failure.word) from None
        token = fields.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise Unreachable("The token endpoint answered without a token.")
        life = _lifetime(fields.get("expires_in"))
        self._token = SecretStr(token)
        self._renew_at = self._clock() + life - min(_RENEW_BEFORE, life / 10)
        return self._token

    async def _request(self) -> HttpResponse:
        """Call the token endpoint; the account is in HTTP Basic, or in the form (RFC 6749 §2.3.1)."""
        settings = self._settings
        assert settings.oauth_url
        assert settings.user
        assert settings.password
        user, password = settings.user.get_secret_value(), settings.password.get_secret_value()
        form = {"grant_type": "client_credentials"} | ({"scope": settings.oauth_scope} if settings.oauth_scope else {})
        if settings.oauth_client == "form":
            headers, form = {}, form | {"client_id": user, "client_secret": password}
        else:
            headers = basic_auth(quote_plus(user), SecretStr(quote_plus(password)))
        return await self._client.call("POST", settings.oauth_url, headers=headers, form=form)


def _read(response: HttpResponse) -> Mapping[str, object]:
    """Return the fields of the endpoint's answer; raises `Refused`, `Unreachable` or `Unsure` for an error."""
    fields = response.fields()
    word = first_text(fields, "error")
    if word in _ERRORS:
        raise Refused("The token endpoint refused the account.", reason=_ERRORS[word], word=word)
    require_ok(response)
    return fields


def _lifetime(given: object) -> float:
    """Return how long a token lives, in seconds; some servers write the number as text."""
    try:
        life = float(given) if isinstance(given, int | float | str) else _USUAL_LIFE
    except ValueError:
        life = _USUAL_LIFE
    return min(max(life, 0.0), _LONGEST_LIFE)


def _take_failure(fetch: asyncio.Task[SecretStr]) -> None:
    """Take the failure of a fetch that no call waits for any more; asyncio would log it."""
    if not fetch.cancelled():
        fetch.exception()
