"""Problem documents, the table behind them, and the pages that explain them."""

from app.domain import errors
from app.domain.errors import OtpError
from app.domain.gateway import GatewayError
from app.http.problems import STATUS_OF
from tests.support.api_calls import WRONG, ask, check, new_id, problem_of
from tests.support.builders import OTHER_PHONE

DESIGNED = {
    "incorrect_code": 400,
    "human_check_required": 403,
    "human_check_failed": 403,
    "idempotency_key_reused": 422,
    "no_pending_verification": 404,
    "too_many_attempts": 429,
    "rate_limited": 429,
    "invalid_phone_number": 422,
    "invalid_request": 422,
    "destination_not_allowed": 403,
    "destination_blocked": 403,
    "unauthorized": 401,
    "forbidden": 403,
    "bad_report": 401,
    "not_found": 404,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "internal_error": 500,
    "temporarily_unavailable": 503,
}


def all_errors(root=OtpError):
    return [root, *(error for child in root.__subclasses__() for error in all_errors(child))]


def test_every_error_has_its_status_as_designed():
    assert {error.code: status for error, status in STATUS_OF.items()} == DESIGNED


def test_every_error_that_can_reach_a_door_is_in_the_table():
    """One that is not would end as a bug. What gateways say stays with the worker."""
    public = [error for error in all_errors() if "code" in vars(error) and not issubclass(error, GatewayError)]

    assert set(public) == set(STATUS_OF)


def test_every_error_is_drawn_in_the_tree():
    named = [name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, OtpError)]

    assert not [name for name in named if not name.startswith("_") and name not in (errors.__doc__ or "")]


async def test_every_type_is_the_address_of_a_page(client):
    for code in DESIGNED:
        page = await client.get(f"/problems/{code}", headers={"Authorization": ""})
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert code in page.text


async def test_a_problem_leads_to_its_page(client):
    body = problem_of(await check(client, "vf_x"), 404, "no_pending_verification")

    assert (await client.get(body["type"])).status_code == 200


async def test_a_problem_says_what_its_error_chose_to_say_and_no_more(client):
    plain = {"type", "title", "status", "detail", "instance", "code"}
    id = await new_id(client)

    wrong = problem_of(await check(client, id, WRONG), 400, "incorrect_code")
    unknown = problem_of(await check(client, "vf_x"), 404, "no_pending_verification")
    unread = problem_of(await ask(client, ""), 422, "invalid_request")

    assert (set(wrong), set(unknown), set(unread)) == (plain | {"attempts_left"}, plain, plain | {"errors"})


async def test_a_bug_says_nothing_else(run_service):
    """What raised it may hold a number or a key, and the caller can do nothing with it."""
    async with run_service(key="sk_dev") as service:
        await service.redis.set(
            f"{service.tag}:sends:{service.container.keyring.name('number', OTHER_PHONE)}", "no list"
        )

        body = problem_of(await ask(service.client, OTHER_PHONE), 500, "internal_error")

    assert set(body) == {"type", "title", "status", "detail", "instance", "code"}
    assert not [word for word in ("WRONGTYPE", "Redis", "sends", "612345678") if word in str(body)]
