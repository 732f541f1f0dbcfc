"""What a route knows of a request before its body is read."""

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
    """Who calls, from where, by which path; the tools; and the headers that the response is to have."""

    caller: Caller
    address: Address | None
    path: str
    idempotency_key: str
    accept_language: str
    container: Container
    response_headers: dict[str, str]

    def of_person(self, body: ClientRequestBody) -> RequestContext:
        """Build what an act needs to know of the call; a backend names its person's address, a browser has its own.

        Raises `Forbidden` or `InvalidRequest` for a `client_ip` that cannot be one.
        """
        caller, address, repeat = self.caller, self.address, None
        if caller.secret or body.client_ip is not None:
            address = _address_from_backend(body.client_ip, caller, self.container.private)
        if self.idempotency_key:
            place = "backend" if caller.secret else address.prefixes[0] if address else "nowhere"
            repeat = IdempotencyScope(
                f"{caller.app.name}|{self.path}|{place}|{self.idempotency_key}", body.fingerprint()
            )
        return RequestContext(caller.app, is_backend=caller.secret, address=address, repeat=repeat)


async def get_call_context(
    request: Request, _bearer: BearerHeader = None, _key: IdempotencyKeyHeader = None
) -> CallContext:
    """Gather the context; raises `Unauthorized`, or `InvalidRequest` for an odd Idempotency-Key."""
    scope, headers = request.scope, request.headers
    state = scope["state"]
    return CallContext(
        await get_caller(request),
        state["address"],
        scope["path"],
        read_idempotency_key(headers),
        headers.get("accept-language", ""),
        state["container"],
        state["response_headers"],
    )


CallDep = Annotated[CallContext, Depends(get_call_context)]


def _address_from_backend(client_ip: str | None, caller: Caller, private: IpRanges) -> Address | None:
    """Read the address that a backend names; None where it names none."""
    if client_ip is None:
        return None
    if not caller.secret:
        raise Forbidden("Only a secret key may name a client_ip; a browser's address is its own.")
    address = read_address(client_ip)
    if address is None or address in private:
        detail = "This is no address of a person: give the IPv4 or IPv6 address that your server saw."
        raise InvalidRequest(detail, [("/client_ip", detail)])
    return address
