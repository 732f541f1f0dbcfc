"""The form that any page can show: `<otp-form>` as one script, put together at start, and its words in each language.

The parts in `form/` are modules that import each other; a page loads one file all the same, and nothing is built.
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
_WORDS = _HERE / "words"
_IMPORT = re.compile(r'import (?P<name>.+) from "\./(?P<file>[^"]+)"( with \{.*\})?;')
# Behind code, one that has a quote in it stays: it may be no comment but the end of a string.
_COMMENT = re.compile(r"""^//.*|\s//\s[^"'`]*$|\s*/\*[^*]*\*/$""")
_SPACE = re.compile(r"(?<=[{};:,]) | (?=[{}])")  # of CSS, where it says nothing
_FOR_EVERY_PAGE = {
    "Access-Control-Allow-Origin": "*",  # nothing in these files is anybody's: whoever asks may read them
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",  # after an upgrade pages have the new form within five minutes
}


def languages() -> list[str]:
    """List the languages of the form."""
    return sorted(words.stem for words in _WORDS.glob("*.json"))


def bundle(script: Path) -> str:
    """Write a script and all that it imports as one, without comments and indentation.

    Each part stands there once and behind those that it imports, as a browser would run them; what is not
    JavaScript stands there as a value. Lines stay lines, so no statement runs into the next one.
    """
    return "\n".join(_inline_parts(script, set())) + "\n"


def _inline_parts(script: Path, there: set[Path]) -> Iterator[str]:
    there.add(script)
    for line in _lines(script):
        if not (asked := _IMPORT.fullmatch(line)):
            yield line.removeprefix("export ")
        elif (part := script.parent / asked["file"]).suffix != ".js":
            yield f"const {asked['name']} = {_value(part)};"
        elif part not in there:
            yield from _inline_parts(part, there)


def _value(part: Path) -> str:
    text = " ".join(_lines(part))
    value = json.loads(text) if part.suffix == ".json" else _SPACE.sub("", text)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(part: Path) -> Iterator[str]:
    lines = (_COMMENT.sub("", line.strip()) for line in part.read_text().splitlines())
    return filter(None, lines)


def form_files() -> APIRouter:
    """Build the routes of the script and of its words; a browser that has them is told so by their ETag."""
    router = APIRouter(include_in_schema=False)
    text = bundle(_HERE / "otp-form.js").encode()
    headers = _FOR_EVERY_PAGE | {"ETag": f'"{sha256(text).hexdigest()[:32]}"'}
    files = StaticFiles(directory=_WORDS)

    @router.head("/otp-form.js")
    @router.get("/otp-form.js")
    async def script(request: Request) -> Response:
        """Send the element: one file, English inside."""
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        return Response(text, headers=headers, media_type="text/javascript")

    @router.head("/otp-form/{file}")
    @router.get("/otp-form/{file}")
    async def words(request: Request, file: str) -> Response:
        """Send the words of a language, like `nl.json`; one that we do not speak is not found."""
        answer = await files.get_response(file, request.scope)
        answer.headers.update(_FOR_EVERY_PAGE)
        return answer

    return router
