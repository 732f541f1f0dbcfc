"""The service as a server calls it, without a socket between them, and what a call enters on its way."""

import cProfile
import gc
import json
import sysconfig
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path

import app
from app.main import create_app
from app.wiring import open_tools
from tests.bench.calls import request
from tests.support.calls import CODE
from tests.support.makers import make_settings

# Whose functions are counted: ours, those of the libraries, and what `dataclass` writes. The standard library's are
# not: its event loop is another in production.
_COUNTED = (str(Path(app.__file__).parent), sysconfig.get_path("purelib"), "<string>")
_NUMBERS = [f"+316123456{n:02}" for n in range(20)]  # each has a code that is known


class Counted:
    """Makes calls of an app; `entered` tells for each file how often the last one entered a function of it."""

    def __init__(self, app, tools):
        self._app, self._tools = app, tools
        self._numbers = iter(_NUMBERS)
        self.entered = Counter()

    async def post(self, path, body, *, key):
        """Make one call and count; gives status and body."""
        profile, is_collecting = cProfile.Profile(), gc.isenabled()
        gc.disable()  # who watches the collector would be counted too
        profile.enable()
        try:
            return await self._answer(*request(path, body, key=key))
        finally:
            profile.disable()
            if is_collecting:
                gc.enable()
            self.entered = Counter()
            for entry in profile.getstats():
                file = getattr(entry.code, "co_filename", "built in")
                if file.startswith(_COUNTED):
                    self.entered[file] += entry.callcount

    async def ask(self, number=None, *, key="sk_dev"):
        """Ask for a code; gives status and body."""
        return await self.post("/v1/request-code", {"phone_number": number or next(self._numbers)}, key=key)

    async def ask_and_check(self, code=CODE, *, key="sk_dev"):
        """Ask for a code and check one, which alone is counted; gives status and body."""
        _, standing = await self.ask(key=key)
        return await self.check(code, key=key, verification_id=standing["verification_id"])

    async def check(self, code=CODE, *, key="sk_dev", **which):
        """Check a code; gives status and body."""
        return await self.post("/v1/verify-code", {**which, "code": code}, key=key)

    async def _answer(self, scope, raw):
        said = []

        async def receive():
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message):
            said.append(message)

        await self._app(scope | {"state": {"tools": self._tools}}, receive, send)
        return said[0]["status"], json.loads(said[1]["body"])


@asynccontextmanager
async def open_counted(url, tag, **changes):
    """Open the app with its tools, and no worker beside it."""
    known = ",".join(f"{number}={CODE}@2099-12-31" for number in _NUMBERS)
    settings = make_settings(url, tag, **{"test_numbers": known} | changes)
    async with open_tools(settings) as tools:
        await tools.queue.open()
        yield Counted(create_app(settings), tools)
