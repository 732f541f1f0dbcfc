"""The form that any page can show: the script of `<otp-form>`, and its words in other languages than English."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

_HERE = Path(__file__).parent / "form"
_FOR_EVERY_PAGE = {
    "Access-Control-Allow-Origin": "*",  # nothing in these files is anybody's: whoever asks may read them
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",  # after an upgrade pages have the new form within five minutes
}


def form_files() -> APIRouter:
    """Build the routes of the script and of its words; a browser that has them is told so by their ETag."""
    router = APIRouter(include_in_schema=False)
    files = StaticFiles(directory=_HERE)

    async def send(request: Request, name: str) -> Response:
        answer = await files.get_response(name, request.scope)
        answer.headers.update(_FOR_EVERY_PAGE)
        return answer

    @router.head("/otp-form.js")
    @router.get("/otp-form.js")
    async def script(request: Request) -> Response:
        """Send the element: one file, English inside."""
        return await send(request, "otp-form.js")

    @router.head("/otp-form/{file}")
    @router.get("/otp-form/{file}")
    async def words(request: Request, file: str) -> Response:
        """Send the words of a language, like `nl.json`; one that we do not speak is not found."""
        return await send(request, file)

    return router
