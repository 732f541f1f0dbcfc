"""`otp serve` with a sampling profiler that inspects the stack a thousand times per second.

`python -m tests.bench.sampler 8000` prints, on each SIGUSR1, the seconds of processor time that each layer used since
the previous one.
"""

import gc
import json
import os
import signal
import sys
import time
from collections import Counter
from functools import cache

from app.cli.serve import run_api, sockets_or_exit
from app.settings.load import load_settings

_EVERY = 0.001  # seconds of wall time, because the kernel's process timer is four times as coarse
_LOOP = "asyncio.runners"  # below it are only frames that wait for the service to end
OTHER = "other"

# A module belongs to the layer of its longest prefix in this table.
LAYERS = {
    "uvicorn": "server",
    "httptools": "server",
    "app.http": "route",
    "app.http.draining": "server",
    "app.http.header_limits": "server",  # the HTTP protocol class of uvicorn
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
    "app.compat": "route",
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
    "app.store.encryption": "crypto",
    "cryptography": "crypto",
    "jwt": "crypto",
    "app.store": "store",
    "redis": "store",
    "asyncio.streams": "store",  # only the store uses streams
    "app.logs": "log",
    "app.metrics": "log",
    "prometheus_client": "log",
    "structlog": "log",
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
    """Return the layer of a stack of modules, innermost first: the layer of the first module that has one.

    The time of a library or a C function counts for its caller, unless it has its own layer; an idle event loop counts
    for the server. Signals are handled when Python code runs again, so the time that the loop spends in C between two
    Python functions counts for the second.
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


def _start_profiler():
    """Start the profiler and handle SIGUSR1."""
    seconds, last = Counter(), time.process_time()

    def sample(_, frame):
        nonlocal last
        now, stack = time.process_time(), []
        if frame.f_code is _show_garbage.__code__ and frame.f_locals["phase"] == "start":
            frame = frame.f_back  # the signal arrived before the collection and is handled only now
        while frame:
            stack.append(frame.f_globals.get("__name__", ""))
            frame = frame.f_back
        seconds[layer_of(stack)] += now - last
        last = time.process_time()  # exclude the time of the profiler itself

    def report(*_):
        print(json.dumps(seconds), flush=True)  # noqa: T201  the parent process reads this
        seconds.clear()

    signal.signal(signal.SIGALRM, sample)
    signal.signal(signal.SIGUSR1, report)
    signal.setitimer(signal.ITIMER_REAL, _EVERY, _EVERY)
    gc.callbacks.append(_show_garbage)


def _show_garbage(phase, _):
    """Do nothing; a signal that arrives during a garbage collection is handled in this frame."""


if __name__ == "__main__":
    _start_profiler()
    run_api(load_settings(os.environ), sockets_or_exit("127.0.0.1", int(sys.argv[1])), processes=1)
