"""Serves `<otp-form>` as one script, bundled at startup, and its texts in each language.

The parts in `form/` are modules that import each other; a page loads one file, without a build step.
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

_HERE = Path(__file__).parent / "form"
_TEXTS = _HERE / "words"
_IMPORT = re.compile(r'import (?P<name>.+) from "\./(?P<file>[^"]+)"( with \{.*\})?;')
# After code, a comment that contains a quote stays: it may be the end of a string.
_COMMENT = re.compile(r"""^//.*|\s//\s[^"'`]*$|\s*/\*[^*]*\*/$""")
_SPACE = re.compile(r"(?<=[{};:,]) | (?=[{}])")  # insignificant in CSS
_CROSS_ORIGIN_HEADERS = {
    "Access-Control-Allow-Origin": "*",  # these files hold no user data: any origin may read them
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",  # after an upgrade, pages load the new form within five minutes
}


def languages() -> list[str]:
    """Return the language tags of the form, sorted."""
    return sorted(path.stem for path in _TEXTS.glob("*.json"))


def bundle(script: Path) -> str:
    """Bundle a script and everything that it imports, without comments and indentation.

    Each part appears once and after the parts that it imports, as a browser would run them; a file that is not
    JavaScript becomes a constant. Line breaks stay, so no statement runs into the next one.
    """
    return "\n".join(_inline_parts(script, set())) + "\n"


def _inline_parts(script: Path, included: set[Path]) -> Iterator[str]:
    included.add(script)
    for line in _lines(script):
        if not (imported := _IMPORT.fullmatch(line)):
            yield line.removeprefix("export ")
        elif (part := script.parent / imported["file"]).suffix != ".js":
            yield f"const {imported['name']} = {_value(part)};"
        elif part not in included:
            yield from _inline_parts(part, included)


def _value(part: Path) -> str:
    text = " ".join(_lines(part))
    value = json.loads(text) if part.suffix == ".json" else _SPACE.sub("", text)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(part: Path) -> Iterator[str]:
    lines = (_COMMENT.sub("", line.strip()) for line in part.read_text().splitlines())
    return filter(None, lines)


def form_files() -> APIRouter:
    """Build the routes of the script and its texts; a request with a current ETag gets 304."""
    router = APIRouter(include_in_schema=False)
    text = bundle(_HERE / "otp-form.js").encode()
    headers = _CROSS_ORIGIN_HEADERS | {"ETag": f'"{sha256(text).hexdigest()[:32]}"'}
    files = StaticFiles(directory=_TEXTS)

    @router.head("/otp-form.js")
    @router.get("/otp-form.js")
    async def script(request: Request) -> Response:
        """Return the custom element: one file, with the English texts inside."""
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        return Response(text, headers=headers, media_type="text/javascript")

    @router.head("/otp-form/{file}")
    @router.get("/otp-form/{file}")
    async def words(request: Request, file: str) -> Response:
        """Return the texts of a language, like `nl.json`; an unsupported language gets 404."""
        response = await files.get_response(file, request.scope)
        response.headers.update(_CROSS_ORIGIN_HEADERS)
        return response

    return router
