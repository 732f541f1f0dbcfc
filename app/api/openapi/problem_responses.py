"""The problem responses of a route in OpenAPI, with an example for each error."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain.errors import OtpError
from app.http.problems import MEDIA_TYPE, STATUS_OF

_ERRORS = {error.code: error for error in STATUS_OF}
_EXTRA: dict[str, dict[str, object]] = {
    "incorrect_code": {"attempts_left": 4},
    "too_many_attempts": {"retry_after": 30},
    "rate_limited": {"retry_after": 30, "limit": "sends_per_number"},
    "temporarily_unavailable": {"retry_after": 1},
    "invalid_request": {"errors": [{"pointer": "/code", "detail": "The code has exactly 6 digits."}]},
    "invalid_phone_number": {"errors": [{"pointer": "/phone_number", "detail": "This number does not exist."}]},
}


class Problem(BaseModel):
    """An error (RFC 9457); match on `code`, which never changes, not on `detail`."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="The request's id.")
    code: str


_SCHEMA = Problem.model_json_schema()  # inline: FastAPI would document a model as `application/json` as well


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Describe the responses of a route for these error codes, grouped by status."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        error = _ERRORS[code]
        entry = responses.setdefault(STATUS_OF[error], {"content": {MEDIA_TYPE: {"schema": _SCHEMA, "examples": {}}}})
        entry["description"] = " / ".join(filter(None, [entry.get("description"), error.title]))
        entry["content"][MEDIA_TYPE]["examples"][code] = {"value": _example(error)}
    return responses


def _example(error: type[OtpError]) -> dict[str, object]:
    return {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": STATUS_OF[error],
        "detail": f"{error.title}.",
        "instance": "rq_3q2-7wAAAAAAAAAAAAAAAA",
        "code": error.code,
        **_EXTRA.get(error.code, {}),
    }
