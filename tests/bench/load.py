"""Asks for codes at a fixed rate, whatever the answers take, as people do."""

import asyncio
import json
import time
from dataclasses import dataclass

_REQUEST = (
    "POST /v1/request-code HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer sk_dev\r\n"
    "content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
)


@dataclass(frozen=True)
class Asked:
    """One request: the moments, by `time.monotonic`, when it was written and when its answer was read."""

    written: float
    answered: float

    @property
    def milliseconds(self):
        return (self.answered - self.written) * 1000


async def ask_for_codes(port, numbers, *, rate):
    """Ask for a code for each number, `rate` a second; gives what became of each, by number.

    A slow answer holds up nobody: each request has a connection for itself while it lasts.
    """
    idle, asked, tasks = [], {}, []

    async def ask(number):
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        body = json.dumps({"phone_number": number})
        written = time.monotonic()
        writer.write(_REQUEST.format(length=len(body), body=body).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 202 "), "a request was refused"
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        asked[number] = Asked(written, time.monotonic())
        idle.append((reader, writer))

    starts = time.monotonic()
    for place, number in enumerate(numbers):
        await asyncio.sleep(starts + place / rate - time.monotonic())
        tasks.append(asyncio.create_task(ask(number)))
    await asyncio.gather(*tasks)
    for _, writer in idle:
        writer.close()
    return asked
