"""The problem responses of a route in OpenAPI, with an example for each error."""

from typing import Any

from app.api.openapi.problem import EXAMPLES, RETRY_AFTER, reference_to
from app.domain.errors import OtpError
from app.http.problems import MEDIA_TYPE, STATUS_OF, InternalError, MethodNotAllowed

_ERRORS = {error.code: error for error in STATUS_OF}
_SCHEMA = reference_to("Problem")


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Describe the responses of a route for these error codes, grouped by status."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        error = _ERRORS[code]
        entry = responses.setdefault(STATUS_OF[error], _response())
        _add(error, entry)
        if "retry_after" in error.public_fields:
            entry["headers"] = RETRY_AFTER
    return responses


def any_other_problem() -> dict[str, Any]:
    """Describe the response for the errors that every operation may return."""
    response = _response()
    for error in (InternalError, MethodNotAllowed):
        _add(error, response)
    return response


def _response() -> dict[str, Any]:
    return {"description": "", "content": {MEDIA_TYPE: {"schema": _SCHEMA, "examples": {}}}}


def _add(error: type[OtpError], response: dict[str, Any]) -> None:
    response["description"] = " / ".join(filter(None, [response["description"], error.title]))
    response["content"][MEDIA_TYPE]["examples"][error.code] = {"value": EXAMPLES[error.code]}
