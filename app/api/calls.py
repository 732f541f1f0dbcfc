"""What an act is told of a call: whose it is, from where, and what makes a repeat of it the same."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from app.api.bodies import PersonsBody
from app.api.deps import CallerDep
from app.domain.address import Address, read_address
from app.domain.call import Call, Repeat
from app.domain.caller import Caller
from app.domain.errors import Forbidden, InvalidRequest
from app.domain.private import Networks

_LONGEST = 255
_BARE = re.compile(r"[!#-\[\]-~](?:[ !#-\[\]-~]*[!#-\[\]-~])?")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')  # an RFC 9651 string


async def read_idempotency_key(
    request: Request,
    given: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Yours, for one request: sent again with the same body, it is answered again, and done once. "
            "Quoted or bare, at most 255 characters; remembered for 24 h.",
            examples=['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
        ),
    ] = None,
) -> str:
    """Read the header as a quoted string or a bare word; "" without one."""
    return idempotency_key_of(request.headers.getlist("idempotency-key"))


def idempotency_key_of(said: list[str]) -> str:
    """Read the header's values, of which there should be one or none; raises `InvalidRequest`."""
    if not said:
        return ""
    if len(said) > 1:
        raise InvalidRequest("Send one Idempotency-Key; which of several counts is anybody's guess.")
    given = said[0]
    quoted = _QUOTED.fullmatch(given)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else given
    if not (quoted or _BARE.fullmatch(given)) or not 1 <= len(key) <= _LONGEST:
        detail = f"Idempotency-Key has 1 to {_LONGEST} printable characters, in double quotes or bare."
        raise InvalidRequest(detail)
    return key


@dataclass(slots=True, repr=False)
class Head:
    """What is known of a call before its body is: who calls, from where, by which path, and how it may be answered."""

    caller: Caller
    address: Address | None
    path: str
    idempotency_key: str
    accept_language: str


async def read_head(
    request: Request, caller: CallerDep, idempotency_key: Annotated[str, Depends(read_idempotency_key)]
) -> Head:
    """Gather it."""
    languages = request.headers.get("accept-language", "")
    return Head(caller, request.state.address, request.scope["path"], idempotency_key, languages)


HeadDep = Annotated[Head, Depends(read_head)]


def call_of(head: Head, body: PersonsBody, *, private: Networks) -> Call:
    """Gather what is known of a call; a backend names its person's address, a browser calls from its own.

    Raises `Forbidden` or `InvalidRequest` for a `client_ip` that cannot be one.
    """
    caller, address, repeat = head.caller, head.address, None
    if caller.secret or body.client_ip is not None:
        address = _named(body.client_ip, caller, private)
    if head.idempotency_key:
        place = "backend" if caller.secret else address.places[0] if address else "nowhere"
        repeat = Repeat(f"{caller.app.name}|{head.path}|{place}|{head.idempotency_key}", body.fingerprint())
    return Call(caller.app, is_backend=caller.secret, address=address, repeat=repeat)


def _named(client_ip: str | None, caller: Caller, private: Networks) -> Address | None:
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
