"""The outbound HTTP client: errors, timeouts, slots, and what it never stores or logs."""

import asyncio
import contextlib
import logging
import socket
import threading
import traceback
from ipaddress import ip_network

import pytest

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.ip_ranges import PRIVATE_RANGES, IpRanges
from app.domain.status import Reason
from app.http_client.lookups import system_addresses
from app.http_client.pool import HttpClientPool, Timeouts
from app.http_client.responses import HttpResponse, require_ok, retry_after
from app.logs import LogContext
from tests.support.fake_vendor import Answer, Fault, Vendor, unused_url, warm_up

TOTAL_TIMEOUT = 0.3  # seconds for a whole call


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
async def impatient_pool():
    """A pool with two slots and short timeouts."""
    http_pool = HttpClientPool(Timeouts(connect=0.2, total=TOTAL_TIMEOUT, slots=2))
    await warm_up(http_pool.call("peer", "GET", unused_url()))
    yield http_pool
    await http_pool.close()


async def test_response_is_returned_for_any_status(vendor, http_pool):
    vendor.answers(Answer(418, json={"tea": True}, headers={"X-Kind": "pot"}))

    response = await http_pool.call("peer", "POST", f"{vendor.url}/brew", json={"cups": 1})

    assert (response.status, response.json(), response.headers["x-kind"]) == (418, {"tea": True}, "pot")
    assert vendor.requests[0].json() == {"cups": 1}


async def test_form_is_url_encoded(vendor, http_pool):
    await http_pool.call("peer", "POST", vendor.url, form={"to": "+1 2"})

    assert vendor.requests[0].body == b"to=%2B1+2"
    assert vendor.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"


async def test_a_call_carries_the_trace_of_its_request(vendor):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    http_pool = HttpClientPool(random_bytes=lambda length: bytes([7]) * length)

    with LogContext(traceparent=f"00-{trace}-00f067aa0ba902b7-01"):
        await http_pool.call("peer", "GET", vendor.url)
    await http_pool.call("peer", "GET", vendor.url)
    await http_pool.close()

    assert vendor.requests[0].headers["traceparent"] == f"00-{trace}-{'07' * 8}-01"
    assert "traceparent" not in vendor.requests[1].headers


async def test_connections_are_reused(vendor, http_pool):
    for _ in range(3):
        await http_pool.call("peer", "GET", vendor.url)

    assert vendor.connections == 1


async def test_cookies_are_not_stored(vendor, http_pool):
    """A vendor could use one to link messages."""
    vendor.answers(Answer(headers={"set-cookie": "who=1"}))
    for _ in range(2):
        await http_pool.call("peer", "GET", vendor.url)

    assert "cookie" not in vendor.requests[1].headers


async def test_proxy_in_the_environment_is_ignored(vendor, http_pool, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", unused_url())

    assert (await http_pool.call("peer", "GET", vendor.url)).status == 200


async def test_redirect_is_not_followed(vendor, http_pool):
    vendor.answers(Answer(307, headers={"location": f"{vendor.url}/elsewhere"}))

    response = await http_pool.call("peer", "POST", vendor.url, json={})

    assert (response.status, len(vendor.requests)) == (307, 1)


async def test_refused_connection_is_unreachable(http_pool):
    with pytest.raises(Unreachable):
        await http_pool.call("peer", "POST", unused_url(), json={})


async def test_connect_timeout_is_unreachable(impatient_pool):
    """The listener's backlog is full, so that the kernel leaves further connections pending."""
    with socket.socket() as listener, contextlib.ExitStack() as sockets:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            client = sockets.enter_context(socket.socket())
            client.setblocking(False)  # noqa: FBT003 - the standard library takes it positionally
            client.connect_ex(listener.getsockname())

        with pytest.raises(Unreachable):
            await impatient_pool.call("peer", "POST", f"http://127.0.0.1:{listener.getsockname()[1]}", json={})


async def test_no_socket_opens_to_a_forbidden_address(vendor):
    """The name is resolved first; the vendor gets no connection."""
    http_pool = HttpClientPool(forbidden=IpRanges(PRIVATE_RANGES))

    for url in (vendor.url, vendor.url.replace("127.0.0.1", "localhost")):
        with pytest.raises(Refused) as error:
            await http_pool.call("peer", "GET", url)
        assert error.value.word == "private_address"

    assert (vendor.connections, vendor.requests) == (0, [])
    await http_pool.close()


async def test_other_addresses_are_called_where_some_are_forbidden(vendor):
    http_pool = HttpClientPool(forbidden=IpRanges([ip_network("10.0.0.0/8")]))

    assert (await http_pool.call("peer", "GET", vendor.url)).status == 200
    await http_pool.close()


async def test_a_name_that_resolves_to_a_forbidden_address_is_not_called(vendor):
    """The name looks public; what counts is what it resolves to, also where a public address stands first."""
    port = int(vendor.url.rpartition(":")[2])
    ipv4 = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    addresses = [[(*ipv4, ("127.0.0.1", port))], [(*ipv4, ("127.0.0.1", port)), (*ipv4, ("10.0.0.7", port))]]
    http_pool = HttpClientPool(forbidden=IpRanges(PRIVATE_RANGES), get_addresses=lambda *_: addresses.pop())

    for _ in range(2):
        with pytest.raises(Refused) as error:
            await http_pool.call("peer", "GET", f"http://shop.example.com:{port}/")
        assert error.value.word == "private_address"

    assert (vendor.connections, vendor.requests) == (0, [])
    await http_pool.close()


async def test_a_hanging_name_server_delays_no_other_host(vendor):
    """A hundred calls of one host wait for one look-up; the loop has far fewer threads."""
    answered, asked = threading.Event(), []

    def get_addresses(host, port):
        asked.append(host)
        if host == "slow.example":
            answered.wait(30)
            raise OSError
        return system_addresses(host, port)

    http_pool = HttpClientPool(Timeouts(connect=0.3, total=5), get_addresses=get_addresses)
    slow = [asyncio.create_task(http_pool.call(f"slow {n}", "GET", "http://slow.example/")) for n in range(100)]
    await asyncio.sleep(0)

    assert (await http_pool.call("quick", "GET", vendor.url)).status == 200

    results = await asyncio.gather(*slow, return_exceptions=True)
    assert {type(result) for result in results} == {Unreachable}
    assert asked.count("slow.example") == 1
    answered.set()
    await http_pool.close()


@pytest.mark.parametrize("trouble", [Fault.RESET, Fault.RESET_FIRST])
async def test_connection_reset_is_unsure(vendor, http_pool, trouble):
    vendor.answers(trouble)

    with pytest.raises(Unsure):
        await http_pool.call("peer", "POST", vendor.url, json={})


@pytest.mark.parametrize("trouble", [Fault.HANG, Fault.DRIP])
async def test_timeout_after_sending_is_unsure(vendor, impatient_pool, trouble):
    vendor.answers(trouble)

    with pytest.raises(Unsure):
        await impatient_pool.call("peer", "POST", vendor.url, json={})


async def test_wait_for_a_slot_does_not_count_towards_the_timeout(vendor, impatient_pool):
    """Queued calls must not shorten the timeout of a call: one cut after its first byte may be sent twice."""
    vendor.default_answer = Answer(delay=0.6 * TOTAL_TIMEOUT)

    answers = await asyncio.gather(*(impatient_pool.call("peer", "POST", vendor.url, json={}) for _ in range(6)))

    assert [answer.status for answer in answers] == [200] * 6


async def test_hanging_peer_does_not_block_others(vendor):
    http_pool = HttpClientPool(Timeouts(slots=2))
    vendor.answers(Fault.HANG, Fault.HANG)
    hanging = [asyncio.create_task(http_pool.call("slow", "GET", vendor.url)) for _ in range(10)]
    await vendor.wait_for_requests(2)

    response = await http_pool.call("quick", "GET", vendor.url)

    assert (response.status, len(vendor.requests)) == (200, 3)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    await http_pool.close()


async def test_response_over_256_kib_is_refused(vendor, http_pool):
    vendor.answers(Answer(body=b"x" * (256 * 1024 + 1)), Answer(body=b"x" * (256 * 1024)))

    with pytest.raises(Unsure):
        await http_pool.call("peer", "GET", vendor.url)
    assert len((await http_pool.call("peer", "GET", vendor.url)).body) == 256 * 1024


async def test_compressed_response_is_not_decompressed(vendor, http_pool):
    """A small compressed body can become gigabytes; the client requests none, and decompresses none."""
    vendor.answers(Answer(body=b"\x1f\x8b junk", headers={"content-encoding": "gzip"}))

    response = await http_pool.call("peer", "GET", vendor.url)

    assert response.json() is None
    assert vendor.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("url", ["http://a:b:c", "http://x/\x00"])
async def test_invalid_url_is_a_configuration_error(http_pool, url):
    with pytest.raises(Refused) as error:
        await http_pool.call("peer", "GET", url)

    assert error.value.reason is Reason.CONFIG


@pytest.mark.parametrize("value", ["line\nbreak", "ключ"])
async def test_error_for_an_invalid_header_omits_its_value(vendor, http_pool, value):
    with pytest.raises(GatewayError) as error_type:
        await http_pool.call("peer", "GET", vendor.url, headers={"X-Key": value})

    assert value not in _full_traceback(error_type.value)


async def test_errors_contain_no_data_of_the_call(vendor, http_pool):
    """Exceptions reach logs; h11 quotes what it cannot parse, which may be an echo of the text."""
    number, text = "+31612345678", "482913"
    vendor.answers(Answer(body=b"{}", headers={f"echo {text}": number}), Fault.RESET)
    for _ in range(2):
        with pytest.raises(Unsure) as error:
            await http_pool.call("peer", "POST", f"{vendor.url}/?to={number}", json={"text": text})

        for hidden in (number[1:], text, vendor.url):
            assert hidden not in _full_traceback(error.value)


async def test_urls_are_not_logged(vendor, http_pool, caplog):
    with caplog.at_level(logging.DEBUG):
        await http_pool.call("peer", "GET", f"{vendor.url}/?to=31612345678")

    assert "612345678" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


async def test_repr_does_not_show_the_response(vendor, http_pool):
    vendor.answers(Answer(body=b"482913"))

    assert "482913" not in repr(await http_pool.call("peer", "GET", vendor.url))


async def test_close_closes_all_connections(vendor):
    http_pool = HttpClientPool()
    await http_pool.call("peer", "GET", vendor.url)
    await http_pool.close()

    await vendor.wait_until_disconnected()


@pytest.mark.parametrize(
    ("status", "error_type", "reason"),
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
def test_status_maps_to_an_error(status, error_type, reason):
    with pytest.raises(error_type) as error:
        require_ok(HttpResponse(status, {}, b""))

    assert (error.value.reason, error.value.word) == (reason, f"HTTP {status}")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_2xx_raises_nothing(status):
    require_ok(HttpResponse(status, {}, b""))


@pytest.mark.parametrize(
    ("header", "seconds"),
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
def test_retry_after_is_whole_seconds_up_to_a_minute(header, seconds):
    assert retry_after(HttpResponse(429, {"retry-after": header}, b"")) == seconds


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b'"\xff"', b"[" * 100_000, b"NaN"])
def test_invalid_json_is_none(body):
    assert HttpResponse(200, {}, body).json() is None


def _full_traceback(error: BaseException) -> str:
    """Return everything that a log could show of an error, including its causes."""
    return f"{error!r} {error} {''.join(traceback.format_exception(error))}"
