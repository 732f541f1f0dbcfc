"""The home page in development mode: links to the other pages."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.web.pages import render


def home_page() -> APIRouter:
    """Build the route of the home page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home(request: Request) -> HTMLResponse:
        """Link to the demo, the developer's inbox and the API reference."""
        return render(request, "home.html")

    return router
