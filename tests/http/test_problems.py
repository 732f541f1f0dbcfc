"""Problem documents, their status table, and the pages that explain them."""

from app.domain import errors
from app.domain.errors import OtpError
from app.domain.gateway import GatewayError
from app.http.problems import STATUS_OF
from tests.support.api_calls import WRONG_CODE, assert_problem, new_verification_id, post_request_code, post_verify_code
from tests.support.builders import OTHER_PHONE

EXPECTED_STATUS = {
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
    "opted_out": 403,
    "no_such_message": 404,
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


def test_every_error_has_its_documented_status():
    assert {error.code: status for error, status in STATUS_OF.items()} == EXPECTED_STATUS


def test_every_public_error_has_a_status():
    """A missing one would be answered 500. Gateway errors never leave the worker."""
    public = [error for error in all_errors() if "code" in vars(error) and not issubclass(error, GatewayError)]

    assert set(public) == set(STATUS_OF)


def test_error_tree_in_the_docstring_lists_every_error():
    named = [name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, OtpError)]

    assert not [name for name in named if not name.startswith("_") and name not in (errors.__doc__ or "")]


async def test_every_problem_type_has_a_page(client):
    for code in EXPECTED_STATUS:
        page = await client.get(f"/problems/{code}", headers={"Authorization": ""})
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert code in page.text


async def test_problem_type_links_to_its_page(client):
    body = assert_problem(await post_verify_code(client, "vf_x"), 404, "no_pending_verification")

    assert (await client.get(body["type"])).status_code == 200


async def test_problem_has_only_the_public_fields_of_its_error(client):
    common = {"type", "title", "status", "detail", "instance", "code"}
    id = await new_verification_id(client)

    wrong = assert_problem(await post_verify_code(client, id, WRONG_CODE), 400, "incorrect_code")
    unknown = assert_problem(await post_verify_code(client, "vf_x"), 404, "no_pending_verification")
    unread = assert_problem(await post_request_code(client, ""), 422, "invalid_request")

    assert (set(wrong), set(unknown), set(unread)) == (common | {"attempts_left"}, common, common | {"errors"})


async def test_internal_error_shows_no_details(run_service):
    """The exception may contain a phone number or a key."""
    async with run_service(key="sk_dev") as service:
        await service.redis.set(
            f"{service.tag}:sends:{service.container.keyring.name('number', OTHER_PHONE)}", "no list"
        )

        body = assert_problem(await post_request_code(service.client, OTHER_PHONE), 500, "internal_error")

    assert set(body) == {"type", "title", "status", "detail", "instance", "code"}
    assert not [word for word in ("WRONGTYPE", "Redis", "sends", "612345678") if word in str(body)]
