"""Baseline servers that read the same request bodies, run one EVALSHA and return responses of the same shape.

`python -m tests.bench.bare fastapi 8001 redis://localhost` serves one of them with uvicorn, like `otp serve`.
They store no secret and have no limits and no log: they are as fast as a straightforward implementation. The FastAPI
routes declare their return type, which makes them a tenth faster.
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

# The least that a verification service must write: the request, its count, and a job that sends the SMS.
SCRIPT = """
redis.call('HSET', KEYS[1], 'number', ARGV[1], 'attempts', 5, 'status', 'pending')
redis.call('EXPIRE', KEYS[1], 300)
local count = redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], 600)
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'verification', KEYS[1])
return {KEYS[1], count}
"""
SHA = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


def bare_fastapi(redis, tag):
    """Return a FastAPI app with ordinary routes that validate the same bodies as the service."""
    app = FastAPI(lifespan=_load_script(redis))

    @app.post("/v1/request-code", status_code=202)
    async def request_code(body: AnyCodeRequestBody) -> dict[str, object]:
        id, count = await _store(redis, tag, secrets.token_urlsafe(16), body.phone_number)
        return {**PENDING, "verification_id": id, "sends_left": count}

    @app.post("/v1/verify-code")
    async def verify_code(body: AnyCodeCheckBody) -> dict[str, object]:
        id, _ = await _store(redis, tag, body.verification_id, body.code)
        return {**APPROVED, "verification_id": id}

    return app


def bare_starlette(redis, tag):
    """Return a Starlette app whose routes validate nothing."""

    async def request_code(request):
        body = await request.json()
        id, count = await _store(redis, tag, secrets.token_urlsafe(16), body["phone_number"])
        return JSONResponse({**PENDING, "verification_id": id, "sends_left": count}, 202)

    async def verify_code(request):
        body = await request.json()
        id, _ = await _store(redis, tag, body["verification_id"], body["code"])
        return JSONResponse({**APPROVED, "verification_id": id})

    handlers = {"/v1/request-code": request_code, "/v1/verify-code": verify_code}
    routes = [Route(path, handler, methods=["POST"]) for path, handler in handlers.items()]
    return Starlette(routes=routes, lifespan=_load_script(redis))


BARE = {"fastapi": bare_fastapi, "starlette": bare_starlette}


def _load_script(redis):
    @asynccontextmanager
    async def lifespan(_):
        await redis.script_load(SCRIPT)
        yield
        await redis.aclose()

    return lifespan


async def _store(redis, tag, id, value):
    stored_id, count = await redis.evalsha(SHA, 3, f"{tag}:{id}", f"{tag}:asked:{value}", f"{tag}:queue", value)
    return stored_id.decode(), count


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
