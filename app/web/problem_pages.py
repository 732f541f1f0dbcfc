"""The pages that `type` in a problem document points to."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.domain.errors import NotFound
from app.web.pages import render

# Status -> what its caller can do about it.
ADVICE = {
    400: "Ask the person to look at the SMS again and type its code once more.",
    401: "Check the key or signature that you send, and that it belongs to this service.",
    403: "Do not repeat the request as it is; it needs another key, another number or a setting changed.",
    404: "Check the address or the id. For a verification, ask for a new code.",
    405: "Use one of the methods that the Allow header of the answer lists.",
    413: "Send a smaller body.",
    415: "Send the body as JSON, with Content-Type: application/json.",
    422: "Correct the request, then send it again; “errors” points at each mistake where the answer has it.",
    429: "Wait for the seconds in “retry_after”, also given as the Retry-After header, and then try again.",
    500: "Try again later. If it stays, give the request id in “instance” to whoever runs this service.",
    503: "Wait for the seconds in the Retry-After header, and try again with the same Idempotency-Key.",
}


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """What there is to say of one problem code; `meaning` tells what happened, in a sentence or two."""

    code: str
    title: str
    status: int
    meaning: str


def problem_page_routes(problems: Mapping[str, ProblemPage]) -> APIRouter:
    """Build the route that explains each of these codes."""
    router = APIRouter(include_in_schema=False)

    @router.head("/problems/{code}")
    @router.get("/problems/{code}")
    async def explain(request: Request, code: str) -> HTMLResponse:
        """Explain one problem code; raises `NotFound` for a word that is none."""
        problem = problems.get(code)
        if problem is None:
            raise NotFound
        return render(request, "problem.html", problem=problem, advice=ADVICE.get(problem.status, ADVICE[500]))

    return router
