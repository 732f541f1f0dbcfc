"""A login form against the real API, to try the service and to copy from."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.web.pages import render


def demo_pages(*, publishable_key: str) -> APIRouter:
    """Build the demo's route; a publishable key is public, so the page may carry it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/demo")
    async def demo(request: Request) -> HTMLResponse:
        """Show the form; its script asks for a code, checks it and verifies the proof."""
        return render(request, "demo.html", publishable_key=publishable_key)

    return router
