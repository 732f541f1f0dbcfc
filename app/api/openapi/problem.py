"""The OpenAPI components of a problem document: `Problem`, `ProblemCode`, `FieldError`, and their examples."""

from typing import Annotated, Any, Literal

from annotated_types import Ge, Len
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from app.domain.errors import OtpError
from app.http.problems import STATUS_OF

_REFERENCE = "#/components/schemas/{model}"
Absent = SkipJsonSchema[None]
"""The type of a member that may be missing, and is never null."""


def reference_to(component: str) -> dict[str, str]:
    """Return the schema that refers to a component."""
    return {"$ref": _REFERENCE.format(model=component)}


class FieldError(BaseModel):
    """One mistake of a request: what is wrong, and where. It has one of `pointer`, `header`, `query` and `path`."""

    detail: str
    pointer: str | Absent = Field(
        None, description='JSON Pointer (RFC 6901) into the body; "" is the whole body.', examples=["/code"]
    )
    header: str | Absent = Field(None, description="The name of a header.", examples=["Idempotency-Key"])
    query: str | Absent = Field(None, description="The name of a query parameter.")
    path: str | Absent = Field(None, description="The name of a path parameter.", examples=["id"])


class Failure(BaseModel):
    """One reason why the service is not ready."""

    name: Literal["redis_unavailable", "clock_skew", "no_worker", "queue_stalled", "reload_failed", "process_missing"]
    detail: str


_Errors = Annotated[list[FieldError], Len(1, 10)]
_Failures = Annotated[list[Failure], Len(1)]
_Positive = Annotated[int, Ge(1)]


class Problem(BaseModel):
    """An error (RFC 9457). Match on `code`, which never changes, not on `detail`."""

    type: str = Field(description="The path of a page that explains the error.")
    title: str
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong with this request, for people.")
    instance: str = Field(description="The request's id.")
    code: str
    errors: _Errors | Absent = Field(None, description="Each mistake, of `invalid_request` and `invalid_phone_number`.")
    attempts_left: int | Absent = Field(None, description="The guesses that are left, of `incorrect_code`.")
    work: _Positive | Absent = Field(
        None, description="What the challenge must take, of `human_check_required`: `/v1/human-check?work=…`."
    )
    retry_after: _Positive | Absent = Field(
        None, description="Seconds to wait, of `rate_limited`, `too_many_attempts` and `temporarily_unavailable`."
    )
    failures: _Failures | Absent = Field(None, description="Each failure, of `temporarily_unavailable` at `/readyz`.")
    limit: str | Absent = Field(
        None,
        description="The limit that is spent, of `rate_limited`; for secret keys only.",
        examples=["sends_per_app"],
    )


RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer", "minimum": 1}}
}
_EXTRA_MEMBERS: dict[str, dict[str, object]] = {
    "incorrect_code": {"attempts_left": 4},
    "human_check_required": {"work": 1},
    "too_many_attempts": {"retry_after": 30},
    "rate_limited": {"retry_after": 30, "limit": "sends_per_number"},
    "temporarily_unavailable": {"retry_after": 1},
    "invalid_request": {"errors": [{"pointer": "/code", "detail": "The code has exactly 6 digits."}]},
    "invalid_phone_number": {"errors": [{"pointer": "/phone_number", "detail": "This number does not exist."}]},
}


def components() -> dict[str, dict[str, Any]]:
    """Return the schemas by name; the codes are those of all errors, in the order of `STATUS_OF`."""
    problem = Problem.model_json_schema(ref_template=_REFERENCE, mode="serialization")
    parts = problem.pop("$defs")
    for schema in (problem, *parts.values()):
        for member in schema["properties"].values():
            member.pop("default", None)  # null, which no member is
    codes = {
        "type": "string",
        "title": "ProblemCode",
        "description": "What went wrong, as a word. A later version may add codes.",
        "enum": [error.code for error in STATUS_OF],
    }
    problem["properties"]["code"] = reference_to("ProblemCode")
    return {**parts, "ProblemCode": codes, "Problem": problem}


def _example(error: type[OtpError]) -> dict[str, object]:
    return {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": STATUS_OF[error],
        "detail": f"{error.title}.",
        "instance": "rq_3q2-7wAAAAAAAAAAAAAAAA",
        "code": error.code,
        **_EXTRA_MEMBERS.get(error.code, {}),
    }


EXAMPLES = {error.code: _example(error) for error in STATUS_OF}
"""A problem document for each code."""
