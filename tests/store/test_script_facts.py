"""The facts of a script: its file lists the names that it reads, and the store passes no other."""

import re
from contextlib import suppress
from datetime import date
from hashlib import sha1
from pathlib import Path

import pytest
from fakeredis import FakeAsyncRedis, FakeServer

import app.store
from app.container import build_container
from app.domain.errors import NoSuchMessage
from app.domain.limit_entry import Fact
from app.domain.limits import REDIS_LIMITS
from app.domain.number_search import NumberSearch
from app.domain.status import Status
from app.http_client.pool import HttpClientPool
from app.services.admin import forget_number, replay_job, revoke_devices, unlock_number
from app.services.manage_events import replay_event
from app.store.scripts import read_script
from tests.support.actions import cancel, read_verification, start_verification
from tests.support.builders import PHONE, make_settings
from tests.support.event_receiver import event_apps
from tests.support.outgoing import accepted_id
from tests.support.scenario import run_full_scenario

LUA = Path(app.store.__file__).parent / "lua"
SCRIPTS = sorted(path.stem for path in LUA.glob("*.lua") if "-- Returns" in path.read_text())
LISTED = re.compile(r"^-- facts(?:\.(\w+)|\[([\w:<> ]+)\]) +\S", re.MULTILINE)
READ = re.compile(r"facts(?:\.(\w+)|\['(\w+:))")


def listed(name):
    """Return the names in the header of a script; `id:` stands for all names that begin so."""
    return {
        word or prefix.partition("<")[0].split(":")[0] + ":"
        for word, prefix in LISTED.findall((LUA / f"{name}.lua").read_text())
    }


def read(name):
    """Return the names that a script and its included functions read."""
    body = "\n".join(line for line in read_script(name).splitlines() if not line.startswith("--"))
    return {word or prefix for word, prefix in READ.findall(body)}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_lists_the_facts_that_it_reads(name):
    text = (LUA / f"{name}.lua").read_text()

    assert listed(name) == read(name)
    assert "ARGV[" not in text
    assert ("read_facts(ARGV)" in text) == bool(listed(name))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_lists_its_keys(name):
    """Numbered from 1, without a gap; letters stand for the last ones, which repeat."""
    text = (LUA / f"{name}.lua").read_text()
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    numbers = [int(number) for number in re.findall(r"^-- KEYS\[(\d+)\]", text, re.MULTILINE)]

    assert numbers == list(range(1, len(numbers) + 1))
    assert {int(number) for number in re.findall(r"KEYS\[(\d+)\]", body)} == set(numbers)


def test_every_fact_of_a_limit_is_passed_by_a_request_and_read_of_a_record():
    """A resend and a check open the same windows; a fact that they did not read would count nothing."""
    stored = read_script("verification_state").partition("function read_record")[2]
    facts = {entry.fact for entry in REDIS_LIMITS}

    assert facts == set(Fact)
    assert facts <= listed("save_verification")
    assert {f"'{fact}'" for fact in facts - {Fact.ADDRESS}} <= set(re.findall(r"'\w+'", stored))


class RecordingRedis(FakeAsyncRedis):
    """The embedded store; it records the names of the facts that each script gets."""

    passed: dict

    async def execute_command(self, *args, **options):
        if args[0] == "EVALSHA":
            self.passed.setdefault(args[1], set()).update(args[3 + args[2] :: 2])
        return await super().execute_command(*args, **options)


async def test_the_store_passes_only_facts_that_the_script_lists(clock):
    redis = RecordingRedis(server=FakeServer())
    redis.passed = {}
    container = build_container(
        make_settings(apps=event_apps("http://127.0.0.1:1/events")),
        redis,
        None,
        HttpClientPool(),
        HttpClientPool(),
        now=clock,
        random_bytes=lambda length: bytes(range(length)),
        block_ms=1,
    )
    await container.queue.open()

    await run_full_scenario(container, clock)
    verification = await start_verification(container, "+31633333333")
    await read_verification(container, verification.id)
    await container.search_verifications(NumberSearch(container.apps["dev"], PHONE, None, date(2026, 11, 22)))
    await cancel(container, verification.id)
    with suppress(NoSuchMessage):
        await container.cancel_message("ms_unknown", container.apps["dev"])
    await forget_number(PHONE, apps=["dev"], encryption=container.store.encryption, numbers=container.numbers)
    await revoke_devices(PHONE, apps=["dev"], encryption=container.store.encryption, numbers=container.numbers)
    await unlock_number(PHONE, apps=["dev"], encryption=container.store.encryption, numbers=container.numbers)
    messages = [await accepted_id(container, "+31633333333") for _ in range(2)]
    await container.get_message(messages[0], container.apps["dev"])
    await container.cancel_message(messages[0], container.apps["dev"])
    await container.deliver_message.outgoing.end(messages[1], Status.EXPIRED)
    await container.queue.requeue_due_jobs()
    await container.queue.queue_scheduled()
    await container.deliver_event.deliveries.queue_due()
    await replay_job((await container.dead_letters.list())[0].id, container.dead_letters)
    await replay_event("1-1", container.event_dead_letters)

    names = {sha1(read_script(name).encode(), usedforsecurity=False).hexdigest(): name for name in SCRIPTS}
    assert {names[sha] for sha in redis.passed} == set(SCRIPTS)
    for sha, passed in redis.passed.items():
        named = {name for name in passed if not re.match(r"[0-9]+[.]", name)}  # those of recipients have a number
        assert {re.sub(r"^(id|guess):.*", r"\1:", name) for name in named} <= listed(names[sha])
    await redis.aclose()
