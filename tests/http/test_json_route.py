"""`JsonRoute` refuses, at definition, a signature that it would not serve."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel

from app.http.json_route import JsonRoute


class Body(BaseModel):
    """Any body."""

    a: str


async def with_query(body: Body, q: str = "") -> Body: ...
async def with_header(body: Body, h: Annotated[str, Header()] = "") -> Body: ...
async def with_request(body: Body, request: Request) -> Body: ...
async def with_response(body: Body, response: Response) -> Body: ...
async def with_two_bodies(body: Body, other: Body) -> Body: ...


@pytest.mark.parametrize("endpoint", [with_query, with_header, with_request, with_response, with_two_bodies])
def test_unsupported_parameter_is_refused_at_definition(endpoint):
    router = APIRouter(route_class=JsonRoute)

    with pytest.raises(TypeError, match="a JSON route takes one body"):
        router.post("/")(endpoint)


def test_one_body_is_accepted():
    router = APIRouter(route_class=JsonRoute)

    @router.post("/")
    async def endpoint(body: Body) -> Body:
        return body

    assert [route.path for route in router.routes] == ["/"]


def test_parts_of_the_path_are_accepted_beside_a_body():
    router = APIRouter(route_class=JsonRoute)

    @router.post("/{id}", status_code=204)
    async def endpoint(id: str, body: Body) -> None: ...

    assert [route.path for route in router.routes] == ["/{id}"]
