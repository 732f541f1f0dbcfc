"""What doing next to nothing costs: servers that read the same body, run one EVALSHA and answer in the same shape.

`python -m tests.bench.bare fastapi 8001 redis://localhost` serves one of them, by uvicorn exactly as `otp serve` does.
They keep no secret, no limit and no log; they are as fast as somebody gets who writes the obvious. FastAPI is told
what a route returns, which makes it a tenth faster.
"""

import secrets
import sys
from contextlib import asynccontextmanager
from hashlib import sha1

import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.api.openapi.examples import APPROVED, PENDING
from app.api.requests import AnyCodeCheckBody, AnyCodeRequestBody
from app.http.header_limits import HeaderLimitProtocol

# What a service of codes must write at the least: what was asked, how often, and that somebody shall send it.
SCRIPT = """
redis.call('HSET', KEYS[1], 'number', ARGV[1], 'attempts', 5, 'status', 'pending')
redis.call('EXPIRE', KEYS[1], 300)
local asked = redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], 600)
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'verification', KEYS[1])
return {KEYS[1], asked}
"""
SHA = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


def bare_fastapi(redis, tag):
    """Routes of FastAPI's own kind, that validate the very bodies of ours."""
    app = FastAPI(lifespan=_loaded(redis))

    @app.post("/v1/request-code", status_code=202)
    async def request_code(body: AnyCodeRequestBody) -> dict[str, object]:
        id, asked = await _keep(redis, tag, secrets.token_urlsafe(16), body.phone_number)
        return {**PENDING, "verification_id": id, "sends_left": asked}

    @app.post("/v1/verify-code")
    async def verify_code(body: AnyCodeCheckBody) -> dict[str, object]:
        id, _ = await _keep(redis, tag, body.verification_id, body.code)
        return {**APPROVED, "verification_id": id}

    return app


def bare_starlette(redis, tag):
    """Routes that validate nothing at all."""

    async def request_code(request):
        body = await request.json()
        id, asked = await _keep(redis, tag, secrets.token_urlsafe(16), body["phone_number"])
        return JSONResponse({**PENDING, "verification_id": id, "sends_left": asked}, 202)

    async def verify_code(request):
        body = await request.json()
        id, _ = await _keep(redis, tag, body["verification_id"], body["code"])
        return JSONResponse({**APPROVED, "verification_id": id})

    doors = {"/v1/request-code": request_code, "/v1/verify-code": verify_code}
    routes = [Route(path, app_client, methods=["POST"]) for path, app_client in doors.items()]
    return Starlette(routes=routes, lifespan=_loaded(redis))


BARE = {"fastapi": bare_fastapi, "starlette": bare_starlette}


def _loaded(redis):
    @asynccontextmanager
    async def lifespan(_):
        await redis.script_load(SCRIPT)
        yield
        await redis.aclose()

    return lifespan


async def _keep(redis, tag, id, given):
    id_kept, asked = await redis.evalsha(SHA, 3, f"{tag}:{id}", f"{tag}:asked:{given}", f"{tag}:queue", given)
    return id_kept.decode(), asked


def _serve(kind, port, redis_url):
    uvicorn.run(
        BARE[kind](Redis.from_url(redis_url), f"{{bare-{kind}}}"),
        port=int(port),
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        http=HeaderLimitProtocol,
        ws="none",
    )


if __name__ == "__main__":
    _serve(*sys.argv[1:])
