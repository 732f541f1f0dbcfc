"""The Redis that is measured: the suite's own, or the program that `REDIS_SERVER` names.

They differ in what a key takes, and in how they grow: the suite's has the C library's allocator, distributions build
theirs with jemalloc.
"""

import os
import subprocess
import time
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from redis import Redis
from redis.exceptions import ConnectionError as AwayError

from tests.support.ports import free_port
from tests.support.redis_server import own_engine

_PATIENCE = 10


def open_engine(environ=os.environ):
    """Start one on a free port, to end with the block; gives its address."""
    program = environ.get("REDIS_SERVER")
    return _started(program) if program else own_engine()


@contextmanager
def _started(program):
    port = free_port()
    kept_nowhere = ("--save", "", "--appendonly", "no")
    with TemporaryDirectory() as folder:
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, *kept_nowhere]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def _wait_for(port, process):
    """Wait until it answers."""
    ends = time.monotonic() + _PATIENCE
    with Redis(port=port) as redis:
        while True:
            try:
                return redis.ping()
            except AwayError:
                assert process.poll() is None, "the program in REDIS_SERVER ended at once"
                assert time.monotonic() < ends, "the program in REDIS_SERVER does not answer"
                time.sleep(0.05)
