"""The API reference: FastAPI's Swagger UI page, under a policy that allows only its own scripts."""

import re
from base64 import b64encode
from hashlib import sha256

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

_SWAGGER = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
_SCRIPT = f"{_SWAGGER}swagger-ui-bundle.js"
_STYLE = f"{_SWAGGER}swagger-ui.css"
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def reference_page(openapi_url: str) -> APIRouter:
    """Build the route of the page that shows the OpenAPI document at this URL."""
    router = APIRouter(include_in_schema=False)
    swagger = get_swagger_ui_html(
        openapi_url=openapi_url,
        title="otp",
        swagger_js_url=_SCRIPT,
        swagger_css_url=_STYLE,
        swagger_favicon_url="/static/icon.svg",
    )
    page = _with_landmarks(bytes(swagger.body))
    headers = {"Content-Security-Policy": _policy(page)}

    @router.get("/docs")
    async def show_reference() -> HTMLResponse:
        """Show the reference; a reader can try every call from the browser."""
        return HTMLResponse(page, headers=headers)

    return router


def _with_landmarks(page: bytes) -> bytes:
    """Add the page's language and its main landmark; FastAPI leaves both out."""
    page = page.replace(b"<html>", b'<html lang="en">')
    return page.replace(b"<div ", b"<main ").replace(b"</div>", b"</main>")


def _policy(page: bytes) -> str:
    """Build the policy: the inline script by digest, Swagger's files, and calls to this service."""
    inline = " ".join(f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in _INLINE.findall(page))
    return (
        f"default-src 'none'; script-src {inline} {_SCRIPT}; style-src {_STYLE}; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
