"""What all pages share: the templates, the policy that keeps them safe, the static files."""

from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

_HERE = Path(__file__).parent
_TEMPLATES = Jinja2Templates(directory=_HERE / "templates")  # escapes everything that is put in

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}


def render(request: Request, template: str, **facts: object) -> HTMLResponse:
    """Fill in a template; the page may run and load only what this service serves."""
    return _TEMPLATES.TemplateResponse(request, template, facts, headers=HEADERS)


def static_files() -> StaticFiles:
    """Serve the styles and scripts; the pages expect them at `/static`."""
    return StaticFiles(directory=_HERE / "static")
