"""`otp guard replay`: the lines of a trace, and what it answers."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.store.connection import open_redis
from tests.support.processes import clean_environment

COMMAND = [sys.executable, "-m", "app.cli", "guard", "replay"]
REQUEST = {
    "type": "request",
    "id": 1,
    "t": 0.0,
    "number": "+31612345678",
    "country": "NL",
    "address": "198.51.100.7",
    "app": "shop",
    "purpose": "login",
    "cost": 0.1,
}


def request(id, t, number=None, **changes):
    return REQUEST | {"id": id, "t": t, "number": number or f"+316{1000 + int(t)}5678"} | changes


def outcome(id, t, outcome):
    return {"type": "outcome", "id": id, "t": t, "outcome": outcome}


def replay(lines, *options):
    """Replay in this process, where its modules are loaded; return the exit code, the answers and stderr."""
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    result = CliRunner().invoke(app, ["guard", "replay", *options], input=text)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


@pytest.fixture(autouse=True)
def signal_handlers():
    """Those of the tests, after a replay in this process has set its own."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def decisions(answers):
    return [answer["decision"] for answer in answers if "decision" in answer]


def pumping(count=23):
    """Requests that nobody answers, one in each block, and a second one in the first block."""
    return [*(request(n, n) for n in range(count)), request("again", count, "+31610009999")]


def test_each_request_has_one_line_and_the_trace_a_summary():
    code, answers, errors = replay(
        [
            request(1, 0),
            outcome(1, 5, "delivered"),
            outcome(1, 20, "wrong"),
            outcome(1, 30, "approved"),
            outcome("?", 31, "approved"),
            request("two", 40.5, cost=None, key="secret", device=None, resend=None, human=None),
        ],
        "--only",
        "guard",
    )

    assert (code, errors) == (0, "")
    assert answers == [
        {"id": 1, "decision": "allow", "code": None, "limit": None, "evidence": []},
        {"id": "two", "decision": "allow", "code": None, "limit": None, "evidence": []},
        {
            "type": "summary",
            "requests": 2,
            "allow": 2,
            "challenge": 0,
            "block": 0,
            "limit": 0,
            "outcomes": 4,
            "unknown_ids": 1,
            "seconds": 40.5,
        },
    ]


def test_a_challenge_that_is_passed_is_decided_about_again():
    code, answers, _ = replay([*pumping(), outcome("again", 30, "passed")], "--only", "guard")

    assert code == 0
    challenged, passed, _summary = answers[-3:]
    assert (challenged["decision"], challenged["code"]) == ("challenge", "human_check_required")
    assert "novelty" in challenged["evidence"]
    assert (passed["id"], passed["decision"]) == ("again", "allow")


def test_without_a_human_check_it_is_a_block():
    answers = replay(pumping(), "--only", "guard", "--human-check", "off")[1]

    assert (answers[-2]["decision"], answers[-2]["code"]) == ("block", "destination_blocked")


def test_a_passed_human_check_of_a_request_counts():
    answers = replay([*pumping(), request("shown", 40, human=True)], "--only", "guard")[1]

    assert answers[-2]["decision"] == "allow"


@pytest.mark.parametrize("options", [("--mode", "monitor"), ("--only", "limits", "--human-check", "off")])
def test_monitor_and_limits_alone_block_no_destination(options):
    only = () if options[0] == "--only" else ("--only", "guard")
    answers = replay(pumping(), *options, *only)[1]

    assert {"challenge", "block"} & set(decisions(answers)) == set()


def test_limits_answer_with_their_name():
    """Four requests for a number within ten minutes: one more than the limit."""
    answers = replay([request(n, n, "+31612345678") for n in range(4)], "--only", "limits", "--human-check", "off")[1]

    assert decisions(answers) == ["allow"] * 3 + ["limit"]
    assert (answers[3]["code"], answers[3]["limit"]) == ("rate_limited", "sends_per_number")


def test_a_resend_sends_the_same_code_again():
    lines = [request(1, 0), request(2, 31, REQUEST["number"], resend=1), outcome(2, 60, "approved")]

    code, answers, _ = replay(lines)

    assert code == 0
    assert decisions(answers) == ["allow", "allow"]


def test_the_line_is_answered_before_the_next_one_is_read():
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environment()
    ) as process:
        for n in range(3):
            process.stdin.write(json.dumps(request(n, n)) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == n
        process.stdin.close()
        assert json.loads(process.stdout.readline())["type"] == "summary"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "It is not JSON."),
        ({**REQUEST, "country": "ZZ"}, "`country`: ZZ is not the ISO 3166-1 code of a country with phone numbers."),
        ({**REQUEST, "t": 1}, "`t` is earlier than on a line before."),
        ({**REQUEST, "t": 1e308}, "`t` must be a number of seconds, 0 to 10,000,000,000."),
        (outcome(1, 4, "delivered"), "`t` is earlier than on a line before."),
        (
            outcome(1, 9, "lost"),
            "`outcome` must be one of passed, approved, wrong, delivered, undelivered.",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line, sentence):
    """`tests/domain/test_trace.py` has the other sentences."""
    code, answers, errors = replay([request(1, 5), "", line, request(2, 9)])

    assert code == 2
    assert errors == f"✗ Line 3 of the trace cannot be read. {sentence}\n"
    assert len(answers) == 1


def test_time_of_the_summary_is_that_of_the_last_line():
    assert replay([request(1, 5), outcome("unknown", 50, "approved")])[1][-1]["seconds"] == 50


def test_ids_of_a_string_and_a_number_differ():
    answers = replay([request(1, 0), outcome("1", 1, "approved"), request("1", 2), outcome(1.0, 3, "approved")])[1]

    assert [answer.get("id") for answer in answers[:2]] == [1, "1"]
    assert answers[-1]["unknown_ids"] == 1


def test_a_resend_for_another_number_is_a_new_code():
    """Its number is judged and counted, and not that of the request that it names."""
    other = "+31687654321"
    lines = [request(1, 0), *(request(f"again {n}", 40 + n, other, resend=1) for n in range(4))]

    answers = replay(lines, "--only", "limits", "--human-check", "off")[1]

    assert decisions(answers) == ["allow"] * 4 + ["limit"]
    assert answers[4]["limit"] == "sends_per_number"


@pytest.mark.parametrize(("typed_at", "decision"), [(40, "allow"), (400, "challenge")])
def test_a_code_that_is_typed_after_its_lifetime_approves_nothing(typed_at, decision):
    """By the time of the trace; a number that was approved passes while its country is challenged."""
    pumped = [request(n, 500 + n) for n in range(2, 80)]
    lines = [request(1, 0), outcome(1, typed_at, "approved"), *pumped, request("same", 600, request(1, 0)["number"])]

    assert decisions(replay(lines, "--only", "guard")[1])[-2:] == ["challenge", decision]


@pytest.mark.parametrize("lines", [pumping(3), [request(1, 0), "{"]], ids=["a trace", "a wrong line"])
def test_a_given_redis_is_as_before(engine_url, lines):
    async def keys():
        async with open_redis(engine_url) as redis:
            return [name async for name in redis.scan_iter("{otp-replay-*")]

    before = asyncio.run(keys())
    replay(lines, "--redis", engine_url)

    assert asyncio.run(keys()) == before


def test_a_redis_that_is_away_is_named():
    code, answers, errors = replay(pumping(1), "--redis", "redis://127.0.0.1:1/0")

    assert (code, answers) == (1, [])
    assert [line.partition(":")[0] for line in errors.splitlines()] == [
        "✗ Redis does not respond correctly",
        "✗ What the replay wrote may remain",
    ]


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_an_interrupted_replay_erases_what_it_wrote(engine_url, signal_number):
    async def keys():
        async with open_redis(engine_url) as redis:
            return {name async for name in redis.scan_iter("{otp-replay-*")}

    before = asyncio.run(keys())
    with subprocess.Popen(
        [*COMMAND, "--redis", engine_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    ) as process:
        process.stdin.write(json.dumps(request(1, 0)) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        during = asyncio.run(keys())
        process.send_signal(signal_number)
        code = process.wait(20)  # its stdin is still open
        errors = process.stderr.read()

    assert (code, "Traceback" in errors) == (130, False)
    assert len(during) > len(before)
    assert asyncio.run(keys()) <= before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_decisions_that_cannot_be_written_end_it_with_a_sentence():
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            COMMAND,
            input=json.dumps(request(1, 0)) + "\n",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=clean_environment(),
            timeout=60,
        )

    assert (result.returncode, result.stderr) == (
        1,
        "✗ The decisions cannot be written: No space left on device.\n",
    )


@pytest.mark.parametrize("start", ["monday", "", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31"])
def test_a_wrong_start_is_refused(start):
    """A store takes the moment 0 for its own clock, and none before it."""
    sentence = "✗ --start must be a time like 2026-01-05T00:00:00Z, of the years 2000 to 2999.\n"

    assert replay([request(1, 0)], "--start", start) == (2, [], sentence)


def test_a_wrong_price_table_is_refused(tmp_path):
    prices = tmp_path / "prices.csv"
    prices.write_text("gateway,country,price\n*,ZZ,0.1\n")

    code, _, errors = replay([], "--prices", str(prices))

    assert code == 2
    assert "ZZ" in errors


@pytest.mark.parametrize(
    ("rows", "nl", "ke"),
    [
        ("twilio,NL,0.1 vonage,NL,0.05 twilio,PK,0.4", 20, 10),
        ("twilio,NL,0.1 *,*,0.04", 20, 50),
        ("twilio,NL,0.1 *,NL,0.2 twilio,*,0.05", 10, 40),
        ("*,NL,0.001", 60, 60),
    ],
)
def test_a_price_of_a_table_is_that_of_any_gateway_or_the_highest_of_the_country_or_of_all(tmp_path, rows, nl, ke):
    """The gateways of a table of production are not configured here. A new country gets SMS for 2 euros."""
    prices = tmp_path / "prices.csv"
    prices.write_text("\n".join(["gateway,country,price", *rows.split()]))
    lines = [
        line
        for n in range(65)
        for line in (request(f"NL {n}", n, cost=None), request(n, n, f"+25471{1000 + n}5678", country="KE", cost=None))
    ]

    answers = replay(lines, "--prices", str(prices), "--only", "guard")[1]

    allowed = [str(answer["id"])[:2] == "NL" for answer in answers[:-1] if answer["decision"] == "allow"]
    assert (allowed.count(True), allowed.count(False)) == (nl, ke)


def test_a_redis_that_pauses_delays_the_answers_and_counts_nothing_twice(engine_url):
    async def pause():
        async with open_redis(engine_url) as redis:
            await redis.client_pause(1500)

    with subprocess.Popen(
        [*COMMAND, "--only", "guard", "--redis", engine_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    ) as process:
        process.stdin.write(json.dumps(request(1, 0)) + "\n")
        process.stdin.flush()
        first = json.loads(process.stdout.readline())
        asyncio.run(pause())
        rest = [outcome(1, 5, "delivered"), request(2, 40)]
        answers, _ = process.communicate("".join(f"{json.dumps(line)}\n" for line in rest), timeout=60)

    second, summary = map(json.loads, answers.splitlines())
    assert (process.returncode, decisions([first, second])) == (0, ["allow", "allow"])
    assert (summary["requests"], summary["outcomes"]) == (2, 1)
