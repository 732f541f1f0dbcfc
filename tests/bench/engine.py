"""The Redis that is measured: the test suite's server, or the program that `REDIS_SERVER` names.

They differ in the memory per key and in how they grow: the suite's server uses the C library's allocator, distributions
build theirs with jemalloc.
"""

import os
import subprocess
import time
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.support.ports import free_port
from tests.support.redis_server import run_redis_server

_START_TIMEOUT = 10


def open_engine(environ=os.environ):
    """Run a Redis on a free port until the block ends; yield its URL."""
    program = environ.get("REDIS_SERVER")
    return _run_program(program) if program else run_redis_server()


@contextmanager
def _run_program(program):
    port = free_port()
    no_persistence = ("--save", "", "--appendonly", "no")
    with TemporaryDirectory() as folder:
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, *no_persistence]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def _wait_for(port, process):
    """Wait until the server replies."""
    ends = time.monotonic() + _START_TIMEOUT
    with Redis(port=port) as redis:
        while True:
            try:
                return redis.ping()
            except RedisConnectionError:
                assert process.poll() is None, "the program in REDIS_SERVER ended at once"
                assert time.monotonic() < ends, "the program in REDIS_SERVER does not answer"
                time.sleep(0.05)
