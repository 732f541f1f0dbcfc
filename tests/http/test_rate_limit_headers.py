"""What backends are told of their limits, by draft-ietf-httpapi-ratelimit-headers-10; browsers are told nothing."""

import http_sfv
import pytest

from app.domain.limit import read_limit
from tests.support.api_calls import ask, ask_again, check, new_id, problem_of

NUMBERS = [f"+316123{number:05d}" for number in range(20)]
POLICY, ABANDONED = "ratelimit-policy", "ratelimit"


def read(answer, header):
    """Read a header by an RFC 9651 parser of somebody else: names and their parameters."""
    field = http_sfv.List()
    field.parse(answer.headers[header].encode())
    assert all(isinstance(item.value, str) and not isinstance(item.value, http_sfv.Token) for item in field)
    return {item.value: dict(item.params) for item in field}


async def test_every_window_of_a_send_is_told(run_service):
    async with run_service(limit_sends_per_app="1000/d") as service:
        answer = await ask(service.client, NUMBERS[0])

    assert read(answer, POLICY) == {
        "sends_per_number-10min": {"q": 3, "w": 600},
        "sends_per_number-h": {"q": 5, "w": 3600},
        "sends_per_number-d": {"q": 10, "w": 86400},
        "sends_per_address-h": {"q": 10, "w": 3600},
        "sends_per_address-d": {"q": 30, "w": 86400},
        "sends_per_subject-h": {"q": 5, "w": 3600},
        "sends_per_app-d": {"q": 1000, "w": 86400},
        "resend_cooldown": {"q": 1, "w": 30},
        "sends_per_verification": {"q": 3},
    }


async def test_the_tightest_window_tells_what_is_left_of_it(client):
    """The number's own three are all but spent, whatever the rest has."""
    answers = [await ask(client, NUMBERS[0]) for _ in range(3)]

    assert [read(answer, ABANDONED) for answer in answers] == [
        {"sends_per_number-10min": {"r": left, "t": 600}} for left in (2, 1, 0)
    ]


async def test_a_full_limit_has_nothing_left_until_its_retry_after(client):
    for _ in range(3):
        await ask(client, NUMBERS[0])

    refused = await ask(client, NUMBERS[0])

    problem_of(refused, 429, "rate_limited")
    told = {"sends_per_number-10min": {"r": 0, "t": int(refused.headers["retry-after"])}}
    assert read(refused, ABANDONED) == told
    assert set(told) < set(read(refused, POLICY))


async def test_a_cooldown_and_the_last_send_are_told_by_their_names(client, clock):
    id = await new_id(client, NUMBERS[0])

    assert read(await ask_again(client, id), ABANDONED) == {"resend_cooldown": {"r": 0, "t": 30}}
    for wait in (30, 60):
        clock.tick(seconds=wait)
        assert (await ask_again(client, id)).status_code == 202
    clock.tick(seconds=120)
    refused = await ask_again(client, id)
    assert problem_of(refused, 429, "rate_limited")["limit"] == "sends_per_verification"
    assert list(read(refused, ABANDONED)) == ["sends_per_verification"]


async def test_an_address_is_told_how_many_wrong_guesses_it_has(client):
    id = await new_id(client)

    wrong = await check(client, id, "999999", client_ip="203.0.113.7")
    unnamed = await check(client, id, "999999")
    right = await check(client, id)

    for answer in (wrong, unnamed, right):
        assert read(answer, POLICY) == {"checks_per_address-10min": {"q": 30, "w": 600}}
    assert read(wrong, ABANDONED) == {"checks_per_address-10min": {"r": 29, "t": 600}}
    assert ABANDONED not in unnamed.headers


async def test_a_browser_is_told_nothing_of_it(client):
    """Not which bucket is nearly empty, nor how large it is: an attacker would count along."""
    for _ in range(4):
        answer = await ask(client, NUMBERS[0], key="pk_dev")
        assert not {POLICY, ABANDONED} & set(answer.headers)

    assert "limit" not in problem_of(answer, 429, "rate_limited")


@pytest.mark.parametrize("limits", ["off"])
async def test_where_nothing_is_limited_nothing_is_left_to_tell(run_service, limits):
    words = ("sends_per_number", "sends_per_address", "sends_per_subject", "sends_per_country")
    async with run_service(**{f"limit_{word}": limits for word in words}) as service:
        answer = await ask(service.client, NUMBERS[0])

    assert list(read(answer, POLICY)) == ["resend_cooldown", "sends_per_verification"]
    assert ABANDONED not in answer.headers


@pytest.mark.parametrize(
    ("window", "name"),
    [("5/s", "s"), ("5/90s", "90s"), ("5/60s", "min"), ("5/90min", "90min"), ("5/24h", "d"), ("5/36h", "36h")],
)
async def test_a_window_is_named_by_its_largest_whole_unit(run_service, window, name):
    async with run_service(limit_sends_per_number=window) as service:
        policies = read(await ask(service.client, NUMBERS[0]), POLICY)

    ((count, seconds),) = read_limit(window).rules
    assert policies[f"sends_per_number-{name}"] == {"q": count, "w": seconds}
