"""`make bench`: measures ratios side by side in one run, prints them and writes bench.json."""

import asyncio
import json
import statistics
import sys
from pathlib import Path

from app.logs import set_up_logs
from tests.bench import limits
from tests.support.engine import own_engine

BENCHES = (limits,)


def main():
    """Run every benchmark on a Redis of its own; exit code 1 when a goal is missed."""
    set_up_logs("error")
    results = []
    for bench in BENCHES:
        with own_engine() as url:
            found = asyncio.run(bench.measure(url))
        ratios = sorted(found.pop("ratios"))
        low, high = statistics.quantiles(ratios, n=4)[::2]
        found |= {"median": round(statistics.median(ratios), 3), "quartiles": [round(low, 3), round(high, 3)]}
        results.append(found)
        sign = "✓" if found["median"] <= found["goal"] else "✗"
        print(f"{sign} {found['name']}: {found['median']} (quartiles {low:.3f} to {high:.3f}; goal ≤ {found['goal']})")  # noqa: T201  it is what it is for
        print(f"  microseconds a call: {found['microseconds']}")  # noqa: T201  likewise
    Path("bench.json").write_text(json.dumps(results, indent=2) + "\n")
    sys.exit(any(found["median"] > found["goal"] for found in results))


if __name__ == "__main__":
    main()
