"""A shop's login page with `<otp-form>` in it, to try the service and to copy from."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.web.pages import render

_WORDS = Path(__file__).parent / "form"  # a file for each language of the form; English is in the form itself


def demo_pages(*, publishable_key: str) -> APIRouter:
    """Build the demo's route; a publishable key is public, so the page may carry it."""
    router = APIRouter(include_in_schema=False)
    languages = sorted({"en", *(words.stem for words in _WORDS.glob("*.json"))})

    @router.get("/demo")
    async def demo(request: Request) -> HTMLResponse:
        """Show the form beside the developer's phone; the page's script shows and verifies the proof."""
        return render(request, "demo.html", publishable_key=publishable_key, languages=languages)

    return router
