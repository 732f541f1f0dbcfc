"""What all pages share: templates, security headers, static files."""

from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

_HERE = Path(__file__).parent
_TEMPLATES = Jinja2Templates(directory=_HERE / "templates")  # escapes every value

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}


def render(request: Request, template: str, **context: object) -> HTMLResponse:
    """Render a template; its policy limits the page to scripts, styles and images of this service."""
    return _TEMPLATES.TemplateResponse(request, template, context, headers=HEADERS)


def static_files(*, with_reference: bool = False) -> StaticFiles:
    """Build the app that serves styles and scripts, with those of Swagger UI if needed; mount it at `/static`."""
    packages: list[str | tuple[str, str]] = [("fastapi_offline", "static")] if with_reference else []
    return StaticFiles(directory=_HERE / "static", packages=packages)
