"""The HTTP client of one gateway, with its name and its report URL."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import SecretStr

from app.http_client.pool import HttpClientPool, Timeouts
from app.http_client.responses import HttpResponse

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, repr=False)
class GatewayClient:
    """The HTTP access to one vendor; `report_url` is the public address of its reports, without a token."""

    name: str
    report_url: str
    http_pool: HttpClientPool
    timeouts: Timeouts = Timeouts()  # noqa: RUF009  it is frozen

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> HttpResponse:
        """Make one call of this vendor; raises `Refused`, `Unreachable` or `Unsure`, as `HttpClientPool.call` does."""
        return await self.http_pool.call(
            self.name, method, url, headers=headers, json=json, form=form, content=content, timeouts=self.timeouts
        )


def basic_auth(user: str, secret: SecretStr) -> dict[str, str]:
    """Return an HTTP Basic `Authorization` header; `user` must not contain a colon (RFC 7617)."""
    pair = f"{user}:{secret.get_secret_value()}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def bearer_auth(secret: SecretStr) -> dict[str, str]:
    """Return a Bearer `Authorization` header."""
    return {"Authorization": f"Bearer {secret.get_secret_value()}"}


def without_empty(fields: Mapping[str, _Value | None]) -> dict[str, _Value]:
    """Return the fields of a request that have a value; `False` and 0 are values."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", {})}
