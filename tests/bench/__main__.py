"""`make bench`: measures all that has a goal or a rate, prints it and writes bench.json."""

import asyncio
import json
import sys
from pathlib import Path

from app.logs import set_up_logs
from tests.bench import handover, hanging, limits, reports, sends
from tests.support.engine import own_engine

BENCHES = (limits, sends, handover, hanging, reports)


def main():
    """Run every benchmark on a Redis of its own; exit code 1 when a goal is missed."""
    set_up_logs("error")
    results = []
    for bench in BENCHES:
        with own_engine() as url:
            found = asyncio.run(bench.measure(url))
        for one in found:
            print(one, flush=True)  # noqa: T201  it is what it is for
        results += found
    Path("bench.json").write_text(json.dumps([one.as_json() for one in results], indent=2, ensure_ascii=False) + "\n")
    sys.exit(any(one.is_missed for one in results))


if __name__ == "__main__":
    main()
