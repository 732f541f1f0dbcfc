"""How calls are counted: exactly, in bounded memory, whatever the environment says."""

import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

from app.domain.errors import RateLimited
from app.domain.limit import read_limit
from app.http.rate_limit import MAX_KEYS, MAX_TIMESTAMPS, InMemoryRateLimiter, open_limiter
from tests.support.admission import Seconds

ROOT = Path(__file__).parent.parent.parent
STRAY = {
    "RATELIMIT_ENABLED": "False",
    "RATELIMIT_STORAGE_URL": "memory://",
    "RATELIMIT_STORAGE_OPTIONS": "no dictionary",
    "RATELIMIT_STRATEGY": "fixed-window",
    "RATELIMIT_SWALLOW_ERRORS": "True",
    "RATELIMIT_DEFAULT": "1000000/second",
    "RATELIMIT_APPLICATION": "1000000/second",
    "RATELIMIT_IN_MEMORY_FALLBACK": "1000000/second",
    "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": "True",
    "RATELIMIT_KEY_PREFIX": "x",
}
SPEND = """
from app.http.rate_limit import InMemoryRateLimiter, open_limiter
from app.domain.errors import RateLimited
from app.domain.limit import read_limit

clock = lambda: 0.0
tally, passed = InMemoryRateLimiter("calls", read_limit("3/min"), open_limiter(clock), clock), 0
try:
    while passed < 10:
        tally.refuse_if_spent("a")
        tally.count("a")
        passed += 1
except RateLimited as refusal:
    print(passed, refusal.retry_after)
"""


class Counted:
    """A tally and its clock."""

    def __init__(self, limit):
        self.clock = Seconds()
        self.limiter = open_limiter(self.clock)
        self.tally = InMemoryRateLimiter("calls", read_limit(limit), self.limiter, self.clock)

    def call(self, place="a"):
        """Call once; gives the seconds to wait where it is refused, else 0."""
        try:
            self.tally.refuse_if_spent(place)
        except RateLimited as refusal:
            return refusal.retry_after
        self.tally.count(place)
        return 0


def test_so_many_pass_and_no_more():
    counted = Counted("60/min")

    assert [counted.call() for _ in range(62)] == [0] * 60 + [60, 60]
    assert counted.call("b") == 0


def test_the_wait_that_is_told_is_the_true_one():
    counted = Counted("2/min")
    counted.call()
    counted.clock.now += 10.5
    counted.call()

    assert counted.call() == 50  # 49.5, rounded up
    counted.clock.now += 49.4
    assert counted.call() == 1
    counted.clock.now += 0.1
    assert counted.call() == 0
    assert counted.call() == 11


def test_no_window_has_a_border_around_which_twice_as_many_pass():
    counted = Counted("10/min")
    passed = []
    for second in range(600):
        counted.clock.now = 1000.0 + second
        passed += [second for _ in range(3) if counted.call() == 0]

    assert max(len([at for at in passed if start <= at < start + 60]) for start in range(541)) == 10
    assert len(passed) == 100


def test_a_refused_call_spends_nothing():
    counted = Counted("1/min")
    counted.call()
    for _ in range(59):
        counted.clock.now += 1
        assert counted.call()
    counted.clock.now += 1

    assert counted.call() == 0


def test_all_windows_are_spent_together_or_none_is():
    """And the wait is that of the one which opens last."""
    counted = Counted("1/s,3/min")

    assert [counted.call(), counted.call()] == [0, 1]
    for _ in range(2):
        counted.clock.now += 1
        assert counted.call() == 0
    assert counted.call() == 58
    counted.clock.now += 58
    assert counted.call() == 0


def test_a_refusal_says_which_limit_and_which_of_its_windows():
    counted = Counted("1/s,2/min")
    counted.call()
    counted.clock.now += 1
    counted.call()

    with pytest.raises(RateLimited) as refusal:
        counted.tally.refuse_if_spent("a")
    assert (refusal.value.limit, refusal.value.window) == ("calls", 60)


def test_a_limit_that_is_off_keeps_nothing():
    counted = Counted("off")

    assert {counted.call() for _ in range(1000)} == {0}
    assert counted.limiter.storage.reset() == 0


def test_two_limits_of_one_process_do_not_share_a_count():
    counted = Counted("1/min")
    other = InMemoryRateLimiter("others", read_limit("1/min"), counted.limiter, counted.clock)
    counted.call()

    other.refuse_if_spent("a")


def test_a_flood_of_addresses_takes_no_more_than_16_mib_and_no_thread():
    """The one that floods by itself stays counted: what is used is not dropped."""
    counted, threads = Counted("60/min"), threading.active_count()
    for _ in range(60):
        counted.call("flooder")
    tracemalloc.start()
    for number in range(3 * MAX_KEYS):
        counted.call(f"20010db8{number:08x}/64")
        if number % 1000 == 0:
            assert counted.call("flooder")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 16 * 2**20
    assert counted.limiter.storage.reset() == MAX_KEYS
    assert threading.active_count() == threads


def test_nor_do_a_few_addresses_with_a_limit_of_a_million():
    storage = open_limiter(Seconds()).storage
    for place in ("a", "b"):
        storage.acquire_entry(place, 1_000_000, 60, amount=MAX_TIMESTAMPS * 6 // 10)

    assert [storage.get_moving_window(place, 1_000_000, 60)[1] for place in ("a", "b")] == [0, 600_000]


@pytest.mark.parametrize("where", ["environment", "file", "both"])
def test_no_stray_name_changes_it(tmp_path, where):
    """By itself slowapi reads `RATELIMIT_…` from the environment, and from a `.env` where it starts."""
    if where != "environment":
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in STRAY.items()))
    given = {} if where == "file" else STRAY
    words = [sys.executable, "-W", "error", "-c", SPEND]

    said = subprocess.run(
        words, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)} | given, capture_output=True, text=True, check=True
    )

    assert said.stdout.split() == ["3", "60"]


def test_a_file_that_cannot_be_read_stops_nothing(tmp_path):
    """A developer's start reads no `.env`, which is production's."""
    (tmp_path / ".env").write_bytes(b"\xff\xfe=\xff")

    subprocess.run([sys.executable, "-c", SPEND], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True)
