"""`POST /v1/messages/{id}/outcome`: what became of a code that the caller checked itself."""

import pytest

from tests.support.api_calls import assert_problem, bearer
from tests.support.outgoing import new_message_id


@pytest.fixture
async def id(client):
    """A message with a code."""
    return await new_message_id(client, code="042137")


async def post_outcome(client, id, body=None, *, key=None, **options):
    headers = bearer(key) | options.pop("headers", {})
    body = {"json": {"approved": True} if body is None else body} if "content" not in options else {}
    return await client.post(f"/v1/messages/{id}/outcome", headers=headers, **body, **options)


async def test_outcome_has_no_answer_but_its_status(client, id):
    for approved in (True, True, False):
        response = await post_outcome(client, id, {"approved": approved})

        assert (response.status_code, response.content) == (204, b"")
        assert "content-type" not in response.headers
        assert response.headers["cache-control"] == "no-store"


async def test_unknown_message_is_404(client):
    assert_problem(await post_outcome(client, "ms_unknown"), 404, "no_such_message")


async def test_message_without_a_code_is_422_and_the_detail_says_why(run_service):
    async with run_service(apps='{"dev": {"free_text": true}}') as service:
        id = await new_message_id(service.client)

        problem = assert_problem(await post_outcome(service.client, id), 422, "invalid_request")

    assert problem["detail"].startswith("This message has no code")
    assert problem["errors"] == [{"path": "id", "detail": problem["detail"]}]


@pytest.mark.parametrize(
    "body", [{}, {"approved": "true"}, {"approved": 1}, {"approved": None}, {"approved": True, "more": 1}, [], "x"]
)
async def test_other_bodies_are_422(client, id, body):
    assert_problem(await post_outcome(client, id, body), 422, "invalid_request")


async def test_id_that_is_too_long_is_named_by_its_place(client):
    problem = assert_problem(await post_outcome(client, "ms_" + "x" * 62), 422, "invalid_request")

    assert [error["path"] for error in problem["errors"]] == ["id"]


async def test_key_is_checked_before_the_body(client, id):
    assert_problem(await post_outcome(client, id, {"x": 1}, key="sk_wrong"), 401, "unauthorized")
    assert_problem(await post_outcome(client, id, {"x": 1}, key="pk_dev"), 403, "forbidden")


async def test_body_that_is_not_declared_as_json_is_415(client, id):
    response = await post_outcome(client, id, content=b"approved=true", headers={"Content-Type": "text/plain"})

    assert_problem(response, 415, "unsupported_media_type")


async def test_other_methods_are_refused(client, id):
    response = await client.get(f"/v1/messages/{id}/outcome", headers=bearer(None))

    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"
