"""A demo login page that embeds `<otp-form>`, as an example to copy."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.web.form import languages
from app.web.pages import render


def demo_pages(*, publishable_key: str) -> APIRouter:
    """Build the demo's route; a publishable key is public, so the page may contain it."""
    router = APIRouter(include_in_schema=False)
    tags = languages()

    @router.get("/demo")
    async def demo(request: Request) -> HTMLResponse:
        """Show the form beside the developer's inbox; the page's script shows and verifies the proof."""
        return render(request, "demo.html", publishable_key=publishable_key, languages=tags)

    return router
