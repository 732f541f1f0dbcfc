"""In-memory rate limits: exact counts, bounded memory, no limit that the environment could switch off."""

import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

from app.domain.address import read_address
from app.domain.errors import RateLimited
from app.domain.limit import read_limit
from app.http.rate_limit import MAX_KEYS, MAX_TIMESTAMPS, SHARED_KEYS, InMemoryRateLimiter, open_limiter
from tests.support.admission import SecondsClock
from tests.support.processes import otp

ROOT = Path(__file__).parent.parent.parent
RATELIMIT_VARIABLES = {
    "RATELIMIT_ENABLED": "False",
    "RATELIMIT_STORAGE_URL": "memory://",
    "RATELIMIT_STRATEGY": "fixed-window",
    "RATELIMIT_SWALLOW_ERRORS": "True",
    "RATELIMIT_DEFAULT": "1000000/second",
    "RATELIMIT_APPLICATION": "1000000/second",
    "RATELIMIT_IN_MEMORY_FALLBACK": "1000000/second",
    "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": "True",
    "RATELIMIT_KEY_PREFIX": "x",
}
SPEND_SCRIPT = """
from app.http.rate_limit import InMemoryRateLimiter, open_limiter
from app.domain.errors import RateLimited
from app.domain.limit import read_limit

clock = lambda: 0.0
limiter, passed = InMemoryRateLimiter("calls", read_limit("3/min"), open_limiter(clock), clock), 0
try:
    while passed < 10:
        limiter.refuse_if_spent(None)
        limiter.count(None)
        passed += 1
except RateLimited as error:
    print(passed, error.retry_after)
"""


class ClockedLimiter:
    """A rate limiter and its manual clock."""

    def __init__(self, limit):
        self.clock = SecondsClock()
        self.backend = open_limiter(self.clock)
        self.rate_limiter = InMemoryRateLimiter("calls", read_limit(limit), self.backend, self.clock)

    def call(self, address="192.0.2.1"):
        """Call once; return the seconds to wait if refused, else 0."""
        try:
            self.rate_limiter.spend(read_address(address))
        except RateLimited as error:
            return error.retry_after
        return 0


def test_calls_up_to_the_limit_pass():
    limiter = ClockedLimiter("60/min")

    assert [limiter.call() for _ in range(62)] == [0] * 60 + [60, 60]
    assert limiter.call("192.0.2.2") == 0


def test_retry_after_is_exact():
    limiter = ClockedLimiter("2/min")
    limiter.call()
    limiter.clock.now += 10.5
    limiter.call()

    assert limiter.call() == 50  # 49.5, rounded up
    limiter.clock.now += 49.4
    assert limiter.call() == 1
    limiter.clock.now += 0.1
    assert limiter.call() == 0
    assert limiter.call() == 11


def test_sliding_window_never_exceeds_the_limit():
    limiter = ClockedLimiter("10/min")
    passed = []
    for second in range(600):
        limiter.clock.now = 1000.0 + second
        passed += [second for _ in range(3) if limiter.call() == 0]

    assert max(len([at for at in passed if start <= at < start + 60]) for start in range(541)) == 10
    assert len(passed) == 100


def test_refused_call_is_not_counted():
    limiter = ClockedLimiter("1/min")
    limiter.call()
    for _ in range(59):
        limiter.clock.now += 1
        assert limiter.call()
    limiter.clock.now += 1

    assert limiter.call() == 0


def test_refused_call_counts_in_no_window():
    """The wait is until the last window has room."""
    limiter = ClockedLimiter("1/s,3/min")

    assert [limiter.call(), limiter.call()] == [0, 1]
    for _ in range(2):
        limiter.clock.now += 1
        assert limiter.call() == 0
    assert limiter.call() == 58
    limiter.clock.now += 58
    assert limiter.call() == 0


def test_error_names_the_limit_and_window():
    limiter = ClockedLimiter("1/s,2/min")
    limiter.call()
    limiter.clock.now += 1
    limiter.call()

    with pytest.raises(RateLimited) as error:
        limiter.rate_limiter.refuse_if_spent(read_address("192.0.2.1"))
    assert (error.value.limit, error.value.window) == ("calls", 60)


def test_disabled_limit_stores_nothing():
    limiter = ClockedLimiter("off")

    assert {limiter.call() for _ in range(1000)} == {0}
    assert limiter.backend.storage.reset() == 0


def test_limits_are_counted_separately():
    limiter = ClockedLimiter("1/min")
    other = InMemoryRateLimiter("others", read_limit("1/min"), limiter.backend, limiter.clock)
    limiter.call()

    other.refuse_if_spent(read_address("192.0.2.1"))


def test_an_ipv6_site_has_ten_times_the_figure_of_a_subscriber():
    """One who is assigned a /48 has 65,536 /64 (E7: 600 calls in a second, all of which passed)."""
    limiter = ClockedLimiter("60/min")

    answers = [limiter.call(f"2001:db8:7:{number:x}::1") for number in range(700)]

    assert answers.count(0) == 600
    assert answers[600:] == [60] * 100
    assert limiter.call("2001:db8:8::1") == 0


def test_a_call_that_its_site_refuses_counts_for_no_subscriber():
    limiter = ClockedLimiter("1/s,20/min")
    for number in range(10):
        assert limiter.call(f"2001:db8:7:{number:x}::1") == 0
    for _ in range(25):
        assert limiter.call("2001:db8:7:ff::1") == 1
    limiter.clock.now += 1

    assert limiter.call("2001:db8:7:ff::1") == 0


def test_a_spent_address_stays_spent_however_many_others_call():
    """20,000 places, and three times as many addresses (E7)."""
    limiter = ClockedLimiter("60/min")
    for _ in range(60):
        limiter.call("192.0.2.1")
    for number in range(3 * MAX_KEYS):
        limiter.call(_address(number))

    assert limiter.call("192.0.2.1") == 60
    limiter.clock.now += 60
    assert limiter.call("192.0.2.1") == 0


def test_new_addresses_share_their_counts_while_the_table_is_full():
    """1,024 counts at the same figure: however many addresses, 61,440 calls a minute pass beyond those of the table."""
    limiter = ClockedLimiter("60/min")
    for number in range(MAX_KEYS):
        assert limiter.call(_address(number)) == 0

    passed = [limiter.call(_address(MAX_KEYS + number)) == 0 for number in range(80_000)].count(True)

    assert SHARED_KEYS * 50 < passed <= SHARED_KEYS * 60
    assert limiter.call(_address(0)) == 0, "an address of the table has its own count"
    limiter.clock.now += 60
    assert [limiter.call(_address(200_000)) for _ in range(61)] == [0] * 60 + [60], "there is room again"


@pytest.mark.long
def test_many_addresses_use_at_most_16_mib_and_no_thread():
    limiter, threads = ClockedLimiter("60/min"), threading.active_count()
    tracemalloc.start()
    for number in range(3 * MAX_KEYS):
        limiter.call(f"2001:db8:{number >> 8:x}:{number & 255:x}::1")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 16 * 2**20
    assert limiter.backend.storage.reset() <= MAX_KEYS + SHARED_KEYS
    assert threading.active_count() == threads


def test_large_limits_are_bounded_by_max_timestamps():
    """A key that has calls already may fill its window; new ones share theirs."""
    storage = open_limiter(SecondsClock()).storage
    for key in ("a", "b", "c", "d"):
        storage.acquire_entry(key, 600_000, 60, amount=MAX_TIMESTAMPS * 6 // 10)

    assert [storage.get_moving_window(key, 600_000, 60)[1] for key in ("a", "b")] == [600_000, 600_000]
    assert storage.reset() <= 4


def _address(number):
    return f"198.{18 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


@pytest.mark.parametrize("where", ["environment", "file", "both"])
def test_slowapi_settings_switch_no_limit_off(tmp_path, where):
    """The library reads `RATELIMIT_…` from the environment; what it reads has no effect on the limiter that is used."""
    if where != "environment":
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in RATELIMIT_VARIABLES.items()))
    environ = {} if where == "file" else RATELIMIT_VARIABLES

    assert spend(tmp_path, **environ) == ["3", "60"]


def test_slowapi_reads_no_env_file(tmp_path):
    """By default it reads `.env` in the working directory, where this value raises an error."""
    (tmp_path / ".env").write_text("RATELIMIT_STORAGE_OPTIONS=no dictionary\n")

    assert spend(tmp_path) == ["3", "60"]


def spend(folder, **environ):
    """Spend a limit in a separate process; return the number of calls that passed, and the wait."""
    command = [sys.executable, "-W", "error", "-c", SPEND_SCRIPT]
    result = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)} | environ, capture_output=True, text=True, check=True
    )
    return result.stdout.split()


async def test_a_slowapi_setting_stops_the_start(tmp_path):
    code, _, complaint = await otp("serve", folder=tmp_path, OTP_ENV="development", RATELIMIT_ENABLED="false")

    assert code == 2
    assert "RATELIMIT_ENABLED is a setting of slowapi" in complaint


def test_unreadable_env_file_is_ignored(tmp_path):
    """The service reads no `.env` in development; it may belong to production."""
    (tmp_path / ".env").write_bytes(b"\xff\xfe=\xff")

    subprocess.run([sys.executable, "-c", SPEND_SCRIPT], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True)
