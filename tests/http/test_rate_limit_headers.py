"""RateLimit headers for backends (draft-ietf-httpapi-ratelimit-headers-10), and their absence for browsers."""

import http_sfv
import pytest

from app.domain.limit import read_limit
from tests.support.api_calls import (
    assert_problem,
    new_verification_id,
    post_request_code,
    post_resend_code,
    post_verify_code,
)

NUMBERS = [f"+316123{number:05d}" for number in range(20)]
POLICY, REMAINING = "ratelimit-policy", "ratelimit"


def parse_header(response, header):
    """Parse a header with an independent RFC 9651 parser: names and their parameters."""
    field = http_sfv.List()
    field.parse(response.headers[header].encode())
    assert all(isinstance(item.value, str) and not isinstance(item.value, http_sfv.Token) for item in field)
    return {item.value: dict(item.params) for item in field}


async def test_send_response_lists_every_window(run_service):
    async with run_service(limit_sends_per_app="1000/d") as service:
        response = await post_request_code(service.client, NUMBERS[0])

    assert parse_header(response, POLICY) == {
        "sends_per_number-10min": {"q": 3, "w": 600},
        "sends_per_number-h": {"q": 5, "w": 3600},
        "sends_per_number-d": {"q": 10, "w": 86400},
        "sends_per_address-h": {"q": 10, "w": 3600},
        "sends_per_address-d": {"q": 30, "w": 86400},
        "device_sends_per_address-h": {"q": 20, "w": 3600},
        "device_sends_per_address-d": {"q": 60, "w": 86400},
        "sends_per_subject-h": {"q": 5, "w": 3600},
        "sends_per_app-d": {"q": 1000, "w": 86400},
        "resend_cooldown": {"q": 1, "w": 30},
        "sends_per_verification": {"q": 3},
    }


async def test_ratelimit_reports_the_closest_window(client):
    """The number's 10 minute window is closest to its limit of three."""
    responses = [await post_request_code(client, NUMBERS[0]) for _ in range(3)]

    assert [parse_header(response, REMAINING) for response in responses] == [
        {"sends_per_number-10min": {"r": left, "t": 600}} for left in (2, 1, 0)
    ]


async def test_spent_limit_has_zero_remaining_until_retry_after(client):
    for _ in range(3):
        await post_request_code(client, NUMBERS[0])

    refused = await post_request_code(client, NUMBERS[0])

    assert_problem(refused, 429, "rate_limited")
    expected = {"sends_per_number-10min": {"r": 0, "t": int(refused.headers["retry-after"])}}
    assert parse_header(refused, REMAINING) == expected
    assert set(expected) < set(parse_header(refused, POLICY))


async def test_cooldown_and_last_send_have_their_own_policies(client, clock):
    id = await new_verification_id(client, NUMBERS[0])

    assert parse_header(await post_resend_code(client, id), REMAINING) == {"resend_cooldown": {"r": 0, "t": 30}}
    for wait in (30, 60):
        clock.tick(seconds=wait)
        assert (await post_resend_code(client, id)).status_code == 202
    clock.tick(seconds=120)
    refused = await post_resend_code(client, id)
    assert assert_problem(refused, 429, "rate_limited")["limit"] == "sends_per_verification"
    assert list(parse_header(refused, REMAINING)) == ["sends_per_verification"]


async def test_check_response_reports_wrong_codes_left_for_the_address(client):
    id = await new_verification_id(client)

    wrong = await post_verify_code(client, id, "999999", client_ip="203.0.113.7")
    unnamed = await post_verify_code(client, id, "999999")
    right = await post_verify_code(client, id)

    for response in (wrong, unnamed, right):
        assert parse_header(response, POLICY) == {"checks_per_address-10min": {"q": 30, "w": 600}}
    assert parse_header(wrong, REMAINING) == {"checks_per_address-10min": {"r": 29, "t": 600}}
    assert REMAINING not in unnamed.headers


async def test_publishable_key_gets_no_ratelimit_headers(client):
    """Neither sizes nor remaining counts: an attacker could track them."""
    for _ in range(4):
        response = await post_request_code(client, NUMBERS[0], key="pk_dev")
        assert not {POLICY, REMAINING} & set(response.headers)

    assert "limit" not in assert_problem(response, 429, "rate_limited")


@pytest.mark.parametrize("limits", ["off"])
async def test_disabled_limits_have_no_ratelimit_header(run_service, limits):
    limits_per_window = ("sends_per_number", "sends_per_address", "device_sends_per_address", "sends_per_subject")
    async with run_service(**{f"limit_{word}": limits for word in limits_per_window}) as service:
        response = await post_request_code(service.client, NUMBERS[0])

    assert list(parse_header(response, POLICY)) == ["resend_cooldown", "sends_per_verification"]
    assert REMAINING not in response.headers


@pytest.mark.parametrize(
    ("window", "name"),
    [("5/s", "s"), ("5/90s", "90s"), ("5/60s", "min"), ("5/90min", "90min"), ("5/24h", "d"), ("5/36h", "36h")],
)
async def test_window_is_named_in_its_largest_whole_unit(run_service, window, name):
    async with run_service(limit_sends_per_number=window) as service:
        policies = parse_header(await post_request_code(service.client, NUMBERS[0]), POLICY)

    ((count, seconds),) = read_limit(window).rules
    assert policies[f"sends_per_number-{name}"] == {"q": count, "w": seconds}


async def test_a_limit_on_money_names_its_unit(run_service):
    """A quantity is a whole number, so it is millionths; the closest window is the one with the fewest SMS left."""
    prices = "gateway,country,price\n*,*,0.08\n"
    async with run_service(limit_spend_per_app="0.20/d", prices=prices) as service:
        response = await post_request_code(service.client, NUMBERS[0])

    assert parse_header(response, POLICY)["spend_per_app-d"] == {"q": 200_000, "w": 86400, "qu": "currency-millionths"}
    assert parse_header(response, REMAINING) == {"spend_per_app-d": {"r": 120_000, "t": 86400}}
