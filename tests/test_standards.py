"""`docs/standards.md` names for each demand what shows it, and every test and heading that it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.docs import anchors_in

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "standards.md"
NIST = [1, 2, 3, 4, 5, 6, 7, 8, 13]
ASVS = [1, 2, 3, 6, 8, 9, 10, 13, 14, 15, 19, 20, 26, 27, 28, 29, 30, 33, 34, 35, 36, 40, 41, 42, 43, 44]
IDS = [f"NIST-{number:02}" for number in NIST] + [f"ASVS-{number:02}" for number in ASVS]
ROW = re.compile(r"^\| ((?:NIST|ASVS)-\d+) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = {id: (asked, source, shown) for id, asked, source, shown in ROW.findall(PAGE.read_text())}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\[[^]]+\]\(([^)#]*)#([^)]+)\)")

# What the page says of waits, and where it is decided: whoever changes one finds the other.
FIGURES = [
    ("app/store/pipelined_client.py", "_MAX_BATCH = 32", "32 commands a write"),
    ("app/store/pipelined_client.py", "longest_wait: float = 1,", "1 s for a turn."),
    ("app/store/pipelined_client.py", "longest_silence: float = 1,", "1 s for an answer, 2 s in all"),
    ("app/store/connection.py", "_open_pool(url, 32, longest=1)", "32 connections a process"),
    ("app/store/connection.py", "socket_connect_timeout=1", "1 s to connect"),
    (
        "app/settings/sending.py",
        "worker_slots: Annotated[int, Ge(1), Le(1000)] = 100",
        "`OTP_WORKER_SLOTS` calls a process, 100",
    ),
    (
        "app/settings/sending.py",
        "gateway_connect_timeout: Annotated[float, Ge(0.1), Le(10)] = 3",
        "CONNECT_TIMEOUT` 3 s",
    ),
    ("app/settings/sending.py", "gateway_timeout: Annotated[float, Ge(0.2), Le(60)] = 10", "GATEWAY_TIMEOUT` 10 s"),
    (
        "app/services/deliver_message.py",
        "(500, 1000, 2000, 4000, 8000, 15000, 30000, 60000)",
        "0.5, 1, 2, 4, 8, 15, 30, 60 s",
    ),
    ("app/services/parts/choose_gateway.py", "_MAX_UNSURE = 2", "In doubt: once more"),
    ("app/worker/consumer.py", "_MAX_TRIES = 10", "after ten tries"),
    ("app/worker/consumer.py", "_SHUTDOWN_S = 5.0", "5 s for what is in hand"),
    ("app/cli/serve.py", "timeout_graceful_shutdown=8", "the API 8 s"),
    ("app/human_check/siteverify.py", "WAIT = 3.0", "| 3 s | 503"),
    ("app/http/header_limits.py", "MAX_BYTES = 64 * 1024", "a request's head, of 64 KiB at most"),
    ("app/http/header_limits.py", "SECONDS = 10", "10 s from its first byte to its last, the first one's from"),
    ("app/http/body_limits.py", "MAX_BYTES = 16 * 1024", "16 KiB"),
    ("app/http/middleware.py", "body_seconds: float = 10", "10 s from its first byte"),
]


@cache
def functions_of(path):
    """Name the test functions of a file, those in classes too."""
    nodes = ast.walk(ast.parse((ROOT / path).read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_demand_stands_in_the_table_once_and_no_other():
    found = re.findall(r"^\| ((?:NIST|ASVS)-\d+) \|", PAGE.read_text(), re.MULTILINE)

    assert found == IDS
    assert list(ROWS) == IDS


@pytest.mark.parametrize("id", IDS)
def test_a_demand_is_told_with_its_source_and_what_shows_it(id):
    asked, source, shown = ROWS[id]

    assert len(asked) > 15
    assert re.search(r"\d+\.\d", source)
    assert TEST.findall(shown) or LINK.findall(shown)


@pytest.mark.parametrize("id", IDS)
def test_every_test_that_is_named_is_there(id):
    for path, name in TEST.findall(ROWS[id][-1]):
        assert name in functions_of(path), f"{path}::{name}"
        assert name.startswith("test_")


def test_every_heading_that_is_named_is_there():
    for path, anchor in LINK.findall(PAGE.read_text()):
        page = (PAGE.parent / path).resolve() if path else PAGE
        assert anchor in anchors_in(page), f"{path}#{anchor}"


def test_every_way_in_is_told():
    """Whoever adds a kind of key, a door or a token adds it to the list of ways in."""
    section = PAGE.read_text().partition("## Who gets in")[2].partition("\n## ")[0]

    for way in ("`sk_…`", "`pk_…`", "SMS", "device token", "report address", "shell", "`sk_dev`, `pk_dev`"):
        assert way in section


@pytest.mark.parametrize(("path", "decided", "said"), FIGURES)
def test_a_figure_is_told_as_it_is_decided(path, decided, said):
    section = PAGE.read_text().partition("## Waits and retries")[2].partition("\n## ")[0]

    assert decided in (ROOT / path).read_text()
    assert said in section
