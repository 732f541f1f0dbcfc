"""`make bench`: measures all that has a goal or a rate, prints it and writes bench.json.

`python -m tests.bench baseline_compare limits` measures some only. A benchmark that breaks is told, and hides no other.
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
from tests.bench.results import tell_broken

BENCHES = (
    "baseline_compare",
    "evalsha",
    "layers",
    "limits",
    "pending_scale",
    "sends",
    "handover",
    "hanging",
    "reports",
    "memory",
)
RESULTS = Path("bench.json")


def main(names):
    """Run these benchmarks, or all; exit code 1 when a goal is missed or one breaks."""
    if unknown := set(names) - set(BENCHES):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. There are {', '.join(BENCHES)}.")
    set_up_logs("error")
    sys.exit(not run_all(names or BENCHES, RESULTS))


def run_all(names, path):
    """Run benchmarks, each on a Redis of its own, and write what they found; tells whether all is as it should be."""
    entries, is_good = [], True
    for name in names:
        try:
            found, machine = measure(name)
        except Exception:  # noqa: BLE001  whatever it is, the others are worth measuring
            traceback.print_exc()
            print(f"✗ {name}: it broke, and measured nothing", flush=True)  # noqa: T201  as below
            entries.append(tell_broken(name) | {"machine": None})
            is_good = False
        else:
            entries += [one.as_json() | {"machine": machine} for one in found]
            is_good = is_good and not any(one.is_missed for one in found)
        path.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
    return is_good


def measure(name):
    """Run one benchmark and print what it found; gives that, and the facts of the machine."""
    bench = import_module(f"tests.bench.{name}")
    with open_engine() as url, asyncio.Runner(loop_factory=getattr(bench, "new_loop", None)) as runner:
        found = runner.run(bench.measure(url))
        machine = facts(url)
    for one in found:
        print(one, flush=True)  # noqa: T201  it is what it is for
    return found, machine


def facts(engine_url):
    """Tell what the figures were measured on."""
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
