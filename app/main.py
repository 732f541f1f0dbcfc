"""Build the ASGI app from the settings; open and close the container."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import Any

from fastapi import FastAPI

from app.api import health, messages, proofs, reports, verifications
from app.api import human_check as human_checker
from app.api.openapi.document import DESCRIPTION, TAGS, complete
from app.api.openapi.events import event_webhooks
from app.compat.camara.routes import camara_facade
from app.compat.hooks.routes import hooks_facade
from app.compat.twilio.accounts import account_facts
from app.compat.twilio.routes import twilio_facade
from app.container import Container, open_container
from app.gateways.registry import inbox_token
from app.http.admission import RequestAdmission
from app.http.middleware import RequestMiddleware
from app.http.problems import STATUS_OF, install_exception_handlers
from app.http.rate_limit import Clock
from app.logs import log
from app.metrics.server import metrics_server
from app.settings.model import Settings
from app.settings.redis_url import EMBEDDED, parse_redis_url
from app.settings.to_domain import DEV_PUBLISHABLE_KEY, keyring_of
from app.web.api_reference import reference_page
from app.web.demo import demo_pages
from app.web.dev_inbox import FORMER_PREFIX, PREFIX, inbox_pages
from app.web.dev_inbox_memory import Inbox
from app.web.form import form_files
from app.web.home import home_page
from app.web.pages import static_files
from app.web.problem_pages import ProblemPage, problem_page_routes
from app.worker import PRICES_S, run_worker
from app.worker.consumer import repeat

__all__ = ["account_facts", "create_app", "freeze_garbage_collector"]
API = (verifications, messages, reports, proofs, human_checker, health)
_GC_THRESHOLD = 10_000  # allocations, those of some hundred requests, between two collections


def freeze_garbage_collector() -> None:
    """Exclude long-lived objects from garbage collection; call it after startup.

    Otherwise a collection scans the 125,000 objects of imports and routes about every thousand requests, for 50 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 20, 20)


def create_app(settings: Settings, *, clock: Clock = time.monotonic, **sources: Any) -> FastAPI:  # noqa: ANN401  the store's clock, random source and server go to the container
    """Build the app; with the embedded store the worker runs inside. `clock` returns seconds for the rate limiter."""
    show_docs = settings.docs if settings.docs is not None else not settings.is_production
    facades = [
        facade for facade in (twilio_facade(settings), camara_facade(settings), hooks_facade(settings)) if facade
    ]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
        async with (
            open_container(settings, **sources) as container,
            _worker_inside(settings, container),
            _prices_refreshed(container),
            metrics_server(settings.metrics_host, settings.metrics_port),
        ):
            _log_start(settings, container)
            yield {"container": container}

    app = FastAPI(
        title="otp",
        summary="Verifies phone numbers by SMS.",
        description=DESCRIPTION,
        version=metadata.version("otp"),
        servers=[{"url": settings.public_url}],
        openapi_tags=TAGS,
        lifespan=lifespan,
        docs_url=None,  # reference_page serves it with our Content-Security-Policy
        openapi_url="/openapi.json" if show_docs else None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would export queries and error messages
        webhooks=event_webhooks() if show_docs else None,
        redirect_slashes=False,  # a redirect's Location would contain the Host header, which clients can forge
        routes=[route for part in API for route in part.router.routes],  # included routers cost 10 µs per request
    )
    generate = app.openapi
    app.state.process_failures = list  # `otp serve --processes` may have some
    app.openapi = cache(lambda: complete(generate()))  # type: ignore[method-assign]  # FastAPI documents this way
    app.add_middleware(
        RequestMiddleware,
        admission=RequestAdmission.of(settings, clock, facades),
        https=settings.is_production and settings.public_url.startswith("https"),
    )
    install_exception_handlers(app)
    if app.openapi_url:
        app.include_router(reference_page())
    app.router.routes.extend(route for facade in facades for route in (facade.mount, *facade.others))
    _add_pages(app, settings)
    return app


def _log_start(settings: Settings, container: Container) -> None:
    """Log what this process serves."""
    log.info(
        "serving",
        version=metadata.version("otp"),
        environment=settings.env,
        url=settings.public_url,
        store=parse_redis_url(settings.redis_url).kind,
        gateways=", ".join(container.deliver_message.gateways),
    )


@asynccontextmanager
async def _worker_inside(settings: Settings, container: Container) -> AsyncIterator[None]:
    """Run the worker in this process if the store is embedded."""
    if settings.redis_url != EMBEDDED:
        yield
        return
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(container, slots=settings.worker_slots, stop=stop))
    try:
        yield
    finally:
        stop.set()
        container.store.notifier.notify()  # wakes the consumers that wait for a job, so that they stop
        await task


@asynccontextmanager
async def _prices_refreshed(container: Container) -> AsyncIterator[None]:
    """Take the prices that vendors report, again and again within the block."""
    task = asyncio.create_task(repeat(container.refresh_prices, PRICES_S))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _add_pages(app: FastAPI, settings: Settings) -> None:
    """Add the pages: problem pages and the form always, the others in development only."""
    pages = {
        error.code: ProblemPage(error.code, error.title, status, (error.__doc__ or "").split("\n")[0])
        for error, status in STATUS_OF.items()
    }
    app.include_router(problem_page_routes(pages))
    app.mount("/static", static_files(with_reference=bool(app.openapi_url)))
    app.include_router(form_files())
    if settings.is_production:
        return
    inbox = Inbox(clock=lambda: datetime.now(UTC))
    app.include_router(home_page())
    app.include_router(demo_pages(publishable_key=DEV_PUBLISHABLE_KEY))
    for prefix in (PREFIX, FORMER_PREFIX):
        app.include_router(inbox_pages(inbox, report_token=inbox_token(keyring_of(settings)), prefix=prefix))
