import asyncio
import contextlib
import logging
import socket
import traceback

import pytest

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.status import Reason
from app.http_client import HttpClientPool, Timeouts, require_ok, retry_after
from app.http_client import HttpResponse as Told
from tests.support.fake_vendor import Answer, Trouble, Vendor, nobody, warm_up

PATIENCE = 0.3  # seconds for a whole call


@pytest.fixture
async def vendor():
    async with Vendor() as vendor:
        yield vendor


@pytest.fixture
async def http_pool():
    http_pool = HttpClientPool(Timeouts(connect=1.0, total=5.0))
    yield http_pool
    await http_pool.close()


@pytest.fixture
async def hasty():
    """Two slots and little patience."""
    http_pool = HttpClientPool(Timeouts(connect=0.2, total=PATIENCE, slots=2))
    await warm_up(http_pool.call("peer", "GET", nobody()))
    yield http_pool
    await http_pool.close()


async def test_an_answer_is_read_whatever_its_status(vendor, http_pool):
    vendor.answers(Answer(418, json={"tea": True}, headers={"X-Kind": "pot"}))

    told = await http_pool.call("peer", "POST", f"{vendor.url}/brew", json={"cups": 1})

    assert (told.status, told.json(), told.headers["x-kind"]) == (418, {"tea": True}, "pot")
    assert vendor.requests[0].json() == {"cups": 1}


async def test_a_form_is_sent_as_a_form(vendor, http_pool):
    await http_pool.call("peer", "POST", vendor.url, form={"to": "+1 2"})

    assert vendor.requests[0].body == b"to=%2B1+2"
    assert vendor.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"


async def test_connections_are_kept(vendor, http_pool):
    for _ in range(3):
        await http_pool.call("peer", "GET", vendor.url)

    assert vendor.connections == 1


async def test_cookies_are_not_kept(vendor, http_pool):
    """A vendor that could set one would tie our messages together."""
    vendor.answers(Answer(headers={"set-cookie": "who=1"}))
    for _ in range(2):
        await http_pool.call("peer", "GET", vendor.url)

    assert "cookie" not in vendor.requests[1].headers


async def test_a_proxy_in_the_environment_is_not_used(vendor, http_pool, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", nobody())

    assert (await http_pool.call("peer", "GET", vendor.url)).status == 200


async def test_a_redirect_is_not_followed(vendor, http_pool):
    vendor.answers(Answer(307, headers={"location": f"{vendor.url}/elsewhere"}))

    told = await http_pool.call("peer", "POST", vendor.url, json={})

    assert (told.status, len(vendor.requests)) == (307, 1)


async def test_where_nobody_listens_nothing_was_sent(http_pool):
    with pytest.raises(Unreachable):
        await http_pool.call("peer", "POST", nobody(), json={})


async def test_where_nobody_picks_up_nothing_was_sent(hasty):
    """The listener's queue is full, so that the kernel lets every further call ring."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)  # noqa: FBT003 - the standard library wants it so
            caller.connect_ex(listener.getsockname())

        with pytest.raises(Unreachable):
            await hasty.call("peer", "POST", f"http://127.0.0.1:{listener.getsockname()[1]}", json={})


@pytest.mark.parametrize("trouble", [Trouble.RESET, Trouble.RESET_FIRST])
async def test_after_a_reset_it_may_have_been_sent(vendor, http_pool, trouble):
    vendor.answers(trouble)

    with pytest.raises(Unsure):
        await http_pool.call("peer", "POST", vendor.url, json={})


@pytest.mark.parametrize("trouble", [Trouble.HANG, Trouble.DRIP])
async def test_when_the_time_is_over_after_writing_it_may_have_been_sent(vendor, hasty, trouble):
    vendor.answers(trouble)

    with pytest.raises(Unsure):
        await hasty.call("peer", "POST", vendor.url, json={})


async def test_waiting_for_a_slot_does_not_count_against_the_call(vendor, hasty):
    """A slow vendor is not cut short by those who wait before: a call cut after its first byte is sent twice."""
    vendor.usually = Answer(delay=0.6 * PATIENCE)

    answers = await asyncio.gather(*(hasty.call("peer", "POST", vendor.url, json={}) for _ in range(6)))

    assert [answer.status for answer in answers] == [200] * 6


async def test_a_peer_that_hangs_is_in_nobody_elses_way(vendor):
    http_pool = HttpClientPool(Timeouts(slots=2))
    vendor.answers(Trouble.HANG, Trouble.HANG)
    hanging = [asyncio.create_task(http_pool.call("slow", "GET", vendor.url)) for _ in range(10)]
    await vendor.asked(2)

    told = await http_pool.call("quick", "GET", vendor.url)

    assert (told.status, len(vendor.requests)) == (200, 3)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    await http_pool.close()


async def test_an_endless_answer_is_cut_off(vendor, http_pool):
    vendor.answers(Answer(body=b"x" * (256 * 1024 + 1)), Answer(body=b"x" * (256 * 1024)))

    with pytest.raises(Unsure):
        await http_pool.call("peer", "GET", vendor.url)
    assert len((await http_pool.call("peer", "GET", vendor.url)).body) == 256 * 1024


async def test_a_packed_answer_is_not_unpacked(vendor, http_pool):
    """A small packed answer can become gigabytes; we ask for none, and unpack none."""
    vendor.answers(Answer(body=b"\x1f\x8b junk", headers={"content-encoding": "gzip"}))

    told = await http_pool.call("peer", "GET", vendor.url)

    assert told.json() is None
    assert vendor.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("url", ["http://a:b:c", "http://x/\x00"])
async def test_an_address_that_cannot_be_written_is_a_mistake_of_ours(http_pool, url):
    with pytest.raises(Refused) as refused:
        await http_pool.call("peer", "GET", url)

    assert refused.value.reason is Reason.CONFIG


@pytest.mark.parametrize("value", ["line\nbreak", "ключ"])
async def test_a_header_that_cannot_be_written_is_named_without_its_value(vendor, http_pool, value):
    with pytest.raises(GatewayError) as failure:
        await http_pool.call("peer", "GET", vendor.url, headers={"X-Key": value})

    assert value not in _all_of(failure.value)


async def test_what_fails_tells_nothing_of_the_call(vendor, http_pool):
    """Exceptions end in logs; h11 quotes what it cannot read, and that may be an echo of the text."""
    number, text = "+31612345678", "482913"
    vendor.answers(Answer(body=b"{}", headers={f"echo {text}": number}), Trouble.RESET)
    for _ in range(2):
        with pytest.raises(Unsure) as unsure:
            await http_pool.call("peer", "POST", f"{vendor.url}/?to={number}", json={"text": text})

        for hidden in (number[1:], text, vendor.url):
            assert hidden not in _all_of(unsure.value)


async def test_addresses_do_not_reach_the_log(vendor, http_pool, caplog):
    with caplog.at_level(logging.DEBUG):
        await http_pool.call("peer", "GET", f"{vendor.url}/?to=31612345678")

    assert "612345678" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


async def test_an_answer_does_not_print_itself(vendor, http_pool):
    vendor.answers(Answer(body=b"482913"))

    assert "482913" not in repr(await http_pool.call("peer", "GET", vendor.url))


async def test_closing_leaves_no_connection(vendor):
    http_pool = HttpClientPool()
    await http_pool.call("peer", "GET", vendor.url)
    await http_pool.close()

    await vendor.left_alone()


@pytest.mark.parametrize(
    ("status", "failure", "reason"),
    [
        (301, Refused, Reason.CONFIG),
        (400, Refused, Reason.UNKNOWN),
        (401, Refused, Reason.AUTH),
        (402, Refused, Reason.NO_CREDIT),
        (403, Refused, Reason.AUTH),
        (404, Refused, Reason.CONFIG),
        (408, Unsure, Reason.PROVIDER_ERROR),
        (422, Refused, Reason.UNKNOWN),
        (429, Unreachable, Reason.THROTTLED),
        (500, Unsure, Reason.PROVIDER_ERROR),
        (502, Unsure, Reason.PROVIDER_ERROR),
        (503, Unreachable, Reason.PROVIDER_ERROR),
        (504, Unsure, Reason.PROVIDER_ERROR),
        (520, Unsure, Reason.PROVIDER_ERROR),
    ],
)
def test_a_status_has_a_meaning(status, failure, reason):
    with pytest.raises(failure) as raised:
        require_ok(Told(status, {}, b""))

    assert (raised.value.reason, raised.value.word) == (reason, f"HTTP {status}")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_fine(status):
    require_ok(Told(status, {}, b""))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("86400", 60),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("9" * 5000, None),
        ("\N{ARABIC-INDIC DIGIT SEVEN}", None),
    ],
)
def test_a_wait_is_read_in_seconds_and_ends_at_a_minute(said, seconds):
    assert retry_after(Told(429, {"retry-after": said}, b"")) == seconds


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b'"\xff"', b"[" * 100_000, b"NaN"])
def test_what_is_not_json_reads_as_nothing(body):
    assert Told(200, {}, body).json() is None


def _all_of(error: BaseException) -> str:
    """Everything that a log could show of an error, its causes included."""
    return f"{error!r} {error} {''.join(traceback.format_exception(error))}"
