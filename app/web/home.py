"""The first page in development: where to go from here."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.web.pages import render


def home_page() -> APIRouter:
    """Build the route of the first page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home(request: Request) -> HTMLResponse:
        """Link to the demo, the phone and the reference."""
        return render(request, "home.html")

    return router
