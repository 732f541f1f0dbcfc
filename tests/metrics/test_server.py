"""The port of the metrics: the first free one, never shared, and one that becomes free is taken."""

import asyncio
import json
import socket

import httpx

from app.metrics.server import metrics_server
from tests.support.ports import free_port
from tests.support.waiting import until


def _taken(port):
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken


async def _scrape(port):
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/metrics")).text
        except httpx.HTTPError:
            return ""


def _ports(logged_lines, event="metrics_served"):
    lines = [json.loads(line) for line in logged_lines.getvalue().splitlines()]
    return [line["port"] for line in lines if line["event"] == event]


async def test_a_process_shows_its_metrics_and_says_where(logged_lines):
    port = free_port()

    async with metrics_server("127.0.0.1", port):
        text = await until(lambda: _scrape(port))

    assert "otp_http_requests_total" in text
    assert "process_resident_memory_bytes" in text
    assert _ports(logged_lines) == [port]
    assert await _scrape(port) == "", "the port is closed with the process"


async def test_two_processes_take_two_ports(logged_lines):
    port = free_port()

    async with metrics_server("127.0.0.1", port):
        await until(lambda: _scrape(port))
        async with metrics_server("127.0.0.1", port):
            await until(lambda: len(_ports(logged_lines)) == 2)

    first, second = _ports(logged_lines)
    assert (first, second > port) == (port, True)


async def test_a_port_that_becomes_free_is_taken(logged_lines):
    port = free_port()
    taken = _taken(port)

    async with metrics_server("127.0.0.1", port, ports=1):
        await until(lambda: _ports(logged_lines, "metrics_ports_taken"))
        taken.close()
        assert await until(lambda: _scrape(port))

    assert _ports(logged_lines, "metrics_ports_taken") == [port]


async def test_without_a_port_no_metrics_are_served(logged_lines):
    async with metrics_server("127.0.0.1", None):
        await asyncio.sleep(0)

    assert _ports(logged_lines) == []


async def test_an_address_of_another_host_is_an_error_with_its_word(logged_lines):
    async with metrics_server("192.0.2.1", free_port()):
        await until(lambda: _ports(logged_lines, "metrics_not_served"))

    assert b'"error":"EADDRNOTAVAIL"' in logged_lines.getvalue()
