"""The bodies of the two operations, and the header `x-correlator`."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request

from app.domain.errors import InvalidRequest
from app.http.body_limits import require_json
from app.http.json_body import read_json

CORRELATOR = "x-correlator"
_CORRELATOR = re.compile(r"[a-zA-Z0-9_:;./<>{}-]{0,256}")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class SendCodeBody(_Body):
    """The body of `send-code`."""

    phone_number: Annotated[str, Field(alias="phoneNumber", pattern=r"^\+[1-9][0-9]{4,14}$")]
    message: Annotated[str, Field(max_length=160, pattern=r"\{\{code\}\}")]


class ValidateCodeBody(_Body):
    """The body of `validate-code`."""

    authentication_id: Annotated[str, Field(alias="authenticationId", min_length=1, max_length=36)]
    code: Annotated[str, Field(min_length=1, max_length=10)]


_BodyT = TypeVar("_BodyT", bound=_Body)


async def read_body(request: Request, model: type[_BodyT]) -> _BodyT:
    """Read a body; raises `InvalidRequest`, or `UnsupportedMediaType` for one that is not JSON."""
    require_json(request.headers)
    value = read_json(await request.body())
    if not isinstance(value, dict):
        raise InvalidRequest("The body is not a JSON object.")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InvalidRequest(_sentence(error.errors(include_input=False)[0])) from None


def echoed_headers(headers: Headers) -> Mapping[str, str]:
    """Return the `x-correlator` of a request for its response; nothing where it is missing or malformed."""
    values = headers.getlist(CORRELATOR)
    return {CORRELATOR: values[0]} if len(values) == 1 and _CORRELATOR.fullmatch(values[0]) else {}


def check_correlator(headers: Headers) -> None:
    """Raise `InvalidRequest` for an `x-correlator` that is malformed, and thus not echoed."""
    if CORRELATOR in headers and not echoed_headers(headers):
        raise InvalidRequest(f"{CORRELATOR} has a character that is not allowed, or more than 256 of them.")


def _sentence(failure: Mapping[str, Any]) -> str:
    """Return what is wrong; the value is not shown."""
    name = ".".join(str(part) for part in failure["loc"])
    return f"{name[:64]}: {failure['msg']}."
