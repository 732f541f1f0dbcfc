"""One request as a server hands it to an app: its scope, and its body in pieces."""

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import unquote

PERSON = "203.0.113.7"


@dataclass(repr=False)
class Request:
    """What is sent; `kind` says what is odd about it, `raw` is the body where it is not plainly its fields.

    Who hangs up is gone after the last piece, though more was to come; who stalls sends no piece at all.
    """

    kind: str
    path: str
    fields: dict
    headers: list[tuple[str, str]] = field(default_factory=list)
    raw: bytes | None = None
    pieces: list[bytes] | None = None
    length: bool = True
    method: str = "POST"
    query: bytes = b""
    root: str = ""
    address: str | None = PERSON
    hangs_up: bool = False
    stalls: bool = False

    @property
    def body(self):
        return json.dumps(self.fields).encode() if self.raw is None else self.raw

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def drop(self, name):
        """Take a header away."""
        self.headers = [pair for pair in self.headers if pair[0] != name]

    def say(self, name, *values):
        """Put lines in a header's place."""
        self.drop(name)
        self.headers += [(name, value) for value in values]

    def value_of(self, name):
        """Give a header's first line, or nothing."""
        return next((value for key, value in self.headers if key == name), "")

    def scope(self, state):
        headers = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in self.headers]
        if self.length:
            headers.append((b"content-length", str(len(self.body)).encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": unquote(self.path),
            "raw_path": self.path.encode(),
            "query_string": self.query,
            "root_path": self.root,
            "headers": headers,
            "client": self.address and (self.address, 50_000),
            "server": ("127.0.0.1", 8000),
            "state": dict(state),
        }

    def receiver(self):
        """Give what hands over the body, and after it the end of the connection."""
        pieces = [self.body] if self.pieces is None else self.pieces
        last = None if self.hangs_up else len(pieces) - 1
        messages = iter(
            [
                {"type": "http.request", "body": piece, "more_body": number != last}
                for number, piece in enumerate(pieces)
            ]
        )

        async def receive():
            if self.stalls:
                await asyncio.Event().wait()
            return next(messages, {"type": "http.disconnect"})

        return receive
