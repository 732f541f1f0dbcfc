"""A facade: another vendor's API below a path prefix, with its own credentials and its own form of errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from app.domain.api_key import Caller
from app.domain.errors import OtpError


@dataclass(frozen=True, slots=True)
class Facade:
    """What the middleware and the app need of a facade; no path below `prefix` ever answers a problem document."""

    prefix: str  # with a slash at its end
    find_caller: Callable[[Headers], Caller | None]
    error_response: Callable[[OtpError, str], Response]  # of an error, and the id of the request
    mount: Mount
    response_headers: Callable[[Headers], Mapping[str, str]] = lambda _: {}  # of every response to these headers
    others: Sequence[BaseRoute] = ()  # routes outside of the prefix
