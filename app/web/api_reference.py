"""The API reference: Swagger UI, from the files of an installed package, so that it works without internet."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.web.pages import HEADERS, render

_POLICY = f"{HEADERS['Content-Security-Policy']}; img-src 'self' data:"  # its icons are in its style


def reference_page() -> APIRouter:
    """Build the route of the page that shows `/openapi.json`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def show_reference(request: Request) -> HTMLResponse:
        """Show the reference; a reader can try every call from the browser."""
        response = render(request, "reference.html")
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    return router
