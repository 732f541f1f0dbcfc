"""Waits no longer than until a moment; what is there already is taken without a clock, which would cost more."""

import asyncio
from collections.abc import Awaitable, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def await_by(deadline: float, awaitable: Awaitable[T]) -> T:
    """Await it; raises `TimeoutError` at the deadline, a moment of the loop's clock."""
    steps = awaitable.__await__()
    try:
        wish = next(steps)
    except StopIteration as done:
        at_once: T = done.value
        return at_once
    async with asyncio.timeout_at(deadline):
        return await _go_on(steps, wish)


@coroutine
def _go_on(steps: Generator[Any, Any, T], wish: object) -> Generator[Any, Any, T]:
    """Await the rest of what was begun by hand, as `await` would: what is thrown in is the other's to handle."""
    try:
        while True:
            thrown: BaseException | None = None
            try:
                heard = yield wish
            except BaseException as error:  # noqa: BLE001  a cancellation above all
                thrown = error
            wish = steps.throw(thrown) if thrown else steps.send(heard)
    except StopIteration as done:
        told: T = done.value
        return told
