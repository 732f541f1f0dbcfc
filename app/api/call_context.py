"""The context of an API call, gathered before its body is read."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.api.dependencies import BearerHeader, get_caller
from app.api.idempotency import IdempotencyKeyHeader, read_idempotency_key
from app.api.requests import ClientRequestBody
from app.container import Container
from app.domain.address import Address, read_address
from app.domain.api_key import Caller
from app.domain.errors import Forbidden, InvalidRequest
from app.domain.ip_ranges import IpRanges
from app.domain.request_context import IdempotencyScope, RequestContext


@dataclass(slots=True, repr=False)
class CallContext:
    """Caller, client address, path and headers of a call, the container, and extra response headers."""

    caller: Caller
    address: Address | None
    path: str
    idempotency_key: str
    accept_language: str
    container: Container
    response_headers: dict[str, str]
    request_id: str
    traceparent: str

    def request_context(self, body: ClientRequestBody) -> RequestContext:
        """Build the context of an act; a backend sends its user's address, a browser is known by its own.

        Raises `Forbidden` or `InvalidRequest` for a `client_ip` that is not allowed or not valid.
        """
        caller, address, idempotency = self.caller, self.address, None
        if caller.secret or body.client_ip is not None:
            address = _address_from_backend(body.client_ip, caller, self.container.private)
        if self.idempotency_key:
            source = "backend" if caller.secret else address.prefixes[0] if address else "nowhere"
            idempotency = IdempotencyScope(
                f"{caller.app.name}|{self.path}|{source}|{self.idempotency_key}", body.fingerprint()
            )
        return RequestContext(
            caller.app,
            is_backend=caller.secret,
            address=address,
            key=caller.key,
            idempotency=idempotency,
            request_id=self.request_id,
            traceparent=self.traceparent,
        )


async def get_call_context(
    request: Request, _bearer: BearerHeader = None, _key: IdempotencyKeyHeader = None
) -> CallContext:
    """Gather the context; raises `Unauthorized`, or `InvalidRequest` for an invalid Idempotency-Key."""
    scope, state = request.scope, request.scope["state"]
    headers = state["headers"]
    return CallContext(
        await get_caller(request),
        state["address"],
        scope["path"],
        read_idempotency_key(headers),
        headers.get("accept-language", ""),
        state["container"],
        state["response_headers"],
        state["request_id"],
        state["traceparent"],
    )


CallDep = Annotated[CallContext, Depends(get_call_context)]


def _address_from_backend(client_ip: str | None, caller: Caller, private: IpRanges) -> Address | None:
    """Parse the `client_ip` that a backend sends; None without one."""
    if client_ip is None:
        return None
    if not caller.secret:
        raise Forbidden("Only a secret key may set client_ip; a browser's own address is used.")
    address = read_address(client_ip)
    if address is None or address in private:
        detail = "This is not a public address: send the IPv4 or IPv6 address that your server saw."
        raise InvalidRequest(detail, [("/client_ip", detail)])
    return address
