"""`otp serve` under a clock that looks a thousand times a second at what the process is doing.

`python -m tests.bench.sampler 8000` prints, each time that it is sent SIGUSR1, the seconds of processor time that each
layer took since the last time.
"""

import gc
import json
import os
import signal
import sys
import time
from collections import Counter
from functools import cache

from app.cli.serve import run_api
from app.settings.load import load_settings

_EVERY = 0.001  # seconds; of the wall, for the kernel counts a process' own time four times as coarsely
_LOOP = "asyncio.runners"  # beneath it are only frames that wait for the end of the service
OTHER = "other"

# The layer of a module is that of the longest name here that it begins with.
LAYERS = {
    "uvicorn": "server",
    "httptools": "server",
    "app.http": "route",
    "app.http.header_limits": "server",  # what uvicorn reads HTTP by
    "app.http.middleware": "middleware",
    "app.http.admission": "middleware",
    "app.http.rate_limit": "middleware",
    "app.http.cors": "middleware",
    "app.http.body_limits": "middleware",
    "limits": "middleware",
    "slowapi": "middleware",
    "starlette": "route",
    "fastapi": "route",
    "pydantic": "route",
    "app.api": "route",
    "app.web": "route",
    "app.services": "act",
    "app.domain": "act",
    "app.human_check": "act",
    "app.locale": "act",
    "app.domain.numbering_plan": "number",
    "app.domain.phone_number": "number",
    "phonenumbers": "number",
    "app.domain.code": "crypto",
    "app.domain.keyring": "crypto",
    "app.services.parts.device_tokens": "crypto",
    "app.services.parts.code_generation": "crypto",
    "app.services.parts.proof_tokens": "crypto",
    "app.services.parts.number_encryption": "crypto",
    "cryptography": "crypto",
    "jwt": "crypto",
    "app.store": "store",
    "redis": "store",
    "asyncio.streams": "store",  # nobody else here reads from one
    "app.logs": "log",
    "__main__": "garbage",  # `_show_garbage`, below
    "app.cli": "start",
    "app.main": "start",
    "app.settings": "start",
    "app.container": "start",
    "app.gateways": "sending",
    "app.worker.consumer": "sending",
    "app.http_client": "sending",
    "app.worker": "sending",
}


def layer_of(stack):
    """Give the layer of a stack of modules, the innermost first: that of the first which has one.

    What a library or a C function does counts for whoever called it, unless it has a layer of its own; where nothing
    runs on the loop, the loop itself does. Signals wait until Python runs again, so that what the loop does in C
    between two functions of Python counts for the second.
    """
    if stack[0] == _LOOP:
        return "server"
    for module in stack:
        if module == _LOOP:
            break
        layer = _layer_of_module(module)
        if layer:
            return layer
    return OTHER


@cache
def _layer_of_module(module):
    while module and module not in LAYERS:
        module = module.rpartition(".")[0]
    return LAYERS.get(module)


def _watch():
    """Start the clock, and listen for SIGUSR1."""
    spent, seen = Counter(), time.process_time()

    def look(_, frame):
        nonlocal seen
        now, stack = time.process_time(), []
        if frame.f_code is _show_garbage.__code__ and frame.f_locals["phase"] == "start":
            frame = frame.f_back  # it came while something else was done, which only now looks for signals
        while frame:
            stack.append(frame.f_globals.get("__name__", ""))
            frame = frame.f_back
        spent[layer_of(stack)] += now - seen
        seen = time.process_time()  # looking is not the service's work

    def tell(*_):
        print(json.dumps(spent), flush=True)  # noqa: T201  whoever started it reads this
        spent.clear()

    signal.signal(signal.SIGALRM, look)
    signal.signal(signal.SIGUSR1, tell)
    signal.setitimer(signal.ITIMER_REAL, _EVERY, _EVERY)
    gc.callbacks.append(_show_garbage)


def _show_garbage(phase, _):
    """Do nothing, before a collection and after it: a signal that came during one is seen in this frame."""


if __name__ == "__main__":
    _watch()
    run_api(load_settings(os.environ), host="127.0.0.1", port=int(sys.argv[1]), processes=1)
