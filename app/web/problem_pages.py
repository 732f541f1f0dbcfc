"""The pages that `type` in a problem document points to."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.domain.errors import NotFound
from app.web.pages import render

# Status -> what the caller can do about it.
ADVICE = {
    400: "Prompt the user to check the SMS and to enter the code again.",
    401: "Check the key or signature that you send, and that it belongs to this service.",
    403: "Do not repeat the request unchanged; it needs another key, another number or a different setting.",
    404: "Check the URL or the id. For a verification, request a new code.",
    405: "Use one of the methods in the Allow header of the response.",
    413: "Send a smaller body.",
    415: "Send the body as JSON, with Content-Type: application/json.",
    422: "Correct the request, then send it again; if the response has “errors”, each entry points to one mistake.",
    429: "Wait for the number of seconds in “retry_after”, also sent as the Retry-After header, then try again.",
    500: "Try again later. If the error persists, send the request id in “instance” to the operator of this service.",
    503: "Wait for the seconds in the Retry-After header, and try again with the same Idempotency-Key.",
}


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """The text of one problem code; `meaning` describes what happened, in a sentence or two."""

    code: str
    title: str
    status: int
    meaning: str


def problem_page_routes(problems: Mapping[str, ProblemPage]) -> APIRouter:
    """Build the route that documents each of these codes."""
    router = APIRouter(include_in_schema=False)

    @router.head("/problems/{code}")
    @router.get("/problems/{code}")
    async def explain(request: Request, code: str) -> HTMLResponse:
        """Document one problem code; raises `NotFound` for an unknown one."""
        problem = problems.get(code)
        if problem is None:
            raise NotFound
        return render(request, "problem.html", problem=problem, advice=ADVICE.get(problem.status, ADVICE[500]))

    return router
