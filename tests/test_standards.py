"""docs/contributing/standards.md names a proof for each requirement; every test and heading that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.docs import anchors_in

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "contributing" / "standards.md"
NIST = [1, 2, 3, 4, 5, 6, 7, 8, 13]
ASVS = [1, 2, 3, 6, 8, 9, 10, 13, 14, 15, 19, 20, 26, 27, 28, 29, 30, 33, 34, 35, 36, 40, 41, 42, 43, 44]
IDS = [f"NIST-{number:02}" for number in NIST] + [f"ASVS-{number:02}" for number in ASVS]
ROW = re.compile(r"^\| ((?:NIST|ASVS)-\d+) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = {id: (asked, source, shown) for id, asked, source, shown in ROW.findall(PAGE.read_text())}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\[[^]]+\]\(([^)#]*)#([^)]+)\)")

# What the page says of waits, and where it is decided: whoever changes one finds the other.
FIGURES = [
    ("app/store/pipelined_client.py", "max_batch = 32", "32 commands a write"),
    ("app/store/pipelined_client.py", "longest_wait: float = 1,", "1 s to be written."),
    ("app/store/pipelined_client.py", "longest_silence: float = 1,", "1 s for an answer, 2 s in all"),
    ("app/store/connection.py", "PATIENCE_S = 1.0", "1 s to be written."),
    (
        "app/store/connection.py",
        "open_pool(url, primary or open_primary(url), 32, longest=patience)",
        "share 32 a process",
    ),
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
        "app/services/parts/job_results.py",
        "(500, 1000, 2000, 4000, 8000, 15000, 30000, 60000)",
        "0.5, 1, 2, 4, 8, 15, 30, 60 s",
    ),
    (
        "app/domain/circuit_breaker.py",
        "_MIN_OPEN_ALONE, _MAX_OPEN_ALONE = 1.0, 20.0",
        "the only gateway of a route 1 to 20 s",
    ),
    ("app/worker/consumer.py", "_MAX_TRIES = 20", "after twenty tries"),
    ("app/worker/consumer.py", "_SHUTDOWN_S = 5.0", "5 s for jobs in progress"),
    ("app/cli/api_server.py", "_STOP_S = 8", "the API 8 s"),
    ("app/human_check/siteverify.py", "TIMEOUT = 3.0", "| 3 s | 503"),
    ("app/http/header_limits.py", "MAX_BYTES = 64 * 1024", "a request's head, of 64 KiB at most"),
    ("app/http/header_limits.py", "SECONDS = 10", "10 s from its first byte to its last, the first one's from"),
    ("app/http/body_limits.py", "MAX_BYTES = 16 * 1024", "16 KiB"),
    ("app/http/middleware.py", "body_seconds: float = 10", "10 s from its first byte"),
]


@cache
def functions_of(path):
    """Return the names of the test functions in a file, methods included."""
    nodes = ast.walk(ast.parse((ROOT / path).read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_requirement_is_listed_once():
    found = re.findall(r"^\| ((?:NIST|ASVS)-\d+) \|", PAGE.read_text(), re.MULTILINE)

    assert found == IDS
    assert list(ROWS) == IDS


@pytest.mark.parametrize("id", IDS)
def test_every_requirement_has_a_source_and_a_proof(id):
    asked, source, shown = ROWS[id]

    assert len(asked) > 15
    assert re.search(r"\d+\.\d", source)
    assert TEST.findall(shown) or LINK.findall(shown)


@pytest.mark.parametrize("id", IDS)
def test_every_named_test_exists(id):
    for path, name in TEST.findall(ROWS[id][-1]):
        assert name in functions_of(path), f"{path}::{name}"
        assert name.startswith("test_")


def test_every_named_heading_exists():
    for path, anchor in LINK.findall(PAGE.read_text()):
        page = (PAGE.parent / path).resolve() if path else PAGE
        assert anchor in anchors_in(page), f"{path}#{anchor}"


def test_every_authentication_pathway_is_documented():
    """A new kind of key, interface or token belongs into that list."""
    section = PAGE.read_text().partition("## Authentication pathways")[2].partition("\n## ")[0]

    for pathway in ("`sk_…`", "`pk_…`", "SMS", "device token", "report address", "shell", "`sk_dev`, `pk_dev`"):
        assert pathway in section


@pytest.mark.parametrize(("path", "in_code", "in_docs"), FIGURES)
def test_every_documented_figure_is_that_of_the_code(path, in_code, in_docs):
    section = PAGE.read_text().partition("## Waits and retries")[2].partition("\n## ")[0]

    assert in_code in (ROOT / path).read_text()
    assert in_docs in section
