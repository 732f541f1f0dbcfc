"""Starts Firefox for Playwright and passes the messages of WebDriver BiDi between them.

Playwright sets the colour scheme of each context with a command that Firefox 153 ESR does not have, and stops at the
error. The bridge answers such a command as executed, so the page keeps the colours of the system.
"""

import asyncio
import json
import re
import sys
from functools import partial

from websockets.asyncio.client import connect  # installed with uvicorn
from websockets.asyncio.server import serve

OPTIONAL = "emulation.setMediaFeaturesOverride"
LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")


async def run(*command):
    """Run the browser until it exits; returns its exit code. Its address is printed with the port of the bridge."""
    firefox = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    while (line := await firefox.stderr.readline()) and not (listening := LISTENING.search(line)):
        sys.stderr.buffer.write(line)
    pass_on = partial(pass_messages, f"{listening[1].decode()}/session")
    async with serve(pass_on, "127.0.0.1", 0, max_size=None) as bridge:
        port = bridge.sockets[0].getsockname()[1]
        sys.stderr.write(f"WebDriver BiDi listening on ws://127.0.0.1:{port}\n")
        sys.stderr.flush()
        while await firefox.stderr.readline():
            pass  # a full pipe would stop the browser
    return await firefox.wait()


async def pass_messages(address, playwright):
    """Pass the messages of one session."""
    optional = set()  # ids of commands that may be unknown
    async with connect(address, max_size=None, compression=None, ping_interval=None) as firefox:

        async def pass_commands():
            async for message in playwright:
                if OPTIONAL in message:
                    optional.add(json.loads(message)["id"])
                await firefox.send(message)
            await firefox.close()

        async def pass_answers():
            async for message in firefox:
                await playwright.send(without_unknown(message, optional))
            await playwright.close()

        await asyncio.gather(pass_commands(), pass_answers())


def without_unknown(message, optional):
    """Return the message, or a success if an optional command is unknown."""
    if optional and (answer := json.loads(message)).get("error") == "unknown command" and answer["id"] in optional:
        return json.dumps({"type": "success", "id": answer["id"], "result": {}})
    return message


if __name__ == "__main__":
    sys.exit(asyncio.run(run(*sys.argv[1:])))
