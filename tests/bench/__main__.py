"""`make bench`: run all benchmarks, print the results and write bench.json.

`python -m tests.bench baseline_compare limits` runs only these. A benchmark that fails is reported and the others run.
"""

import asyncio
import json
import os
import platform
import sys
import traceback
from importlib import import_module
from pathlib import Path

from redis import Redis

from app.logs import set_up_logs
from tests.bench.engine import open_engine
from tests.bench.results import broken_entry

BENCHES = (
    "baseline_compare",
    "evalsha",
    "layers",
    "limits",
    "protection",
    "pending_scale",
    "sends",
    "delivery",
    "handover",
    "messages",
    "hanging",
    "reports",
    "memory",
)
RESULTS = Path("bench.json")


def main(names):
    """Run these benchmarks, or all; exit code 1 when a goal is missed or a benchmark fails."""
    if unknown := set(names) - set(BENCHES):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. There are {', '.join(BENCHES)}.")
    set_up_logs("error")
    sys.exit(not run_all(names or BENCHES, RESULTS))


def run_all(names, path):
    """Run benchmarks, each on its own Redis, and write the results; return whether all ran and met their goals."""
    entries, is_good = [], True
    for name in names:
        try:
            measurements, machine = measure(name)
        except Exception:  # noqa: BLE001  one failure must not stop the other benchmarks
            traceback.print_exc()
            print(f"✗ {name}: failed without a result", flush=True)  # noqa: T201  printing results is its purpose
            entries.append(broken_entry(name) | {"machine": None})
            is_good = False
        else:
            entries += [one.as_json() | {"machine": machine} for one in measurements]
            is_good = is_good and not any(one.is_missed for one in measurements)
        path.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
    return is_good


def measure(name):
    """Run one benchmark and print its results; return them and the description of the machine."""
    bench = import_module(f"tests.bench.{name}")
    with open_engine() as url, asyncio.Runner(loop_factory=getattr(bench, "new_loop", None)) as runner:
        measurements = runner.run(bench.measure(url))
        machine = machine_facts(url)
    for one in measurements:
        print(one, flush=True)  # noqa: T201  printing results is its purpose
    return measurements, machine


def machine_facts(engine_url):
    """Describe the machine and the Redis that were measured."""
    with Redis.from_url(engine_url) as redis:
        server, memory = redis.info("server"), redis.info("memory")
    version = server.get("valkey_version", server["redis_version"])
    return {
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "redis": f"{server.get('server_name', 'redis')} {version}, {memory['mem_allocator']}",
    }


if __name__ == "__main__":
    main(sys.argv[1:])
