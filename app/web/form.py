"""Serves `<otp-form>` as one script, bundled at startup, with its types, and its texts in each language.

The parts in `form/` are modules that import each other; a page loads one file, without a build step.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha384
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.domain.errors import NotFound
from app.web.public_file import PublicFile

_HERE = Path(__file__).parent / "form"
_TEXTS = _HERE / "words"
_TYPES = _HERE / "otp-form.d.ts"
_IMPORT = re.compile(r'import (?P<name>.+) from "\./(?P<file>[^"]+)"( with \{.*\})?;')
# After code, a comment that contains a quote stays: it may be the end of a string.
_COMMENT = re.compile(r"""^//.*|\s//\s[^"'`]*$|\s*/\*[^*]*\*/$""")
_SPACE = re.compile(r"(?<=[{};:,]) | (?=[{}])")  # insignificant in CSS
_CURRENT = "public, max-age=300"  # after an upgrade, pages load the new form within five minutes
_IMMUTABLE = "public, max-age=31536000, immutable"  # a year; the address names the content


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


@cache
def form_files() -> APIRouter:
    """Build the routes of the script, of its type declaration, and of its texts.

    The script has two addresses. `/otp-form.js` is always the current one; `/otp-form.<version>.js` names its exact
    content, so it never changes and a page can pin it. `/otp-form.json` names that address and its integrity value.
    """
    router = APIRouter(include_in_schema=False)
    script = bundle(_HERE / "otp-form.js").encode()
    pinned = f"{_version_of(script)}.js"
    pin = {"script": f"otp-form.{pinned}", "integrity": _integrity_of(script)}
    files = {
        "js": PublicFile(script, "text/javascript", cache_control=_CURRENT),
        pinned: PublicFile(script, "text/javascript", cache_control=_IMMUTABLE),
        "json": PublicFile(json.dumps(pin).encode(), "application/json", cache_control=_CURRENT),
        "d.ts": PublicFile(_TYPES.read_bytes(), "text/plain", cache_control=_CURRENT),
    }
    texts = {
        path.name: PublicFile(path.read_bytes(), "application/json", cache_control=_CURRENT)
        for path in _TEXTS.glob("*.json")
    }

    @router.head("/otp-form.{file}")
    @router.get("/otp-form.{file}")
    async def script_or_types(request: Request, file: str) -> Response:
        """Return the script (`js`, `<version>.js`), its pinned address (`json`), or its types (`d.ts`)."""
        if file not in files:
            raise NotFound("This version of the form is not served here; /otp-form.json names the current one.")
        return files[file].respond(request.headers)

    @router.head("/otp-form/{file}")
    @router.get("/otp-form/{file}")
    async def words(request: Request, file: str) -> Response:
        """Return the texts of a language, like `nl.json`; an unsupported language gets 404."""
        if file not in texts:
            raise NotFound
        return texts[file].respond(request.headers)

    return router


def _version_of(script: bytes) -> str:
    """Return a name for exactly this script; it changes only if the form does."""
    return sha384(script).hexdigest()[:16]


def _integrity_of(script: bytes) -> str:
    """Return the value of the attribute `integrity` (Subresource Integrity, W3C)."""
    return f"sha384-{b64encode(sha384(script).digest()).decode()}"
